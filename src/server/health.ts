/** Checks whether the process is ready, for /readyz. */

import { migrationsPending } from "../db/migrate.ts";
import type { Pool } from "../db/pool.ts";
import type { Hub } from "../hub/hub.ts";
import { oneLine } from "../log.ts";

export interface Readiness {
  ready: boolean;
  /** `ok`, or the problem of the part. */
  parts: { database: string; migrations: string; listen: string; commands: string };
}

/** Problems that other parts have detected; each returns null if there is none. */
export interface Troubles {
  /** Checks again why the database is unavailable. */
  database(): Promise<string | null>;
  /** Why commands are stuck, or why requests do not expire on time. */
  commands(): string | null;
}

const OK = "ok";
const ANSWER_WITHIN_MS = 2_000;

/** Never rejects, and takes at most two seconds. */
export async function readiness(pool: Pool, hub: Pick<Hub, "up">, troubles: Troubles): Promise<Readiness> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timed out")), ANSWER_WITHIN_MS);
  const parts = { database: OK, migrations: "unknown" };
  try {
    const checks = Promise.all([troubles.database(), refusesWrites(pool), migrationsPending(pool)]);
    const [trouble, refusal, pending] = await Promise.race([checks, late.promise]);
    parts.database = trouble ?? refusal ?? OK;
    parts.migrations = pending.length === 0 ? OK : `missing: ${pending.join(", ")}`;
  } catch (error) {
    parts.database = oneLine(error);
  } finally {
    clearTimeout(timer);
  }
  // Read once and last, so that a status of 503 always names a part.
  const all = {
    ...parts,
    listen: hub.up ? OK : "the LISTEN connection is down",
    commands: troubles.commands() ?? OK,
  };
  return { ready: Object.values(all).every((part) => part === OK), parts: all };
}

/** Why a reachable server accepts no writes; null if it accepts them. */
async function refusesWrites(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ standby: boolean; readOnly: boolean }>(
    `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly"`,
  );
  if (rows[0]?.standby) return "the server is a standby and accepts no writes";
  return rows[0]?.readOnly ? "the server is read-only (default_transaction_read_only)" : null;
}
