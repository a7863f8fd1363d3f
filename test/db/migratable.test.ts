/** Databases that cannot be migrated: all faults are reported before the first migration, with their fixes. */

import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, inject, it } from "vitest";
import { type DatabaseFacts, faultsOf } from "../../src/db/migratable.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { openSession } from "../../src/db/session.ts";
import { asAdmin } from "../support/db/database.ts";
import { withDatabase } from "../support/global-setup.ts";
import { startScript } from "../support/processes.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;
const ALL = listMigrations().map(({ name }) => name);

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const word = () => randomBytes(4).toString("hex");

/** Creates a role that may only log in. */
async function role(): Promise<string> {
  const name = `migrator_${word()}`;
  await asAdmin((admin) => admin.query(`create role ${name} login password 'secret'`));
  ended.push(() => asAdmin((admin) => admin.query(`drop role ${name}`)));
  return name;
}

/** Creates a database that is not migrated. `by` is the user of its URL. */
async function database({ like = "", by, setup = [] }: { like?: string; by?: string; setup?: string[] }) {
  const name = `unfit_${word()}`;
  await asAdmin((admin) => admin.query(`create database ${name} template template0 ${like}`));
  ended.push(() => asAdmin((admin) => admin.query(`drop database ${name}`)));
  const superuser = withDatabase(inject("adminUrl"), name);
  await run(superuser, ...setup.map((statement) => statement.replaceAll("DATABASE", name)));
  const url = new URL(superuser);
  if (by !== undefined) Object.assign(url, { username: by, password: "secret" });
  return { name, superuser, url: url.href };
}

async function run(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const session = await openSession({ url, name: "tests" });
  let rows: Record<string, unknown>[] = [];
  for (const statement of statements) ({ rows } = await session.query(statement));
  await session.end();
  return rows;
}

/** The migrations fail with this message, and change nothing. */
async function expectRefusal({ url, superuser }: { url: string; superuser: string }, ...words: (string | RegExp)[]) {
  const recorded = "select to_regclass('public.countersign_migrations')::text as made";
  const before = await run(superuser, recorded);
  const error = await migrate(url).then(
    () => new Error("it was migrated"),
    (reason: Error) => reason,
  );
  expect(error.message).toMatch(/^the database cannot be migrated, and nothing was changed: [^\n]+$/);
  for (const one of words) expect(error.message).toMatch(one);
  expect(await run(superuser, recorded)).toEqual(before);
}

describe("before the first migration", () => {
  it.each(["LATIN1", "SQL_ASCII", "LATIN9"])(
    "a database with the encoding %s is refused in one line",
    async (encoding) => {
      const made = await database({ like: `encoding '${encoding}' locale 'C' locale_provider libc` });
      await expectRefusal(
        made,
        `has the encoding ${encoding}, and Countersign needs UTF8`,
        "create database … encoding 'UTF8'",
      );
      const { code, stderr } = await startScript(CLI, ["migrate"], {
        DATABASE_URL: made.url,
        DATABASE_LISTEN_URL: "",
      }).end();
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^countersign: the database cannot be migrated.*UTF8.*\n$/),
      ]);
    },
  );

  it("a database with some migrations of an earlier version is rejected as well", async () => {
    const made = await database({ like: "encoding 'LATIN1' locale 'C' locale_provider libc" });
    await run(
      made.superuser,
      ...listMigrations()
        .slice(0, 2)
        .map(({ sql }) => sql),
    );
    await expectRefusal(made, "has the encoding LATIN1");
  });

  it("pg_trgm outside the search_path is named with its schema, and the hint works", async () => {
    const by = await role();
    const setup = [
      "create schema extensions",
      "create extension pg_trgm schema extensions",
      `alter database DATABASE owner to ${by}`,
    ];
    const made = await database({ by, setup });
    await expectRefusal(
      made,
      "pg_trgm is in the schema extensions, outside the search_path",
      "grant usage on schema extensions",
    );
    await run(
      made.superuser,
      `alter role ${by} in database ${made.name} set search_path = public, extensions`,
      `grant usage on schema extensions to ${by}`,
    );
    expect(await migrate(made.url)).toEqual(ALL);
  });

  it("rights that the user lacks are named with the statements that grant them, and those work", async () => {
    const by = await role();
    const made = await database({ by });
    await expectRefusal(
      made,
      `${by} may not create tables in the schema public; as its owner: grant usage, create on schema public to ${by}`,
      /the extension pg_trgm is missing, and \w+ may not create it; .*: create extension pg_trgm schema public/,
    );
    await run(
      made.superuser,
      `grant usage, create on schema public to ${by}`,
      "create extension pg_trgm schema public",
    );
    expect(await migrate(made.url)).toEqual(ALL);
  });

  it("a schema that the user may not use is named, rather than reported as missing", async () => {
    const by = await role();
    const made = await database({ by, setup: ["revoke all on schema public from public"] });
    await expectRefusal(made, `as its owner: grant usage, create on schema public to ${by}`);
  });

  it("tables of another owner or of another program are named", async () => {
    const by = await role();
    const others = await database({
      by,
      setup: ["create table workflow_runs (id int)", `alter database DATABASE owner to ${by}`],
    });
    await run(others.superuser, `grant create on schema public to ${by}`);
    await expectRefusal(
      others,
      "already has other tables with the names of Countersign's tables: workflow_runs; use a separate database",
    );
    const foreign = await database({ by });
    await run(
      foreign.superuser,
      ...listMigrations()
        .slice(0, 3)
        .map(({ sql }) => sql),
      `alter database ${foreign.name} owner to ${by}`,
      `grant create on schema public to ${by}`,
      `grant select on countersign_migrations to ${by}`,
    );
    await expectRefusal(foreign, /does not own the tables approval_audit_log \(\w+\), .*; migrate as their owner/);
  });

  it("a search path without an existing schema falls back to public, and is named if there is none", async () => {
    const made = await database({
      setup: ["alter database DATABASE set search_path = ''", "create schema other", "drop schema public"],
    });
    await expectRefusal(made, /the search_path \(.*\) has no existing schema; create the schema public/);
    await run(made.superuser, "create schema public");
    expect(await migrate(made.url)).toEqual(ALL);
    // They are not run a second time in another schema when the path changes.
    await run(made.superuser, `alter database ${made.name} set search_path = other`);
    expect(await migrate(made.url)).toEqual([]);
  });

  it("sessions that are read-only and a missing plpgsql are named", async () => {
    const setup = ["drop extension plpgsql", "alter database DATABASE set default_transaction_read_only = on"];
    const made = await database({ like: "encoding 'UTF8'" });
    const session = await openSession({ url: made.superuser, name: "tests" });
    for (const statement of setup) await session.query(statement.replaceAll("DATABASE", made.name));
    await session.end();
    await expectRefusal(made, "default_transaction_read_only", "the language plpgsql is missing");
  });
});

describe("the check before the first migration", () => {
  const facts: DatabaseFacts = {
    database: "Approvals",
    user: "Gate-1",
    serverVersion: 180_000,
    encoding: "UTF8",
    standby: false,
    readOnly: false,
    schema: "public",
    searchPath: '"$user", public',
    mayCreateInSchema: true,
    mayCreateInDatabase: true,
    hasPlpgsql: true,
    trgmSchema: null,
    trgmOnPath: false,
    trgmAvailable: true,
    trgmTrusted: true,
    superuser: false,
    foreign: [],
    taken: [],
  };

  it("returns nothing if nothing is missing", () => {
    expect(faultsOf(facts)).toEqual([]);
    expect(faultsOf({ ...facts, mayCreateInDatabase: false, superuser: true })).toEqual([]);
    expect(faultsOf({ ...facts, trgmAvailable: false, trgmSchema: "public", trgmOnPath: true })).toEqual([]);
  });

  it.each<[Partial<DatabaseFacts>, RegExp]>([
    [{ serverVersion: 130_012 }, /the server is PostgreSQL 13; use 14 or newer/],
    [{ standby: true, readOnly: true }, /^the server is a standby and accepts no writes/],
    [{ trgmAvailable: false }, /does not have the extension pg_trgm; install it \(package postgresql-contrib\)/],
    [{ trgmTrusted: false }, /the extension pg_trgm is missing, and Gate-1 may not create it/],
    [{ mayCreateInSchema: false }, /grant usage, create on schema public to "Gate-1"/],
  ])("returns one fault for %j, with names quoted for SQL", (change, said) => {
    expect(faultsOf({ ...facts, ...change })).toEqual([expect.stringMatching(said)]);
  });
});
