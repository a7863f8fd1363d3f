/** Sessions with other defaults of the server, the database or the role than the code relies on. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { beginAt, createPool } from "../../src/db/pool.ts";
import { openSession } from "../../src/db/session.ts";
import { openListenConnection } from "../../src/hub/listen-connection.ts";
import { createOrchestrator } from "../../src/orchestrator/entry.ts";
import { buildApp } from "../../src/server/app.ts";
import { asAdmin, createTestDatabase, setDefaults, type TestDatabase } from "../support/db/database.ts";
import { expectApprovalsTogether, expectWork } from "../support/db/gate-work.ts";
import { startScript } from "../support/processes.ts";
import { SECRET, startServer } from "../support/server/server.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;

/** Each of them changes what a statement returns, what it sees, or whether it may run. */
const HOSTILE = {
  IntervalStyle: "sql_standard",
  TimeZone: "Asia/Kolkata",
  bytea_output: "escape",
  extra_float_digits: "-15",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  row_security: "off",
  default_transaction_isolation: "serializable",
  search_path: "elsewhere, pg_catalog",
  statement_timeout: "100",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "10",
  idle_session_timeout: "200",
  session_replication_role: "replica",
};
const STYLES = ["German", "SQL, DMY", "Postgres, MDY"];

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function database(defaults: Record<string, string> = {}): Promise<TestDatabase> {
  const made = await createTestDatabase({ max: 2 });
  ended.push(() => made.drop());
  await setDefaults(made, defaults);
  return made;
}

async function server(options: Parameters<typeof startServer>[1], env: Record<string, string> = {}) {
  const started = await startServer(env, options);
  ended.push(() => started.stop());
  return started;
}

describe("a database whose sessions start with other settings", () => {
  it.each(STYLES.flatMap((style) => [false, true].map((pooled) => [style, pooled] as const)))(
    "with DateStyle %s is used like any other (shared sessions: %s)",
    async (DateStyle, pooled) => {
      await expectWork((await server({ defaults: { DateStyle }, pooled })).url);
    },
  );

  it("is used like any other if every setting that the code depends on has another default", async () => {
    await expectWork((await server({ defaults: { DateStyle: "German", ...HOSTILE } })).url);
  });

  it("is used like any other behind a pooler, where only a transaction can have settings", async () => {
    const { idle_session_timeout: _, session_replication_role: __, ...settable } = HOSTILE;
    await expectWork((await server({ defaults: { DateStyle: "German", ...settable }, pooled: true })).url);
  });

  it("is migrated, run on by an orchestrator, and read by commands like any other", async () => {
    const made = await createTestDatabase({ migrated: false });
    ended.push(() => made.drop());
    await setDefaults(made, { DateStyle: "German", ...HOSTILE, search_path: "pg_catalog" });
    expect(await migrate(made.url)).toEqual(listMigrations().map(({ name }) => name));
    // Settings in the address come before ours, which stay.
    const databaseUrl = `${made.url}?options=${encodeURIComponent("-c default_transaction_isolation=serializable")}`;
    const orchestrator = createOrchestrator({ databaseUrl, log: pino({ level: "silent" }) });
    orchestrator.registerHandler("work", { type: "work", execute: async () => ({ success: true, output: "done" }) });
    await orchestrator.launch();
    try {
      const jobs = [{ id: "work", type: "work" }];
      const runs = await Promise.all(
        Array.from({ length: 8 }, (_, n) => orchestrator.start({ id: "settings", jobs }, { executionId: `${n}` })),
      );
      for (const run of runs) expect((await run.result()).jobs.work).toEqual({ status: "SUCCEEDED", output: "done" });
      const { rows } = await made.pool.query(
        `select distinct application_name as name from pg_stat_activity
          where datname = current_database() and application_name like '% engine'`,
      );
      expect(rows).toEqual([{ name: "countersign engine" }]);
    } finally {
      await orchestrator.shutdown();
    }
    const { code, stderr } = await startScript(CLI, ["verify-audit"], { DATABASE_URL: made.url }).end();
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("gives none of its settings to the LISTEN connection and to the sessions of commands", async () => {
    const { url } = await database({ DateStyle: "German", ...HOSTILE });
    const listening = await openListenConnection({
      url,
      channel: "settings",
      onPayload: () => {},
      heartbeatMs: 60_000,
      timeoutMs: 5_000,
    });
    ended.push(() => listening.close());
    const session = await openSession({ url, name: "settings" });
    ended.push(() => session.end());
    const { rows } = await session.query(
      `select current_setting('DateStyle') as style, current_setting('default_transaction_isolation') as isolation,
              current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
              current_setting('TimeZone') as zone, to_regclass('approval_requests') is not null as found`,
    );
    expect(rows[0]).toMatchObject({
      style: "ISO, MDY",
      isolation: "read committed",
      timeout: "0",
      path: "public",
      zone: "UTC",
      found: true,
    });
    // One with the database's settings is ended by idle_session_timeout; ours have been idle for longer then.
    const theirs = new pg.Client({ connectionString: url });
    theirs.on("error", () => {});
    await theirs.connect();
    await new Promise((resolve) => theirs.once("end", resolve));
    await session.query("notify settings");
    expect(await Promise.race([listening.closed, "open"])).toBe("open");
  });

  it("keeps a shorter timeout of the operator, but not one that is longer or too short to work with", async () => {
    const { url } = await database({ statement_timeout: "3000", lock_timeout: "60000" });
    const pool = createPool(url, { max: 1, idleInTransactionMs: 5_000 });
    ended.push(() => pool.end());
    const shown = async () => {
      const { rows } = await pool.query(
        "select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock",
      );
      return rows[0];
    };
    expect(await shown()).toEqual({ statement: "3s", lock: "1s" });
  });

  it("has its tables found even if another schema on the path has tables of the same names", async () => {
    const { url } = await database();
    const owner = await openSession({ url, name: "settings" });
    ended.push(() => owner.end());
    await owner.query(
      "create schema decoy; create table decoy.approval_requests (id int); create table decoy.people ()",
    );
    await setDefaults({ url }, { search_path: "decoy, public" });
    const pool = createPool(url, { max: 1 });
    ended.push(() => pool.end());
    expect(
      (await pool.query("select 'people'::regclass::text as table, current_schemas(false)::text[] as path")).rows,
    ).toEqual([{ table: "people", path: ["public", "decoy"] }]);
  });
});

describe("a session setting that cannot be set", () => {
  it.each([false, true])(
    "fails every connection, so that the server does not start or is not ready (shared sessions: %s)",
    async (pooled) => {
      const { url } = await database({ session_replication_role: "replica" });
      const login = `settings_${randomBytes(4).toString("hex")}`;
      await asAdmin((admin) => admin.query(`create role ${login} login password 'secret' in role countersign_api`));
      ended.push(() => asAdmin((admin) => admin.query(`drop role ${login}`)));
      const address = Object.assign(new URL(url), { username: login, password: "secret" }).href;
      const pool = createPool(address, { max: 1, asApi: true, prepare: !pooled });
      ended.push(() => pool.end());
      await expect(pool.query("select")).rejects.toThrow(
        /session settings that Countersign needs: .*session_replication_role/,
      );
      const listenUrl = pooled ? { DATABASE_LISTEN_URL: `${address}?application_name=direct` } : {};
      const env = { PORT: "0", AUTH_JWT_SECRET: SECRET, DATABASE_URL: address, ...listenUrl };
      const app = buildApp(loadConfig(env), pino({ level: "silent" }));
      await expect(app.start()).rejects.toThrow(/session_replication_role/);
      await app.stop();
      await expect(openSession({ url: address, name: "settings" })).rejects.toThrow(/session_replication_role.*reset/i);
      const listening = {
        url: address,
        channel: "settings",
        onPayload: () => {},
        heartbeatMs: 60_000,
        timeoutMs: 5_000,
      };
      await expect(openListenConnection(listening)).rejects.toThrow(/session_replication_role.*reset/i);
    },
  );
});

describe("a default isolation level", () => {
  it.each(
    ["repeatable read", "serializable"].flatMap((level) => [false, true].map((pooled) => [level, pooled] as const)),
  )("of %s does not fail any of 48 simultaneous approvals (shared sessions: %s)", async (level, pooled) => {
    const gate = await server({ defaults: { default_transaction_isolation: level }, pooled });
    await expectApprovalsTogether(gate.url);
    // Otherwise they are only repeated until they succeed, or until they time out.
    const { pool } = gate.app.services;
    const client = await pool.connect();
    await client.query(beginAt(pool));
    const LEVEL = "select current_setting('transaction_isolation') as level";
    expect((await client.query(LEVEL)).rows).toEqual([{ level: "read committed" }]);
    await client.query("commit");
    client.release();
    expect((await pool.query(LEVEL)).rows).toEqual([{ level: "read committed" }]);
  });
});

describe("a statement that fails because of other sessions", () => {
  it("is sent again if its session is ended and it only reads; one that writes fails with the first error", async () => {
    const { url } = await database();
    const pool = createPool(url, { max: 2 });
    ended.push(() => pool.end());
    const end = async (query: Promise<unknown>, marker: string) => {
      query.catch(() => {});
      await expect
        .poll(
          () =>
            asAdmin(async (admin) => {
              const { rows } = await admin.query(
                `select pg_terminate_backend(pid) as ended from pg_stat_activity
                  where datname = $1 and query like $2 and wait_event = 'PgSleep'`,
                [new URL(url).pathname.slice(1), `%${marker}%`],
              );
              return rows.length;
            }),
          { timeout: 60_000 },
        )
        .toBe(1);
      return query;
    };
    const read = (await end(pool.query("select 'read' as word, pg_sleep(1)"), "'read'")) as pg.QueryResult;
    expect(read.rows).toMatchObject([{ word: "read" }]);
    const writing = pool.query("with slow as (select pg_sleep(1)) insert into people (id) select 'written' from slow");
    await expect(end(writing, "'written'")).rejects.toMatchObject({ code: "57P01" });
    expect((await pool.query("select from people")).rowCount).toBe(0);
  });

  it("is sent again after a deadlock", async () => {
    const { url } = await database();
    const pool = createPool(url, { max: 2, lockMs: 0 });
    ended.push(() => pool.end());
    await pool.query("insert into people (id) values ('ann'), ('bob')");
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    ended.push(() => other.end());
    await other.query("set deadlock_timeout = '10s'");
    await other.query("begin; update people set locale = 'x' where id = 'bob'");
    // Takes ann's row, then waits for bob's; the other transaction wants ann's. The shorter deadlock_timeout loses.
    const both = pool.query(
      "update people set locale = 'y' where id in (select id from people order by id for update) returning id",
    );
    await expect
      .poll(
        async () =>
          (
            await other.query(
              "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()) or (not granted and locktype = 'transactionid')",
            )
          ).rowCount,
      )
      .toBeGreaterThan(0);
    await other.query("update people set locale = 'x' where id = 'ann'");
    await other.query("commit");
    expect((await both).rowCount).toBe(2);
  });
});
