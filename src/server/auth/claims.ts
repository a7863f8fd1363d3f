/** Converts the claims of a verified token to a viewer. */

import { partsOfClaimPath } from "../../config/claim-paths.ts";
import type { Config } from "../../config/config.ts";
import type { Viewer } from "../../model/approvals.ts";
import { faultOfText } from "../../model/json.ts";
import { faultOfName, faultOfUserId } from "../../model/name-fault.ts";
import { addressOf, looksLikeEmail } from "../../model/own-address.ts";
import { byName, isSamePerson } from "../../model/same-person.ts";

/** The names of the claims that describe the user, and the provider's names for the scopes of Countersign. */
export type ClaimNames = Pick<Config["auth"], "userClaim" | "rolesClaim" | "scopesClaims" | "scopesMap">;

/** Follows a dotted path through own properties only. A claim whose name is the whole path takes precedence. */
export function claimAt(claims: object, path: string): unknown {
  if (Object.hasOwn(claims, path)) return (claims as Record<string, unknown>)[path];
  let value: unknown = claims;
  for (const part of partsOfClaimPath(path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && faultOfText(value) === null;

/** Accepts a list of strings, or one string with separators. A value of another form grants nothing. */
function listOf(value: unknown, separators: RegExp): string[] {
  const items = typeof value === "string" ? value.split(separators) : Array.isArray(value) ? value : [];
  return [...new Set(items.filter(isText))];
}

/** The values by which providers mark an address as unverified. A missing claim counts as verified. */
export const isFalse = (value: unknown): boolean =>
  value === false || value === 0 || (typeof value === "string" && /^\s*(false|0|no)\s*$/i.test(value));

/** Whether `email_verified` is false, next to the claim at this path or next to `email`. */
function isUnverified(claims: object, path: string): boolean {
  const beside = path.replace(/email$/i, "email_verified");
  return isFalse(claimAt(claims, beside)) || isFalse(claimAt(claims, "email_verified"));
}

/** Whether the user's id is an email address: by the name of its claim, as the token's `email`, or by its form. */
function isAddress(claims: object, path: string, userId: string): boolean {
  if (/(^|[./:])email$/i.test(path)) return true;
  // The subject is the provider's own id of the account, even if it looks like an address.
  if (path === "sub") return false;
  const email = claimAt(claims, "email");
  // Without an `email`, the claim `email_verified` can only be about the id.
  return isText(email) ? isSamePerson(email, userId, byName) : looksLikeEmail(userId);
}

/** The scopes of all claims, by the names of Countersign. Unknown scopes of the provider grant nothing. */
function scopesOf(claims: object, { scopesClaims, scopesMap }: ClaimNames): string[] {
  const given = scopesClaims.flatMap((path) => listOf(claimAt(claims, path), /\s+/));
  return [...new Set(given.flatMap((name) => scopesMap.get(name) ?? name))];
}

/**
 * Whether the token was issued to another application: its `azp` is one of its audiences and is not this application.
 * An access token for this API names the client that obtained it as `azp`, and that client is not one of its audiences.
 * @param own the audience and the client id of this application
 */
export function isIssuedToAnother(claims: { aud?: unknown; azp?: unknown }, own: readonly (string | null)[]): boolean {
  const { aud, azp } = claims;
  if (azp === undefined || own.includes(azp as string)) return false;
  return typeof azp !== "string" || azp === aud || (Array.isArray(aud) && aud.includes(azp));
}

/**
 * An unverified address identifies nobody: neither as the user's id nor as the user's address.
 * @returns the viewer, or an error message
 */
export function viewerOf(claims: object, names: ClaimNames): Viewer | string {
  const { userClaim } = names;
  const userId = claimAt(claims, userClaim);
  if (!isText(userId)) return `The token's claim "${userClaim}" must be the user's id, a non-empty string.`;
  const fault = faultOfUserId(userId);
  if (fault !== null) return `The token's claim "${userClaim}" cannot be a user's id: it ${fault}.`;
  if (isAddress(claims, userClaim, userId) && isUnverified(claims, userClaim)) {
    return `The token's claim "${userClaim}" is an email address that is not verified ("email_verified" is false).`;
  }
  const email = claimAt(claims, "email");
  const isOwn = isText(email) && !isUnverified(claims, "email");
  const address = addressOf({ userId, email: isOwn ? email : null });
  return {
    userId,
    // An address that cannot be one person's receives no notifications.
    email: address !== null && faultOfName(address) === null ? address : null,
    roles: listOf(claimAt(claims, names.rolesClaim), /[\s,]+/),
    scopes: scopesOf(claims, names),
  };
}
