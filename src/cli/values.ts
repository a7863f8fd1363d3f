/** Parses the values of options, and formats values. Each parser throws a TypeError that names the option. */

import { MAX_DURATION_MS } from "../model/durations.ts";
import { visible } from "../model/visible-text.ts";
import { wrong } from "./arguments.ts";

/** A time: RFC 3339, or a day, which means its start in UTC. */
export function instantOf(option: string, given: string | undefined): Date | null {
  if (given === undefined) return null;
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
  const instant = new Date(given);
  if (form.test(given) && !Number.isNaN(instant.getTime())) return instant;
  return wrong(option, given, "a day (2025-06-01) or 2025-06-01T12:00:00Z");
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A duration in ms: `30m`, `2h`, `3d`, or several parts such as `1h30m`. */
export function durationOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const parts = /^(\d{1,12}(ms|s|m|h|d|w))+$/.test(given) ? given.matchAll(/(\d+)(ms|s|m|h|d|w)/g) : [];
  const ms = [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
  if (ms >= 1 && ms <= MAX_DURATION_MS) return ms;
  return wrong(option, given, "a duration such as 90s, 30m, 2h, 3d or 1h30m, up to 10 years");
}

/** A whole number. */
export function wholeNumberOf(option: string, given: string | undefined, from: number, to: number): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  return value >= from && value <= to ? value : wrong(option, given, `a whole number from ${from} to ${to}`);
}

const SHORT_UNITS = [
  ["d", UNITS.d],
  ["h", UNITS.h],
  ["m", UNITS.m],
  ["s", UNITS.s],
] as const;

/** A duration in a few characters: its largest unit that fits, and the next one. */
export function shortDuration(ms: number): string {
  const first = SHORT_UNITS.findIndex(([, size]) => ms >= size);
  if (first === -1) return "0s";
  let rest = ms;
  const parts = SHORT_UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? "" : `${count}${unit}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

/** A text on one line, with control and invisible characters escaped. */
export const printable = (text: string): string => visible(text.replaceAll(/[\t\r\n]+/g, " "));

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;

/** The number of columns of a printable text on a terminal. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, char) => sum + (/\p{Mn}|\u200D|\uFE0F/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1), 0);

/** A text, cut to `most` characters. */
export const cut = (text: string, most: number): string => {
  const chars = [...text];
  return chars.length <= most ? text : `${chars.slice(0, most - 1).join("")}…`;
};

/** Rows below a heading, each column as wide as its widest entry. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? "")))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}
