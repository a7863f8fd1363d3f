/** Requests whose rows were changed with all rights, and the findings of the verification of their logs. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AuditChains, hashOf } from "../../src/audit/chain.ts";
import { exportLine, readExport } from "../../src/audit/file.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import type { ChainedRow } from "../../src/db/queries/audit-chain.ts";
import type { ApprovalRequestInput, Caller } from "../../src/model/approvals.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf, orchestrator } from "../support/approvals/requests.ts";
import { chainOf, tamper, verifyDatabase } from "../support/audit/audit.ts";
import { runCommand } from "../support/cli/process.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";

let database: TestDatabase;
let core: Core;
/** Without the audit detail. */
let plain: Core;
beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(database.url);
  plain = await startCore(database.url, { enableAuditLog: false });
});
afterEach(() => database.pool.query("delete from approval_requests"));
afterAll(async () => {
  await core.close();
  await plain.close();
  await database.drop();
});

const [ann, bob, cleo, root] = [callerOf("ann"), callerOf("bob"), callerOf("cleo"), callerOf(admin)];
const CONDITION = { field: "context.amount", operator: "LT" as const, value: 5 };

const create = async (more: Partial<ApprovalRequestInput> = {}, by: Caller = callerOf(orchestrator), on = core) =>
  (await on.manager.createRequest(inputOf({ requestedBy: "ann", ...more }), by)).request;

/** A request with all fields, which two people have approved. */
async function approved(on = core): Promise<string> {
  const { id } = await create(
    {
      description: "Ten",
      context: { amount: 10, "\u20ac": [1.5, null] },
      metadata: { risk: "low" },
      config: { c: 1 },
      results: { r: "x" },
      callbackUrl: "https://example.com/hook",
      remindBeforeMs: 1_000,
      notifyUsers: ["bob", "cleo"],
      notifyRoles: ["ops"],
      requireMinApprovers: 2,
      escalateToUsers: ["eve"],
      timeoutMs: 30 * 86_400_000,
      notifyChannels: ["IN_APP", "WEBHOOK"],
    },
    callerOf(orchestrator),
    on,
  );
  await on.manager.updateConditions(id, root, [CONDITION]);
  await on.manager.escalate(id, ann, "hurry");
  await on.manager.approve(id, { reason: "tested" }, bob);
  await on.manager.comment(id, ann, "please");
  await on.manager.approve(id, { comment: "fine", reason: "all good" }, cleo);
  return id;
}

const findingOf = async (id: string) =>
  (await verifyDatabase(database.url)).findings.find(({ requestId }) => requestId === id);

describe("the contents of unchanged requests", () => {
  it.each([
    ["with", () => core],
    ["without", () => plain],
  ])("are verified, however the requests ended, %s the audit detail", async (_what, on) => {
    const { manager, pool } = on();
    await approved(on());
    await create({}, callerOf(orchestrator), on());
    const rejected = await create({}, callerOf(orchestrator), on());
    await manager.reject(rejected.id, { reason: "no" }, bob);
    const cancelled = await create({}, callerOf(orchestrator), on());
    await manager.cancel(cancelled.id, ann, "never mind");
    await create({ approvalType: "AUTO" }, callerOf(orchestrator), on());
    const changed = await create({
      approvalType: "CONDITIONAL",
      autoApproveConditions: [CONDITION],
      context: { amount: 7 },
    });
    await manager.updateConditions(changed.id, root, [{ ...CONDITION, value: 8 }]);
    const actions = ["REJECT", "APPROVE", "ESCALATE"] as const;
    for (const timeoutAction of actions) {
      const more = { timeoutAction, escalateToUsers: ["eve"] };
      const { id } = await create(more, callerOf(orchestrator), on());
      await pool.query("update approval_requests set expires_at = clock_timestamp() where id = $1", [id]);
      await manager.handleTimeout(id);
    }
    const report = await verifyDatabase(database.url);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, requests: 9, notCovered: 0 });
  });
});

describe("a rewritten request is named", () => {
  it.each<[column: string, value: string, detail: RegExp]>([
    ["title", "'Pay ten thousand?'", /title, description, context or metadata/],
    ["description", "'Eleven'", /title, description, context or metadata/],
    ["context", `'{"amount": 10000}'`, /title, description, context or metadata/],
    ["context", `'{"amount": 1e999}'`, /title, description, context or metadata/],
    ["metadata", "'{}'", /title, description, context or metadata/],
    ["context_digest", "repeat('0', 64)", /stored context digest/],
    ["config", "'{}'", /config, results/],
    ["results", `'{"r": "y"}'`, /config, results/],
    ["callback_url", "'https://example.org'", /callback/],
    ["execution_id", "'other'", /ids/],
    ["notify_channels", "'{}'", /channels/],
    ["remind_before_ms", "null", /reminder/],
    ["input_digest", "'other'", /input digest/],
    ["created_at", "created_at - interval '1 day'", /created at .*, but its log states/],
    ["created_by", "'mallory'", /orchestrator created it on behalf of ann/],
    ["requested_by", "'mallory'", /orchestrator created it on behalf of ann/],
    ["allow_self_approval", "true", /policy.*: allowSelfApproval$/],
    ["allowed_approvers", "'{mallory}'", /policy.*: allowedApprovers$/],
    ["notify_users", "'{bob,cleo,mallory}'", /policy.*: notifyUsers$/],
    ["notify_roles", "'{}'", /policy.*: notifyRoles$/],
    ["escalate_to_users", "'{mallory}'", /policy.*: escalateToUsers$/],
    ["require_min_approvers", "1", /policy.*: requireMinApprovers$/],
    ["approvals_required", "1", /policy.*: approvalsRequired$/],
    ["timeout_ms", "1", /policy.*: timeoutMs$/],
    ["timeout_action", "'APPROVE'", /policy.*: timeoutAction$/],
    ["auto_approve_conditions", "'[]'", /policy.*: autoApproveConditions$/],
    ["escalation_level", "2", /escalation level is 2/],
    ["approvers", "'{bob,mallory}'", /approvers are bob, mallory, but those of its log are bob, cleo/],
    ["decided_by", "'mallory'", /outcome.*decidedBy is "mallory", not "cleo"/],
    ["decided_at", "decided_at - interval '1 ms'", /outcome.*decidedAt/],
    ["decision_source", "'AUTO'", /outcome.*decisionSource is "AUTO", not "APPROVER"/],
    ["comment", "'better not'", /outcome.*comment is "better not", not "fine"/],
  ])("by its column %s = %s", async (column, value, detail) => {
    const id = await approved();
    await tamper(database.url, `update approval_requests set ${column} = ${value} where id = $1`, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: null, rowId: null });
    expect((await findingOf(id))?.detail).toMatch(detail);
  });

  it.each<[what: string, sql: string, detail: string]>([
    [
      "a decision that was turned",
      "update approval_decisions set decision = 'REJECT' where approval_request_id = $1 and approver = 'bob'",
      "the decision of bob is not that of its log",
    ],
    [
      "another reason of a decision",
      "update approval_decisions set reason = 'bribed' where approval_request_id = $1 and approver = 'bob'",
      "the decision of bob is not that of its log",
    ],
    [
      "another time of a decision",
      "update approval_decisions set decided_at = decided_at - interval '1 day' where approval_request_id = $1 and approver = 'bob'",
      "the decision of bob is not that of its log",
    ],
    [
      "a decision that was added",
      "insert into approval_decisions values ($1, 'mallory', 'APPROVE')",
      "the decision of mallory is not in its log",
    ],
    [
      "a decision that was removed",
      "delete from approval_decisions where approval_request_id = $1 and approver = 'cleo'",
      "the decision of cleo, which its log has, is missing",
    ],
    [
      "a decision that was given to somebody else",
      "update approval_decisions set approver = 'mallory' where approval_request_id = $1 and approver = 'cleo'",
      "the decision of mallory is not in its log",
    ],
  ])("by %s", async (_what, sql, detail) => {
    const id = await approved();
    await tamper(database.url, sql, [id]);
    expect(await findingOf(id)).toMatchObject({ problem: "changed", position: null, detail });
  });

  it("also while it is open, and without the audit detail", async () => {
    for (const on of [core, plain]) {
      const { id } = await create({ context: { amount: 1 } }, callerOf(orchestrator), on);
      await tamper(database.url, "update approval_requests set context = '{}' where id = $1", [id]);
      expect((await findingOf(id))?.detail).toMatch(/context/);
    }
  });

  it("by the decision that was made on rewritten content, even if the row has the first content again", async () => {
    const { id } = await create({ context: { amount: 1 } });
    const set = "update approval_requests set context = $2, context_digest = null where id = $1";
    await tamper(database.url, set, [id, { amount: 1_000 }]);
    await core.manager.approve(id, {}, bob);
    await tamper(database.url, set, [id, { amount: 1 }]);
    expect(await findingOf(id)).toMatchObject({
      problem: "changed",
      action: "APPROVED",
      position: 2,
      detail: "contextDigest of this decision are not those of CREATED",
    });
  });
});

describe("requests of earlier versions", () => {
  it("count as not covered rather than wrong, even after a later decision", async () => {
    const untouched = await insertRequest(database.pool);
    const decided = await insertRequest(database.pool, { context: { amount: 3 }, created_by: "alice" });
    const now = new Date();
    for (const approvalRequestId of [untouched, decided]) {
      const facts = { userId: "alice", userEmail: null, ipAddress: null, userAgent: null, comment: null, metadata: {} };
      const row = new AuditChains().append({
        ...facts,
        approvalRequestId,
        action: "CREATED",
        oldStatus: null,
        newStatus: "PENDING",
        createdAt: now,
      });
      await database.pool.query(
        `insert into approval_audit_log (id, approval_request_id, action, user_id, new_status, created_at, chain_position,
           hash) values ($1, $2, 'CREATED', 'alice', 'PENDING', $3, 1, decode($4, 'hex'))`,
        [row.id, approvalRequestId, now, row.hash],
      );
      await database.pool.query(
        "update approval_requests set audit_length = 1, audit_head = decode($2, 'hex') where id = $1",
        [approvalRequestId, row.hash],
      );
    }
    await core.manager.approve(decided, {}, bob);
    await create();
    expect(await verifyDatabase(database.url)).toMatchObject({ ok: true, requests: 3, notCovered: 2, findings: [] });

    await tamper(database.url, "update approval_requests set title = 'Another' where id = any ($1)", [
      [untouched, decided],
    ]);
    expect(await verifyDatabase(database.url)).toMatchObject({
      notCovered: 2,
      findings: [{ requestId: decided, detail: "contextDigest are not those of its last decision" }],
    });
  });

  it("are reported with their number by the command", async () => {
    await insertRequest(database.pool);
    const { code, stdout } = await runCommand(["verify-audit"], { env: { DATABASE_URL: database.url } });
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 request was created before the log stated content")]);
  });
});

describe("an export", () => {
  it("reveals a decision on content other than the request was created with", async () => {
    const { id } = await create();
    await core.manager.approve(id, {}, bob);
    const rows = await chainOf(database.url, id);
    const folder = await mkdtemp(join(tmpdir(), "countersign-export-"));
    const check = async (written: readonly ChainedRow[]) => {
      const file = join(folder, "log.jsonl");
      await writeFile(file, written.map((row) => exportLine(row, "jsonl")).join(""));
      return verifyAudit({ rows: readExport(file), stored: null, anchors: null });
    };
    expect(await check(rows)).toMatchObject({ ok: true, notCovered: null });
    const [first, second] = rows as [ChainedRow, ChainedRow];
    const turned = { ...second, metadata: { ...second.metadata, contextDigest: "0".repeat(64) } };
    const forged = { ...turned, hash: hashOf(turned as never) };
    expect((await check([first, forged])).findings).toEqual([
      expect.objectContaining({ position: 2, detail: "contextDigest of this decision are not those of CREATED" }),
    ]);
    // Without the first row, nothing is known about the others.
    expect(await check([second])).toMatchObject({ ok: true });
    await rm(folder, { recursive: true });
  });
});
