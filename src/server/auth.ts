/** Tokens: who sent them, and whether to believe it. */

import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { Viewer } from "../approvals/model.ts";
import type { Config } from "../config.ts";
import { keepSecret } from "../db/data-dir.ts";
import type { Logger } from "../log.ts";
import { viewerOf } from "./claims.ts";

/** A viewer, and when the token ends, in ms since 1970. */
export interface Identity {
  viewer: Viewer;
  expiresAt: number;
}

/** There is no token, or it is refused; the message may be shown. */
export class UnauthenticatedError extends Error {
  override readonly name = "UnauthenticatedError";
}

/** The identity provider's keys cannot be had, so nothing can be said about the token. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
}

export interface Authenticator {
  /** @throws UnauthenticatedError or KeysUnavailableError */
  verify(token: string): Promise<Identity>;
}

/** The asymmetric algorithms of JWKS keys; a secret is HS256 and nothing else, so that no key is taken for a secret. */
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const REMEMBERED = 2_000;
/** A key that the provider withdraws is not believed for longer than this. */
const REMEMBER_MS = 60_000;
const SHORTEST_SECRET_BYTES = 32;

/** The HS256 secret: the configured one, or in development the one kept in the data directory. */
export function secretOf(config: Config): string | null {
  if (config.auth.jwtSecret !== null) return config.auth.jwtSecret;
  return config.development ? keepSecret(config.dataDir, "jwt-secret") : null;
}

/** @param secret of HS256 tokens, or null where there are none */
export function createAuthenticator(config: Config, secret: string | null, log: Logger): Authenticator {
  const { auth } = config;
  const secretKey = secret === null ? null : new TextEncoder().encode(secret);
  if (secretKey !== null && secretKey.length < SHORTEST_SECRET_BYTES) {
    log.warn(`AUTH_JWT_SECRET is shorter than ${SHORTEST_SECRET_BYTES} bytes and may be guessed; take a random one`);
  }
  const keySet = auth.jwksUrl === null ? null : createRemoteJWKSet(new URL(auth.jwksUrl));
  const common: JWTVerifyOptions = {
    requiredClaims: ["exp"],
    ...(auth.issuer !== null && { issuer: auth.issuer }),
    ...(auth.audience !== null && { audience: auth.audience }),
  };

  async function claimsOf(token: string): Promise<JWTPayload> {
    const { alg } = decodeProtectedHeader(token);
    if (alg === "HS256" && secretKey !== null) {
      return (await jwtVerify(token, secretKey, { ...common, algorithms: ["HS256"] })).payload;
    }
    if (keySet === null || alg === undefined || !ASYMMETRIC.includes(alg)) {
      throw new errors.JOSEAlgNotAllowed("its algorithm is not accepted here");
    }
    const options = { ...common, algorithms: ASYMMETRIC };
    try {
      return (await jwtVerify(token, keySet, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (refused) {
          if (!(refused instanceof errors.JWSSignatureVerificationFailed)) throw refused;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  async function check(token: string): Promise<Identity> {
    const claims = await claimsOf(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const viewer = viewerOf(claims, auth);
    if (typeof viewer === "string") throw new UnauthenticatedError(viewer);
    return { viewer, expiresAt: (claims.exp as number) * 1000 };
  }

  const known = new Map<string, { identity: Identity; until: number }>();
  return {
    async verify(token) {
      const before = known.get(token);
      if (before !== undefined && Date.now() < before.until) return before.identity;
      const identity = await check(token);
      known.delete(token);
      known.set(token, { identity, until: Math.min(identity.expiresAt, Date.now() + REMEMBER_MS) });
      if (known.size > REMEMBERED) known.delete(known.keys().next().value as string);
      return identity;
    },
  };
}

function refusalOf(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return new UnauthenticatedError("The token has expired.");
  const unavailable =
    !(error instanceof errors.JOSEError || error instanceof TypeError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.constructor === errors.JOSEError ||
    (error instanceof TypeError && error.message === "fetch failed");
  if (unavailable) {
    return new KeysUnavailableError("The keys of AUTH_JWKS_URL cannot be fetched.", { cause: error });
  }
  return new UnauthenticatedError(`The token is not valid: ${(error as Error).message}.`);
}
