/** Makes JSON of the output of a job, without loss. */

import type { Issue } from "../model/errors.ts";
import { checkJsonObject } from "../model/json.ts";
import { oneLine } from "../model/one-line.ts";

/** Most faults that are reported of one output. */
const MOST = 20;

/**
 * The JSON text that is stored for a value. Undefined fields are omitted, and a value with `toJSON`, such as a Date, is
 * stored as `toJSON` returns it. Any other value that JSON would change is an issue.
 * @param field the place of the value: the field `name` of the object at `path`
 * @returns null for undefined and null, and if there are issues
 */
export function outputText(field: { path: string; name: string }, value: unknown, issues: Issue[]): string | null {
  if (value == null) return null;
  const before = issues.length;
  const root = `${field.path}.${field.name}`;
  /** The path of each object; set before its fields are read. */
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
  // Depth, size and characters are those of the stored text.
  const found: Issue[] = [];
  checkJsonObject(field.path, { [field.name]: JSON.parse(text) }, found);
  issues.push(...found.map(({ path, message }) => ({ path: path === field.path ? root : path, message })));
  return text === "null" || issues.length > before ? null : text;
}

/** @param raw the value. @param given the result of its `toJSON`, or the value */
function faultOf(raw: unknown, given: unknown, isItem: boolean): string | null {
  if (typeof given === "number") return Number.isFinite(given) ? null : `${given} is not a JSON number`;
  if (typeof given === "bigint") return "BigInt is not a JSON value";
  if (typeof given === "function" || typeof given === "symbol") return `${typeof given} is not a JSON value`;
  if (given === undefined) return isItem || raw !== undefined ? "undefined is not a JSON value" : null;
  if (given === null) return raw === null ? null : "is not a valid date, or its toJSON returns null";
  if (typeof given !== "object" || Array.isArray(given)) return null;
  const kind = Object.prototype.toString.call(given).slice(8, -1);
  return kind === "Object" ? null : `${kind} is not a JSON value`;
}
