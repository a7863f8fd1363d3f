/** Creates a database for one test file, copied from the migrated template. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { createPool, type Pool, type PoolOptions } from "../../../src/db/pool.ts";
import { withDatabase } from "../global-setup.ts";

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /**
   * Ends the pool and drops the database.
   * @throws when a connection is still open: something that the test started was not closed
   */
  drop(): Promise<void>;
}

/** @param options `migrated: false` gives an empty database; `template` another to copy; the rest is for the pool */
export async function createTestDatabase(
  options: PoolOptions & { migrated?: boolean; template?: string } = {},
): Promise<TestDatabase> {
  const { migrated = true, template = migrated ? inject("templateDatabase") : "template0", ...poolOptions } = options;
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin(async (admin) => {
    const { rows } = await admin.query("select current_setting('server_version_num')::int >= 150000 as can_choose");
    // The default copies each block through the write-ahead log.
    const strategy = rows[0].can_choose ? "strategy file_copy" : "";
    await admin.query(`create database ${name} template ${template} ${strategy}`);
  });
  const address = new URL(inject("adminUrl"));
  address.pathname = `/${name}`;
  // Tests have locks and transactions of any duration.
  const unbounded = { lockMs: 0, idleInTransactionMs: 0, query_timeout: 30_000, connectionTimeoutMillis: 30_000 };
  const pool = createPool(address.href, { ...unbounded, ...poolOptions });
  return {
    url: address.href,
    pool,
    async drop() {
      await pool.end();
      await asAdmin((admin) => dropDatabase(admin, name));
    },
  };
}

/**
 * The name of a database that all test files of a run copy. The first file that asks for it makes it from the migrated one.
 * @param suffix follows the template's name; the end of the run drops the database
 * @param fill given the address of a copy of the template
 */
export async function sharedTemplate(suffix: string, fill: (url: string) => Promise<void>): Promise<string> {
  const template = inject("templateDatabase") + suffix;
  await asAdmin(async (admin) => {
    await admin.query("select pg_advisory_lock(hashtext($1))", [template]);
    const { rowCount } = await admin.query("select from pg_database where datname = $1", [template]);
    if (rowCount !== 0) return;
    const filling = `${template}_filling`;
    await admin.query(`drop database if exists ${filling}`);
    await admin.query(`create database ${filling} template ${inject("templateDatabase")}`);
    await fill(withDatabase(inject("adminUrl"), filling));
    await admin.query(`alter database ${filling} rename to ${template}`);
  });
  return template;
}

/** Sets what sessions of the database start with from here on, as an operator does. */
export async function setDefaults({ url }: Pick<TestDatabase, "url">, defaults: Record<string, string>): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asAdmin(async (admin) => {
    for (const [setting, value] of Object.entries(defaults)) {
      // A list such as the search path is not one quoted value.
      await admin.query(`alter database ${name} set ${setting} = ${/,/.test(value) ? value : `'${value}'`}`);
    }
  });
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  try {
    // Waits up to five seconds for sessions that are ending.
    await admin.query(`drop database ${name}`);
  } catch (error) {
    const { rows } = await admin.query(
      "select pid, application_name, state, left(query, 200) as query from pg_stat_activity where datname = $1",
      [name],
    );
    await admin.query(`drop database if exists ${name} with (force)`);
    throw new Error(`connections leaked: ${JSON.stringify(rows)}`, { cause: error });
  }
}

/** Runs something as the server's superuser, on a connection of its own outside every test database. */
export async function asAdmin<T>(run: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: inject("adminUrl"), application_name: "countersign tests" });
  await admin.connect();
  try {
    return await run(admin);
  } finally {
    await admin.end();
  }
}
