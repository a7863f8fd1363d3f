/** The content and the policy of a request cannot change after its creation, not even by the owner of the tables. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf, orchestrator } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

const FROZEN = { code: "23000", constraint: "approval_requests_frozen" };
const DENIED = { code: "42501" };

let database: TestDatabase;
let core: Core;
/** Runs as the API's role. */
let api: Pool;
let request: ApprovalRequest;
beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(database.url, {}, { asApi: true });
  api = createPool(database.url, { asApi: true });
  const input = inputOf({
    context: { amount: 10, note: { a: 1 } },
    metadata: { risk: "low" },
    config: { c: 1 },
    results: { r: 1 },
    description: "Ten",
    allowedApprovers: ["bob", "cleo"],
    notifyRoles: ["ops"],
    escalateToUsers: ["eve"],
    callbackUrl: "https://example.com/hook",
    remindBeforeMs: 1_000,
    requestedBy: "ann",
  });
  ({ request } = await core.manager.createRequest(input, callerOf(orchestrator)));
});
afterAll(async () => {
  await api.end();
  await core.close();
  await database.drop();
});

const COLUMNS: [column: string, value: string][] = [
  ["title", "'Pay ten thousand?'"],
  ["description", "null"],
  ["context", `'{"amount": 10000, "note": {"a": 1}}'`],
  ["metadata", "'{}'"],
  ["config", "'{}'"],
  ["results", `'{"r": 2}'`],
  ["workflow_id", "'other'"],
  ["job_id", "'other'"],
  ["execution_id", "'other'"],
  ["approval_type", "'AUTO'"],
  ["requested_by", "'mallory'"],
  ["created_by", "'mallory'"],
  ["allow_self_approval", "true"],
  ["timeout_ms", "1"],
  ["timeout_action", "'APPROVE'"],
  ["notify_users", "'{mallory}'"],
  ["notify_channels", "'{}'"],
  ["notify_roles", "'{}'"],
  ["require_min_approvers", "2"],
  ["allowed_approvers", "allowed_approvers || '{mallory}'"],
  ["require_all_approvers", "true"],
  ["approvals_required", "2"],
  ["escalate_to_users", "'{mallory}'"],
  ["callback_url", "'https://example.org/hook'"],
  ["remind_before_ms", "null"],
  ["input_digest", "'other'"],
  ["context_digest", "null"],
  ["content_bytes", "1"],
];

describe("a column of a request", () => {
  it.each(COLUMNS)("%s cannot be updated by the owner, nor by the API's role", async (column, value) => {
    const sql = `update approval_requests set ${column} = ${value} where id = $1`;
    await expect(database.pool.query(sql, [request.id])).rejects.toMatchObject({
      ...FROZEN,
      message: `approval request ${request.id}: ${column} cannot change after creation`,
    });
    await expect(api.query(sql, [request.id])).rejects.toMatchObject(DENIED);
    // It is also rejected together with a column that may change.
    const both = `update approval_requests set status = 'CANCELLED', ${column} = ${value} where id = $1`;
    await expect(database.pool.query(both, [request.id])).rejects.toMatchObject(FROZEN);
  });

  it("is tested here, unless it belongs to the outcome of the request", async () => {
    const { rows } = await database.pool.query<{ name: string; updatable: boolean }>(
      `select attname as name, has_column_privilege('countersign_api', attrelid, attnum, 'update') as updatable
         from pg_attribute where attrelid = 'approval_requests'::regclass and attnum > 0 and not attisdropped`,
    );
    const updatable = rows.filter((row) => row.updatable).map(({ name }) => name);
    expect(updatable.sort()).toEqual(
      [
        ...["status", "approvers", "decided_by", "decision", "decision_source", "comment", "decided_at", "expires_at"],
        ...["escalation_level", "auto_approve_conditions", "remind_at", "voters", "audit_length", "audit_head"],
      ].sort(),
    );
  });

  it("may be set to its current value", async () => {
    const names = COLUMNS.map(([column]) => `${column} = ${column}`);
    const { rowCount } = await database.pool.query(`update approval_requests set ${names} where id = $1`, [request.id]);
    expect(rowCount).toBe(1);
  });
});

describe("automatic conditions", () => {
  const conditions = [{ field: "context.amount", operator: "LT" as const, value: 5 }];

  it("change with the API's command, with or without the audit detail", async () => {
    const plain = await startCore(database.url, { enableAuditLog: false }, { asApi: true });
    for (const { manager } of [core, plain]) {
      const { request: made } = await core.manager.createRequest(inputOf(), callerOf(orchestrator));
      const updated = await manager.updateConditions(made.id, callerOf(admin), conditions);
      expect(updated.autoApproveConditions).toEqual(conditions);
    }
    await plain.close();
  });

  it("do not change without their row of the audit log, nor with an earlier row", async () => {
    const { request: made } = await core.manager.createRequest(inputOf(), callerOf(orchestrator));
    await core.manager.updateConditions(made.id, callerOf(admin), conditions);
    await core.manager.updateConditions(made.id, callerOf(admin), [{ ...conditions[0], value: 6 } as never]);
    for (const value of [[], [{ field: "context.amount", operator: "LT", value: 1e9 }], conditions]) {
      for (const pool of [api, database.pool]) {
        const sql = "update approval_requests set auto_approve_conditions = $2 where id = $1";
        await expect(pool.query(sql, [made.id, JSON.stringify(value)])).rejects.toMatchObject({
          code: "23000",
          constraint: "approval_requests_conditions_logged",
        });
      }
    }
  });
});

describe("the API's role", () => {
  it("cannot update the identifying columns of messages, people and endpoints", async () => {
    for (const sql of [
      "update approval_notifications set recipient = 'mallory'",
      "update approval_notifications set approval_request_id = gen_random_uuid()",
      "update approval_notifications set metadata = '{}'",
      "update people set id = 'mallory'",
      "update approval_webhook_endpoints set url = 'https://example.com'",
      "update approval_decisions set decision = 'APPROVE'",
      "update approval_comments set body = ''",
      "update workflow_runs set status = 'FAILED'",
      "update approval_checkpoints set state = '{}'",
    ]) {
      await expect(api.query(sql), sql).rejects.toMatchObject(DENIED);
    }
  });
});
