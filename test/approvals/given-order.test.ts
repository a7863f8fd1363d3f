/** The order of the facts that a requester gives: stored by the database and shown on every surface. */

import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listMigrations } from "../../src/db/migrate.ts";
import { requestsById } from "../../src/db/queries/requests.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import { decisionPage } from "../../src/server/decision/page.ts";
import { runCommand } from "../support/cli/process.ts";
import { createTestDatabase } from "../support/db/database.ts";
import { dumpSchema } from "../support/db/schema-dump.ts";
import { messageView, REQUEST } from "../support/notifications/messages.ts";
import { inputOf, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

/** `jsonb` would sort the keys by length, an alphabet otherwise. */
const CONTEXT = {
  targetKey: "prod",
  commandKey: "drop",
  a: { zebraKey: 1, antKey: [{ y: 1, x: 2 }], beeKey: { bb: 1, b: 2 } },
  "": 0,
  tableKey: "t",
};
const METADATA = { sourceKey: "erp", byKey: "ann", at: { secondKey: 2, firstKey: 1 } };

let server: TestServer;
let [ann, bob] = ["", ""];
beforeAll(async () => {
  server = await startServer();
  [ann, bob] = [await tokenFor("ann"), await tokenFor("bob")];
});
afterAll(() => server.stop());

/** Whether the names come in this order. */
function expectInOrder(text: string, names: readonly string[]): void {
  const places = names.map((name) => text.indexOf(name));
  expect(places, `${names.join(", ")} in ${text}`).toEqual(places.toSorted((one, other) => one - other));
  expect(places).not.toContain(-1);
}
const NAMES = [
  "targetKey",
  "commandKey",
  "zebraKey",
  "antKey",
  "beeKey",
  "tableKey",
  "sourceKey",
  "byKey",
  "secondKey",
  "firstKey",
];

describe("the API returns the order it was given", () => {
  test("over REST, GraphQL variables and a literal in a document", async () => {
    const rest = restClient(server, ann);
    const created = await rest.post("/approvals", inputOf({ context: CONTEXT, metadata: METADATA }));
    const read = await restClient(server, bob).get(`/approvals/${created.body.id}`);
    expect(JSON.stringify(read.body.context)).toBe(JSON.stringify(CONTEXT));
    expect(JSON.stringify(read.body.metadata)).toBe(JSON.stringify(METADATA));

    const id = await server.ask(ann, { context: CONTEXT, metadata: METADATA });
    const query = "query ($id: ID!) { approvalRequest(id: $id) { context metadata contextDigest } }";
    const { approvalRequest } = await server.data(bob, query, { id });
    expect(JSON.stringify(approvalRequest.context)).toBe(JSON.stringify(CONTEXT));
    expect(JSON.stringify(approvalRequest.metadata)).toBe(JSON.stringify(METADATA));

    const literal = `mutation { createApprovalRequest(input: { workflowId: "release", jobId: "literal", executionId: "1",
      title: "Deploy?", notifyUsers: ["bob"], context: { longest: 1, b: { yy: 1, x: 2 }, aa: 3 } }) {
      ... on CreateApprovalRequestPayload { request { context } } } }`;
    const { createApprovalRequest } = await server.data(ann, literal);
    expect(JSON.stringify(createApprovalRequest.request.context)).toBe('{"longest":1,"b":{"yy":1,"x":2},"aa":3}');
  });

  test("if many requests are written at once", async () => {
    const contexts = Array.from({ length: 20 }, (_, i) => ({ [`key${i}`]: i, zz: 1, a: 2 }));
    const ids = await Promise.all(contexts.map((context) => server.ask(ann, { context })));
    const rows = await requestsById(server.database.pool, ids);
    const found = new Map(rows.map(({ id, context }) => [id, JSON.stringify(context)]));
    expect(ids.map((id) => found.get(id))).toEqual(contexts.map((context) => JSON.stringify(context)));
  });

  test("the digest and the repeat do not depend on it", async () => {
    const rest = restClient(server, ann);
    const executionId = "same";
    const first = await rest.post("/approvals", inputOf({ executionId, context: { b: 1, a: { d: 1, c: 2 } } }));
    const again = await rest.post("/approvals", inputOf({ executionId, context: { a: { c: 2, d: 1 }, b: 1 } }));
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect(again.body.contextDigest).toBe(first.body.contextDigest);
  });
});

describe("people see the order", () => {
  const templates = createTemplates({ dir: null, log: pino({ level: "silent" }) });
  const nested = { context: CONTEXT, metadata: METADATA };
  const flat = { context: { targetKey: 1, commandKey: 2, a: 3, tableKey: 4 } };

  test.each(["email/text", "email/html", "slack/message"] as const)("in %s", (name) => {
    expectInOrder(templates.render(name, messageView("REQUESTED", { request: nested })), NAMES.slice(0, 6));
    expectInOrder(
      templates.render(name, messageView("REQUESTED", { request: flat })),
      Object.keys(flat.context).slice(0, 2),
    );
  });

  test("on the page of an email's link, including metadata", () => {
    const { request: _shown, ...rest } = messageView("REQUESTED");
    const { html } = decisionPage({
      viewerId: "bob",
      reader: null,
      decisions: [],
      now: new Date(rest.now),
      openUrl: rest.links.open,
      request: { ...REQUEST, ...nested },
      banner: null,
      waits: true,
      form: null,
    });
    expectInOrder(html, NAMES);
  });

  test("in the CLI", async () => {
    const id = await server.ask(ann, nested);
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: bob };
    expectInOrder((await runCommand(["approve", id], { env })).stderr, NAMES.slice(0, 6));
  });
});

/** Reads over a new connection, which has no plans for the column's old type. */
async function readWith(url: string, ids: string[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await requestsById(client, ids);
  } finally {
    await client.end();
  }
}

test("the migration to given order preserves the content, the digest and the triggers of a database", async () => {
  const database = await createTestDatabase({ migrated: false });
  const { pool } = database;
  try {
    const migrations = listMigrations();
    const own = migrations.find(({ name }) => name === "0015_given_order");
    for (const { name, sql } of migrations) if (name !== own?.name) await pool.query(sql);
    const { rows: inserted } = await pool.query<{ id: string }>(
      `insert into approval_requests (workflow_id, job_id, execution_id, title, context, metadata, requested_by, created_by,
         notify_users, timeout_ms, expires_at)
       values ('w', 'j', 'e', 'Deploy?', $1, $2, 'ann', 'ann', '{bob}', 3600000, now() + interval '1 hour') returning id`,
      [CONTEXT, METADATA],
    );
    const ids = inserted.map(({ id }) => id);
    const [before] = await readWith(database.url, ids);
    await pool.query(own?.sql as string);
    const [after] = await readWith(database.url, ids);
    expect(after).toEqual(before);
    expect(after && contextDigestOf(after)).toBe(before && contextDigestOf(before));
    const frozen = pool.query(`update approval_requests set context = '{}' where id = $1`, ids);
    await expect(frozen).rejects.toMatchObject({ constraint: "approval_requests_frozen" });
    const fresh = await createTestDatabase({ migrated: true });
    try {
      expect(await dumpSchema(pool)).toBe(await dumpSchema(fresh.pool));
    } finally {
      await fresh.drop();
    }
  } finally {
    await database.drop();
  }
});
