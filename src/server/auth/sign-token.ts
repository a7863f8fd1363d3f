/** Signs tokens with the server's own secret: for sample people, and for `countersign token`. */

import { type JWTPayload, SignJWT } from "jose";
import { partsOfClaimPath } from "../../config/claim-paths.ts";
import type { Config } from "../../config/config.ts";
import { SCOPES } from "../../model/approvals.ts";
import { claimAt, viewerOf } from "./claims.ts";

export interface TokenContent {
  userId: string;
  /** Default: none. */
  email?: string | undefined;
  /** The roles that the token states. Null states none, so the roles that newer tokens stated stay valid. */
  roles: readonly string[] | null;
  scopes: readonly string[];
  /** Seconds until it expires. */
  seconds: number;
}

/** The claims of a token, under the names that the server reads, with its issuer and audience. */
export function claimsFor(config: Config, content: TokenContent): JWTPayload {
  const { userClaim, rolesClaim, scopesClaims, issuer, audience } = config.auth;
  const { userId, email, roles, scopes, seconds } = content;
  const now = Math.floor(Date.now() / 1_000);
  const claims: JWTPayload = { iat: now, exp: now + seconds };
  if (issuer !== null) claims.iss = issuer;
  if (audience !== null) claims.aud = audience;
  if (email !== undefined) claims.email = email;
  if (scopes.length > 0) putAt(claims, scopesClaims[0] as string, scopes.join(" "));
  putAt(claims, userClaim, userId);
  if (roles !== null) putAt(claims, rolesClaim, roles);
  return claims;
}

/** @param secret the server's HS256 secret */
export const signClaims = (secret: string, claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(secret));

/** Sets a claim at the path of AUTH_USER_CLAIM, AUTH_ROLES_CLAIM or AUTH_SCOPES_CLAIM. */
function putAt(claims: Record<string, unknown>, path: string, value: unknown): void {
  const parts = partsOfClaimPath(path);
  const last = parts.pop() as string;
  let place = claims;
  for (const part of parts) {
    place[part] ??= {};
    place = place[part] as Record<string, unknown>;
  }
  place[last] = value;
}

const KNOWN_SCOPES: readonly string[] = Object.values(SCOPES);

/** Why the server would read something else from these claims than their content; null if it reads the content. */
export function faultOfClaims(config: Config, content: TokenContent, claims: JWTPayload): string | null {
  const viewer = viewerOf(claims, config.auth);
  if (typeof viewer === "string") return `USER is ${JSON.stringify(content.userId)}. ${viewer}`;
  const { userId, email, roles, scopes } = content;
  if (email !== undefined && viewer.email !== email) {
    return `--email is ${JSON.stringify(email)}; it may be the email address of one person`;
  }
  // A claim without roles also counts as stated.
  const hasRoles =
    roles === null ? claimAt(claims, config.auth.rolesClaim) === undefined : isSameSet(roles, viewer.roles);
  const hasScopes = isSameSet(
    scopes,
    viewer.scopes.filter((scope) => KNOWN_SCOPES.includes(scope)),
  );
  if (viewer.userId === userId && hasRoles && hasScopes) return null;
  return (
    "the server would read another user, roles or scopes from this token; check AUTH_USER_CLAIM, AUTH_ROLES_CLAIM, " +
    "AUTH_SCOPES_CLAIM and AUTH_SCOPES_MAP"
  );
}

const isSameSet = (some: readonly string[], others: readonly string[]): boolean =>
  some.every((item) => others.includes(item)) && others.every((item) => some.includes(item));
