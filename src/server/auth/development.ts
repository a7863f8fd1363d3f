/** Sample people for development, with tokens that are ready to use. */

import { SignJWT } from "jose";
import { partsOfClaimPath } from "../../config/claim-paths.ts";
import type { Config } from "../../config/config.ts";

export interface SignIn {
  userId: string;
  /** A short description of the person's rights. */
  can: string;
  /** Starts a session in the browser. */
  url: string;
}

export interface DevelopmentAccess {
  signIns: SignIn[];
  /** For an orchestrator: may create requests on behalf of others. */
  token: string;
}

const SAMPLES = [
  {
    userId: "alice@company.com",
    roles: ["release-managers"],
    scopes: [],
    can: "can create requests, and decide for release-managers",
  },
  { userId: "bob@company.com", roles: [], scopes: [], can: "can create requests, and decide requests that name them" },
  {
    userId: "admin@company.com",
    roles: [],
    scopes: ["approvals:admin", "approvals:read"],
    can: "can see and manage everything",
  },
] as const;

const ORCHESTRATOR = { userId: "orchestrator@company.com", roles: [], scopes: ["approvals:request"] } as const;
const LASTS = "30d";

type Sample = { userId: string; roles: readonly string[]; scopes: readonly string[] };

/**
 * @param url the base of the links
 * @param secret the server's HS256 secret
 */
export async function developmentAccess(config: Config, url: string, secret: string): Promise<DevelopmentAccess> {
  const key = new TextEncoder().encode(secret);
  const tokens = await Promise.all([...SAMPLES, ORCHESTRATOR].map((sample) => signToken(config, key, sample)));
  return {
    signIns: SAMPLES.map(({ userId, can }, index) => ({ userId, can, url: `${url}/sign-in#token=${tokens[index]}` })),
    token: tokens.at(-1) as string,
  };
}

/** @param key the server's HS256 secret */
export function signToken(config: Config, key: Uint8Array, { userId, roles, scopes }: Sample): Promise<string> {
  const { userClaim, rolesClaim, scopesClaims, issuer, audience } = config.auth;
  const claims: Record<string, unknown> = {};
  putAt(claims, scopesClaims[0] as string, scopes.join(" "));
  putAt(claims, userClaim, userId);
  putAt(claims, rolesClaim, roles);
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(LASTS);
  if (issuer !== null) token.setIssuer(issuer);
  if (audience !== null) token.setAudience(audience);
  return token.sign(key);
}

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
