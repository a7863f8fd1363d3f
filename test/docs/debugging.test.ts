/** Tests that the queries of docs/debugging.md run on the migrated database. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

const page = readFileSync(new URL("../../docs/debugging.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^ *```sql\n([\s\S]*?)^ *```/gm)].map(([, code]) => code as string);
const inline = [...page.matchAll(/`(select [^`]+)`/g)].map(([, code]) => code as string);
const queries = [...blocks, ...inline].flatMap((text) => text.split(";")).filter((text) => /\bselect\b/.test(text));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test("docs/debugging.md has queries", () => {
  expect(queries.length).toBeGreaterThan(6);
});

test.each(queries)("docs/debugging.md has a query that runs: %s", async (query) => {
  const id = "00000000-0000-0000-0000-000000000000";
  await expect(database.pool.query(query.replaceAll("'…'", `'${id}'`))).resolves.toBeDefined();
});
