/**
 * Brings a database up to the code: runs the numbered files of migrations/ that it lacks. Each file is a transaction of
 * its own, takes the lock below and records itself, so that psql can run it as well.
 */

import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { type Logger, oneLine } from "../log.ts";
import { warnOfEarlierProcesses } from "./earlier-processes.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const LOCK = 7_232_311_478;

export interface Migration {
  version: number;
  /** As in `0001_tables`. */
  name: string;
  sql: string;
}

/** The database was migrated by newer code, which this code might damage. */
export class SchemaTooNewError extends Error {
  override readonly name = "SchemaTooNewError";
  constructor(found: number, known: number) {
    super(
      `The database has migration ${found}, this code knows up to ${known}; start the newer version of Countersign.`,
    );
  }
}

/** The migrations of this code, in order. */
export function listMigrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      name: file.slice(0, -".sql".length),
      sql: readFileSync(new URL(file, FOLDER), "utf8"),
    }));
}

/**
 * Runs what is missing; any number of processes may do so at once.
 * @param url a direct connection, because the lock belongs to a session
 * @returns the names of the migrations that this call ran
 * @throws SchemaTooNewError; an Error that names the place when there is no connection
 */
export async function migrate(url: string, { log }: { log?: Logger } = {}): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: "countersign migrate" });
  client.on("error", (error) => log?.warn({ err: error }, "the connection of the migrations broke"));
  client.on("notice", ({ severity, message, hint }) => {
    if (severity === "WARNING") log?.warn({ hint }, `a migration says: ${message}`);
  });
  await client.connect().catch((error: unknown) => {
    const { database, host, port } = client;
    const place = `database ${database} at ${host}:${port} (DATABASE_URL, DATABASE_LISTEN_URL)`;
    throw new Error(`no connection to ${place}: ${oneLine(error)}`, { cause: error });
  });
  try {
    // Waiting for another process's migrations, and running them, may take longer than a role's limits allow.
    await client.query("set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0");
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    const applied = await appliedVersions(client);
    const known = listMigrations();
    const newest = known.at(-1)?.version ?? 0;
    const foreign = Math.max(...applied);
    if (foreign > newest) throw new SchemaTooNewError(foreign, newest);
    const missing = known.filter(({ version }) => !applied.has(version));
    if (applied.size > 0 && log !== undefined) await warnOfEarlierProcesses(client, missing, log);
    for (const migration of missing) {
      await run(client, migration);
      log?.info(`migrated the database: ${migration.name}`);
    }
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The names of the migrations that the database lacks; a newer database lacks none. Readiness asks this. */
export async function migrationsPending(pool: Queryable): Promise<string[]> {
  const applied = await appliedVersions(pool);
  return listMigrations().flatMap(({ version, name }) => (applied.has(version) ? [] : [name]));
}

type Queryable = Pick<pg.Pool, "query"> | Pick<pg.Client, "query">;

async function appliedVersions(client: Queryable): Promise<Set<number>> {
  try {
    const { rows } = await client.query<{ version: number }>("select version from countersign_migrations");
    return new Set(rows.map(({ version }) => version));
  } catch (error) {
    const undefinedTable = "42P01";
    if ((error as pg.DatabaseError).code === undefinedTable) return new Set();
    throw error;
  }
}

async function run(client: pg.Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    await client.query("rollback").catch(() => {}); // The first error tells more than a broken connection does.
    throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
