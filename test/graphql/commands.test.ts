/** Tests the mutations on a request: decisions, cancelling, comments, escalation, extension and conditions. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, inputOf, orchestrator } from "../support/approvals/requests.ts";
import { type Api, type Data, startApi } from "../support/graphql/graphql.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

type Who = Parameters<Api["as"]>[0];
const create = async (more: object = {}, by: Who = "ann"): Promise<Data> =>
  (await api.as(by).data("Create", { input: inputOf(more) })).createApprovalRequest.request;

const FIELD: Record<string, string> = {
  Approve: "approveRequest",
  Reject: "rejectRequest",
  Cancel: "cancelApprovalRequest",
  Comment: "addApprovalComment",
  Escalate: "escalateApprovalRequest",
  Extend: "extendApprovalRequest",
  UpdateConditions: "updateAutoApproveConditions",
};
const run = async (operation: string, who: Who, input: object): Promise<Data> =>
  (await api.as(who).data(operation, { input }))[FIELD[operation] as string];
const errorOf = async (...args: Parameters<typeof run>) => {
  const { __typename, code, message } = await run(...args);
  expect(message).toEqual(expect.stringMatching(/\w/));
  return [__typename, code];
};

const MORE: Record<string, object> = {
  Comment: { body: "hm" },
  Extend: { expiresAt: "2050-01-01T00:00:00Z" },
  UpdateConditions: { conditions: [{ field: "context.x", operator: "EQ", value: 1 }] },
};

describe("a decision", () => {
  it("is counted and stored with the approver's own comment", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const first = await run("Approve", "bob", { requestId: id, comment: "fine", reason: "tested" });
    expect(first.__typename).toBe("ApproveRequestPayload");
    expect(first.request).toMatchObject({ status: "PENDING", approvers: ["bob"], approvalsReceived: 1, version: 2 });
    const { request } = await run("Approve", "cleo", { requestId: id, comment: "yes" });
    expect(request).toMatchObject({ status: "APPROVED", decision: "APPROVE", decisionSource: "APPROVER" });
    expect(request).toMatchObject({ decidedBy: "cleo", comment: "yes", timeRemainingMs: null, isOpen: false });
    expect(request.decisions).toEqual([
      { approver: "bob", decision: "APPROVE", comment: "fine", reason: "tested", decidedAt: expect.any(String) },
      { approver: "cleo", decision: "APPROVE", comment: "yes", reason: null, decidedAt: request.decidedAt },
    ]);
  });

  it("returns only the decisions that had been made by then", async () => {
    const approvers = Array.from({ length: 12 }, (_, n) => `voter-${n}`);
    const { id } = await create({ notifyUsers: approvers, requireMinApprovers: 12 });
    const answers = await Promise.all(approvers.map((who) => run("Approve", who, { requestId: id })));
    for (const { request } of answers) {
      expect(request.decisions.map((decision: Data) => decision.approver).sort()).toEqual(
        [...request.approvers].sort(),
      );
      expect(request.approvalsReceived).toBe(request.version - 1);
    }
    expect(answers.filter(({ request }) => request.status === "APPROVED")).toHaveLength(1);
  });

  it("rejects the request with a single vote", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await run("Approve", "bob", { requestId: id });
    const { __typename, request } = await run("Reject", "cleo", { requestId: id, reason: "no" });
    expect(__typename).toBe("RejectRequestPayload");
    expect(request).toMatchObject({ status: "REJECTED", decision: "REJECT", decidedBy: "cleo", comment: "no" });
    expect(request.decisions.map((decision: Data) => decision.decision)).toEqual(["APPROVE", "REJECT"]);
  });

  it("changes nothing when it is repeated", async () => {
    const { id } = await create();
    await run("Approve", "bob", { requestId: id });
    const { request } = await run("Approve", "bob", { requestId: id });
    expect([request.status, request.version, request.approvers]).toEqual(["APPROVED", 2, ["bob"]]);
  });

  it("is refused if the content is not what the approver read", async () => {
    const { id, contextDigest } = await create();
    const stale = { requestId: id, contextDigest: "0".repeat(64) };
    expect(await errorOf("Approve", "bob", stale)).toEqual(["StaleContextError", "STALE_CONTEXT"]);
    expect((await run("Approve", "bob", { requestId: id, contextDigest })).request.status).toBe("APPROVED");
  });

  it("is refused for the requester and for people whom the policy does not name", async () => {
    const { id } = await create({ allowedApprovers: ["bob"], notifyUsers: ["cleo", "ann"] });
    for (const who of ["ann", "cleo", admin]) {
      expect(await errorOf("Reject", who, { requestId: id })).toEqual(["ForbiddenError", "FORBIDDEN"]);
    }
  });

  it("is refused after the request's expiry, swept or not", async () => {
    const { id } = await create({ timeoutMs: 1 });
    await api.pool.query("select pg_sleep(0.01)");
    expect(await errorOf("Approve", "bob", { requestId: id })).toEqual(["ExpiredError", "EXPIRED"]);
    await api.services.manager.checkTimeouts();
    expect(await errorOf("Approve", "bob", { requestId: id })).toEqual(["ExpiredError", "EXPIRED"]);
  });

  it("on a final request returns the request as it is", async () => {
    const { id } = await create({ notifyUsers: ["bob", "cleo"] });
    await run("Approve", "bob", { requestId: id });
    const source = `mutation ($input: RejectRequestInput!) { rejectRequest(input: $input) {
      __typename ... on AlreadyDecidedError { code message request { id status decidedBy } } } }`;
    const { data } = await api.as("cleo").send(source, JSON.stringify({ input: { requestId: id } }));
    expect(data?.rejectRequest).toEqual({
      __typename: "AlreadyDecidedError",
      code: "ALREADY_DECIDED",
      message: expect.any(String),
      request: { id, status: "APPROVED", decidedBy: "bob" },
    });
  });

  it("with a NUL in its comment is refused as a fault of the comment", async () => {
    const { id } = await create();
    const input = { requestId: id, comment: "a\0" };
    expect(await errorOf("Approve", "bob", input)).toEqual(["ValidationError", "VALIDATION"]);
  });
});

describe("the command", () => {
  it.each(Object.keys(FIELD))("%s answers an unknown, malformed or invisible id with NOT_FOUND", async (operation) => {
    const { id } = await create();
    for (const [who, requestId] of [
      ["mallory", id],
      ["ann", randomUUID()],
      ["ann", "nonsense"],
      ["ann", "a\0"],
    ] as const) {
      const input = { requestId, ...MORE[operation] };
      expect(await errorOf(operation, who, input)).toEqual(["NotFoundError", "NOT_FOUND"]);
    }
  });

  it.each(["Cancel", "Escalate", "Extend", "UpdateConditions"])(
    "%s is forbidden to a viewer who may only see the request",
    async (operation) => {
      const { id } = await create({ escalateToUsers: ["eve"] });
      const input = { requestId: id, ...MORE[operation] };
      expect(await errorOf(operation, "bob", input)).toEqual(["ForbiddenError", "FORBIDDEN"]);
    },
  );

  it.each(["Cancel", "Escalate", "Extend", "UpdateConditions"])(
    "%s is refused on a final request",
    async (operation) => {
      const { id } = await create({ escalateToUsers: ["eve"] });
      await run("Approve", "bob", { requestId: id });
      const input = { requestId: id, ...MORE[operation] };
      expect(await errorOf(operation, admin, input)).toEqual(["AlreadyDecidedError", "ALREADY_DECIDED"]);
    },
  );
});

describe("cancelling", () => {
  it("ends the request with a reason, and changes nothing when it is repeated", async () => {
    const { id } = await create();
    for (let n = 0; n < 2; n += 1) {
      const { __typename, request } = await run("Cancel", "ann", { requestId: id, reason: "wrong build" });
      expect(__typename).toBe("CancelApprovalRequestPayload");
      expect(request).toMatchObject({
        status: "CANCELLED",
        decision: null,
        decisionSource: "CANCELLATION",
        version: 2,
      });
      expect(request).toMatchObject({ decidedBy: "ann", comment: "wrong build" });
    }
  });
});

describe("commenting", () => {
  it("adds to the conversation without a new version, also after the request is final", async () => {
    const { id } = await create();
    const { comment } = await run("Comment", "bob", { requestId: id, body: "why now?" });
    expect(comment).toEqual({ id: expect.any(String), author: "bob", body: "why now?", createdAt: expect.any(String) });
    await run("Cancel", "ann", { requestId: id });
    await run("Comment", "ann", { requestId: id, body: "never mind" });
    const source = `query ($id: ID!) { approvalRequest(id: $id) {
      version comments { author body } auditLog(first: 2) { edges { node { action comment } } pageInfo { hasNextPage } } } }`;
    const { data } = await api.as("ann").send(source, JSON.stringify({ id }));
    expect(data?.approvalRequest).toEqual({
      version: 2,
      comments: [
        { author: "bob", body: "why now?" },
        { author: "ann", body: "never mind" },
      ],
      auditLog: {
        edges: [
          { node: { action: "COMMENTED", comment: "never mind" } },
          { node: { action: "CANCELLED", comment: null } },
        ],
        pageInfo: { hasNextPage: true },
      },
    });
  });

  it("requires a text", async () => {
    const { id } = await create();
    expect(await errorOf("Comment", "bob", { requestId: id, body: " " })).toEqual(["ValidationError", "VALIDATION"]);
  });
});

describe("escalating", () => {
  it("lets the escalation users decide, once, with the expiry unchanged", async () => {
    const { id, expiresAt } = await create({ escalateToUsers: ["eve"] });
    const { request } = await run("Escalate", "ann", { requestId: id, reason: "bob is away" });
    expect(request).toMatchObject({ status: "ESCALATED", isOpen: true, escalationLevel: 1, expiresAt });
    expect(await errorOf("Escalate", "ann", { requestId: id })).toEqual(["ValidationError", "VALIDATION"]);
    expect((await run("Approve", "eve", { requestId: id })).request.status).toBe("APPROVED");
  });

  it("requires escalation users", async () => {
    const { id } = await create();
    expect(await errorOf("Escalate", "ann", { requestId: id })).toEqual(["ValidationError", "VALIDATION"]);
  });
});

describe("extending", () => {
  it("moves the expiry to a later instant, and refuses an earlier one", async () => {
    const { id } = await create({}, orchestrator);
    const expiresAt = new Date(Date.now() + 7_200_000).toISOString();
    const { request } = await run("Extend", orchestrator, { requestId: id, expiresAt });
    expect([request.expiresAt, request.version]).toEqual([expiresAt, 2]);
    expect(await errorOf("Extend", orchestrator, { requestId: id, expiresAt })).toEqual([
      "ValidationError",
      "VALIDATION",
    ]);
  });
});

describe("updating conditions", () => {
  const conditional = { approvalType: "CONDITIONAL", metadata: { cost: 50 } };
  const below = (value: number) => [{ field: "metadata.cost", operator: "LT", value }];

  it("evaluates them at once and may approve the request", async () => {
    const { id, status } = await create({ ...conditional, autoApproveConditions: below(10) }, orchestrator);
    expect(status).toBe("PENDING");
    const kept = await run("UpdateConditions", admin, { requestId: id, conditions: below(20) });
    expect([kept.request.status, kept.request.version]).toEqual(["PENDING", 2]);
    const { request } = await run("UpdateConditions", admin, { requestId: id, conditions: below(100) });
    expect(request).toMatchObject({ status: "APPROVED", decision: "APPROVE", decisionSource: "AUTO", decidedBy: null });
  });

  it("is refused without conditions, and for an admin who is the requester", async () => {
    const { id } = await create({ ...conditional, autoApproveConditions: below(10) }, orchestrator);
    const none = { requestId: id, conditions: [] };
    expect(await errorOf("UpdateConditions", admin, none)).toEqual(["ValidationError", "VALIDATION"]);
    const own = await create({}, admin);
    const input = { requestId: own.id, conditions: below(100) };
    expect(await errorOf("UpdateConditions", admin, input)).toEqual(["ForbiddenError", "FORBIDDEN"]);
  });
});
