/** Tests docs/database.md: runs its statements in order, and checks its addresses and settings. */

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Config, loadConfig } from "../../src/config/config.ts";
import { driverAddress } from "../../src/config/database-address.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/embedded.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { createPool } from "../../src/db/pool.ts";
import { openSession } from "../../src/db/session.ts";
import { buildApp } from "../../src/server/app.ts";
import { expectWork } from "../support/db/gate-work.ts";
import { coded, docPage } from "../support/docs/doc-page.ts";
import { withDatabase } from "../support/global-setup.ts";
import { readLog } from "../support/server/read-log.ts";
import { SECRET } from "../support/server/server.ts";

const page = docPage("database.md");
const dataDir = join(tmpdir(), `countersign-database-doc-${randomBytes(6).toString("hex")}`);

let server: EmbeddedDatabase;
beforeAll(async () => {
  server = await startEmbedded({ dataDir, durable: false });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

/** The configuration of a block of variables, with this server in place of the one that it names. */
function configOf(block: string, port = server.port): Config {
  const env = Object.fromEntries(
    block
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  const here = (value: string) => value.replace(/@[\w.]+(:\d+)?\//, `@127.0.0.1:${port}/`);
  const moved = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value as string)]));
  return loadConfig({ PORT: "0", AUTH_JWT_SECRET: SECRET, ...moved });
}

/** Runs blocks unchanged, each as one text. */
async function run(url: string, blocks: string[]): Promise<void> {
  const session = await openSession({ url, name: "tests" });
  try {
    // The creation of a database must be a text of its own.
    for (const statement of blocks.flatMap((block) => block.split(/(?<=;)\n/))) await session.query(statement);
  } finally {
    await session.end();
  }
}

const gate = () => withDatabase(server.url, "gate");

/** The page's server does its work; returns its warnings. */
async function use(config: Config): Promise<unknown[]> {
  const { log, lines } = readLog();
  const app = buildApp(config, log);
  try {
    await expectWork((await app.start()).url);
  } finally {
    await app.stop();
  }
  return lines.filter(({ level }) => (level as number) >= 40).map(({ msg }) => msg);
}

describe("docs/database.md", () => {
  it("creates a role and a database that the owner can migrate", async () => {
    await run(server.url, page.blocks("Requirements", "sql"));
    const [variables = ""] = page.blocks("Requirements", "sh");
    const url = configOf(variables).databaseUrl as string;
    expect(await migrate(url)).toEqual(listMigrations().map(({ name }) => name));
  });

  it("creates the roles that the owner could not create, and a login for the API", async () => {
    const [superusers, owners] = page.blocks("If the owner may not create roles", "sql") as [string, string];
    await run(gate(), [superusers]);
    await run(configOf(page.blocks("Requirements", "sh")[0] as string).databaseUrl as string, [owners]);
    await run(gate(), page.blocks("The API's role", "sql"));
    expect(await use(configOf(page.blocks("Requirements", "sh")[0] as string))).toEqual([]);
  });

  it("runs behind a pooler with the variables that it shows", async () => {
    const config = configOf(page.blocks("Poolers", "sh")[0] as string);
    expect(config.databaseListenUrl).toBe(config.databaseUrl);
    // A different address means that the first one leads through a pooler.
    const pooled = { ...config, databaseListenUrl: `${config.databaseListenUrl}?application_name=direct` };
    expect(await use(pooled)).toEqual([]);
  });

  it("resets the settings that only a superuser can reset", async () => {
    await run(gate(), ["alter database gate set session_replication_role = replica"]);
    const { databaseUrl } = configOf(page.blocks("Poolers", "sh")[0] as string);
    await expect(openSession({ url: databaseUrl as string, name: "tests" })).rejects.toThrow(
      /session_replication_role/,
    );
    await run(gate(), page.blocks("Settings of a session", "sql"));
    await (await openSession({ url: databaseUrl as string, name: "tests" })).end();
  });

  it("sets the claims of a person, and creates the functions that return the user, roles and scopes", async () => {
    const [claims, ...functions] = page.blocks("People", "sql") as [string, ...string[]];
    await run(gate(), [claims]);
    await run(gate(), functions);
  });

  it("has addresses that are accepted and have the documented meaning", () => {
    const hosts = page.rows("Addresses").map(([address = ""]) => {
      const [url] = coded(address) as [string];
      expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
      const { host, database } = new pg.Client({ connectionString: driverAddress(url) });
      expect(database).toBe("gate");
      return host;
    });
    expect(hosts).toEqual(["db.example", "/run/postgresql", "/run/postgresql", "db.example"]);
  });

  it("lists the settings of a session", async () => {
    const pool = createPool(gate(), { max: 1 });
    const listed = page.rows("Settings of a session").flatMap(([names = "", values = ""]) => {
      const [known, shown] = [coded(names), coded(values.replace(/;.*/, ""))];
      return known.length === shown.length ? known.map((name, n) => [name, shown[n] as string] as const) : [];
    });
    expect(listed.length).toBeGreaterThanOrEqual(11);
    try {
      for (const [name, value] of listed) {
        const { rows } = await pool.query("select current_setting($1, true) as value", [name]);
        // PostgreSQL before 17 has no transaction_timeout.
        expect([name, rows[0]?.value ?? "0"]).toEqual([name, value]);
      }
    } finally {
      await pool.end();
    }
  });
});
