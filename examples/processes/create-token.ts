/** Creates a token as an operator would: with `countersign token` and the secret of the server. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const COMMAND = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** @returns a token that is valid for a day */
export async function createToken(secret: string, userId: string, ...scopes: string[]): Promise<string> {
  const args = ["token", userId, "--expires", "24h", ...scopes.flatMap((scope) => ["--scope", scope])];
  // Nothing else of this environment: an AUTH_AUDIENCE in it is not meant for an example.
  const env = { PATH: process.env.PATH, AUTH_JWT_SECRET: secret };
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
  return stdout.trim();
}
