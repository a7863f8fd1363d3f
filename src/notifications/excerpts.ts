/**
 * Excerpts of a request's context, which may be a megabyte: a table if it is flat, otherwise the first lines. Keys stay
 * in the order in which they were sent. Pure.
 */

import { visibleData } from "../model/visible-text.ts";
import { cut } from "./escaping.ts";

const LONGEST_KEY = 100;
const LONGEST_VALUE = 600;
const MOST_ITEMS = 50;
const MOST_ROWS = 40;
const MOST_LINES = 100;
/** How many units of a text are processed beyond the part that is shown. */
const MARGIN = 64;

/** Called if something is omitted. */
export type Note = () => void;
const ignore: Note = () => {};

export interface Table {
  rows: { key: string; value: string }[];
  /** How many entries are not shown. */
  more: number;
}

/** A JSON object as rows; null if it is not an object, is empty, or has values that a cell cannot show. */
export function tableOf(value: unknown, most: number, note: Note = ignore): Table | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([, item]) => isFlat(item))) return null;
  const rows = entries.slice(0, most).map(([key, item]) => ({
    key: brief(wordOf(key), LONGEST_KEY, note),
    value: brief(cellOf(item, note), LONGEST_VALUE, note),
  }));
  const more = entries.length - rows.length;
  if (more > 0) note();
  return { rows, more };
}

const isScalar = (value: unknown): boolean => typeof value !== "object" || value === null;
const isFlat = (value: unknown): boolean => (Array.isArray(value) ? value.every(isScalar) : isScalar(value));

function cellOf(value: unknown, note: Note): string {
  if (!Array.isArray(value)) return wordOf(value);
  if (value.length > MOST_ITEMS) note();
  const items = value.slice(0, MOST_ITEMS);
  // An item with a comma must not look like two items.
  const isPlain = items.every((item) => typeof item !== "string" || !/[,\n]/.test(item));
  const text = isPlain ? items.map(wordOf).join(", ") : JSON.stringify(items);
  return value.length > MOST_ITEMS ? `${text}, …` : text;
}

/** A value as text. A string is quoted only if it is empty, or starts or ends with whitespace. */
const wordOf = (value: unknown): string =>
  typeof value === "string" && value.trim() !== value ? JSON.stringify(value) : String(value === "" ? '""' : value);

/** A text with invisible characters escaped, cut to `most` UTF-16 units. */
function brief(text: string, most: number, note: Note): string {
  const isLong = text.length > most + MARGIN;
  const shown = visibleData(isLong ? text.slice(0, most + MARGIN) : text);
  if (!isLong && shown.length <= most) return shown;
  note();
  const start = cut(shown, most);
  return start.endsWith("…") ? start : `${start.slice(0, most - 1)}…`;
}

/** One line for each entry if the value is flat, otherwise JSON; cut to `most` UTF-16 units. */
export function outlineOf(value: unknown, most: number, note: Note = ignore): string {
  const table = tableOf(value, MOST_ROWS, note);
  if (table === null) return prettyJson(value, most, MOST_LINES, note);
  // The lines of a value must not look like further entries.
  const lines = table.rows.map(({ key, value: cell }) => `${key}: ${cell}`.replaceAll("\n", "\n    "));
  const text = [...lines, ...(table.more > 0 ? [`and ${table.more} more`] : [])].join("\n");
  if (text.length > most) note();
  return cut(text, most);
}

/**
 * JSON with one line for each value, cut to `most` UTF-16 units or `mostLines` lines; empty for an empty object and for
 * null. Only the part that is shown is generated: indented, a deep context may be a hundred times its size.
 */
export function prettyJson(value: unknown, most: number, mostLines = MOST_LINES, note: Note = ignore): string {
  if (value === null || value === undefined || isEmpty(value)) return "";
  const lines: string[] = [];
  let length = 0;
  for (const line of linesOf(value, "", "", "", note)) {
    length += line.length + 1;
    // Reserve two units for the line with the ellipsis.
    if (length > most - 2 || lines.length === mostLines) {
      note();
      return [...lines, "…"].join("\n");
    }
    lines.push(line);
  }
  return lines.join("\n");
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

function* linesOf(value: unknown, indent: string, before: string, after: string, note: Note): Generator<string> {
  if (typeof value !== "object" || value === null) {
    yield `${before}${typeof value === "string" ? quoted(value, LONGEST_VALUE, note) : JSON.stringify(value)}${after}`;
    return;
  }
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const keys = Object.keys(value);
  if (keys.length === 0) {
    yield `${before}${open}${close}${after}`;
    return;
  }
  yield `${before}${open}`;
  const inner = `${indent}  `;
  for (const [i, key] of keys.entries()) {
    const name = Array.isArray(value) ? "" : `${quoted(key, LONGEST_KEY, note)}: `;
    const item = (value as Record<string, unknown>)[key];
    yield* linesOf(item, inner, `${inner}${name}`, i < keys.length - 1 ? "," : "", note);
  }
  yield `${indent}${close}${after}`;
}

/** A JSON string, cut before it is quoted, with invisible characters escaped. */
function quoted(text: string, most: number, note: Note): string {
  if (text.length > most) note();
  return visibleData(JSON.stringify(cut(text, most)));
}
