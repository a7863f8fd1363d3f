/**
 * What a message shows of a context, which may be a megabyte: a table where it is flat, else the first lines. Keys keep
 * the order in which they were sent. Pure.
 */

import { visibleData } from "../model/visible-text.ts";
import { cut } from "./escaping.ts";

const LONGEST_KEY = 100;
const LONGEST_VALUE = 600;
const MOST_ITEMS = 50;
const MOST_ROWS = 40;
const MOST_LINES = 100;
/** How far beyond its visible part a text is scanned. */
const MARGIN = 64;

/** Called where something is left out. */
export type Note = () => void;
const ignore: Note = () => {};

export interface Table {
  rows: { key: string; value: string }[];
  /** How many entries are not shown. */
  more: number;
}

/** A JSON object as rows; null where it is none, is empty, or has values that a cell cannot show. */
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
  // One item with a comma must not read as two.
  const isPlain = items.every((item) => typeof item !== "string" || !/[,\n]/.test(item));
  const text = isPlain ? items.map(wordOf).join(", ") : JSON.stringify(items);
  return value.length > MOST_ITEMS ? `${text}, …` : text;
}

/** A text, in quotes only if its ends are blank or it is empty. */
const wordOf = (value: unknown): string =>
  typeof value === "string" && value.trim() !== value ? JSON.stringify(value) : String(value === "" ? '""' : value);

/** Data with nothing invisible in it, cut to so many UTF-16 units. */
function brief(text: string, most: number, note: Note): string {
  const isLong = text.length > most + MARGIN;
  const shown = visibleData(isLong ? text.slice(0, most + MARGIN) : text);
  if (!isLong && shown.length <= most) return shown;
  note();
  const start = cut(shown, most);
  return start.endsWith("…") ? start : `${start.slice(0, most - 1)}…`;
}

/** A line for each entry where it is flat, else JSON; cut behind so many UTF-16 units. */
export function outlineOf(value: unknown, most: number, note: Note = ignore): string {
  const table = tableOf(value, MOST_ROWS, note);
  if (table === null) return prettyJson(value, most, MOST_LINES, note);
  // A value of several lines must not read as further entries.
  const lines = table.rows.map(({ key, value: cell }) => `${key}: ${cell}`.replaceAll("\n", "\n    "));
  const text = [...lines, ...(table.more > 0 ? [`and ${table.more} more`] : [])].join("\n");
  if (text.length > most) note();
  return cut(text, most);
}

/**
 * JSON with a line for each value, cut behind so many UTF-16 units or lines; empty for an empty object and for null. It
 * is written only as far as it is shown: indented, a deep context may be a hundred times its size.
 */
export function prettyJson(value: unknown, most: number, mostLines = MOST_LINES, note: Note = ignore): string {
  if (value === null || value === undefined || isEmpty(value)) return "";
  const kept: string[] = [];
  let length = 0;
  for (const line of linesOf(value, "", "", "", note)) {
    length += line.length + 1;
    // Two more for the line that says that there is more.
    if (length > most - 2 || kept.length === mostLines) {
      note();
      return [...kept, "…"].join("\n");
    }
    kept.push(line);
  }
  return kept.join("\n");
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
