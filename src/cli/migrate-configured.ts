/** Migrates the configured database, or the embedded one, for `countersign migrate`. */

import { loadConfig } from "../config/config.ts";
import { startEmbedded } from "../db/embedded/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { createLogger } from "../log.ts";

/** Prints the migrations that it ran. */
export async function migrateConfigured(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger(config.logLevel, 2);
  const embedded =
    config.databaseListenUrl === null ? await startEmbedded({ dataDir: config.dataDir, log }) : undefined;
  try {
    const ran = await migrate(config.databaseListenUrl ?? (embedded?.url as string), { log });
    console.log(ran.length === 0 ? "The database is up to date." : `Ran ${ran.join(", ")}.`);
  } finally {
    await embedded?.stop();
  }
}
