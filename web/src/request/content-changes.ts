/** What has changed in a request's content since somebody read it. Pure. */

import { labelOf } from "./context/shape.ts";

/** What a decision is about: what the digest covers. */
export interface Content {
  contextDigest: string;
  title: string;
  description?: string | null;
  context: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface ContentChange {
  label: string;
  /** Undefined where it was not there. */
  before: unknown;
  /** Undefined where it is gone. */
  after: unknown;
}

/** Equal as JSON, whatever the order of the keys. */
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

/** Each part that differs, by its name on the page. */
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
