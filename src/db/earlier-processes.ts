/** Warns before a migration with which processes of an earlier version cannot work. */

import type pg from "pg";
import type { Logger } from "../log.ts";

/** 0018: they create requests with a unique key that is gone, which PostgreSQL refuses. */
const BREAKING: ReadonlySet<number> = new Set([18]);

// Connections of migrations are other processes of this version; those of commands end by themselves.
const CONNECTIONS = `
select count(*)::int as connections
  from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and application_name like 'countersign%'
   and application_name not in ('countersign migrate', 'countersign command')`;

/**
 * Logs that processes of the earlier version must have stopped, as a warning where connections of some are open. Those
 * of other database users may not be visible.
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
  const refused = "what they try to create is refused afterwards and nothing is written";
  if (connections === 0) log.info(`${must}; ${refused}`);
  else log.warn({ connections }, `${must}, but ${connections} connections of Countersign are open; ${refused}`);
}
