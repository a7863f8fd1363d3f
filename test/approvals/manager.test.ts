import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApprovalManager } from "../../src/approvals/manager.ts";
import { listAudit } from "../../src/db/queries/audit.ts";
import { decisionsOf } from "../../src/db/queries/decisions.ts";
import type {
  ApprovalAuditLog,
  ApprovalCondition,
  ApprovalRequest,
  ApprovalRequestInput,
  Caller,
} from "../../src/model/approvals.ts";
import { CommandError, type ValidationError } from "../../src/model/errors.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { LossyNumber } from "../../src/model/json-text.ts";
import { type Core, countRows, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf, orchestrator, reader, viewerOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
let one: Core;
let other: Core;
let manager: ApprovalManager;

beforeAll(async () => {
  database = await createTestDatabase();
  [one, other] = await Promise.all([startCore(database.url), startCore(database.url)]);
  manager = one.manager;
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await database.drop();
});

const ann = callerOf("ann");
const byOrchestrator = callerOf(orchestrator);
const create = async (more: Partial<ApprovalRequestInput> = {}, caller: Caller = ann): Promise<ApprovalRequest> =>
  (await manager.createRequest(inputOf(more), caller)).request;

/** The audit log of a request, oldest first. */
const auditOf = async (requestId: string): Promise<ApprovalAuditLog[]> =>
  (await listAudit(database.pool, reader, { requestId }, null, 200)).items.reverse();

/** The code of the error that the promise rejects with, or "done". */
const answer = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (error) => {
      if (error instanceof CommandError) return error.code;
      throw error;
    },
  );

const tally = (answers: string[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(answers, (key) => key)
      .entries()
      .map(([key, same]) => [key, same.length]),
  );

describe("in races between two processes", () => {
  it("60 final votes for a quorum of 30 make one transition and count 30", async () => {
    const people = Array.from({ length: 60 }, (_, index) => `voter-${index}`);
    const { id } = await create({ notifyUsers: people, requireMinApprovers: 30 });
    const answers = await Promise.all(
      people.map((person, index) =>
        answer((index % 2 === 0 ? one : other).manager.approve(id, { comment: person }, callerOf(person))),
      ),
    );
    expect(tally(answers)).toEqual({ done: 30, ALREADY_DECIDED: 30 });

    const request = (await manager.getRequest(id)) as ApprovalRequest;
    const voted = people.filter((_, index) => answers[index] === "done");
    expect(request).toMatchObject({ status: "APPROVED", version: 31, decisionSource: "APPROVER", decision: "APPROVE" });
    expect([...request.approvers].sort()).toEqual([...voted].sort());
    expect(request.decidedBy).toBe(request.approvers.at(-1));
    expect(request.comment).toBe(request.decidedBy);
    const decisions = await decisionsOf(database.pool, [id]);
    expect(decisions.map((row) => row.approver).sort()).toEqual([...voted].sort());
    expect(decisions.every((row) => row.comment === row.approver && row.decision === "APPROVE")).toBe(true);
    const log = await auditOf(id);
    expect(log.map((row) => row.userId)).toEqual(["ann", ...request.approvers]);
    expect(log.filter((row) => row.oldStatus !== row.newStatus).map((row) => row.newStatus)).toEqual([
      "PENDING",
      "APPROVED",
    ]);
  });

  it("one rejection among many approvals is final, whenever it arrives", async () => {
    const people = Array.from({ length: 20 }, (_, index) => `voter-${index}`);
    const { id } = await create({ notifyUsers: people, requireAllApprovers: true });
    await Promise.all(
      people.map((person, index) => {
        const voter = index % 2 === 0 ? one.manager : other.manager;
        return answer(index === 10 ? voter.reject(id, {}, callerOf(person)) : voter.approve(id, {}, callerOf(person)));
      }),
    );
    const request = (await manager.getRequest(id)) as ApprovalRequest;
    expect(request).toMatchObject({ status: "REJECTED", decidedBy: "voter-10", version: request.approvers.length + 2 });
    expect(await decisionsOf(database.pool, [id])).toHaveLength(request.approvers.length + 1);
  });

  it("the same decision of the same person counts once if it is sent ten times at once", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : other).manager.approve(id, {}, callerOf("bob")),
      ),
    );
    expect(results.every((request) => request.version === 2 && request.approvers.length === 1)).toBe(true);
    expect(await decisionsOf(database.pool, [id])).toHaveLength(1);
    expect(await auditOf(id)).toHaveLength(2);
  });

  it("20 identical creations make one row", async () => {
    const input = inputOf({ context: { b: 1, a: [null] } });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const sent = index % 3 === 0 ? { ...input, context: { a: [null], b: 1 }, description: null } : { ...input };
        return (index % 2 === 0 ? one : other).manager.createRequest(sent, ann);
      }),
    );
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.request.id)).size).toBe(1);
    expect(await auditOf(results[0]?.request.id as string)).toHaveLength(1);
    const { rows } = await database.pool.query("select from approval_requests where execution_id = $1", [
      input.executionId,
    ]);
    expect(rows).toHaveLength(1);
  });

  it("one of several creations with different content wins, and the others are conflicts", async () => {
    const input = inputOf();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        answer((index % 2 === 0 ? one : other).manager.createRequest({ ...input, title: `Deploy ${index}?` }, ann)),
      ),
    );
    expect(tally(answers)).toEqual({ done: 1, CONFLICT: 19 });
  });
});

describe("creating a request again", () => {
  it("returns the existing request, whatever has happened to it since", async () => {
    const input = inputOf({ metadata: { cost: 7 } });
    const { request } = await manager.createRequest(input, ann);
    await manager.reject(request.id, { comment: "no" }, callerOf("bob"));
    const again = await other.manager.createRequest({ ...input }, ann);
    expect(again).toMatchObject({ created: false, request: { id: request.id, status: "REJECTED", version: 2 } });
    expect(await auditOf(request.id)).toHaveLength(2);
  });

  it("with other content is a conflict that changes nothing and shows nothing", async () => {
    const input = inputOf();
    const { request } = await manager.createRequest(input, ann);
    expect(await answer(manager.createRequest({ ...input, description: "" }, ann))).toBe("CONFLICT");
    expect(await manager.getRequest(request.id)).toEqual(request);
  });

  it("distinguishes keys that are only equal when joined", async () => {
    const keys = [
      ["a", "b/c", "d"],
      ["a/b", "c", "d"],
      ['a","b', "c", "d"],
    ] as const;
    const run = randomUUID();
    const results = await Promise.all(
      keys.map(([workflowId, jobId, executionId]) =>
        manager.createRequest(inputOf({ workflowId, jobId, executionId: executionId + run }), ann),
      ),
    );
    expect(results.every((result) => result.created)).toBe(true);
  });
});

describe("the result of a command", () => {
  const cheap: ApprovalCondition = { field: "metadata.cost", operator: "LT", value: 100 };
  const named = { requestedBy: "ann", notifyUsers: ["bob", "cleo"], requireMinApprovers: 2, escalateToUsers: ["eve"] };

  it("is the row that is read afterwards, field by field", async () => {
    const created = await create(
      { ...named, timeoutMs: 30 * 86_400_000, context: { n: -0, big: 1e300, tiny: 5e-324 } },
      byOrchestrator,
    );
    const { id } = created;
    const read = async () => (await manager.getRequest(id)) as ApprovalRequest;
    const zero = (request: ApprovalRequest) => ({ ...request, context: { ...request.context, n: 0 } });
    expect(await read()).toEqual(zero(created));
    expect(contextDigestOf(await read())).toBe(contextDigestOf(created));
    for (const command of [
      () => manager.extend(id, byOrchestrator, new Date(created.expiresAt.getTime() + 1)),
      () => manager.approve(id, { comment: "fine" }, callerOf("bob")),
      () => manager.escalate(id, ann, "hurry"),
      () => manager.updateConditions(id, callerOf(admin), [cheap]),
      () => manager.cancel(id, ann, "never mind"),
    ]) {
      expect(await command()).toEqual(await read());
    }
    const comment = await manager.comment(id, ann, "why?");
    expect((await database.pool.query("select * from approval_comments where id = $1", [comment.id])).rows).toEqual([
      { id: comment.id, approval_request_id: id, author: "ann", body: "why?", created_at: comment.createdAt },
    ]);
  });

  it("has an audit row with the actor, the origin, and the previous and the new status", async () => {
    const { id } = await create(
      {
        ...named,
        approvalType: "CONDITIONAL",
        autoApproveConditions: [{ ...cheap, value: -1 }],
        metadata: { cost: 5 },
      },
      byOrchestrator,
    );
    const expiresAt = new Date(Date.now() + 7_200_000);
    await manager.comment(id, callerOf("bob"), "why?");
    await manager.extend(id, byOrchestrator, expiresAt);
    await manager.approve(id, { comment: "fine", reason: "tested" }, callerOf("bob"));
    await manager.escalate(id, ann, "hurry");
    await manager.updateConditions(id, callerOf(admin), [cheap]);
    const log = await auditOf(id);
    expect(log.map((row) => [row.action, row.userId, row.oldStatus, row.newStatus, row.comment])).toEqual([
      ["CREATED", "orchestrator", null, "PENDING", null],
      ["COMMENTED", "bob", "PENDING", "PENDING", "why?"],
      ["EXTENDED", "orchestrator", "PENDING", "PENDING", null],
      ["APPROVED", "bob", "PENDING", "PENDING", "fine"],
      ["ESCALATED", "ann", "PENDING", "ESCALATED", "hurry"],
      ["CONDITIONS_UPDATED", "admin", "ESCALATED", "ESCALATED", null],
      ["APPROVED", null, "ESCALATED", "APPROVED", null],
    ]);
    const acted = log.filter((row) => row.userId !== null);
    expect(acted.every((row) => row.ipAddress === "192.0.2.7" && row.userAgent === "tests/1.0")).toBe(true);
    expect(acted.every((row) => row.userEmail === `${row.userId}@example.org`)).toBe(true);
    expect(log.at(-1)).toMatchObject({
      ipAddress: null,
      userAgent: null,
      userEmail: null,
      metadata: { source: "AUTO" },
    });
    expect(log[2]?.metadata).toMatchObject({ expiresAt: expiresAt.toISOString() });
    expect(log[3]?.metadata).toMatchObject({ reason: "tested", decision: "APPROVE", createdBy: expect.any(String) });

    const cancelled = await create();
    await manager.cancel(cancelled.id, ann, "never mind");
    expect((await auditOf(cancelled.id)).at(-1)).toMatchObject({
      action: "CANCELLED",
      userId: "ann",
      oldStatus: "PENDING",
      newStatus: "CANCELLED",
      comment: "never mind",
    });
    const rejected = await create();
    await manager.reject(rejected.id, { reason: "no" }, callerOf("bob"));
    expect((await auditOf(rejected.id)).at(-1)).toMatchObject({
      action: "REJECTED",
      userId: "bob",
      oldStatus: "PENDING",
      newStatus: "REJECTED",
      comment: "no",
    });
  });

  it("omits the audit detail if it is switched off, and nothing else", async () => {
    const plain = await startCore(database.url, { enableAuditLog: false });
    const { request } = await plain.manager.createRequest(inputOf(), ann);
    await plain.manager.reject(request.id, { comment: "no", reason: "risky" }, callerOf("bob"));
    await plain.close();
    const log = await auditOf(request.id);
    expect(log.map((row) => [row.action, row.userId, row.oldStatus, row.newStatus, row.comment])).toEqual([
      ["CREATED", "ann", null, "PENDING", null],
      ["REJECTED", "bob", "PENDING", "REJECTED", "no"],
    ]);
    expect(log.every((row) => row.ipAddress === null && row.userAgent === null)).toBe(true);
    // The facts that verify-audit compares with the rows are not detail.
    const contextDigest = contextDigestOf(request);
    expect(log.map((row) => row.metadata)).toEqual([
      {
        allowSelfApproval: false,
        contextDigest,
        createdBy: "ann",
        requestedBy: "ann",
        inputDigest: request.inputDigest,
        jobDigest: expect.any(String),
        policy: expect.any(Object),
      },
      {
        contextDigest,
        createdBy: "ann",
        decision: "REJECT",
        inputDigest: request.inputDigest,
        policyDigest: expect.any(String),
      },
    ]);
  });

  it("may be an error, with nothing written", async () => {
    const open = await create(
      { ...named, approvalType: "CONDITIONAL", autoApproveConditions: [{ ...cheap, value: -1 }] },
      byOrchestrator,
    );
    const final = await create();
    await manager.reject(final.id, {}, callerOf("bob"));
    const expired = await create({ timeoutMs: 1 });
    const unknown = "00000000-0000-4000-8000-000000000000";
    const later = new Date(Date.now() + 9_000_000);
    const before = await countRows(database.pool);
    const versions = await versionsOf();
    const cases: [string, () => Promise<unknown>][] = [
      ["NOT_FOUND", () => manager.approve(unknown, {}, callerOf("bob"))],
      ["NOT_FOUND", () => manager.approve("17", {}, callerOf("bob"))],
      ["NOT_FOUND", () => manager.approve("", {}, callerOf("bob"))],
      ["NOT_FOUND", () => manager.approve(open.id.toUpperCase(), {}, callerOf("bob"))],
      ["NOT_FOUND", () => manager.approve(`${open.id}\0`, {}, callerOf("bob"))],
      ["NOT_FOUND", () => manager.reject(open.id, {}, callerOf("mallory"))],
      ["NOT_FOUND", () => manager.cancel(open.id, callerOf("eve"), null)],
      ["NOT_FOUND", () => manager.comment(unknown, callerOf(admin), "hi")],
      ["NOT_FOUND", () => manager.extend("x", callerOf(admin), later)],
      ["FORBIDDEN", () => manager.approve(open.id, {}, ann)],
      ["FORBIDDEN", () => manager.approve(open.id, {}, callerOf(admin))],
      ["FORBIDDEN", () => manager.extend(open.id, callerOf("bob"), later)],
      ["FORBIDDEN", () => manager.updateConditions(open.id, byOrchestrator, [cheap])],
      ["EXPIRED", () => manager.approve(expired.id, {}, callerOf("bob"))],
      ["EXPIRED", () => manager.cancel(expired.id, ann, null)],
      ["ALREADY_DECIDED", () => manager.approve(final.id, {}, callerOf("bob"))],
      ["STALE_CONTEXT", () => manager.approve(open.id, { contextDigest: "abc" }, callerOf("bob"))],
      ["VALIDATION comment", () => manager.approve(open.id, { comment: "a\0b" }, callerOf("bob"))],
      ["VALIDATION reason", () => manager.reject(open.id, { reason: "\ud800" }, callerOf("bob"))],
      ["VALIDATION body", () => manager.comment(open.id, callerOf("bob"), " ")],
      ["VALIDATION body", () => manager.comment(open.id, callerOf("bob"), "a\0b")],
      ["VALIDATION reason", () => manager.cancel(open.id, ann, "a\0b")],
      ["VALIDATION reason", () => manager.escalate(open.id, ann, "a\0b")],
      ["VALIDATION expiresAt", () => manager.extend(open.id, byOrchestrator, new Date(0))],
      ["VALIDATION conditions", () => manager.updateConditions(open.id, callerOf(admin), [])],
      [
        "VALIDATION conditions.0.field",
        () => manager.updateConditions(open.id, callerOf(admin), [{ ...cheap, field: "context.__proto__.x" }]),
      ],
      [
        "VALIDATION conditions.0.field",
        () => manager.updateConditions(open.id, callerOf(admin), [{ ...cheap, field: undefined as unknown as string }]),
      ],
    ];
    for (const [expected, run] of cases) expect(await answerWithPaths(run())).toBe(expected);
    expect(await countRows(database.pool)).toEqual(before);
    expect(await versionsOf()).toEqual(versions);
  });

  const versionsOf = async () =>
    (await database.pool.query("select id, version, updated_at from approval_requests order by id")).rows;

  const bad: [string, Caller, Partial<Record<keyof ApprovalRequestInput, unknown>>][] = [
    ["VALIDATION title", ann, { title: "" }],
    ["VALIDATION title", ann, { title: "a\0b" }],
    ["VALIDATION timeoutMs", ann, { timeoutMs: -2_592_000_000 }],
    ["VALIDATION context", ann, { context: { blob: "x".repeat(2_000_000) } }],
    ["VALIDATION context", ann, { context: "{" }],
    ["VALIDATION context.n", ann, { context: { n: new LossyNumber("12345678901234567890") } }],
    ["VALIDATION metadata.k", ann, { metadata: { k: "\ud800" } }],
    [
      "VALIDATION autoApproveConditions.0.field",
      byOrchestrator,
      { autoApproveConditions: [{ ...cheap, field: "results.__proto__" }] },
    ],
    ["VALIDATION allowSelfApproval", ann, { allowSelfApproval: "true" }],
    ["VALIDATION notifyUsers", ann, { notifyUsers: ["ann"] }],
    ["VALIDATION notifyUsers", byOrchestrator, { requestedBy: "ann", notifyUsers: ["orchestrator", "ann"] }],
    ["VALIDATION requireMinApprovers", ann, { requireMinApprovers: 2 }],
    ["FORBIDDEN", ann, { requestedBy: "bob" }],
    ["FORBIDDEN", ann, { allowSelfApproval: true }],
    ["FORBIDDEN", ann, { approvalType: "AUTO" }],
    ["FORBIDDEN", ann, { approvalType: "CONDITIONAL", autoApproveConditions: [cheap] }],
    ["FORBIDDEN", ann, { timeoutAction: "APPROVE" }],
    ["FORBIDDEN", callerOf(reader), { timeoutAction: "APPROVE" }],
  ];
  it("for invalid input names the field, with nothing written", async () => {
    const before = await countRows(database.pool);
    for (const [expected, caller, input] of bad) {
      const sent = inputOf(input as Partial<ApprovalRequestInput>);
      expect(await answerWithPaths(manager.createRequest(sent, caller))).toBe(expected);
    }
    expect(await countRows(database.pool)).toEqual(before);
  });

  const answerWithPaths = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "done",
      (error) => {
        if (!(error instanceof CommandError)) throw error;
        const issues = (error as ValidationError).issues ?? [];
        return [error.code, ...new Set(issues.map((issue) => issue.path))].join(" ");
      },
    );
});

describe("the conditions of an open request", () => {
  it("can be replaced in a job's spelling, and approve at once", async () => {
    const { id } = await create(
      {
        approvalType: "CONDITIONAL",
        metadata: { cost: 40 },
        results: { build: { tags: ["rc"] } },
        requestedBy: "ann",
        autoApproveConditions: [{ field: "metadata.cost", operator: "<" as "LT", value: 10 }],
      },
      byOrchestrator,
    );
    const conditions = [
      { field: "metadata.cost", operator: "<=" as "LTE", value: 40, note: "dropped" },
      { field: "results.build.tags", operator: "contains" as "CONTAINS", value: "rc" },
    ];
    const request = await manager.updateConditions(id, callerOf(admin), conditions);
    expect(request).toMatchObject({ status: "APPROVED", decisionSource: "AUTO", version: 2 });
    expect(request.autoApproveConditions).toEqual([
      { field: "metadata.cost", operator: "LTE", value: 40 },
      { field: "results.build.tags", operator: "CONTAINS", value: "rc" },
    ]);
  });
});

describe("in a call without a caller", () => {
  it("the roles of the named user come from the directory", async () => {
    await database.pool.query("insert into people (id, roles) values ('dan', '{ops}') on conflict do nothing");
    const { id } = await create({ notifyUsers: [], notifyRoles: ["ops"] });
    expect(await manager.canApprove("dan", id)).toBe(true);
    expect(await manager.canApprove("mallory", id)).toBe(false);
    expect((await manager.getPendingApprovals({ userId: "dan" })).map((request) => request.id)).toContain(id);
    expect(await manager.getUserSummary("dan")).toMatchObject({ pendingCount: 1, expiringCount: 1, urgentCount: 0 });
    expect(await manager.approve(id, { userId: "dan", comment: "ok" })).toMatchObject({
      status: "APPROVED",
      decidedBy: "dan",
    });
    expect(await manager.canApprove("dan", id)).toBe(false);
    expect(await manager.getUserSummary("dan")).toMatchObject({ pendingCount: 0, approvedCount: 1, rejectedCount: 0 });
    // A voter still sees the request.
    expect(await answer(manager.reject(id, {}, callerOf(viewerOf("dan", { roles: [] }))))).toBe("FORBIDDEN");
    expect(await answer(manager.approve(id, {}, callerOf(viewerOf("eve", { roles: [] }))))).toBe("NOT_FOUND");
  });

  it("a program creates and cancels requests on behalf of the requester", async () => {
    const { request } = await manager.createRequest(inputOf({ requestedBy: "zoe", timeoutAction: "APPROVE" }));
    expect(request).toMatchObject({ requestedBy: "zoe", createdBy: "zoe" });
    expect(await manager.cancel(request.id, "zoe", "no")).toMatchObject({ status: "CANCELLED", decidedBy: "zoe" });
  });
});

describe("a repeated creation", () => {
  it("returns its request even if the defaults have changed so that it would be rejected today", async () => {
    const input = inputOf();
    const { request } = await manager.createRequest(input, ann);
    const changed = await startCore(database.url, { defaults: { timeoutAction: "ESCALATE" } });
    try {
      expect(await changed.manager.createRequest(input, ann)).toEqual({ request, created: false });
      expect(await answer(changed.manager.createRequest({ ...input, title: "Another" }, ann))).toBe("VALIDATION");
      expect(await answer(changed.manager.createRequest(inputOf(), ann))).toBe("VALIDATION");
      expect(await answer(changed.manager.createRequest(input, callerOf("stranger")))).toBe("VALIDATION");
    } finally {
      await changed.close();
    }
  });
});
