/** Checks JSON for values that PostgreSQL or a double cannot store, and computes digests of it by RFC 8785. */

import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ApprovalRequest, JsonObject } from "./approvals.ts";
import type { Issue } from "./errors.ts";
import { LossyNumber } from "./json-text.ts";

/** Most levels of nesting. With more, canonical JSON or PostgreSQL's parser may exhaust its stack. */
export const MAX_DEPTH = 100;
/** Most bytes of one JSON document, as UTF-8. */
export const MAX_JSON_BYTES = 1024 * 1024;

const textFault = (text: string): string | null => {
  if (text.includes("\0")) return "has a NUL character (U+0000), which cannot be stored";
  return text.isWellFormed() ? null : "has half of a surrogate pair, which is not valid Unicode";
};

/** Describes why a text cannot be stored; null if it can. */
export const faultOfText = textFault;

/** A text from outside without the characters that cannot be stored. */
export const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed();

/** A text truncated to `max` UTF-16 units, including an ellipsis. Surrogate pairs are not split. */
export const cutText = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

// JSON would change a Date or a Map.
const isPlain = (item: object): boolean =>
  Array.isArray(item) ||
  (Object.prototype.toString.call(item) === "[object Object]" &&
    !("toJSON" in item && typeof item.toJSON === "function"));

/** Names may be long, and the path of an issue repeats all names above it. */
const LONGEST_PATH = 500;

/**
 * Returns a copy without undefined fields, which JSON omits. An undefined entry of a list stays, because JSON would write
 * null for it. Values that JSON cannot represent stay too; the caller must reject them.
 */
export function withoutUndefined<T>(value: T, depth = 0): T {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return Array.from(value, (item) => withoutUndefined(item, depth + 1)) as T;
  if (!isPlain(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutUndefined(field, depth + 1)])) as T;
}

/** Adds the faults of a JSON object to the issues: type, depth, size, text and numbers. */
export function checkJsonObject(path: string, value: unknown, issues: Issue[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    issues.push({ path, message: `must be a JSON object, not ${Array.isArray(value) ? "an array" : typeof value}` });
    return;
  }
  const before = issues.length;
  const open: { path: string; value: unknown; depth: number }[] = [{ path, value, depth: 0 }];
  for (let node = open.pop(); node !== undefined && issues.length - before < 20; node = open.pop()) {
    const { path: at, value: item, depth } = node;
    const report = (message: string) => issues.push({ path: cutText(at, LONGEST_PATH), message });
    if (item instanceof LossyNumber)
      report(`${item.source.slice(0, 60)} is not exact as a 64-bit floating-point number`);
    else if (typeof item === "number" && !Number.isFinite(item)) report(`${item} is not a JSON number`);
    else if (typeof item === "string") {
      const fault = textFault(item);
      if (fault !== null) report(fault);
    } else if (typeof item === "object" && item !== null) {
      if (!isPlain(item)) report(`${Object.prototype.toString.call(item).slice(8, -1)} is not a JSON value`);
      else if (depth === MAX_DEPTH) report(`is nested more than ${MAX_DEPTH} levels deep`);
      else
        for (const [key, child] of Object.entries(item)) {
          const fault = textFault(key);
          if (fault !== null) report(`has a key that ${fault}`);
          open.push({ path: `${at}.${key}`, value: child, depth: depth + 1 });
        }
    } else if (item !== null && typeof item !== "boolean" && typeof item !== "number") {
      report(`${typeof item} is not a JSON value`);
    }
  }
  if (issues.length > before) return;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MAX_JSON_BYTES) {
    issues.push({ path, message: `is ${bytes} bytes of JSON; at most ${MAX_JSON_BYTES} (1 MiB) are allowed` });
  }
}

/** Lower-case hexadecimal SHA-256 of a text as UTF-8. */
export const sha256 = (text: string): string => hash("sha256", text, "hex");

/** SHA-256 of the canonical JSON (RFC 8785) of a value. */
export const digestOf = (value: unknown): string => sha256(canonicalize(value) as string);

/** The digest of the content that an approver judges: context, description, metadata and title as they are returned. */
export const contextDigestOf = (
  request: Pick<ApprovalRequest, "context" | "description" | "metadata" | "title">,
): string =>
  digestOf({
    context: request.context,
    description: request.description,
    metadata: request.metadata,
    title: request.title,
  });

/** The digest of the input of a create as received. A null field counts as omitted. */
export const inputDigestOf = (input: object): string =>
  digestOf(Object.fromEntries(Object.entries(input).filter(([, value]) => value != null)) as JsonObject);

/**
 * The approximate number of characters of a value as JSON.
 * @param most counting stops there; for a longer value the result is any larger number
 */
export function jsonLength(value: unknown, most: number): number {
  let length = 0;
  const open: unknown[] = [value];
  while (open.length > 0 && length <= most) {
    const item = open.pop();
    if (typeof item === "string") length += item.length + 2;
    else if (typeof item !== "object" || item === null) length += 4;
    else if (Array.isArray(item)) {
      length += item.length + 2;
      for (const child of item) open.push(child);
    } else {
      length += 2;
      for (const [key, child] of Object.entries(item)) {
        length += key.length + 4;
        open.push(child);
      }
    }
  }
  return length;
}

/** The digest of the content that an approver judges: the stored one, or computed if none is stored. */
export const storedDigestOf = (
  request: Pick<ApprovalRequest, "context" | "contextDigest" | "description" | "metadata" | "title">,
): string => request.contextDigest ?? contextDigestOf(request);
