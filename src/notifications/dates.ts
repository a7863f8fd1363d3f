/** Dates and durations in words, for people: in their zone and locale where those are known, else in UTC. Pure. */

import { timeZoneOf } from "../model/time-zone.ts";

/** What is known of a reader. */
export interface Reader {
  /** BCP 47, as the directory has it; it may be no locale at all. */
  locale: string | null;
  /** IANA, as the directory has it; it may be no zone at all. */
  zone: string | null;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** English, with days before months and the clock of 24 hours, like the words around. */
const DEFAULT_LOCALE = "en-GB";
const MOST_FORMATS = 500;
// Making one costs more than a thousand uses; there are as many as there are pairs among the people.
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A date and time with the zone's name, like `Tue, 3 March 2026 at 14:05 UTC`; empty for what is no date.
 * @param value RFC 3339, or a Date
 */
export function dateTime(value: unknown, reader: Reader | null): string {
  const date = dateOf(value);
  return date === null ? "" : formatFor(reader).format(date);
}

/** The instant of an RFC 3339 text or a Date; null for anything else. */
function dateOf(value: unknown): Date | null {
  if (!(value instanceof Date) && typeof value !== "string") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** What is left until an instant, in words, rounded down; at the end and behind it `less than a minute`. */
export function timeLeft(value: unknown, now: unknown): string {
  const [date, from] = [dateOf(value), dateOf(now)];
  return date === null || from === null ? "" : duration(date.getTime() - from.getTime());
}

/** A duration in words, rounded down: two units below half a day, one above. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < MINUTE_MS) return "less than a minute";
  if (ms >= 2 * DAY_MS) return count(Math.floor(ms / DAY_MS), "day");
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  if (hours === 0) return count(minutes, "minute");
  return hours >= 12 || minutes === 0 ? count(hours, "hour") : `${count(hours, "hour")} ${count(minutes, "minute")}`;
}

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;

function formatFor(reader: Reader | null): Intl.DateTimeFormat {
  const locale = reader?.locale?.replaceAll("_", "-") ?? DEFAULT_LOCALE;
  const zone = timeZoneOf(reader?.zone ?? "UTC") ?? "UTC";
  const key = `${locale} ${zone}`;
  const made = formats.get(key);
  if (made !== undefined) return made;
  const format = make(locale, zone) ?? make(DEFAULT_LOCALE, zone);
  if (formats.size >= MOST_FORMATS) formats.clear();
  formats.set(key, format as Intl.DateTimeFormat);
  return format as Intl.DateTimeFormat;
}

/** Null where the locale is unknown. */
function make(locale: string, timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat(locale, {
      ...({ weekday: "short", day: "numeric", month: "long", year: "numeric" } as const),
      ...({ hour: "numeric", minute: "2-digit", timeZoneName: "short" } as const),
      timeZone,
    });
  } catch {
    return null;
  }
}
