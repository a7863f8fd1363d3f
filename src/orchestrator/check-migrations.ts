/** Checks that the database has all migrations. */

import { migrationsPending } from "../db/migrate.ts";
import type { Pool } from "../db/pool.ts";
import { oneLine } from "../log.ts";

/** @throws Error in one line if the database cannot be reached or lacks a migration */
export async function checkMigrations(pool: Pool): Promise<void> {
  const missing = await migrationsPending(pool).catch((error: unknown) => {
    throw new Error(`no connection to the database of the orchestrator (databaseUrl): ${oneLine(error)}`, {
      cause: error,
    });
  });
  if (missing.length > 0) {
    throw new Error(
      `the database lacks ${missing.length === 1 ? "a migration" : "migrations"}: ${missing.join(", ")}; ` +
        "run `countersign migrate` (here `npm run migrate`) first",
    );
  }
}
