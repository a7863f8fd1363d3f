/** Warns before a migration that breaks processes of an earlier version. */

import type pg from "pg";
import type { Logger } from "../log.ts";

/** 0018: they create requests with a unique key that no longer exists, which PostgreSQL rejects. */
const BREAKING: ReadonlySet<number> = new Set([18]);

// Migration connections belong to other processes of this version. Command connections end soon.
const CONNECTIONS = `
select count(*)::int as connections
  from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and application_name like 'countersign%'
   and application_name not in ('countersign migrate', 'countersign command')`;

/**
 * Logs that processes of the earlier version must have stopped. It is a warning if such connections are open. Connections
 * of other database users may be invisible.
 * @param missing versions of the migrations that are about to run on a database that has earlier ones
 */
export async function warnOfEarlierProcesses(
  client: Pick<pg.Client, "query">,
  missing: readonly { version: number; name: string }[],
  log: Pick<Logger, "info" | "warn">,
): Promise<void> {
  const migration = missing.find(({ version }) => BREAKING.has(version));
  if (migration === undefined) return;
  const { rows } = await client.query<{ connections: number }>(CONNECTIONS);
  const connections = rows[0]?.connections ?? 0;
  const must = `processes of the earlier version must have stopped before migration ${migration.name}`;
  const refused = "afterwards their new requests are rejected and not stored";
  if (connections === 0) log.info(`${must}; ${refused}`);
  else log.warn({ connections }, `${must}, but ${connections} connections of Countersign are open; ${refused}`);
}
