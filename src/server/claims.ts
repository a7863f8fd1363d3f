/** From the claims of a verified token to a viewer. */

import { faultOfText } from "../approvals/json.ts";
import type { Viewer } from "../approvals/model.ts";

/** Follows a dotted path through own properties only; a claim that has the whole path as its name wins. */
export function claimAt(claims: object, path: string): unknown {
  if (Object.hasOwn(claims, path)) return (claims as Record<string, unknown>)[path];
  let value: unknown = claims;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && faultOfText(value) === null;

/** A list of texts, or one text with the given separators; whatever has another form grants nothing. */
function listOf(value: unknown, separators: RegExp): string[] {
  const items = typeof value === "string" ? value.split(separators) : Array.isArray(value) ? value : [];
  return [...new Set(items.filter(isText))];
}

const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * @returns the viewer, or what the token lacks
 * @param names where a token keeps the user's id and roles
 */
export function viewerOf(claims: object, names: { userClaim: string; rolesClaim: string }): Viewer | string {
  const userId = claimAt(claims, names.userClaim);
  if (!isText(userId)) return `The token's claim "${names.userClaim}" must be the user's id, a text that is not empty.`;
  const email = claimAt(claims, "email");
  return {
    userId,
    email: isText(email) ? email : LOOKS_LIKE_EMAIL.test(userId) ? userId : null,
    roles: listOf(claimAt(claims, names.rolesClaim), /[\s,]+/),
    scopes: listOf(claimAt(claims, "scope"), /\s+/),
  };
}
