/**
 * Signs and encrypts the contents of the cookies. A session has a token of its own instead of the token that the person
 * signed in with, so that signing out does not end that token. The session's token is also shorter than a provider's ID
 * token, and contains roles that only the user info endpoint returns. The state of a sign-in is encrypted, because it
 * contains secrets of the protocol.
 */

import { createHash, hkdfSync, randomUUID } from "node:crypto";
import { decodeProtectedHeader, EncryptJWT, errors, type JWTPayload, jwtDecrypt, jwtVerify, SignJWT } from "jose";
import type { Config } from "../../config/config.ts";
import { isShortSecret, SHORTEST_SECRET_BYTES } from "../../config/secret-length.ts";
import { loadOrCreateSecret } from "../../db/embedded/data-dir.ts";
import { TOKEN_SESSION } from "../../db/queries/directory.ts";
import type { Logger } from "../../log.ts";
import type { Session } from "./ended-sessions.ts";
import type { Identity } from "./identity.ts";

/** Distinguishes a session's token from other HS256 tokens, which also have another key. */
export const SESSION_TYPE = "countersign-session+jwt";

/** The person who is signed in, as the provider or the token described them. Times are in seconds since 1970. */
export interface SessionClaims extends JWTPayload {
  sub: string;
  email?: string;
  /** Omitted if the token or the provider did not state roles. */
  roles?: string[];
  /** Space-separated. */
  scope?: string;
  /** When the roles were stated; omitted if unknown. */
  iat?: number;
  exp: number;
}

export interface SessionTokens {
  /** Creates a session for this person. */
  sign(claims: SessionClaims): Promise<string>;
  /** Creates a session for the person of this token. The token of a session stays the same session. */
  begin(token: string, identity: Identity): Promise<string>;
  /** @throws jose's errors */
  verify(token: string): Promise<JWTPayload>;
  /** Encrypts for at most `seconds`. @param purpose must be the same for `unseal` */
  seal(purpose: string, content: Record<string, unknown>, seconds: number): Promise<string>;
  /** Decrypts; null if the text is not valid or has expired. */
  unseal(purpose: string, sealed: string): Promise<Record<string, unknown> | null>;
}

/** The other claims of a session's token: its id, and its start in ms since 1970. */
interface OwnClaims extends JWTPayload {
  jti?: string;
  begun?: number;
}

/**
 * The session of a verified token. The id is a hash of the signed part, because the signature can be encoded in several
 * ways.
 * @param isOwn whether `SessionTokens` issued the token
 */
export function sessionOfToken(token: string, { jti, begun }: OwnClaims, isOwn: boolean): Session {
  if (isOwn && jti !== undefined) return { id: jti, startedAt: begun ?? 0 };
  const signed = token.slice(0, token.lastIndexOf("."));
  return { id: TOKEN_SESSION + createHash("sha256").update(signed).digest("base64url"), startedAt: null };
}

/**
 * Derives the keys from AUTH_JWT_SECRET, whose owners can already sign tokens for anyone; otherwise from
 * OIDC_CLIENT_SECRET, which all processes have; otherwise, for a public client and in development, from a secret in the
 * data directory. The keys depend on the provider and the client: after a change of provider, people sign in again.
 * @returns null if the processes share no secret; then the token that a person signs in with is the session
 */
export function createSessionTokens(config: Config, log: Pick<Logger, "warn">): SessionTokens | null {
  const { oidc, auth, dataDir } = config;
  const secret = auth.jwtSecret ?? oidc?.clientSecret ?? storedSecret();
  if (secret === null) return null;
  if (oidc !== null && isShortSecret(secret)) {
    const name = auth.jwtSecret === null ? "OIDC_CLIENT_SECRET" : "AUTH_JWT_SECRET";
    log.warn(`${name}, which signs sessions, is shorter than ${SHORTEST_SECRET_BYTES} bytes and may be guessed`);
  }
  const bound = oidc === null ? [auth.issuer, auth.audience] : [oidc.issuer, oidc.clientId];
  const keyFor = (use: string) =>
    new Uint8Array(hkdfSync("sha256", secret, "countersign", JSON.stringify([use, ...bound]), 32));
  const signing = keyFor("session");
  const sealing = keyFor("sealed");

  function storedSecret(): string | null {
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

/** The claims of a session, which grant what the token granted. */
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
