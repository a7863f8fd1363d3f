/** Finds the embedded PostgreSQL that runs in DATA_DIR, for `countersign url`. */

import { loadConfig } from "../config/config.ts";
import { runningEmbedded } from "../db/embedded/embedded-address.ts";
import { openSession } from "../db/session.ts";
import { Failure } from "./command.ts";

/** @throws Failure if none runs */
export async function embeddedAddress(): Promise<string> {
  const { dataDir, databaseUrl } = loadConfig(process.env);
  const url = runningEmbedded(dataDir);
  // The files of a server that was killed still name its port.
  const session = url === null ? null : await openSession({ url, name: "countersign command" }).catch(() => null);
  if (url === null || session === null) {
    const configured = databaseUrl === null ? "" : ". DATABASE_URL is set, so servers with this environment use none";
    throw new Failure(
      `no embedded PostgreSQL runs in ${dataDir}; start the server first, or set DATA_DIR to its folder${configured}`,
      4,
    );
  }
  await session.end();
  return url;
}
