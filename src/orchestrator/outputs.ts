/** What a job puts out, as JSON that says the same. */

import type { Issue } from "../model/errors.ts";
import { checkJsonObject } from "../model/json.ts";
import { oneLine } from "../model/one-line.ts";

/** Most faults that are told of one output. */
const MOST = 20;

/**
 * A value as the JSON text that is kept of it. Fields that are undefined are left out, and what has `toJSON`, a Date for
 * one, is kept as that gives it; whatever else JSON would change without a word is an issue.
 * @param field where the value is: `name` in what `path` leads to
 * @returns null for nothing, and where there are issues
 */
export function outputText(field: { path: string; name: string }, value: unknown, issues: Issue[]): string | null {
  if (value == null) return null;
  const before = issues.length;
  const root = `${field.path}.${field.name}`;
  /** Where each object is; set just before what is in it is read. */
  const places = new Map<unknown, string>();
  function replace(this: Record<string, unknown>, key: string, given: unknown): unknown {
    const parent = places.get(this);
    const path = parent === undefined ? root : `${parent}.${key}`;
    const message = faultOf(this[key], given, Array.isArray(this));
    if (message !== null && issues.length - before < MOST) issues.push({ path, message });
    if (message !== null) return null;
    if (typeof given === "object") places.set(given, path);
    return given;
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(value, replace);
  } catch (error) {
    issues.push({ path: root, message: `cannot be written as JSON: ${oneLine(error)}` });
  }
  if (text === undefined || issues.length > before) return null;
  // Depth, size and characters are those of what is kept.
  const found: Issue[] = [];
  checkJsonObject(field.path, { [field.name]: JSON.parse(text) }, found);
  issues.push(...found.map(({ path, message }) => ({ path: path === field.path ? root : path, message })));
  return text === "null" || issues.length > before ? null : text;
}

/** @param raw what was put out. @param given what its `toJSON` made of it, or the same */
function faultOf(raw: unknown, given: unknown, isItem: boolean): string | null {
  if (typeof given === "number") return Number.isFinite(given) ? null : `${given} is not a JSON number`;
  if (typeof given === "bigint") return "BigInt is not a JSON value";
  if (typeof given === "function" || typeof given === "symbol") return `${typeof given} is not a JSON value`;
  if (given === undefined) return isItem || raw !== undefined ? "undefined is not a JSON value" : null;
  if (given === null) return raw === null ? null : "is no valid date, or its toJSON gives nothing";
  if (typeof given !== "object" || Array.isArray(given)) return null;
  const kind = Object.prototype.toString.call(given).slice(8, -1);
  return kind === "Object" ? null : `${kind} is not a JSON value`;
}
