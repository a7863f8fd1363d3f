/** Compares two versions of a value line by line. Pure. */

import { diffLines, diffWordsWithSpace } from "diff";
import { visibleData } from "../../../../src/model/visible-text.ts";
import { isSame } from "../content-changes.ts";

export interface Part {
  text: string;
  changed: boolean;
}

export interface DiffRow {
  kind: "same" | "changed" | "removed" | "added";
  /** Null if that side has no line. */
  left: { line: number; parts: readonly Part[] } | null;
  right: { line: number; parts: readonly Part[] } | null;
}

/** If the comparison takes longer, all lines count as changed. */
const PATIENCE_MS = 300;
const MAX_LINE_LENGTH = 2_000;

/**
 * The text of a value, for the comparison of lines.
 * @param like another value: its order of keys is used, so that a different order is not a difference
 */
export function textOf(value: unknown, like?: unknown): string {
  if (value === undefined) return "";
  return visibleData(typeof value === "string" ? value : JSON.stringify(aligned(value, like), null, 2));
}

function aligned(value: unknown, like: unknown): unknown {
  if (typeof value !== "object" || value === null || typeof like !== "object" || like === null) return value;
  const other = like as Record<string, unknown>;
  if (Array.isArray(value)) return value.map((item, index) => aligned(item, other[index]));
  const keys = [...Object.keys(other).filter((key) => Object.hasOwn(value, key)), ...Object.keys(value)];
  return Object.fromEntries(
    [...new Set(keys)].map((key) => [
      key,
      aligned((value as Record<string, unknown>)[key], Object.hasOwn(other, key) ? other[key] : undefined),
    ]),
  );
}

const linesOf = (text: string): string[] => {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
};
const plain = (text: string): Part[] => [{ text, changed: false }];

/** The lines of both texts, in order. A changed line is in one row with its old version. */
export function diffRows(before: string, after: string): DiffRow[] {
  const changes = diffLines(ended(before), ended(after), { timeout: PATIENCE_MS, stripTrailingCr: true }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const rows: DiffRow[] = [];
  let left = 0;
  let right = 0;
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i] as (typeof changes)[number];
    if (!change.added && !change.removed) {
      for (const text of linesOf(change.value)) {
        const parts = plain(text);
        rows.push({ kind: "same", left: { line: ++left, parts }, right: { line: ++right, parts } });
      }
      continue;
    }
    const next = changes[i + 1];
    const isPair = change.removed && next?.added === true;
    const removed = change.removed ? linesOf(change.value) : [];
    const added = isPair ? linesOf(next.value) : change.added ? linesOf(change.value) : [];
    if (isPair) i++;
    for (let line = 0; line < Math.max(removed.length, added.length); line++) {
      rows.push(
        rowOf(
          removed[line],
          added[line],
          () => ++left,
          () => ++right,
        ),
      );
    }
  }
  return rows;
}

/** Adds a missing line break at the end, so that it is not a difference. */
const ended = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

function rowOf(was: string | undefined, is: string | undefined, left: () => number, right: () => number): DiffRow {
  if (was === undefined) return { kind: "added", left: null, right: { line: right(), parts: plain(is ?? "") } };
  if (is === undefined) return { kind: "removed", left: { line: left(), parts: plain(was) }, right: null };
  const [leftParts, rightParts] = wordParts(was, is);
  return { kind: "changed", left: { line: left(), parts: leftParts }, right: { line: right(), parts: rightParts } };
}

/** The parts of a line, with its changed words marked. */
export function wordParts(was: string, is: string): [Part[], Part[]] {
  if (was.length > MAX_LINE_LENGTH || is.length > MAX_LINE_LENGTH) return [plain(was), plain(is)];
  const words = diffWordsWithSpace(was, is);
  const side = (leaveOut: "added" | "removed"): Part[] =>
    words
      .filter((word) => !word[leaveOut])
      .map(({ value, added, removed }) => ({ text: value, changed: added || removed }));
  return [side("added"), side("removed")];
}

export type Stretch = { hidden: false; rows: DiffRow[] } | { hidden: true; rows: DiffRow[] };
const AROUND = 3;

/** Groups rows into stretches. Unchanged rows far from any change are hidden at first. */
export function stretchesOf(rows: readonly DiffRow[]): Stretch[] {
  const isShown = rows.map((row) => row.kind !== "same");
  const near = rows.map((_row, i) => isShown.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(Boolean));
  const stretches: Stretch[] = [];
  rows.forEach((row, i) => {
    const hidden = !near[i];
    const last = stretches.at(-1);
    if (last?.hidden === hidden) last.rows.push(row);
    else stretches.push({ hidden, rows: [row] });
  });
  // One or two lines are shown without a button.
  return stretches.map((stretch) =>
    stretch.hidden && stretch.rows.length <= 2 ? { ...stretch, hidden: false } : stretch,
  );
}

export interface FieldChange {
  path: string;
  before: unknown;
  after: unknown;
}

const MAX_FIELDS = 30;
const isBrief = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value !== "object" && !(String(value).includes("\n") || String(value).length > 120));

/** The changed fields of two records, by their paths; null if a comparison of lines is clearer. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] | null {
  if (!isRecord(before) || !isRecord(after)) return null;
  const changes = [...walk(before, after, "")];
  return changes.length <= MAX_FIELDS && changes.every((change) => isBrief(change.before) && isBrief(change.after))
    ? changes
    : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* walk(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  prefix: string,
): Generator<FieldChange> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = Object.hasOwn(before, key) ? before[key] : undefined;
    const is = Object.hasOwn(after, key) ? after[key] : undefined;
    const path = `${prefix}${key}`;
    if (isSame(was, is)) continue;
    if (isRecord(was) && isRecord(is)) yield* walk(was, is, `${path}.`);
    else yield { path, before: was, after: is };
  }
}

/** The number of unchanged fields of two records. */
export function unchangedFields(before: Record<string, unknown>, after: Record<string, unknown>): number {
  return Object.keys(before).filter((key) => Object.hasOwn(after, key) && isSame(before[key], after[key])).length;
}
