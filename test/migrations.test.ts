import { readFileSync } from "node:fs";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import * as model from "../src/approvals/model.ts";
import { NOTIFICATION_STATUSES } from "../src/approvals/notification-model.ts";
import { JOB_STATUSES, RUN_STATUSES } from "../src/approvals/workflow-run-model.ts";
import { listMigrations, migrate, migrationsPending, SchemaTooNewError } from "../src/db/migrate.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { startScript } from "./support/processes.ts";
import { dumpSchema } from "./support/schema-dump.ts";
import { statementsOf } from "./support/statements.ts";

const CLI = new URL("../src/cli.ts", import.meta.url).pathname;
const COMMITTED = readFileSync(new URL("../migrations/schema.txt", import.meta.url), "utf8");
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
  it("give the schema that is committed as migrations/schema.txt (renewed by npm run migrate:dump)", async () => {
    const { pool } = await database({ migrated: true });
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("run once when twenty start at the same time, some of them processes of their own", async () => {
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

  it("go on where an earlier version of the code left off", async () => {
    const { url, pool } = await database({ migrated: false });
    for (const { sql } of listMigrations().slice(0, 2)) await pool.query(sql);
    expect(await migrationsPending(pool)).toEqual(ALL.slice(2));
    expect(await migrate(url)).toEqual(ALL.slice(2));
    expect(await dumpSchema(pool)).toBe(COMMITTED);
  });

  it("refuse a database that is newer than the code, in one line", async () => {
    const { url, pool } = await database({ migrated: true });
    await pool.query("insert into countersign_migrations (version, name) values (9999, 'of_the_future')");
    await expect(migrate(url)).rejects.toThrow(SchemaTooNewError);
    expect(await migrationsPending(pool)).toEqual([]);
    const { code, stderr } = await migrateProcess(url).end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: The database has migration 9999, this code knows up to \d+; .*\n$/);
  });

  it("run statement by statement, as psql -f sends them, and a second time change nothing", async () => {
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
      // psql goes on after an error unless it is told not to.
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
  ])("of %s are those of the model", async (constraint, values) => {
    const { pool } = await database();
    const { rows } = await pool.query<{ definition: string }>(
      "select pg_get_constraintdef(oid) as definition from pg_constraint where conname = $1",
      [constraint],
    );
    expect(rows[0]?.definition.match(/[A-Z][A-Z_]+(?=['},])/g)).toEqual([...values]);
  });
});
