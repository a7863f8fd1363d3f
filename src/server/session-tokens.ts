/**
 * What sign-in through a provider leaves in cookies. A session is a small token of our own rather than the provider's ID
 * token, which may be longer than a cookie can be, and may lack roles that only its user info endpoint tells. What waits
 * for the end of a sign-in is encrypted, as it holds secrets of the protocol.
 */

import { hkdfSync } from "node:crypto";
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt, jwtVerify, SignJWT } from "jose";
import type { Config } from "../config.ts";
import { keepSecret } from "../db/data-dir.ts";
import type { Logger } from "../log.ts";

/** Keeps a session's token apart from every other HS256 token; so does its key. */
export const SESSION_TYPE = "countersign-session+jwt";

const SHORTEST_SECRET_BYTES = 32;

/** Who is signed in, as the provider said it. Times are in seconds since 1970. */
export interface SessionClaims extends JWTPayload {
  sub: string;
  email?: string;
  /** Left out where the provider said nothing about them. */
  roles?: string[];
  /** Space-separated. */
  scope?: string;
  iat: number;
  exp: number;
}

export interface SessionTokens {
  sign(claims: SessionClaims): Promise<string>;
  /** @throws jose's errors */
  verify(token: string): Promise<JWTPayload>;
  /** Encrypts for at most `seconds`. @param purpose nothing sealed for one purpose opens for another */
  seal(purpose: string, content: Record<string, unknown>, seconds: number): Promise<string>;
  /** What was sealed; null for anything else, and when its time is over. */
  unseal(purpose: string, sealed: string): Promise<Record<string, unknown> | null>;
}

/**
 * The keys come from AUTH_JWT_SECRET, whose holders can sign tokens for anyone already; else from the secret that the
 * provider shares with every process of ours; else, for a public client, from one kept in the data directory. They are
 * bound to the provider and the client: another provider's people are signed in anew.
 * @returns null where nobody signs in through a provider
 */
export function createSessionTokens(config: Config, log: Pick<Logger, "warn">): SessionTokens | null {
  const { oidc, auth } = config;
  if (oidc === null) return null;
  const secret = auth.jwtSecret ?? oidc.clientSecret ?? keepSecret(config.dataDir, "session-secret");
  if (Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES) {
    const name = auth.jwtSecret === null ? "OIDC_CLIENT_SECRET" : "AUTH_JWT_SECRET";
    log.warn(`${name}, which signs sessions, is shorter than ${SHORTEST_SECRET_BYTES} bytes and may be guessed`);
  }
  const keyFor = (use: string) =>
    new Uint8Array(hkdfSync("sha256", secret, "countersign", JSON.stringify([use, oidc.issuer, oidc.clientId]), 32));
  const signing = keyFor("session");
  const sealing = keyFor("sealed");

  return {
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE }).sign(signing),
    async verify(token) {
      const options = { algorithms: ["HS256"], typ: SESSION_TYPE, requiredClaims: ["exp"] };
      return (await jwtVerify(token, signing, options)).payload;
    },
    seal: (purpose, content, seconds) =>
      new EncryptJWT({ content })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setAudience(purpose)
        .setExpirationTime(`${seconds}s`)
        .encrypt(sealing),
    async unseal(purpose, sealed) {
      try {
        const options = {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          audience: purpose,
          requiredClaims: ["exp"],
        };
        return (await jwtDecrypt(sealed, sealing, options)).payload.content as Record<string, unknown>;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
        throw error;
      }
    },
  };
}
