/** Values of others in messages. */

import { inspect } from "node:util";

/** Most UTF-16 units that are shown of one. */
const MOST = 60;

/** The beginning of a value, as JSON where it can be: whatever it is, it is only shown. */
export function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? typeof value).slice(0, MOST);
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 1 }).slice(0, MOST);
  }
}
