/** `countersign token` */

import { SCOPES } from "../model/approvals.ts";
import { importServer } from "../server-package.ts";
import { wrong } from "./arguments.ts";
import { command } from "./command.ts";
import { durationOf } from "./values.ts";

const DEFAULT_MS = 3_600_000;

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
    const { signedToken } = await importServer(() => import("./signed-token.ts"), "token");
    console.log(await signedToken({ userId, email, roles: role, scopes: scope, ms }));
    return 0;
  },
});
