/** From the provider's names of scopes to ours: `AUTH_SCOPES_MAP`. Pure. */

import { SCOPES } from "../model/approvals.ts";

const OURS: readonly string[] = Object.values(SCOPES);

/** What the variable may hold, in words. */
export const SCOPES_MAP_FORM = `a JSON object that maps scopes of the provider to scopes of Countersign, such as {"Approvals.Admin": "approvals:admin"}; the scopes are ${OURS.join(", ")}, and a list maps to several`;

/** Our names by the provider's. */
export type ScopesMap = ReadonlyMap<string, readonly string[]>;

/** @throws SyntaxError or RangeError for anything else than `SCOPES_MAP_FORM` says */
export function readScopesMap(held: string): ScopesMap {
  const map: unknown = JSON.parse(held);
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new RangeError("It is not an object.");
  return new Map(Object.entries(map).map(([name, ours]) => [name, [ours].flat().map(scopeOf)]));
}

function scopeOf(name: unknown): string {
  const scope = OURS.find((one) => one === name);
  if (scope === undefined) throw new RangeError(`${JSON.stringify(name)} is not a scope of Countersign.`);
  return scope;
}
