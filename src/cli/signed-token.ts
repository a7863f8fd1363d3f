/** Signs a token with the secret of the server, for `countersign token`. */

import { type Config, loadConfig } from "../config/config.ts";
import { isShortSecret, shortSecretWarning } from "../config/secret-length.ts";
import { loadSecret } from "../db/embedded/data-dir.ts";
import { claimsFor, faultOfClaims, signClaims } from "../server/auth/sign-token.ts";
import { Failure } from "./command.ts";
import { shortDuration } from "./values.ts";

/** A token that lasts longer causes a warning. */
const LONG_MS = 30 * 24 * 3_600_000;

const warn = (text: string): void => console.error(`countersign: warning: ${text}`);

/** The secret with which the server verifies tokens. @throws Failure if this process cannot know it */
function secretFor(config: Config): string {
  const { auth, development, dataDir } = config;
  if (auth.jwtSecret !== null) {
    if (isShortSecret(auth.jwtSecret)) warn(shortSecretWarning("AUTH_JWT_SECRET"));
    return auth.jwtSecret;
  }
  // A new secret would not be the one of the server, so it is not created here.
  const stored = development ? loadSecret(dataDir, "jwt-secret") : null;
  if (stored !== null) return stored;
  if (development) {
    throw new Failure(
      `AUTH_JWT_SECRET is not set, and ${dataDir} has no secret of a development server; set AUTH_JWT_SECRET to the ` +
        "secret of the server, or DATA_DIR to its folder",
      4,
    );
  }
  const provider = auth.jwksUrl === null ? "" : ". The provider of AUTH_JWKS_URL issues the tokens for its own keys";
  throw new Failure(`AUTH_JWT_SECRET is not set; it must be the secret of the server${provider}`, 4);
}

export interface TokenRequest {
  userId: string;
  email: string | undefined;
  roles: string[];
  scopes: string[];
  /** How long the token is valid. */
  ms: number;
}

/** @throws Failure if the secret is not known, or the token would not be accepted */
export async function signedToken({ userId, email, roles, scopes, ms }: TokenRequest): Promise<string> {
  const config = loadConfig(process.env);
  const secret = secretFor(config);
  const content = {
    userId,
    email,
    roles: roles.length === 0 ? null : roles,
    scopes: [...new Set(scopes)],
    seconds: Math.floor(ms / 1_000),
  };
  const claims = claimsFor(config, content);
  const fault = faultOfClaims(config, content, claims);
  if (fault !== null) throw new Failure(fault, 4);
  if (ms > LONG_MS) warn(`the token is valid for ${shortDuration(ms)}; anyone who has it can use it until then`);
  return signClaims(secret, claims);
}
