/** Verifies tokens and returns the identity that a token states. */

import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Config } from "../../config/config.ts";
import { isShortSecret, shortSecretWarning } from "../../config/secret-length.ts";
import { loadOrCreateSecret } from "../../db/embedded/data-dir.ts";
import type { Logger } from "../../log.ts";
import { type ClaimNames, claimAt, isIssuedToAnother, viewerOf } from "./claims.ts";
import type { Identity } from "./identity.ts";
import { ASYMMETRIC, remoteKeys } from "./keys.ts";
import { SESSION_TYPE, type SessionTokens, sessionOfToken } from "./session-tokens.ts";
import { expiredToken, KeysUnavailableError, refusalOf, UnauthenticatedError } from "./token-refusals.ts";

/** The directory does not respond, so it is unknown whether the token's roles are still valid. */
export class DirectoryUnavailableError extends KeysUnavailableError {
  override readonly name = "DirectoryUnavailableError";
}

export interface Authenticator {
  /** @throws UnauthenticatedError or KeysUnavailableError */
  verify(token: string): Promise<Identity>;
}

const MOST_CACHED = 2_000;
/** The key set is cached for ten minutes. A key that the provider revokes is accepted for this much longer. */
const CACHE_MS = 60_000;
/** How far a provider's clock may be ahead. A later `iat` is ignored; a later `nbf` refuses the token. */
export const CLOCK_SKEW_S = 60;

const SESSION_CLAIMS: ClaimNames = {
  userClaim: "sub",
  rolesClaim: "roles",
  scopesClaims: ["scope"],
  scopesMap: new Map(),
};

/** The HS256 secret: the configured one, or in development the one in the data directory. */
export function secretOf(config: Config): string | null {
  if (config.auth.jwtSecret !== null) return config.auth.jwtSecret;
  return config.development ? loadOrCreateSecret(config.dataDir, "jwt-secret") : null;
}

/**
 * @param secret of HS256 tokens; null if they are not accepted
 * @param sessions verifies session tokens; null if a session is the provider's token
 */
export function createAuthenticator(
  config: Config,
  secret: string | null,
  sessions: SessionTokens | null,
  log: Logger,
): Authenticator {
  const { auth } = config;
  const secretKey = secret === null ? null : new TextEncoder().encode(secret);
  if (secret !== null && isShortSecret(secret)) log.warn(shortSecretWarning("AUTH_JWT_SECRET"));
  const keys = auth.jwksUrl === null ? null : remoteKeys(auth.jwksUrl);
  if (keys !== null && auth.audience === null) {
    log.warn("AUTH_AUDIENCE is not set: tokens that the provider issued for other applications are accepted too");
  }
  const common: JWTVerifyOptions = {
    requiredClaims: ["exp"],
    // For `nbf` only. `check` compares `exp` without a tolerance.
    clockTolerance: CLOCK_SKEW_S,
    ...(auth.issuer !== null && { issuer: auth.issuer }),
    ...(auth.audience !== null && { audience: auth.audience }),
  };

  async function claimsOf(token: string): Promise<{ claims: JWTPayload; names: ClaimNames }> {
    const { alg, typ } = decodeProtectedHeader(token);
    if (typ === SESSION_TYPE && sessions !== null) {
      return { claims: await sessions.verify(token), names: SESSION_CLAIMS };
    }
    if (alg === "HS256" && secretKey !== null) {
      const { payload } = await jwtVerify(token, secretKey, { ...common, algorithms: ["HS256"] });
      return { claims: payload, names: auth };
    }
    if (keys === null || alg === undefined || !ASYMMETRIC.includes(alg)) {
      throw new errors.JOSEAlgNotAllowed("its algorithm is not accepted");
    }
    return { claims: await keys.verify(token, common), names: auth };
  }

  async function check(token: string): Promise<Identity> {
    const { claims, names } = await claimsOf(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const expiresAt = (claims.exp as number) * 1000;
    if (expiresAt <= Date.now()) throw expiredToken(claims.exp);
    const own = [auth.audience, config.oidc?.clientId ?? null];
    if (names === auth && auth.audience !== null && isIssuedToAnother(claims, own)) {
      throw new UnauthenticatedError('The token was issued to another application: its claim "azp" names that client.');
    }
    const viewer = viewerOf(claims, names);
    if (typeof viewer === "string") throw new UnauthenticatedError(viewer);
    const { iat } = claims;
    const rolesIssuedAt = iat !== undefined && iat * 1000 <= Date.now() + CLOCK_SKEW_S * 1000 ? iat * 1000 : null;
    const statesRoles = claimAt(claims, names.rolesClaim) !== undefined;
    const session = sessionOfToken(token, claims, names === SESSION_CLAIMS);
    return { viewer, expiresAt, rolesIssuedAt, statesRoles, session };
  }

  const known = new Map<string, { identity: Identity; until: number }>();
  return {
    async verify(token) {
      const before = known.get(token);
      if (before !== undefined && Date.now() < before.until) return before.identity;
      const identity = await check(token);
      known.delete(token);
      known.set(token, { identity, until: Math.min(identity.expiresAt, Date.now() + CACHE_MS) });
      if (known.size > MOST_CACHED) known.delete(known.keys().next().value as string);
      return identity;
    },
  };
}
