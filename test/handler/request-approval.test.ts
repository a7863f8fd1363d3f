/** Approval in one call: the request, its waits and its refusals, over a socket and in process. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ApprovalHandler,
  ApprovalWaitTimeoutError,
  RefusedError,
  type RequestApprovalInput,
  RequestDeletedError,
  requestApproval,
} from "../../src/handler/entry.ts";
import { decide } from "../support/handler/decide.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

let server: TestServer;
const ending: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const gateways: Record<string, () => Promise<ApprovalHandler>> = {
  "over a socket": async () => {
    const token = await tokenFor("program", { scope: "approvals:request" });
    return new ApprovalHandler({ url: `${server.url}/graphql`, token });
  },
  "in process": async () => {
    const { manager, hub, loaders, publicUrl } = server.app.services;
    return new ApprovalHandler({ manager, hub, loaders, publicUrl, userId: "program" });
  },
};

describe.each(Object.keys(gateways))("requestApproval %s", (name) => {
  async function handlerOf(): Promise<ApprovalHandler> {
    const handler = await (gateways[name] as () => Promise<ApprovalHandler>)();
    ending.push(() => handler.close());
    return handler;
  }
  const refusalOf = async (input: object) => {
    const handler = await handlerOf();
    const asked = handler.requestApproval({ title: "Deploy?", ...input } as RequestApprovalInput);
    const error = await asked.then(() => null).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    return error as RefusedError;
  };

  it("creates a request with only a title and approvers, and waits for the decision", async () => {
    const handler = await handlerOf();
    const request = await handler.requestApproval({ title: "Deploy?", approvers: ["bob", "cleo"], context: { a: 1 } });
    expect(request).toMatchObject({ id: expect.any(String), created: true });
    expect(request.url).toBe(`${server.url}/requests/${request.id}`);
    const outcome = request.wait();
    await decide(server, "bob", request.id, "approve", "fine");
    expect(await outcome).toMatchObject({
      approved: true,
      requestId: request.id,
      status: "APPROVED",
      decidedBy: "bob",
      decisionSource: "APPROVER",
      comment: "fine",
      approvers: ["bob"],
      message: "Approved by bob: fine.",
    });
    const { rows } = await server.database.pool.query("select * from approval_requests where id = $1", [request.id]);
    expect(rows[0]).toMatchObject({
      workflow_id: "program",
      job_id: "approval",
      allowed_approvers: ["bob", "cleo"],
      context: { a: 1 },
      requested_by: "program",
    });
  });

  it("waits in the same call, and a rejection is an outcome with its reason", async () => {
    const handler = await handlerOf();
    const asking = handler.requestApproval({ title: "Deploy?", notifyUsers: ["bob"] });
    const outcome = asking.wait();
    await decide(server, "bob", (await asking).id, "reject", "not on a Friday");
    expect(await outcome).toMatchObject({
      approved: false,
      status: "REJECTED",
      message: "Rejected by bob: not on a Friday.",
    });
  });

  it("can be awaited more than once, at the same time and after the decision", async () => {
    const request = await (await handlerOf()).requestApproval({ title: "Deploy?", approvers: ["bob"] });
    const both = Promise.all([request.wait(), request.wait()]);
    await decide(server, "bob", request.id, "approve");
    const [first, second] = await both;
    expect(first).toMatchObject({ approved: true, decidedBy: "bob" });
    expect(second).toEqual(first);
    expect(await request.wait()).toEqual(first);
  });

  it("finds its request again with the same ids and content, and refuses other content", async () => {
    const handler = await handlerOf();
    const input = { title: "Deploy?", approvers: ["bob"], workflowId: "w", jobId: "j", executionId: randomUUID() };
    const first = await handler.requestApproval(input);
    const second = await (await handlerOf()).requestApproval(input);
    expect([first.created, second.created, second.id]).toEqual([true, false, first.id]);
    await decide(server, "bob", first.id, "approve");
    expect(await second.wait()).toMatchObject({ approved: true, decidedBy: "bob" });
    const refusal = handler.requestApproval({ ...input, title: "Deploy twice?" });
    await expect(refusal).rejects.toMatchObject({ name: "RefusedError", code: "CONFLICT" });
    const other = await handler.requestApproval({ title: "Deploy?", approvers: ["bob"] });
    const another = await handler.requestApproval({ title: "Deploy?", approvers: ["bob"] });
    expect(other.id).not.toBe(another.id);
  });

  it("ends a wait after its time-out or by its signal, and the request stays open", async () => {
    const request = await (await handlerOf()).requestApproval({ title: "Deploy?", approvers: ["bob"] });
    const error = await request.wait({ timeoutMs: 20 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApprovalWaitTimeoutError);
    expect(error).toMatchObject({ code: "WAIT_TIMEOUT", requestId: request.id, timeoutMs: 20 });
    const stop = new AbortController();
    const waiting = request.wait({ signal: stop.signal });
    stop.abort(new Error("no longer needed"));
    await expect(waiting).rejects.toThrow("no longer needed");
    await expect(request.wait({ signal: stop.signal })).rejects.toThrow("no longer needed");
    await expect(request.wait({ timeoutMs: 0 })).rejects.toThrow(
      "timeoutMs must be a number of milliseconds from 1 to",
    );
    await decide(server, "bob", request.id, "approve");
    expect(await request.wait({ timeoutMs: 60_000 })).toMatchObject({ approved: true });
  });

  it("cancels with a reason, which every wait gets, and a decided request is refused", async () => {
    const handler = await handlerOf();
    const request = await handler.requestApproval({ title: "Deploy?", approvers: ["bob"] });
    const outcome = request.wait();
    expect(await request.cancel("superseded")).toMatchObject({ approved: false, status: "CANCELLED" });
    expect(await outcome).toMatchObject({ status: "CANCELLED", message: "Cancelled by program: superseded." });
    const decided = await handler.requestApproval({ title: "Deploy?", approvers: ["bob"] });
    await decide(server, "bob", decided.id, "approve");
    const late = await decided.cancel().catch((thrown: unknown) => thrown);
    expect(late).toBeInstanceOf(RefusedError);
    expect(late).toMatchObject({ code: "ALREADY_DECIDED" });
  });

  it("counts no approval by conditions if people must decide", async () => {
    const handler = await handlerOf();
    const automatic = {
      title: "Deploy?",
      approvers: ["bob"],
      approvalType: "conditional",
      autoApproveConditions: [{ field: "metadata.size", operator: "<", value: 5 }],
      metadata: { size: 1 },
    } as const;
    expect(await handler.requestApproval(automatic).wait()).toMatchObject({ approved: true, decisionSource: "AUTO" });
    expect(await handler.requestApproval({ ...automatic, decisionSource: "approver" }).wait()).toMatchObject({
      approved: false,
      status: "APPROVED",
      message: expect.stringMatching(/^The approval does not count/),
    });
  });

  it("refuses unknown fields with a suggestion, and every other fault by the name that the caller used", async () => {
    expect((await refusalOf({ approvers: ["bob"], timoutMs: 1, aprovers: [] })).issues).toEqual([
      { path: "timoutMs", message: "is not a known field; did you mean timeoutMs?" },
      { path: "aprovers", message: "is not a known field; did you mean approvers?" },
    ]);
    const { code, message, issues } = await refusalOf({ approvers: ["bob", ""], requireMinApprovers: 0 });
    expect(code).toBe("VALIDATION");
    expect(issues?.map(({ path }) => path)).toEqual(["approvers.1", "requireMinApprovers"]);
    expect(message).toContain("approvers.1: must not be empty");
    expect((await refusalOf({ approvers: ["bob"], allowedApprovers: ["cleo"] })).message).toBe(
      "approvers: has the same meaning as allowedApprovers; use one of them",
    );
    expect((await refusalOf({ approvers: ["program"] })).issues?.map(({ path }) => path)).toEqual(["approvers"]);
    expect((await refusalOf({ approvers: ["bob"], executionId: "" })).issues).toMatchObject([{ path: "executionId" }]);
    const handler = await handlerOf();
    for (const input of [null, "Deploy?", []]) {
      const asked = handler.requestApproval(input as unknown as RequestApprovalInput);
      await expect(asked).rejects.toMatchObject({ code: "VALIDATION", message: expect.stringContaining("{ title,") });
    }
  });

  it("never lets other people decide because the list of approvers is empty, or comes from a getter", async () => {
    const open = { notifyRoles: ["everyone"], notifyUsers: ["mallory"] };
    expect((await refusalOf({ ...open, approvers: [] })).issues).toEqual([
      { path: "approvers", message: "must name at least one user; without this field, the notified people may decide" },
    ]);
    class Gate {
      title = "Deploy?";
      notifyUsers = ["mallory"];
      get allowedApprovers() {
        return ["bob"];
      }
    }
    const ignored = {
      path: "allowedApprovers",
      message: "is inherited and would be ignored; set it as a field of the object itself",
    };
    const handler = await handlerOf();
    await expect(handler.requestApproval(new Gate())).rejects.toMatchObject({ issues: [ignored] });
    expect(handler.validate(new Gate())).toEqual([ignored]);
  });

  it("rejects a wait for a request that was deleted", async () => {
    const request = await (await handlerOf()).requestApproval({ title: "Deploy?", approvers: ["bob"] });
    await server.database.pool.query("delete from approval_requests where id = $1", [request.id]);
    await expect(request.wait()).rejects.toThrow(RequestDeletedError);
  });
});

it("requestApproval loses no decision that is made while the connection is down", async () => {
  const proxy = await createTcpProxy(`${server.url}/graphql`);
  ending.push(() => proxy.close());
  const lost = vi.fn();
  const handler = new ApprovalHandler({
    url: proxy.url,
    token: await tokenFor("program"),
    logger: null,
    onLost: lost,
    backoff: { firstMs: 5, mostMs: 40 },
  });
  ending.push(() => handler.close());
  const request = await requestApproval({ title: "Deploy?", approvers: ["bob"] }, { handler });
  const outcome = request.wait();
  proxy.refuse();
  await vi.waitFor(() => expect(lost).toHaveBeenCalled(), { timeout: 60_000, interval: 5 });
  await decide(server, "bob", request.id, "approve");
  proxy.accept();
  expect(await outcome).toMatchObject({ approved: true, decidedBy: "bob" });
});

it("requestApproval without a handler needs a server or a database, and says so", async () => {
  vi.stubEnv("COUNTERSIGN_URL", "");
  vi.stubEnv("DATABASE_URL", "");
  try {
    const asked = requestApproval({ title: "Deploy?", approvers: ["bob"] });
    await expect(asked).rejects.toThrow("An approval manager needs databaseUrl, or DATABASE_URL.");
  } finally {
    vi.unstubAllEnvs();
  }
});

it("execute needs neither type nor dependencies nor results outside an orchestrator", async () => {
  const handler = await (gateways["over a socket"] as () => Promise<ApprovalHandler>)();
  ending.push(() => handler.close());
  const asked = vi.fn();
  const listening = new ApprovalHandler({
    url: `${server.url}/graphql`,
    token: await tokenFor("program", { scope: "approvals:request" }),
    onAsked: asked,
  });
  ending.push(() => listening.close());
  const ids = { workflowId: "release", jobId: "approval", executionId: randomUUID() };
  const result = await listening.execute({
    ...ids,
    config: { title: "Deploy?", approvalType: "auto", notifyUsers: ["bob"] },
  });
  expect(result).toMatchObject({ success: true, output: { status: "APPROVED" } });
  expect(asked.mock.calls[0]?.[1]).toMatchObject({ ...ids, type: "approval", dependencies: [], results: {} });
});
