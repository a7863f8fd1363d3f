/** Compares two versions of a request's content. Pure. */

import { labelOf } from "./context/shape.ts";

/** The content that the digest covers. */
export interface Content {
  contextDigest: string;
  title: string;
  description?: string | null;
  context: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface ContentChange {
  label: string;
  /** Undefined if the part was added. */
  before: unknown;
  /** Undefined if the part was removed. */
  after: unknown;
}

/** Whether two values are equal as JSON. The order of keys does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(fieldOf(a, key), fieldOf(b, key)))
  );
}

const fieldOf = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

/** The parts that differ, with their names on the page. */
export function contentChanges(before: Content, after: Content): ContentChange[] {
  const parts: ContentChange[] = [
    { label: "Title", before: before.title, after: after.title },
    { label: "Description", before: before.description ?? undefined, after: after.description ?? undefined },
    ...fieldsOf(before.context, after.context, ""),
    ...fieldsOf(before.metadata, after.metadata, "Metadata: "),
  ];
  return parts.filter((part) => !isSame(part.before, part.after));
}

const fieldsOf = (before: object, after: object, prefix: string): ContentChange[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].map((key) => ({
    label: prefix + labelOf(key),
    before: fieldOf(before, key),
    after: fieldOf(after, key),
  }));
