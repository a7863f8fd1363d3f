/** `countersign token` */

import { loadConfig } from "../config/config.ts";
import { isShortSecret, shortSecretWarning } from "../config/secret-length.ts";
import { SCOPES } from "../model/approvals.ts";
import { wrong } from "./arguments.ts";
import { command, Failure } from "./command.ts";
import { durationOf, shortDuration } from "./values.ts";

const DEFAULT_MS = 3_600_000;
/** A token that lasts longer causes a warning. */
const LONG_MS = 30 * 24 * 3_600_000;

const warn = (text: string): void => console.error(`countersign: warning: ${text}`);

/** The secret with which the server verifies tokens. @throws Failure if this process cannot know it */
async function secretFor(config: ReturnType<typeof loadConfig>): Promise<string> {
  const { auth, development, dataDir } = config;
  if (auth.jwtSecret !== null) {
    if (isShortSecret(auth.jwtSecret)) warn(shortSecretWarning("AUTH_JWT_SECRET"));
    return auth.jwtSecret;
  }
  // A new secret would not be the one of the server, so it is not created here.
  const { loadSecret } = await import("../db/embedded/data-dir.ts");
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

export const tokenCommand = command({
  name: "token",
  about: "create a token for a program or a person, with the secret of the server",
  text:
    "Signs a token with AUTH_JWT_SECRET, or with the secret that the development server stored in DATA_DIR, and prints " +
    "only the token to standard output. It contains AUTH_AUDIENCE and AUTH_ISSUER if they are set, and has its claims " +
    "where AUTH_USER_CLAIM, AUTH_ROLES_CLAIM and AUTH_SCOPES_CLAIM name them. The server need not run.",
  operand: { name: "USER" },
  options: {
    scope: {
      value: "SCOPE",
      multiple: true,
      choices: Object.values(SCOPES),
      about: "a right for programs and administrators",
    },
    role: {
      value: "ROLE",
      multiple: true,
      about:
        "a role or group of the user. The newest token with roles counts for all tokens of the user; without --role the " +
        "token states none, and known roles stay",
    },
    email: { value: "ADDRESS", about: "where the user receives notifications; default USER if it is an address" },
    expires: { value: "DURATION", about: "how long the token is valid; default 1h" },
  },
  notes:
    "Anyone who has the token can use it until it expires. A DURATION is 90s, 30m, 2h, 3d or 1h30m.\n" +
    "approvals:request: request approvals on behalf of others. approvals:read: see everything. approvals:admin: " +
    "manage every request.",
  exits: "0, or 4 if no token could be created.",
  failureCode: 4,
  examples: [
    "export COUNTERSIGN_TOKEN=$(countersign token ci@company.com --scope approvals:request --expires 8h)",
    "countersign token bob@company.com --role release-managers",
  ],
  async run({ scope, role, email, expires }, userId) {
    const ms = durationOf("--expires", expires) ?? DEFAULT_MS;
    if (ms < 1_000) wrong("--expires", expires, "at least 1s");
    const config = loadConfig(process.env);
    const secret = await secretFor(config);
    const { claimsFor, signClaims, faultOfClaims } = await import("../server/auth/sign-token.ts");
    const content = {
      userId,
      email,
      roles: role.length === 0 ? null : role,
      scopes: [...new Set(scope)],
      seconds: Math.floor(ms / 1_000),
    };
    const claims = claimsFor(config, content);
    const fault = faultOfClaims(config, content, claims);
    if (fault !== null) throw new Failure(fault, 4);
    if (ms > LONG_MS) warn(`the token is valid for ${shortDuration(ms)}; anyone who has it can use it until then`);
    console.log(await signClaims(secret, claims));
    return 0;
  },
});
