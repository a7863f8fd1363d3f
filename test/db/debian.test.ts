/** PostgreSQL and PgBouncer as Debian ships them, with an owner that has few rights, beside the embedded server. */

import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { openSession } from "../../src/db/session.ts";
import { createOrchestrator } from "../../src/orchestrator/entry.ts";
import { buildApp } from "../../src/server/app.ts";
import { createTestDatabase, setDefaults } from "../support/db/database.ts";
import { debianPostgres, orSkipped, pgbouncer } from "../support/db/debian-programs.ts";
import { type DebianServer, startDebianServer } from "../support/db/debian-server.ts";
import { expectApprovalsTogether, expectWork } from "../support/db/gate-work.ts";
import { startPgbouncer } from "../support/db/pgbouncer.ts";
import { withDatabase } from "../support/global-setup.ts";
import { readLog } from "../support/server/read-log.ts";
import { SECRET } from "../support/server/server.ts";

const ALL = listMigrations().map(({ name }) => name);
const programs = debianPostgres();
const pooler = pgbouncer();

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** The application on a database. */
async function start(env: { DATABASE_URL: string; DATABASE_LISTEN_URL?: string }) {
  const { log, lines } = readLog();
  const app = buildApp(loadConfig({ PORT: "0", AUTH_JWT_SECRET: SECRET, ...env }), log);
  ended.push(() => app.stop());
  return { url: (await app.start()).url, warnings: () => lines.filter(({ level }) => (level as number) >= 40) };
}

describe.skipIf(programs === undefined)(`PostgreSQL of Debian${orSkipped(programs, "postgresql")}`, () => {
  let server: DebianServer;
  beforeAll(async () => {
    server = await startDebianServer(programs as string);
    const session = await openSession({ url: server.url, name: "tests" });
    const owner = "nosuperuser nocreaterole nocreatedb password 'secret'";
    for (const statement of [
      `create role gate_owner login ${owner}`,
      "create database gate owner gate_owner",
      "alter database gate set datestyle = 'German'",
      "alter database gate set default_transaction_isolation = 'serializable'",
      "create database latin owner gate_owner encoding 'LATIN1' locale_provider libc locale 'C' template template0",
    ]) {
      await session.query(statement);
    }
    await session.end();
  });
  afterAll(() => server.stop());

  const ownersAddress = (database: string) =>
    Object.assign(new URL(withDatabase(server.url, database)), { username: "gate_owner", password: "secret" }).href;

  it("serves an owner without superuser and CREATEROLE, with a German DateStyle, serializable isolation and an ICU locale", async () => {
    const url = ownersAddress("gate");
    const { log, lines } = readLog();
    expect(await migrate(url, { log })).toEqual(ALL);
    expect(lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual(
      ["countersign_person", "countersign_api"].map(
        (role) => `warning from a migration: the role ${role} is missing and gate_owner may not create it`,
      ),
    );
    const gate = await start({ DATABASE_URL: url });
    await expectWork(gate.url);
    await expectApprovalsTogether(gate.url);
    // The only warning: the API works as the owner.
    expect(gate.warnings()).toEqual([expect.objectContaining({ msg: expect.stringContaining("countersign_api") })]);
  });

  it("is reached over its Unix socket by an address without a host, by the server and by an orchestrator", async () => {
    const databaseUrl = `postgres://gate_owner:secret@/gate?host=${server.socketFolder}&port=${server.port}`;
    expect(await migrate(databaseUrl)).toEqual([]);
    const gate = await start({ DATABASE_URL: databaseUrl });
    await expectWork(gate.url);
    const orchestrator = createOrchestrator({ databaseUrl, log: readLog().log });
    orchestrator.registerHandler("work", { type: "work", execute: async () => ({ success: true, output: "done" }) });
    await orchestrator.launch();
    ended.push(() => orchestrator.shutdown());
    const run = await orchestrator.start({ id: "socket", jobs: [{ id: "work", type: "work" }] }, { executionId: "1" });
    expect((await run.result()).status).toBe("SUCCEEDED");
  });

  it("refuses a LATIN1 database at once", async () => {
    await expect(migrate(ownersAddress("latin"))).rejects.toThrow(
      /^the database cannot be migrated, and nothing was changed: .*has the encoding LATIN1/,
    );
  });
});

describe.skipIf(pooler === undefined)(
  `PgBouncer of Debian in transaction mode${orSkipped(pooler, "pgbouncer")}`,
  () => {
    it("shares its sessions with a server whatever their settings, and none of the server's settings remain in them", async () => {
      const database = await createTestDatabase();
      ended.push(() => database.drop());
      await setDefaults(database, {
        IntervalStyle: "sql_standard",
        TimeZone: "Asia/Kolkata",
        standard_conforming_strings: "off",
        DateStyle: "German",
        default_transaction_isolation: "serializable",
        search_path: "pg_catalog",
      });
      const through = await startPgbouncer(pooler as string, database.url);
      ended.push(() => through.stop());
      const gate = await start({ DATABASE_URL: through.url, DATABASE_LISTEN_URL: database.url });
      await expectWork(gate.url);
      await expectApprovalsTogether(gate.url);
      const other = new pg.Client({ connectionString: through.url });
      await other.connect();
      const { rows } = await other.query(
        "select current_setting('search_path') as path, current_setting('IntervalStyle') as style, current_setting('lock_timeout') as lock",
      );
      await other.end();
      expect(rows).toEqual([{ path: "pg_catalog", style: "sql_standard", lock: "0" }]);
    });
  },
);
