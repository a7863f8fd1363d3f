/** Makes lines of a job's log from any value that a handler logs: text and JSON of limited length. */

import { inspect } from "node:util";
import { cutText, storable } from "../model/json.ts";

/** Most UTF-16 units of a message, and of its fields as JSON. */
const MAX_MESSAGE = 4_000;
const MAX_FIELDS = 4_000;
/** Most UTF-16 units of one text, most levels and most values of the fields. */
const MAX_TEXT = 2_000;
const MAX_DEPTH = 8;
const MAX_VALUES = 500;

export interface LogLine {
  message: string;
  /** A JSON object as text; null without fields. */
  fields: string | null;
}

/** Never throws. Also accepts the order of pino, fields before the message. */
export function lineOf(first: unknown, second: unknown): LogLine {
  const isSwapped = typeof first === "object" && first !== null && typeof second === "string";
  const [message, fields] = isSwapped ? [second, first] : [first, second];
  return { message: cutText(textOf(message), MAX_MESSAGE), fields: fieldsOf(fields) };
}

function textOf(value: unknown): string {
  try {
    return storable(typeof value === "string" ? value : inspect(value, { depth: 2, breakLength: 120 }));
  } catch {
    return "(a value that cannot be read)";
  }
}

function fieldsOf(value: unknown): string | null {
  if (value == null) return null;
  try {
    const copy = new Copy().of(value, 0);
    const isObject = typeof copy === "object" && copy !== null && !Array.isArray(copy);
    const text = JSON.stringify(isObject && !(value instanceof Error) ? copy : { value: copy });
    // The text is cut, so it is stored as one string and not as JSON.
    return text.length <= MAX_FIELDS ? text : JSON.stringify({ cut: cutText(text, MAX_FIELDS / 2) });
  } catch {
    return JSON.stringify({ value: "(a value that cannot be read)" });
  }
}

/** Copies a value to one that JSON and PostgreSQL can store. */
class Copy {
  readonly #parents = new Set<object>();
  #values = 0;

  of(value: unknown, depth: number): unknown {
    if (++this.#values > MAX_VALUES) return "…";
    switch (typeof value) {
      case "string":
        return cutText(storable(value), MAX_TEXT);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#object(value, depth);
      case "undefined":
        return undefined;
      default:
        return textOf(value);
    }
  }

  #object(value: object, depth: number): unknown {
    if (this.#parents.has(value)) return "(circular)";
    if (depth === MAX_DEPTH) return "…";
    this.#parents.add(value);
    try {
      if (value instanceof Error) return this.#entries(errorFields(value), depth);
      if ("toJSON" in value && typeof value.toJSON === "function") return this.of(value.toJSON(), depth + 1);
      if (Array.isArray(value)) return value.slice(0, MAX_VALUES).map((item) => this.of(item, depth + 1) ?? null);
      const isPlain = Object.prototype.toString.call(value) === "[object Object]";
      return isPlain ? this.#entries(value, depth) : cutText(textOf(value), MAX_TEXT);
    } catch {
      return "(a value that cannot be read)";
    } finally {
      this.#parents.delete(value);
    }
  }

  #entries(value: object, depth: number): object {
    const copy: [string, unknown][] = [];
    for (const name of Object.keys(value)) {
      if (this.#values > MAX_VALUES) break;
      copy.push([cutText(storable(name), MAX_TEXT), this.#field(value, name, depth)]);
    }
    return Object.fromEntries(copy);
  }

  /** A field that cannot be read does not prevent the others. */
  #field(value: object, name: string, depth: number): unknown {
    try {
      return this.of((value as Record<string, unknown>)[name], depth + 1);
    } catch {
      return "(a value that cannot be read)";
    }
  }
}

/** The useful fields of an error, which are not enumerable. */
const errorFields = (error: Error): object => {
  const { name, message, stack, cause } = error;
  return Object.assign({ name, message }, error, { stack }, cause !== undefined && { cause });
};
