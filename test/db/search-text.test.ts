/** The texts that a search finds: similar letters are equal, and wildcards are ordinary characters. */

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { migrate } from "../../src/db/migrate.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { countRequests, listRequests } from "../../src/db/queries/request-lists.ts";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import { asAdmin, createTestDatabase, type TestDatabase } from "../support/db/database.ts";

const NEWEST = { field: "CREATED_AT", direction: "DESC" } as const;

async function ask(pool: Pool, title: string, description: string | null = null): Promise<void> {
  await pool.query(
    `insert into approval_requests (workflow_id, job_id, execution_id, title, description, requested_by, created_by,
       notify_users, timeout_ms, expires_at)
     values ('search', 'job', $1, $2, $3, 'alice', 'alice', '{bob}', 60000, now() + interval '1 minute')`,
    [randomBytes(8).toString("hex"), title, description],
  );
}

async function found(pool: Pool, search: string, viewer = admin): Promise<string[]> {
  const { items } = await listRequests(pool, viewer, { search }, NEWEST, null, 100);
  expect(await countRequests(pool, viewer, { search }, 1_000)).toBe(items.length);
  return items.map(({ title }) => title).toSorted();
}

describe("a search", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    for (const title of ["Café opening", "Cafe\u0301 closing", "CAFÉ budget"]) await ask(database.pool, title);
    await ask(database.pool, "Ｄｅｐｌｏｙ １２３", "Full-width");
    await ask(database.pool, "Deploy 123 to production", "İstanbul and ISPARTA");
    await ask(database.pool, "Discount of 50% for all", "a_b\\c");
    await ask(database.pool, "Discount of 500 for all", "aXbXc");
  });
  afterAll(() => database.drop());

  it.each([
    ["an accented letter in the composed form", "café", ["CAFÉ budget", "Cafe\u0301 closing", "Café opening"]],
    ["an accented letter in the decomposed form", "cafe\u0301", ["CAFÉ budget", "Cafe\u0301 closing", "Café opening"]],
    ["plain letters for full-width ones", "deploy 123", ["Deploy 123 to production", "Ｄｅｐｌｏｙ １２３"]],
    ["full-width letters for plain ones", "ＤＥＰＬＯＹ", ["Deploy 123 to production", "Ｄｅｐｌｏｙ １２３"]],
    ["an i for the Turkish capital with a dot", "istanbul", ["Deploy 123 to production"]],
    ["an I for an i", "isparta", ["Deploy 123 to production"]],
    ["a percent sign as a letter", "50% for", ["Discount of 50% for all"]],
    ["a full-width percent sign as a letter", "50％ for", ["Discount of 50% for all"]],
    ["an underscore and a backslash as letters", "a_b\\c", ["Discount of 50% for all"]],
  ])("finds %s", async (_what, search, titles) => {
    expect(await found(database.pool, search)).toEqual(titles.toSorted());
  });

  it("finds only requests that the person may see", async () => {
    expect(await found(database.pool, "discount", viewerOf("bob"))).toHaveLength(2);
    expect(await found(database.pool, "discount", viewerOf("mallory"))).toEqual([]);
  });
});

it("a search in a Turkish database finds capital letters by small ones and the other way round", async () => {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin((sql) =>
    sql.query(`create database ${name} template template0 locale_provider icu icu_locale 'tr-TR' locale 'C'`),
  );
  const address = new URL(inject("adminUrl"));
  address.pathname = `/${name}`;
  await migrate(address.href);
  const pool = createPool(address.href);
  try {
    await ask(pool, "Production incident");
    await ask(pool, "INITIAL IMPORT");
    expect(await found(pool, "PRODUCTION")).toEqual(["Production incident"]);
    expect(await found(pool, "initial import")).toEqual(["INITIAL IMPORT"]);
    expect(await found(pool, "INCIDENT")).toEqual(["Production incident"]);
  } finally {
    await pool.end();
    await asAdmin((sql) => sql.query(`drop database ${name}`));
  }
});
