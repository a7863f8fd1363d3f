/** The fields that a token may set, by the effective timeout action: the given one, or the operator's default. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { operation } from "../support/graphql/contract.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { jobOf } from "../support/handler/jobs.ts";
import { gist, inputOf, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const DEFAULT_MS = 600_000;

let server: TestServer;
let ann: string;
let reader: string;
let orchestrator: string;
beforeAll(async () => {
  server = await startServer({
    APPROVAL_DEFAULT_TIMEOUT: String(DEFAULT_MS),
    APPROVAL_DEFAULT_TIMEOUT_ACTION: "approve",
  });
  ann = await tokenFor("ann");
  reader = await tokenFor("reader", { scope: "approvals:read" });
  orchestrator = await tokenFor("orchestrator", { scope: "approvals:request" });
});
afterAll(() => server.stop());

const create = async (token: string, more: object): Promise<Data> =>
  (await server.data(token, operation("Create"), { input: inputOf(more) })).createApprovalRequest;

describe("if the default timeout action is APPROVE", () => {
  it.each([
    ["1 ms", { timeoutMs: 1 }],
    ["1 ms less than the default", { timeoutMs: DEFAULT_MS - 1 }],
    ["1 ms, with the action null", { timeoutMs: 1, timeoutAction: null }],
    ["1 ms, with APPROVE", { timeoutMs: 1, timeoutAction: "APPROVE" }],
    ["APPROVE with a longer time", { timeoutMs: DEFAULT_MS * 2, timeoutAction: "APPROVE" }],
  ])("an ordinary user may not ask for %s", async (_what, more) => {
    for (const token of [ann, reader]) {
      expect(await create(token, more)).toMatchObject({ __typename: "ForbiddenError", code: "FORBIDDEN" });
      expect(gist(await restClient(server, token).post("/approvals", inputOf(more)))).toEqual([403, "FORBIDDEN"]);
    }
    expect(await create(orchestrator, more)).toMatchObject({ created: true });
  });

  it("the error names the field and the shortest allowed timeout", async () => {
    expect((await create(ann, { timeoutMs: 1 })).message).toMatch(/timeoutMs below 600000/);
  });

  it.each([
    ["the default", {}, "APPROVE"],
    ["the default, written out", { timeoutMs: DEFAULT_MS }, "APPROVE"],
    ["a longer time", { timeoutMs: DEFAULT_MS + 1 }, "APPROVE"],
    ["a shorter time that ends in a rejection", { timeoutMs: 60_000, timeoutAction: "REJECT" }, "REJECT"],
    [
      "a shorter time that ends in an escalation",
      { timeoutMs: 60_000, timeoutAction: "ESCALATE", escalateToUsers: ["eve"] },
      "ESCALATE",
    ],
  ])("an ordinary user may ask for %s", async (_what, more, timeoutAction) => {
    expect(await create(ann, more)).toMatchObject({ created: true, request: { status: "PENDING", timeoutAction } });
  });

  it("the job handler of an ordinary user is refused as well, also in a job's spelling", async () => {
    const handler = new ApprovalHandler({ url: `${server.url}/graphql`, token: ann });
    for (const config of [{ timeoutMs: 1 }, { timeoutMs: 1, timeoutAction: "approve" }]) {
      const result = await handler.execute(jobOf(config));
      expect(result).toMatchObject({ success: false, metadata: { code: "FORBIDDEN" } });
    }
    await handler.close();
  });

  it("an ordinary user may not change the expiry later, and the creator may only extend it", async () => {
    const input = inputOf({ timeoutMs: DEFAULT_MS });
    const { request } = (await server.data(ann, operation("Create"), { input })).createApprovalRequest;
    const extend = async (token: string, expiresAt: string) =>
      (await server.data(token, operation("Extend"), { input: { requestId: request.id, expiresAt } }))
        .extendApprovalRequest.code;
    const sooner = new Date(Date.parse(request.expiresAt) - 1_000).toISOString();
    expect(await extend(ann, sooner)).toBe("FORBIDDEN");
    expect(await extend(await tokenFor("ann", { scope: "approvals:request" }), sooner)).toBe("VALIDATION");
  });
});

describe("the CREATED row of the audit log", () => {
  it("states the creator, self-approval and the policy, to everyone who sees the request", async () => {
    const { request } = await create(orchestrator, {
      requestedBy: "ceo",
      allowSelfApproval: true,
      allowedApprovers: ["bob", "ceo"],
      requireMinApprovers: 2,
      notifyRoles: ["ops"],
      timeoutMs: 60_000,
      timeoutAction: "APPROVE",
    });
    const { approvalAuditLog } = await server.data(await tokenFor("bob"), operation("AuditLog"), {
      filter: { requestId: request.id, actions: ["CREATED"] },
    });
    expect(approvalAuditLog.edges[0].node.metadata).toMatchObject({
      createdBy: "orchestrator",
      requestedBy: "ceo",
      allowSelfApproval: true,
      contextDigest: request.contextDigest,
      policy: {
        approvalType: "MANUAL",
        allowSelfApproval: true,
        allowedApprovers: ["bob", "ceo"],
        notifyUsers: ["bob"],
        notifyRoles: ["ops"],
        requireMinApprovers: 2,
        requireAllApprovers: false,
        approvalsRequired: 2,
        escalateToUsers: [],
        autoApproveConditions: [],
        timeoutMs: 60_000,
        timeoutAction: "APPROVE",
      },
    });
  });
});
