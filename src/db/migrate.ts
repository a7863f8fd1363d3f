/**
 * Migrates a database to the version of this code: runs the missing numbered files in migrations/. Each file is one
 * transaction, takes the lock below and records itself, so psql can run it as well.
 */

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type Logger, oneLine } from "../log.ts";
import { warnOfEarlierProcesses } from "./earlier-processes.ts";
import { checkMigratable } from "./migratable.ts";
import type { Migration } from "./migration.ts";
import { isContention, isCutOff } from "./outages.ts";
import { openSession } from "./session.ts";
import { verifySession, withSessionLock } from "./session-lock.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const LOCK = 7_232_311_478;
const LOCK_WITHIN_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5_000;
/** How many sessions are tried if connections are lost. */
const MOST_SESSIONS = 3;
/**
 * A migration may run longer than the limits of the role allow, but it must not wait long for a lock, because all writes
 * to the table queue behind it.
 */
const BOUNDS = { statementMs: 0, lockMs: LOCK_WITHIN_MS, idleInTransactionMs: 30_000 };

/** The database was migrated by newer code. This code might damage it. */
export class SchemaTooNewError extends Error {
  override readonly name = "SchemaTooNewError";
  constructor(found: number, known: number) {
    super(
      `the database has migration ${found}, but this version knows only ${known}; start the newer version of Countersign`,
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

export interface MigrateOptions {
  log?: Logger;
  /** Ends the connection when it is aborted. PostgreSQL rolls an unfinished migration back. */
  signal?: AbortSignal;
}

/**
 * Runs the missing migrations. Any number of processes may call it at once.
 * @param url a direct connection, because the lock belongs to a session
 * @returns the names of the migrations that this call ran
 * @throws SchemaTooNewError; UnfitDatabaseError before the first migration if the database lacks something;
 *   NotASessionError if migrations are missing and `url` connects through a transaction pooler;
 *   an Error with the host and port if there is no connection
 *
 * @example
 * const ran = await migrate("postgres://localhost/approvals");
 * console.log(ran.length === 0 ? "up to date" : `ran ${ran.join(", ")}`);
 */
export async function migrate(url: string, { log, signal }: MigrateOptions = {}): Promise<string[]> {
  const ran: string[] = [];
  for (let sessions = 1; ; sessions += 1) {
    try {
      await migrateOn(url, { log, signal }, ran);
      return ran;
    } catch (error) {
      signal?.throwIfAborted();
      // Each migration records itself in its own transaction, so the next session sees which are done.
      if (sessions >= MOST_SESSIONS || !isCutOff(error)) throw error;
      log?.warn({ reason: oneLine(error) }, "the connection of the migrations was lost; continuing with another one");
    }
  }
}

async function migrateOn(url: string, { log, signal }: MigrateOptions, ran: string[]): Promise<void> {
  const client = await openSession({ url, name: "countersign migrate", bounds: BOUNDS });
  const abort = () => void client.end();
  signal?.addEventListener("abort", abort, { once: true });
  client.on("notice", ({ severity, message, hint }) => {
    if (severity === "WARNING") log?.warn({ hint }, `warning from a migration: ${message}`);
  });
  try {
    signal?.throwIfAborted();
    if ((await missing(client)).length === 0) return;
    // The tables are checked under the lock, because other processes may be creating them.
    await checkMigratable(client, [], []);
    await verifySession(client, url);
    await withSessionLock(client, LOCK, { what: "the migration of the database", ...(log && { log }) }, () =>
      runMissing(client, log, ran),
    );
  } finally {
    signal?.removeEventListener("abort", abort);
    await client.end();
  }
}

async function runMissing(client: pg.Client, log: Logger | undefined, ran: string[]): Promise<void> {
  // Read again under the lock: other processes may have run some of them.
  const migrations = await missing(client);
  if (migrations.length === 0) return;
  await checkMigratable(client, listMigrations(), migrations);
  const isNew = migrations.length === listMigrations().length;
  if (!isNew && log !== undefined) await warnOfEarlierProcesses(client, migrations, log);
  for (const migration of migrations) {
    await runWithRetries(client, migration, log);
    ran.push(migration.name);
    log?.info(`migrated the database: ${migration.name}`);
  }
}

/** @throws SchemaTooNewError */
async function missing(client: pg.Client): Promise<Migration[]> {
  const applied = await appliedVersions(client);
  const known = listMigrations();
  const newest = known.at(-1)?.version ?? 0;
  const foreign = Math.max(...applied);
  if (foreign > newest) throw new SchemaTooNewError(foreign, newest);
  return known.filter(({ version }) => !applied.has(version));
}

/** The names of the migrations that the database lacks, for readiness. A newer database lacks none. */
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

/** Retries after a lock timeout, with pauses in which statements that queue behind the migration can run. */
async function runWithRetries(client: pg.Client, migration: Migration, log: Logger | undefined): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return await run(client, migration);
    } catch (error) {
      if (!isContention(error)) throw error;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MOST_PAUSE_MS);
      log?.warn({ attempt: failures, reason: oneLine(error) }, "a migration waits for a lock; retrying");
      await sleep(pauseMs);
    }
  }
}

async function run(client: pg.Client, { name, sql }: Migration): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    await client.query("rollback").catch(() => {}); // The first error is more useful than a lost connection.
    throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
