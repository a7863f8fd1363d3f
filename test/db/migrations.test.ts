import { readFileSync } from "node:fs";
import pg from "pg";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { listMigrations, migrate, migrationsPending, SchemaTooNewError } from "../../src/db/migrate.ts";
import { withSessionLock } from "../../src/db/session-lock.ts";
import * as model from "../../src/model/approvals.ts";
import { NOTIFICATION_STATUSES } from "../../src/model/notifications.ts";
import { ATTEMPT_OUTCOMES, JOB_STATUSES, JOB_WAITS, RUN_STATUSES } from "../../src/model/runs.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { dumpSchema } from "../support/db/schema-dump.ts";
import { statementsOf } from "../support/db/statements.ts";
import { startScript } from "../support/processes.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;
const COMMITTED = readFileSync(new URL("../../migrations/schema.txt", import.meta.url), "utf8");
const ALL = listMigrations().map(({ name }) => name);

const databases: TestDatabase[] = [];

afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function database(options?: { migrated: boolean }): Promise<TestDatabase> {
  const made = await createTestDatabase(options);
  databases.push(made);
  return made;
}

const migrateProcess = (url: string) => startScript(CLI, ["migrate"], { DATABASE_URL: url, DATABASE_LISTEN_URL: "" });

describe("the migrations", () => {
  it("result in the schema in migrations/schema.txt, which npm run migrate:dump writes", async () => {
    const { pool } = await database({ migrated: true });
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("run once when twenty start at the same time, some of them in separate processes", async () => {
    const { url, pool } = await database({ migrated: false });
    expect(await migrationsPending(pool)).toEqual(ALL);
    const processes = Array.from({ length: 5 }, () => migrateProcess(url));
    const connections = Array.from({ length: 15 }, () => migrate(url));
    const ran = (await Promise.all(connections)).flat();
    for (const { code, stderr } of await Promise.all(processes.map((one) => one.end()))) {
      expect(code, stderr).toBe(0);
      ran.push(...[...stderr.matchAll(/migrated the database: (\w+)/g)].map(([, name]) => name as string));
    }
    expect(ran.sort()).toEqual(ALL);
    expect(await migrationsPending(pool)).toEqual([]);
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("change nothing when they run again", async () => {
    const { url, pool } = await database({ migrated: true });
    expect(await migrate(url)).toEqual([]);
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("continue after the migrations of an earlier version", async () => {
    const { url, pool } = await database({ migrated: false });
    for (const { sql } of listMigrations().slice(0, 2)) await pool.query(sql);
    expect(await migrationsPending(pool)).toEqual(ALL.slice(2));
    expect(await migrate(url)).toEqual(ALL.slice(2));
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("reject a database that is newer than the code, in one line", async () => {
    const { url, pool } = await database({ migrated: true });
    await pool.query("insert into countersign_migrations (version, name) values (9999, 'of_the_future')");
    await expect(migrate(url)).rejects.toThrow(SchemaTooNewError);
    expect(await migrationsPending(pool)).toEqual([]);
    const { code, stderr } = await migrateProcess(url).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: the database has migration 9999, but this version knows only \d+; .*\n$/);
  });

  it("run statement by statement, as psql -f sends them, and change nothing the second time", async () => {
    const { url, pool } = await database({ migrated: false });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const { sql } of listMigrations()) {
      for (const statement of statementsOf(sql)) await client.query(statement);
    }
    expect(await dumpSchema(pool)).toBe(COMMITTED);
    const recorded = "select version, name, applied_at from countersign_migrations order by version";
    const before = (await pool.query(recorded)).rows;
    const failures: string[] = [];
    for (const { sql } of listMigrations()) {
      // By default psql continues after an error.
      for (const statement of statementsOf(sql)) {
        await client.query(statement).catch((error: pg.DatabaseError) => failures.push(error.code as string));
      }
    }
    await client.end();
    const [uniqueViolation, inFailedTransaction] = ["23505", "25P02"];
    expect(new Set(failures)).toEqual(new Set([uniqueViolation, inFailedTransaction]));
    expect((await pool.query(recorded)).rows).toEqual(before);
    expect(await dumpSchema(pool)).toBe(COMMITTED);
    expect(await migrate(url)).toEqual([]);
  });
});

describe("the values that a CHECK constraint allows", () => {
  it.each<[string, readonly string[]]>([
    ["approval_requests_status_check", model.APPROVAL_STATUSES],
    ["approval_requests_approval_type_check", model.APPROVAL_TYPES],
    ["approval_requests_timeout_action_check", model.TIMEOUT_ACTIONS],
    ["approval_requests_decision_check", model.DECISIONS],
    ["approval_requests_decision_source_check", model.DECISION_SOURCES],
    ["approval_requests_notify_channels_check", model.NOTIFICATION_CHANNELS],
    ["approval_decisions_decision_check", model.DECISIONS],
    ["approval_notifications_channel_check", model.NOTIFICATION_CHANNELS],
    ["approval_notifications_status_check", NOTIFICATION_STATUSES],
    ["approval_audit_log_action_check", model.APPROVAL_ACTIONS],
    ["approval_audit_log_old_status_check", model.APPROVAL_STATUSES],
    ["approval_audit_log_new_status_check", model.APPROVAL_STATUSES],
    ["workflow_runs_status_check", RUN_STATUSES],
    ["workflow_run_jobs_status_check", JOB_STATUSES],
    ["workflow_run_jobs_waiting_for_check", JOB_WAITS],
    ["workflow_run_attempts_outcome_check", ATTEMPT_OUTCOMES],
  ])("of %s are those of the model", async (constraint, values) => {
    const { pool } = await database();
    const { rows } = await pool.query<{ definition: string }>(
      "select pg_get_constraintdef(oid) as definition from pg_constraint where conname = $1",
      [constraint],
    );
    expect(rows[0]?.definition.match(/[A-Z][A-Z_]+(?=['},])/g)).toEqual([...values]);
  });
});

describe("a migration", () => {
  /** A migrated database in which only the last migration is missing, which is empty. */
  const lacksOne = async () => {
    const { url, pool } = await database({ migrated: true });
    await pool.query("delete from countersign_migrations where version = 1");
    return { url, pool };
  };
  const lines: { msg: string; [field: string]: unknown }[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const saidOf = (what: RegExp) => expect.poll(() => lines.find(({ msg }) => what.test(msg)), { timeout: 60_000 });
  const locks = (pool: TestDatabase["pool"]) =>
    pool.query(
      "select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    );

  it("does not start through a pooler that shares its sessions, and leaves no lock behind", async () => {
    const { url, pool } = await database({ migrated: false });
    const proxy = await createTcpProxy(url);
    proxy.swallowNotifications();
    await expect(migrate(proxy.url)).rejects.toThrow(/DATABASE_LISTEN_URL must connect to the database directly/);
    expect((await locks(pool)).rowCount).toBe(0);
    expect(await migrationsPending(pool)).toEqual(ALL);
    await proxy.close();
    expect(await migrate(url)).toEqual(ALL);
  });

  it("releases its lock if its session stays open, even if it fails", async () => {
    const { url, pool } = await lacksOne();
    await expect(migrate(url)).rejects.toThrow(/migration 0001_tables failed/);
    expect((await locks(pool)).rowCount).toBe(0);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await expect(
      withSessionLock(client, 77, { what: "a test" }, () => Promise.reject(new Error("it fails"))),
    ).rejects.toThrow("it fails");
    expect((await locks(pool)).rowCount).toBe(0);
    await client.end();
  });

  it("logs the process that it waits for, and continues when the lock is free", async () => {
    const { url, pool } = await database({ migrated: false });
    const holder = await pool.connect();
    const { rows } = await holder.query("select pg_backend_pid() as pid, pg_advisory_lock(7232311478)");
    lines.length = 0;
    const migrating = migrate(url, { log });
    await saidOf(/the migration of the database waits for another process/).toMatchObject({
      pid: rows[0].pid,
      application: "countersign",
      since: expect.any(String),
    });
    await holder.query("select pg_advisory_unlock(7232311478)");
    holder.release();
    expect(await migrating).toEqual(ALL);
  });

  it("does not block writes while it waits for a table, and runs when the table is free", async () => {
    const { url, pool } = await database({ migrated: false });
    for (const { sql } of listMigrations().slice(0, -1)) await pool.query(sql);
    const holder = await pool.connect();
    await holder.query("begin");
    await holder.query("lock table countersign_migrations in share mode");
    lines.length = 0;
    const migrating = migrate(url, { log });
    await saidOf(/a migration waits for a lock; retrying/).toMatchObject({ attempt: 1 });
    await holder.query("commit");
    holder.release();
    expect(await migrating).toEqual(ALL.slice(-1));
  });

  it("continues with another session when its own is ended", async () => {
    const { url, pool } = await database({ migrated: false });
    const holder = await pool.connect();
    await holder.query("select pg_advisory_lock(7232311478)");
    const migrating = migrate(url, { log });
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and application_name = 'countersign migrate' and query like '%advisory%'`;
    await expect.poll(async () => (await pool.query(end)).rowCount, { timeout: 60_000 }).toBe(1);
    await saidOf(/the connection of the migrations was lost; continuing with another one/).toBeDefined();
    await holder.query("select pg_advisory_unlock(7232311478)");
    holder.release();
    expect(await migrating).toEqual(ALL);
  });

  it("takes no lock if no migration is missing, so that a start does not wait", async () => {
    const { url, pool } = await database({ migrated: true });
    const holder = await pool.connect();
    await holder.query("select pg_advisory_lock(7232311478)");
    expect(await migrate(url)).toEqual([]);
    holder.release(true);
  });
});
