/** The newest migrations on a database that the earlier version has filled. */

import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import { startCore } from "../support/approvals/core.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

/** The last migration of the earlier version. */
const EARLIER = 10;

let database: TestDatabase;
let open: string;
const counts = new Map<string, number>();

const TABLES = [
  ...["approval_requests", "approval_decisions", "approval_comments", "approval_notifications", "approval_audit_log"],
  ...["people", "approval_webhook_endpoints", "approval_checkpoints", "orchestrator_executors", "workflow_runs"],
  "workflow_run_jobs",
];
const count = async (client: Pick<pg.Client, "query">, table: string) =>
  (await client.query(`select count(*)::int as n from ${table}`)).rows[0].n as number;

async function fill(client: pg.Client): Promise<void> {
  const final = { decision: "APPROVE", decided_at: new Date(), status: "APPROVED" };
  open = await insertRequest(client as never, { context: { b: 1, a: 2 }, notify_channels: ["EMAIL", "IN_APP"] });
  await insertRequest(client as never, { ...final, decision_source: "AUTO", approval_type: "AUTO" });
  const decided = await insertRequest(client as never, {
    ...final,
    decision_source: "APPROVER",
    decided_by: "bob",
    approvers: ["bob"],
  });
  await insertRequest(client as never, { status: "ESCALATED", escalation_level: 1, escalate_to_users: ["cleo"] });
  const about = { approval_request_id: decided };
  await insert(client as never, "approval_decisions", { ...about, approver: "bob", decision: "APPROVE" });
  await insert(client as never, "approval_comments", { ...about, author: "ann", body: "Why now?" });
  const message = { approval_request_id: open, kind: "REQUESTED", recipient: "bob" };
  const due = { next_attempt_at: new Date() };
  await insert(client as never, "approval_notifications", { ...message, channel: "EMAIL", ...due });
  await insert(client as never, "approval_notifications", { ...message, channel: "IN_APP", status: "SENT" });
  for (const action of ["CREATED", "APPROVED"]) {
    await insert(client as never, "approval_audit_log", { ...about, action, user_id: "bob", new_status: "APPROVED" });
  }
  await insert(client as never, "people", { id: "bob", email: "Bob@Company.com", roles: ["ops"] });
  await insert(client as never, "people", { id: "İlknur", email: null });
  await insert(client as never, "approval_webhook_endpoints", { url: "https://hooks.company.com/" });
  const key = { workflow_id: "release", execution_id: "1" };
  const checkpoint = randomUUID();
  await insert(client as never, "approval_checkpoints", { id: checkpoint, name: "c", job_id: "j", ...key, state: {} });
  await insert(client as never, "orchestrator_executors", { id: randomUUID(), lease_until: new Date() });
  const run = randomUUID();
  const definition = { id: "release", jobs: [] };
  await insert(client as never, "workflow_runs", { id: run, ...key, definition, started_from_checkpoint: checkpoint });
  const job = { run_id: run, job_id: "gate", position: 0, type: "approval", status: "RUNNING", request_id: open };
  await insert(client as never, "workflow_run_jobs", job);
}

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const client = new pg.Client({ connectionString: database.url, application_name: "tests" });
  await client.connect();
  for (const { version, sql } of listMigrations()) if (version <= EARLIER) await client.query(sql);
  await fill(client);
  for (const table of TABLES) counts.set(table, await count(client, table));
  await client.end();
  await migrate(database.url);
});
afterAll(() => database.drop());

describe("the migrations since the earlier version", () => {
  it("keep every row of a database that has rows in every table", async () => {
    for (const table of TABLES) {
      expect(counts.get(table), table).toBeGreaterThan(0);
      expect(await count(database.pool, table), table).toBe(counts.get(table));
    }
  });

  it("set the keys of people by which names are compared, and the creator of the request in pending messages", async () => {
    const { rows: people } = await database.pool.query("select id, id_key, email_key from people order by id");
    expect(people).toContainEqual({ id: "bob", id_key: "bob", email_key: "bob@company.com" });
    const { rows: messages } = await database.pool.query("select channel, asker from approval_notifications");
    expect(messages).toContainEqual({ channel: "EMAIL", asker: "alice" });
  });

  it("set the voters of a request without a new version", async () => {
    const { rows } = await database.pool.query(
      "select status, version, voters from approval_requests where voters <> '{}'",
    );
    expect(rows).toEqual([{ status: "APPROVED", version: 1, voters: ["bob"] }]);
  });

  it("keep an open request decidable by the person whom it names", async () => {
    const core = await startCore(database.url);
    try {
      const request = await core.manager.approve(open, {}, callerOf("bob"));
      expect(request).toMatchObject({ status: "APPROVED", approvers: ["bob"], decidedBy: "bob" });
    } finally {
      await core.close();
    }
  });
});
