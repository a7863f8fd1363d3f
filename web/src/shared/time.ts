/** Formats instants and durations in the viewer's time zone and language. Pure; `now` and the locale are arguments. */

import { EXPIRING_MS, URGENT_MS } from "../../../src/model/deadline.ts";
import { timeZoneOf } from "../../../src/model/time-zone.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A language. Default: the browser's. */
export type Locale = string | undefined;

/** The viewer's time zone in the form that the server accepts; null if the browser knows none, or only an offset. */
export function viewerZone(): string | null {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZoneOf(timeZone);
}

/** "Fri, Nov 27, 5:00 PM", with the year if it is not the current one. */
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

/** The complete date and time with the time zone, for titles. */
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

/** A countdown: two units while hours matter, "4:05" in the last quarter of an hour; "over" after the end. */
export function countdown(ms: number, locale?: Locale): string {
  if (ms <= 0) return "over";
  if (ms < URGENT_MS)
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

/** The urgency of a deadline. It is urgent when `isUrgent` of the API is true. */
export type Urgency = "over" | "urgent" | "soon" | "later";

/** @param now the current time by the server's clock */
export function urgencyOf(expiresAt: string, now: Date): Urgency {
  const left = new Date(expiresAt).getTime() - now.getTime();
  if (left <= 0) return "over";
  if (left < URGENT_MS) return "urgent";
  return left < EXPIRING_MS ? "soon" : "later";
}
