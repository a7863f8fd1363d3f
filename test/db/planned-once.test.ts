/** Tests that a connection plans the statements of commands once, whatever the tables have contained before. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf, orchestrator } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
let core: Core;
beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(
    database.url,
    { destinations: { slackChannel: null, webhook: null } },
    { max: 1, idleTimeoutMillis: 0 },
  );
});
afterAll(async () => {
  await core.close();
  await database.drop();
});

it("a connection plans the statements of new requests, comments and decisions once", async () => {
  // The first plans are for empty tables, in comparison with which every later plan looks expensive.
  for (let n = 0; n < 12; n += 1) {
    const { request } = await core.manager.createRequest(inputOf(), callerOf(orchestrator));
    await core.manager.comment(request.id, callerOf("bob"), "Looks good.");
    await core.manager.approve(request.id, {}, callerOf("bob"));
  }
  const { rows } = await core.pool.query<{ name: string; generic: number; custom: number }>(
    `select name, generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements
      where name ~ '^(lock|people|write|commenters)'`,
  );
  expect(rows.filter(({ generic }) => generic >= 12)).not.toEqual([]);
  expect(rows.filter(({ custom }) => custom > 0)).toEqual([]);
});
