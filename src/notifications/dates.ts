/** Formats dates and durations for people: in the reader's zone and locale if known, otherwise in UTC. Pure. */

import { timeZoneOf } from "../model/time-zone.ts";

/** The locale and time zone of a reader. */
export interface Reader {
  /** BCP 47, as stored in the directory; it may be invalid. */
  locale: string | null;
  /** IANA, as stored in the directory; it may be invalid. */
  zone: string | null;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** English, with the day before the month and a 24-hour clock, like the text around it. */
const DEFAULT_LOCALE = "en-GB";
const MOST_FORMATS = 500;
// Creating a format costs more than a thousand uses. There is one for each pair of locale and zone.
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A date and time with the zone's name, such as `Tue, 3 March 2026 at 14:05 UTC`; empty if the value is not a date.
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

/** The time left until an instant, in words, rounded down; `less than a minute` at the instant and after it. */
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
  const cached = formats.get(key);
  if (cached !== undefined) return cached;
  const format = make(locale, zone) ?? make(DEFAULT_LOCALE, zone);
  if (formats.size >= MOST_FORMATS) formats.clear();
  formats.set(key, format as Intl.DateTimeFormat);
  return format as Intl.DateTimeFormat;
}

/** Null if the locale is unknown. */
function make(locale: string, timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat(locale, {
      weekday: "short",
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "numeric",
      minute: "2-digit",
      timeZoneName: "short",
      timeZone,
    });
  } catch {
    return null;
  }
}
