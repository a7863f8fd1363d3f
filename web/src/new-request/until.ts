/** The expiry of a request: after a period, or at an instant in the viewer's time zone. Pure. */

import { MAX_DURATION_MS } from "../../../src/model/durations.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const UNITS = ["minutes", "hours", "days"] as const;
export type Unit = (typeof UNITS)[number];
const UNIT_MS: Readonly<Record<Unit, number>> = { minutes: MINUTE, hours: HOUR, days: DAY };

export interface Span {
  /** Empty while the user types. */
  amount: number | "";
  unit: Unit;
}

export interface Until {
  by: "span" | "instant";
  span: Span;
  /** The value of a `datetime-local` field: "2026-11-27T17:00", in the viewer's time zone. */
  at: string;
}

/** A span in ms; null if the server does not accept it. */
export function spanMs({ amount, unit }: Span): number | null {
  const ms = amount === "" ? Number.NaN : Math.round(amount * UNIT_MS[unit]);
  return ms >= 1 && ms <= MAX_DURATION_MS ? ms : null;
}

type End = { ms: number; at: Date; fault: null } | { ms: null; at: null; fault: string };
const wrong = (fault: string): End => ({ ms: null, at: null, fault });

/** The time from now to expiry and its instant, or the fault. */
export function untilOf(until: Until, now: Date): End {
  if (until.by === "span") {
    const ms = spanMs(until.span);
    if (ms === null) return wrong("Enter a duration of up to 10 years.");
    return { ms, at: new Date(now.getTime() + ms), fault: null };
  }
  const at = new Date(until.at);
  if (until.at === "" || Number.isNaN(at.getTime())) return wrong("Choose a date and a time.");
  const ms = at.getTime() - now.getTime();
  if (ms < MINUTE) return wrong("That time has passed. Choose a later time.");
  if (ms > MAX_DURATION_MS) return wrong("That is more than 10 years away.");
  return { ms, at, fault: null };
}

/** An instant as the value of a `datetime-local` field, in the viewer's time zone. */
export function toField(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The default for an instant: 17:00 on the next working day. */
export function proposedEnd(now: Date): string {
  const at = new Date(now);
  do at.setDate(at.getDate() + 1);
  while (at.getDay() === 0 || at.getDay() === 6);
  at.setHours(17, 0, 0, 0);
  return toField(at);
}

/** "1 day 12 hours": at most the two largest units, to the minute; never "90 minutes". */
export function spanWords(ms: number, locale?: string): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE));
  const parts = [
    [Math.floor(minutes / 1_440), "day"],
    [Math.floor((minutes % 1_440) / 60), "hour"],
    [minutes % 60, "minute"],
  ] as const;
  const format = ([value, unit]: (typeof parts)[number]) =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(format)
    .join(" ");
}

/** "today 17:00", "tomorrow 9:00", "Friday 17:00" within a week, "Fri 27 Nov 2026, 17:00" beyond it. */
export function dayAndTime(at: Date, now: Date, locale?: string, timeZone?: string): string {
  const key = new Intl.DateTimeFormat("en-CA", { timeZone });
  const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", timeZone }).format(at);
  const isOn = (days: number) => key.format(at) === key.format(new Date(now.getTime() + days * DAY));
  if (isOn(0)) return `today ${time}`;
  if (isOn(1)) return `tomorrow ${time}`;
  if (at.getTime() - now.getTime() < 6 * DAY) {
    return `${new Intl.DateTimeFormat(locale, { weekday: "long", timeZone }).format(at)} ${time}`;
  }
  const long = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone } as const;
  return `${new Intl.DateTimeFormat(locale, long).format(at)}, ${time}`;
}
