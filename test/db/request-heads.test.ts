/** The head of a request is the same whether it is read alone, as for a subscriber, or with others. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { requestHeadsById } from "../../src/db/queries/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const CONTEXT = `{"z": 1, "a": {"ü\\u2028": "\\ud83d\\ude00", "2": [1.50, 1e2, 12345678901234567890, null]}, "": false}`;

test.each<[string, object]>([
  ["that is pending", {}],
  [
    "with a context in an order of its own",
    { context: CONTEXT, metadata: '{"risk": {"score": 7.10}, "b": 1, "a": 2}' },
  ],
  ["with more content than is read along", { context: `{"text": "${"é".repeat(9_000)}"}`, description: "Why\nnot?" }],
  [
    "that is decided, with a reminder and instants of milliseconds",
    {
      status: "APPROVED",
      decision: "APPROVE",
      decision_source: "APPROVER",
      decided_by: "bob",
      comment: "null",
      approvers: ["bob", 'quote " and , comma'],
      voters: ["bob"],
      decided_at: "2026-03-29T01:59:59.999+01:00",
      remind_at: "2026-03-29T03:00:00.001+02:00",
      remind_before_ms: 60_000,
      callback_url: "https://a.example/?b=c",
    },
  ],
  ["that is escalated, with conditions", { status: "ESCALATED", escalation_level: 1, escalate_to_users: ["eve"] }],
  ["with the longest timeout", { timeout_ms: 315_576_000_000, notify_roles: ["NULL", "", "{}"] }],
])("a request %s has the same head whether it is read alone or among others", async (_what, columns) => {
  const id = await insertRequest(database.pool, columns as Record<string, unknown>);
  const other = await insertRequest(database.pool);
  const [alone] = await requestHeadsById(database.pool, [id]);
  const among = (await requestHeadsById(database.pool, [id, other])).find((head) => head.id === id);
  expect(alone?.createdAt).toBeInstanceOf(Date);
  // Also as text, because equality ignores the order of keys.
  expect([alone, JSON.stringify(alone)]).toEqual([among, JSON.stringify(among)]);
});

test("no request head is read for an unknown id", async () => {
  expect(await requestHeadsById(database.pool, ["00000000-0000-7000-8000-000000000000"])).toEqual([]);
});
