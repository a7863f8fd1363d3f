/**
 * What signing in leaves in cookies. A session is a token of our own rather than the token that a person signed in with:
 * signing out ends the one and leaves the other alone. It is also shorter than a provider's ID token, and holds roles
 * that only the user info endpoint knows. What waits for the end of a sign-in is encrypted, as it holds secrets of the
 * protocol.
 */

import { createHash, hkdfSync, randomUUID } from "node:crypto";
import { decodeProtectedHeader, EncryptJWT, errors, type JWTPayload, jwtDecrypt, jwtVerify, SignJWT } from "jose";
import type { Config } from "../../config/config.ts";
import { loadOrCreateSecret } from "../../db/embedded/data-dir.ts";
import { TOKEN_SESSION } from "../../db/queries/directory.ts";
import type { Logger } from "../../log.ts";
import type { Session } from "./ended-sessions.ts";
import type { Identity } from "./identity.ts";

/** Keeps a session's token apart from every other HS256 token; so does its key. */
export const SESSION_TYPE = "countersign-session+jwt";

const SHORTEST_SECRET_BYTES = 32;

/** Who is signed in, as the provider or the token said it. Times are in seconds since 1970. */
export interface SessionClaims extends JWTPayload {
  sub: string;
  email?: string;
  /** Left out where nothing was said about them. */
  roles?: string[];
  /** Space-separated. */
  scope?: string;
  /** When the roles were stated; left out where that is unknown. */
  iat?: number;
  exp: number;
}

export interface SessionTokens {
  /** A new session of this person. */
  sign(claims: SessionClaims): Promise<string>;
  /** A new session of the person whose token this is; a token that is a session already stays the same session. */
  begin(token: string, identity: Identity): Promise<string>;
  /** @throws jose's errors */
  verify(token: string): Promise<JWTPayload>;
  /** Encrypts for at most `seconds`. @param purpose nothing sealed for one purpose opens for another */
  seal(purpose: string, content: Record<string, unknown>, seconds: number): Promise<string>;
  /** What was sealed; null for anything else, and when its time is over. */
  unseal(purpose: string, sealed: string): Promise<Record<string, unknown> | null>;
}

/** Claims of a session's token besides its person: its id, and when it began in ms since 1970. */
interface OwnClaims extends JWTPayload {
  jti?: string;
  begun?: number;
}

/**
 * The session that a verified token stands for. The id is made of what its signature covers: the signature itself can be
 * written in several ways.
 * @param isOwn whether it is a token of `SessionTokens`
 */
export function sessionOfToken(token: string, { jti, begun }: OwnClaims, isOwn: boolean): Session {
  if (isOwn && jti !== undefined) return { id: jti, begunAt: begun ?? 0 };
  const signed = token.slice(0, token.lastIndexOf("."));
  return { id: TOKEN_SESSION + createHash("sha256").update(signed).digest("base64url"), begunAt: null };
}

/**
 * The keys come from AUTH_JWT_SECRET, whose holders can sign tokens for anyone already; else from the secret that the
 * provider shares with every process of ours; else, for a public client and in development, from one kept in the data
 * directory. They are bound to the provider and the client: another provider's people are signed in anew.
 * @returns null where the processes share no secret; the token that a person signs in with is the session then
 */
export function createSessionTokens(config: Config, log: Pick<Logger, "warn">): SessionTokens | null {
  const { oidc, auth, dataDir } = config;
  const secret = auth.jwtSecret ?? oidc?.clientSecret ?? keptSecret();
  if (secret === null) return null;
  if (oidc !== null && Buffer.byteLength(secret) < SHORTEST_SECRET_BYTES) {
    const name = auth.jwtSecret === null ? "OIDC_CLIENT_SECRET" : "AUTH_JWT_SECRET";
    log.warn(`${name}, which signs sessions, is shorter than ${SHORTEST_SECRET_BYTES} bytes and may be guessed`);
  }
  const bound = oidc === null ? [auth.issuer, auth.audience] : [oidc.issuer, oidc.clientId];
  const keyFor = (use: string) =>
    new Uint8Array(hkdfSync("sha256", secret, "countersign", JSON.stringify([use, ...bound]), 32));
  const signing = keyFor("session");
  const sealing = keyFor("sealed");

  function keptSecret(): string | null {
    if (oidc !== null) return loadOrCreateSecret(dataDir, "session-secret");
    return config.development ? loadOrCreateSecret(dataDir, "jwt-secret") : null;
  }

  const sign = (claims: SessionClaims) =>
    new SignJWT({ ...claims, begun: Date.now() })
      .setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE })
      .setJti(randomUUID())
      .sign(signing);

  return {
    sign,
    begin: async (token, identity) =>
      decodeProtectedHeader(token).typ === SESSION_TYPE ? token : sign(claimsOf(identity)),
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

/** What a session says of the person, so that it gives what the token gave. */
function claimsOf({ viewer, expiresAt, rolesIssuedAt, statesRoles }: Identity): SessionClaims {
  return {
    sub: viewer.userId,
    ...(viewer.email !== null && { email: viewer.email }),
    ...(statesRoles && { roles: [...viewer.roles] }),
    ...(viewer.scopes.length > 0 && { scope: viewer.scopes.join(" ") }),
    ...(rolesIssuedAt !== null && { iat: rolesIssuedAt / 1000 }),
    exp: expiresAt / 1000,
  };
}
