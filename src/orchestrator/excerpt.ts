/** Prints unknown values in messages. */

import { inspect } from "node:util";

/** Most UTF-16 units of one value. */
const MOST = 60;

/** The beginning of a value, as JSON if possible. Never throws. */
export function excerpt(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? typeof value).slice(0, MOST);
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 1 }).slice(0, MOST);
  }
}
