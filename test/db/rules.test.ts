import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

const APPROVED = { status: "APPROVED", decision: "APPROVE", decision_source: "TIMEOUT", decided_at: new Date() };
const TIMED_OUT = { status: "TIMEOUT", decision_source: "TIMEOUT", decided_at: new Date() };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function only(sql: string, values: unknown[] = []): Promise<Record<string, unknown>> {
  const { rows } = await database.pool.query(sql, values);
  expect(rows).toHaveLength(1);
  return rows[0];
}

const requestOf = (id: string) => only("select * from approval_requests where id = $1", [id]);
const refusal = (sql: string, values: unknown[] = []) => expect(database.pool.query(sql, values)).rejects;

describe("a request's row in the database", () => {
  it("counts its versions and stores the time of each change automatically", async () => {
    const id = await insertRequest(database.pool, { updated_at: new Date(0) });
    expect((await requestOf(id)).version).toBe(1);
    await database.pool.query("update approval_requests set escalation_level = 1, version = 99 where id = $1", [id]);
    const changed = await requestOf(id);
    expect(changed.version).toBe(2);
    expect((changed.updated_at as Date).getTime()).toBeGreaterThan(0);
  });

  it("keeps its id and the time of its creation", async () => {
    const id = await insertRequest(database.pool);
    const before = await requestOf(id);
    await database.pool.query("update approval_requests set id = gen_random_uuid(), created_at = now() where id = $1", [
      id,
    ]);
    expect((await requestOf(id)).created_at).toEqual(before.created_at);
  });

  it("is completed if a manual update sets only its final status", async () => {
    const id = await insertRequest(database.pool);
    await database.pool.query("update approval_requests set status = 'CANCELLED' where id = $1", [id]);
    expect(await requestOf(id)).toMatchObject({
      decision: null,
      decision_source: "CANCELLATION",
      decided_at: expect.any(Date),
    });
  });

  it.each([
    APPROVED,
    { status: "REJECTED", decision: "REJECT", decision_source: "APPROVER", decided_at: new Date() },
    TIMED_OUT,
    { status: "CANCELLED", decision_source: "CANCELLATION", decided_at: new Date() },
  ])("can never leave the status $status", async (outcome) => {
    const id = await insertRequest(database.pool, outcome);
    for (const status of ["PENDING", "ESCALATED", "APPROVED", "REJECTED", "TIMEOUT", "CANCELLED"]) {
      if (status === outcome.status) continue;
      await refusal("update approval_requests set status = $2 where id = $1", [id, status]).toMatchObject({
        code: "23000",
        constraint: "approval_requests_final",
      });
    }
    await refusal("update approval_requests set comment = 'after all' where id = $1", [id]).toThrow("which is final");
    expect((await requestOf(id)).status).toBe(outcome.status);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a second one of the same execution", { execution_id: "taken" }, "approval_requests_key"],
    ["an empty title", { title: "" }, "approval_requests_title_check"],
    ["a title of 301 characters", { title: "x".repeat(301) }, "approval_requests_title_check"],
    ["a context that is not an object", { context: "[]" }, "approval_requests_context_check"],
    ["a negative timeout", { timeout_ms: -1 }, "approval_requests_timeout_ms_check"],
    ["an unknown status", { ...TIMED_OUT, status: "MAYBE" }, "approval_requests_status_check"],
    ["an unknown channel", { notify_channels: ["PIGEON"] }, "approval_requests_notify_channels_check"],
    ["an outcome while it is open", { decided_by: "bob" }, "approval_requests_outcome_check"],
    [
      "APPROVED that says REJECT",
      { ...APPROVED, decision: "REJECT" },
      "approval_requests_decision_matches_status_check",
    ],
    [
      "APPROVED by cancellation",
      { ...APPROVED, decision_source: "CANCELLATION" },
      "approval_requests_source_matches_status_check",
    ],
    [
      "APPROVED by approvers without the quorum",
      { ...APPROVED, decision_source: "APPROVER", approvers: ["bob"], approvals_required: 2 },
      "approval_requests_quorum_check",
    ],
    ["ESCALATED without an escalation", { status: "ESCALATED" }, "approval_requests_escalated_check"],
  ])("refuses %s", async (_, columns, constraint) => {
    await insertRequest(database.pool, { execution_id: "taken" }).catch(() => {});
    await expect(insertRequest(database.pool, columns)).rejects.toMatchObject({ constraint });
  });

  it("accepts one decision of each approver", async () => {
    const approval_request_id = await insertRequest(database.pool);
    const decision = { approval_request_id, approver: "bob", decision: "APPROVE" };
    await insert(database.pool, "approval_decisions", decision);
    await expect(
      insert(database.pool, "approval_decisions", { ...decision, decision: "REJECT" }),
    ).rejects.toMatchObject({ constraint: "approval_decisions_pkey" });
  });

  it("is deleted with all rows that depend on it", async () => {
    const id = await insertRequest(database.pool);
    const tables = ["approval_decisions", "approval_comments", "approval_notifications", "approval_audit_log"];
    const rows = [
      { approver: "bob", decision: "APPROVE" },
      { author: "bob", body: "Why now?" },
      { kind: "REQUESTED", channel: "EMAIL", recipient: "bob" },
      { action: "CREATED" },
    ];
    for (const [index, table] of tables.entries()) {
      await insert(database.pool, table, { approval_request_id: id, ...rows[index] });
    }
    await database.pool.query("delete from approval_requests where id = $1", [id]);
    for (const table of tables) {
      const { count } = await only(`select count(*) from ${table} where approval_request_id = $1`, [id]);
      expect(count, table).toBe(0);
    }
  });
});

describe("the audit log", () => {
  it.each([
    "update approval_audit_log set comment = 'never happened'",
    "delete from approval_audit_log",
    "truncate approval_audit_log",
    "truncate approval_requests cascade",
  ])("refuses: %s", async (sql) => {
    const approval_request_id = await insertRequest(database.pool);
    const id = await insert(database.pool, "approval_audit_log", { approval_request_id, action: "CREATED" });
    await refusal(sql).toMatchObject({ constraint: "approval_audit_log_append_only" });
    expect(await only("select comment from approval_audit_log where id = $1", [id])).toEqual({ comment: null });
  });
});

describe("the time of the last change", () => {
  it.each([
    ["approval_notifications", "subject"],
    ["people", "locale"],
  ])("is set by the database in %s", async (table, column) => {
    const approval_request_id = await insertRequest(database.pool);
    const message = { approval_request_id, kind: "REQUESTED", channel: "EMAIL", recipient: "carol" };
    const own = table === "people" ? { id: "carol" } : message;
    const id = await insert(database.pool, table, { ...own, updated_at: new Date(0) });
    await database.pool.query(`update ${table} set ${column} = 'x' where id = $1`, [id]);
    const { updated_at } = await only(`select updated_at from ${table} where id = $1`, [id]);
    expect((updated_at as Date).getTime()).toBeGreaterThan(0);
  });
});
