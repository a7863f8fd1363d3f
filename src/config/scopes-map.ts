/** Parses `AUTH_SCOPES_MAP`, which maps the provider's scopes to those of Countersign. Pure. */

import { SCOPES } from "../model/approvals.ts";

const SCOPE_NAMES: readonly string[] = Object.values(SCOPES);

/** The form of the variable, for messages. */
export const SCOPES_MAP_FORM = `a JSON object that maps scopes of the provider to scopes of Countersign, such as {"Approvals.Admin": "approvals:admin"}; the scopes are ${SCOPE_NAMES.join(", ")}, and a list maps to several`;

/** Scopes of Countersign by the provider's names. */
export type ScopesMap = ReadonlyMap<string, readonly string[]>;

/** @throws SyntaxError or RangeError for a text that is not of the form `SCOPES_MAP_FORM` */
export function readScopesMap(text: string): ScopesMap {
  const map: unknown = JSON.parse(text);
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new RangeError("It is not an object.");
  return new Map(Object.entries(map).map(([name, scopes]) => [name, [scopes].flat().map(scopeOf)]));
}

function scopeOf(name: unknown): string {
  const scope = SCOPE_NAMES.find((one) => one === name);
  if (scope === undefined) throw new RangeError(`${JSON.stringify(name)} is not a scope of Countersign.`);
  return scope;
}
