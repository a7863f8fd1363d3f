/** From the provider's names of scopes to ours: `AUTH_SCOPES_MAP`. Pure. */

import { SCOPES } from "./approvals/model.ts";

const OURS: readonly string[] = Object.values(SCOPES);

/** What the variable may hold, in words. */
export const SCOPES_MAP_FORM = `a JSON object from the provider's names of scopes to ours, {"Approvals.Admin": "approvals:admin"} for example; ours are ${OURS.join(", ")}, and a list of them gives each`;

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
  if (scope === undefined) throw new RangeError(`${JSON.stringify(name)} is not a scope of ours.`);
  return scope;
}
