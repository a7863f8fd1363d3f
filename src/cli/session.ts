/** One direct connection to the database for a command, without the server's time limit for queries. */

import { loadConfig } from "../config/config.ts";
import { DataDirError } from "../db/embedded/data-dir.ts";
import { startEmbedded } from "../db/embedded/embedded.ts";
import { runningEmbedded } from "../db/embedded/embedded-address.ts";
import { migrationsPending } from "../db/migrate.ts";
import type { Client } from "../db/session.ts";
import { openSession } from "../db/session.ts";
import { createLogger } from "../log.ts";

/**
 * Calls `run` with a connection to the configured database.
 * @throws if the database cannot be reached or is not migrated
 */
export async function withSession<T>(run: (session: Client) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  const { url, stop } = await addressOf(config.databaseListenUrl, config.dataDir, config.logLevel);
  try {
    const client = await openSession({ url, name: "countersign command" });
    try {
      const pending = await migrationsPending(client);
      if (pending.length > 0)
        throw new Error(`the database lacks ${pending.join(", ")}; run countersign migrate first`);
      return await run(client);
    } finally {
      await client.end();
    }
  } finally {
    await stop();
  }
}

type Level = Parameters<typeof createLogger>[0];

async function addressOf(configured: string | null, dataDir: string, level: Level) {
  const nothing = async () => {};
  if (configured !== null) return { url: configured, stop: nothing };
  try {
    const embedded = await startEmbedded({ dataDir, log: createLogger(level, 2) });
    return { url: embedded.url, stop: () => embedded.stop() };
  } catch (error) {
    const running = error instanceof DataDirError ? runningEmbedded(dataDir) : null;
    if (running === null) throw error;
    return { url: running, stop: nothing };
  }
}
