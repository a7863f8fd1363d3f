/** Instants and durations in words, in the viewer's zone and language. Pure; `now` and the locale are arguments. */

import { timeZoneOf } from "../../../src/model/time-zone.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The browser's language; its zone is Intl's default. Undefined takes the browser's. */
export type Locale = string | undefined;

/** The viewer's zone as the server takes it; null where the browser does not know it, or has an offset only. */
export function viewerZone(): string | null {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZoneOf(timeZone);
}

/** "Fri, Nov 27, 5:00 PM", with the year where it is another one. */
export function dateTime(instant: string | Date, now: Date, locale?: Locale, timeZone?: string): string {
  const date = new Date(instant);
  const format = new Intl.DateTimeFormat(locale, {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    ...(date.getFullYear() !== now.getFullYear() && { year: "numeric" }),
    timeZone,
  });
  return format.format(date);
}

/** Everything there is to know of an instant, zone included: for titles and for those who must be sure. */
export const fullDateTime = (instant: string | Date, locale?: Locale, timeZone?: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long", timeZone }).format(new Date(instant));

const UNITS = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", SECOND],
] as const;

/** "2 days", "3 hours", "59 minutes": the largest unit that fits, rounded down; never less than a second. */
export function duration(ms: number, locale?: Locale, unitDisplay: "long" | "narrow" = "long"): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  const count = Math.max(1, Math.floor(ms / size));
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay }).format(count);
}

/** A countdown: two units while hours matter, "4:05" in the last quarter of an hour; "over" behind its end. */
export function countdown(ms: number, locale?: Locale): string {
  if (ms <= 0) return "over";
  if (ms < 15 * MINUTE)
    return `${Math.floor(ms / MINUTE)}:${String(Math.floor((ms % MINUTE) / SECOND)).padStart(2, "0")}`;
  const narrow = (value: number, unit: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[first] as (typeof UNITS)[number];
  const whole = narrow(Math.floor(ms / size), unit);
  const [smaller, smallerSize] = UNITS[first + 1] as (typeof UNITS)[number];
  const rest = Math.floor((ms % size) / smallerSize);
  return rest === 0 || ms < HOUR ? whole : `${whole} ${narrow(rest, smaller)}`;
}

/** "3 minutes ago", "just now". */
export function ago(instant: string | Date, now: Date, locale?: Locale): string {
  const ms = now.getTime() - new Date(instant).getTime();
  if (ms < MINUTE) return "just now";
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[2];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-Math.floor(ms / size), unit);
}

/** How pressing a deadline is. Below a quarter of an hour it is urgent (`isUrgent` of the API). */
export type Urgency = "over" | "urgent" | "soon" | "later";

/** @param now the time by the server's clock as far as it is known */
export function urgencyOf(expiresAt: string, now: Date): Urgency {
  const left = new Date(expiresAt).getTime() - now.getTime();
  if (left <= 0) return "over";
  if (left < 15 * MINUTE) return "urgent";
  return left < HOUR ? "soon" : "later";
}

/** How long the words of a deadline hold, in ms: what shows one need not be drawn again before. */
export function holdsFor(msLeft: number): number {
  if (msLeft < 16 * MINUTE) return SECOND;
  return msLeft < 2 * DAY ? 10 * SECOND : MINUTE;
}
