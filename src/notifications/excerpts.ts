/** What a message shows of a context, which may be a megabyte: a table where it is flat, else the first lines. Pure. */

import { cut } from "./escaping.ts";

const LONGEST_KEY = 60;
const LONGEST_VALUE = 300;
const MOST_ITEMS = 50;
const MOST_ROWS = 20;

export interface Table {
  rows: { key: string; value: string }[];
  /** How many entries are not shown. */
  more: number;
}

/** A JSON object as rows; null where it is none, is empty, or has values that a cell cannot show. */
export function tableOf(value: unknown, most: number): Table | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([, item]) => isFlat(item))) return null;
  const rows = entries
    .slice(0, most)
    .map(([key, item]) => ({ key: cut(key, LONGEST_KEY), value: cut(cellOf(item), LONGEST_VALUE) }));
  return { rows, more: entries.length - rows.length };
}

const isScalar = (value: unknown): boolean => typeof value !== "object" || value === null;
const isFlat = (value: unknown): boolean => (Array.isArray(value) ? value.every(isScalar) : isScalar(value));
const cellOf = (value: unknown): string =>
  Array.isArray(value) ? value.slice(0, MOST_ITEMS).map(String).join(", ") : String(value);

/** A line for each entry where it is flat, else JSON; cut behind so many UTF-16 units. */
export function outlineOf(value: unknown, most: number): string {
  const table = tableOf(value, MOST_ROWS);
  if (table === null) return prettyJson(value, most);
  const lines = table.rows.map(({ key, value: cell }) => `${key}: ${cell}`);
  return cut([...lines, ...(table.more > 0 ? [`and ${table.more} more`] : [])].join("\n"), most);
}

/**
 * JSON with a line for each value, cut behind so many UTF-16 units or lines; empty for an empty object and for null. It
 * is written only as far as it is shown: indented, a deep context may be a hundred times its size.
 */
export function prettyJson(value: unknown, most: number, mostLines = 40): string {
  if (value === null || value === undefined || isEmpty(value)) return "";
  const kept: string[] = [];
  let length = 0;
  for (const line of linesOf(value, "", "", "")) {
    length += line.length + 1;
    // Two more for the line that says that there is more.
    if (length > most - 2 || kept.length === mostLines) return [...kept, "…"].join("\n");
    kept.push(line);
  }
  return kept.join("\n");
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

function* linesOf(value: unknown, indent: string, before: string, after: string): Generator<string> {
  if (typeof value !== "object" || value === null) {
    yield `${before}${JSON.stringify(typeof value === "string" ? cut(value, LONGEST_VALUE) : value)}${after}`;
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
    const name = Array.isArray(value) ? "" : `${JSON.stringify(cut(key, LONGEST_KEY))}: `;
    const item = (value as Record<string, unknown>)[key];
    yield* linesOf(item, inner, `${inner}${name}`, i < keys.length - 1 ? "," : "");
  }
  yield `${indent}${close}${after}`;
}
