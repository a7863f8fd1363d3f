/** The API for the demo: the server of `npm start`, in a separate process and on the demo's database. */

import { randomBytes } from "node:crypto";
import { startNode } from "../processes/start.ts";
import { supervise } from "../processes/supervise.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export interface Api {
  url: string;
  /** Signs tokens that the API accepts. */
  secret: string;
  stop(): Promise<void>;
}

/**
 * Starts it on a free port, and again on the same one whenever it ends by itself.
 * @throws the output of the server if it could not start
 */
export async function startApi(databaseUrl: string, signal: AbortSignal): Promise<Api> {
  const secret = randomBytes(32).toString("hex");
  const env = { DATABASE_URL: databaseUrl, AUTH_JWT_SECRET: secret, GRAPHIQL: "true", LOG_LEVEL: "warn" };
  let port = "0";
  // Its warnings are useful, except those at its end.
  const log = (line: string) => signal.aborted || console.error(line);
  const server = await supervise(
    "The server",
    async () => {
      const started = await startNode(MAIN, { ...env, PORT: port }, log, signal);
      port = new URL(started.url).port;
      return started;
    },
    signal,
  );
  return { url: server.first.url, secret, stop: server.stop };
}
