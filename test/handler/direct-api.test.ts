import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ApprovalHandler,
  ApprovalManager,
  type ApprovalManagerConfig,
  type ApprovalRequestInput,
  type Caller,
  canUserApprove,
  closeApprovalManager,
} from "../../src/handler/entry.ts";
import { admin, callerOf, viewerOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";

let database: TestDatabase;
const open: ApprovalManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await closeApprovalManager();
  await Promise.all(open.splice(0).map((manager) => manager.close()));
});
// Dropping the database fails if a closed object left a connection.
afterAll(() => database.drop());

function managerOf(config: ApprovalManagerConfig = {}): ApprovalManager {
  const manager = new ApprovalManager({ databaseUrl: database.url, ...config });
  open.push(manager);
  return manager;
}

let executions = 0;
const ask = (manager: ApprovalManager, more: Partial<ApprovalRequestInput> = {}, caller?: Caller) =>
  manager.createRequest(
    {
      workflowId: "wf",
      jobId: "gate",
      executionId: `e-${++executions}`,
      title: "Deploy?",
      notifyUsers: ["bob"],
      ...more,
    },
    caller,
  );
const codeOf = (answer: Promise<unknown>) => answer.then(() => null).catch((error: { code?: string }) => error.code);

describe("a manager that a program creates", () => {
  it("returns the new request with a field created", async () => {
    const manager = managerOf();
    const input = { workflowId: "wf", jobId: "gate", executionId: "same", title: "Deploy?", notifyUsers: ["bob"] };
    const request = await manager.createRequest(input);
    expect(request).toMatchObject({
      title: "Deploy?",
      status: "PENDING",
      version: 1,
      createdBy: "system",
      created: true,
    });
    expect(await manager.createRequest(input)).toEqual({ ...request, created: false });
    expect({ ...(await manager.getRequest(request.id)), created: true }).toEqual(request);
    expect(await codeOf(manager.createRequest({ ...input, title: "Other?" }))).toBe("CONFLICT");
  });

  it("accepts lower-case names and code operators, and stores the API's spelling", async () => {
    const manager = managerOf();
    const input: Partial<ApprovalRequestInput> = {
      approvalType: "conditional",
      timeoutAction: "reject",
      notifyChannels: ["in_app", "email"],
      autoApproveConditions: [{ field: "metadata.cost", operator: "<", value: 100 }],
      metadata: { cost: 200 },
    };
    const request = await ask(manager, input);
    expect(request).toMatchObject({
      approvalType: "CONDITIONAL",
      timeoutAction: "REJECT",
      notifyChannels: ["IN_APP", "EMAIL"],
      autoApproveConditions: [{ field: "metadata.cost", operator: "LT", value: 100 }],
      status: "PENDING",
    });
    const { executionId } = request;
    const upper = { ...input, executionId, approvalType: "CONDITIONAL", timeoutAction: "REJECT" } as const;
    expect(await ask(manager, { ...upper, notifyChannels: ["IN_APP", "EMAIL"] })).toMatchObject({ created: false });
    expect(await ask(manager, { ...input, metadata: { cost: 99 } })).toMatchObject({ status: "APPROVED" });
    await expect(ask(manager, { timeoutAction: "ignore" as "reject" })).rejects.toMatchObject({
      issues: [{ path: "timeoutAction", message: expect.stringContaining("APPROVE, REJECT, ESCALATE") }],
    });
    const conditions = [{ field: "metadata.cost", operator: ">=", value: 200 }] as const;
    expect(await manager.updateConditions(request.id, callerOf(admin), conditions)).toMatchObject({
      status: "APPROVED",
    });
  });

  it.each<[string, Partial<ApprovalRequestInput>]>([
    ["approvalType", { approvalType: "auto" }],
    ["timeoutAction", { timeoutAction: "approve" }],
  ])("refuses an ordinary caller what weakens the gate in lower case too: %s", async (_field, more) => {
    expect(await codeOf(ask(managerOf(), more, callerOf("ann")))).toBe("FORBIDDEN");
  });

  it("reports every fault of an input at once", async () => {
    const input = { title: " ", notifyUsers: [], timeoutMs: -1, requireMinApprovers: 0 };
    const error = await ask(managerOf(), input).catch((reason: { issues: { path: string }[] }) => reason);
    const paths = (error as { issues: { path: string }[] }).issues.map(({ path }) => path);
    expect(paths.sort()).toEqual(["notifyUsers", "requireMinApprovers", "timeoutMs", "title"]);
  });

  it("refuses an input with a getter, which would be ignored", async () => {
    class Release {
      workflowId = "wf";
      jobId = "gate";
      executionId = "getter";
      title = "Deploy?";
      notifyUsers = ["mallory"];
      get allowedApprovers() {
        return ["bob"];
      }
    }
    const message = "is inherited and would be ignored; set it as a field of the object itself";
    const refusal = { code: "VALIDATION", issues: [{ path: "allowedApprovers", message }] };
    await expect(managerOf().createRequest(new Release())).rejects.toMatchObject(refusal);
  });

  it("lists pending requests by every filter, by several together, and by none", async () => {
    const manager = managerOf();
    const mark = "list-of-pending";
    const one = await ask(manager, { workflowId: mark, jobId: "a", notifyUsers: ["p-1"], timeoutMs: 900_000 });
    const two = await ask(manager, {
      workflowId: mark,
      jobId: "b",
      notifyUsers: ["p-2"],
      allowedApprovers: ["p-2"],
      requestedBy: "p-3",
      escalateToUsers: ["p-1"],
      title: "Ship the parcel",
    });
    await manager.escalate(two.id, "p-3", "late");
    const done = await ask(manager, { workflowId: mark, notifyUsers: ["p-1"] });
    await manager.reject(done.id, { userId: "p-1" });
    const over = await ask(manager, { workflowId: mark, notifyUsers: ["p-1"], timeoutMs: 1, timeoutAction: "reject" });
    await eventually(async () => (await manager.getRequest(over.id))?.status === "TIMEOUT" || undefined);

    const ids = async (filters?: Parameters<ApprovalManager["getPendingApprovals"]>[0]) =>
      (await manager.getPendingApprovals(filters)).map(({ id }) => id);
    const all = await ids();
    expect(all).toEqual(expect.arrayContaining([one.id, two.id]));
    expect(all).not.toContain(done.id);
    expect(all).not.toContain(over.id);
    expect(await ids({ workflowId: mark })).toEqual([one.id, two.id]);
    expect(await ids({ workflowId: mark, limit: 1 })).toEqual([one.id]);
    expect(await ids({ workflowId: mark, userId: null, jobId: "b" })).toEqual([two.id]);
    expect(await ids({ executionId: one.executionId })).toEqual([one.id]);
    expect(await ids({ workflowId: mark, statuses: ["escalated"] })).toEqual([two.id]);
    expect(await ids({ workflowId: mark, statuses: ["PENDING", "REJECTED"] })).toEqual([one.id]);
    expect(await ids({ requestedBy: "p-3" })).toEqual([two.id]);
    expect(await ids({ workflowId: mark, createdBy: "system" })).toEqual([one.id]);
    expect(await ids({ workflowId: mark, decidedBy: "p-1" })).toEqual([]);
    expect(await ids({ workflowId: mark, approver: { id: "p-2", roles: [] } })).toEqual([two.id]);
    expect(await ids({ search: "the PARCEL" })).toEqual([two.id]);
    expect(await ids({ workflowId: mark, search: "p" })).toEqual([one.id, two.id]);
    expect(await ids({ workflowId: mark, createdAfter: two.createdAt })).toEqual([two.id]);
    expect(await ids({ workflowId: mark, createdBefore: two.createdAt })).toEqual([one.id]);
    expect(await ids({ workflowId: mark, expiresBefore: two.expiresAt })).toEqual([one.id]);
    expect(await ids({ userId: "p-1" })).toEqual([one.id, two.id]);
    expect(await ids({ userId: "p-1", jobId: "b" })).toEqual([two.id]);
    expect(await ids({ userId: "p-3" })).toEqual([]);
    const viewer = { userId: "p-2", email: null, roles: [], scopes: [] };
    expect((await manager.getPendingApprovals({}, viewer)).map(({ id }) => id)).toEqual([two.id]);
  });

  it("applies the timeout action to a given expired request, and does not change an open one", async () => {
    const manager = managerOf();
    await manager.stopTimeoutChecker();
    const request = await ask(manager, { timeoutMs: 1 });
    const handled = await eventually(async () => {
      const after = await manager.handleTimeout(request);
      return after?.status === "PENDING" ? undefined : after;
    });
    expect(handled).toMatchObject({ id: request.id, status: "TIMEOUT" });
    const waiting = await ask(manager);
    expect(await manager.handleTimeout(waiting)).toMatchObject({ id: waiting.id, status: "PENDING" });
    expect(await manager.handleTimeout(waiting.id)).toMatchObject({ status: "PENDING" });
  });

  it("reports averages of 0 if nothing was decided", async () => {
    const empty = new Date(0);
    expect(await managerOf().getStats(empty, empty)).toMatchObject({
      total: 0,
      avgDecisionTimeMs: 0,
      avgTimeoutMs: 0,
      medianDecisionTimeMs: null,
    });
  });

  it("supports a handler, which finds and waits for its requests", async () => {
    const manager = managerOf();
    const handler = new ApprovalHandler({ manager, userId: "release-bot" });
    const job = jobOf();
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    expect(await manager.getRequest(id)).toMatchObject({ createdBy: "release-bot" });
    await manager.approve(id, { userId: "bob" });
    expect(await running).toMatchObject({ success: true, output: { decidedBy: "bob" } });
  });
});

describe("canUserApprove, called with the id of a request,", () => {
  it("returns whether a decision of that user would be accepted", async () => {
    vi.stubEnv("DATABASE_URL", database.url);
    const manager = managerOf();
    await database.pool.query(
      `insert into people (id, email, id_key, email_key, roles)
       values ('u-7', 'eve@company.com', 'u-7', 'eve@company.com', '{leads}')`,
    );
    const request = await ask(manager, {
      notifyUsers: ["bob", "Eve@company.com", "cleo"],
      notifyRoles: ["leads"],
      requestedBy: "u-7",
      requireMinApprovers: 2,
    });
    const answers = async () => {
      const users = ["bob", "cleo", "u-7", "Eve@company.com", "mallory", ""];
      const allowed = await Promise.all(users.map((user) => canUserApprove(user, request.id)));
      return users.filter((_user, index) => allowed[index]);
    };
    expect(await answers()).toEqual(["bob", "cleo"]);
    expect(await codeOf(manager.approve(request.id, { userId: "Eve@company.com" }))).toBe("FORBIDDEN");
    await manager.approve(request.id, { userId: "bob" });
    expect(await answers()).toEqual(["cleo"]);
    await manager.approve(request.id, { userId: "cleo" });
    expect(await answers()).toEqual([]);
    expect(await canUserApprove("bob", "no-such-request")).toBe(false);
  });

  it("rejects if there is no database", async () => {
    vi.stubEnv("DATABASE_URL", "");
    await expect(canUserApprove("bob", "0198f0aa-0000-7000-8000-000000000000")).rejects.toThrow("DATABASE_URL");
  });
});

describe("the audit log of calls to a manager", () => {
  it("has the email address of a user whose id is one or who is in the directory, and of nobody else", async () => {
    const manager = managerOf();
    await database.pool.query(
      "insert into people (id, email, id_key, email_key) values ('u-9', 'dora@company.com', 'u-9', 'dora@company.com')",
    );
    const people = ["ml-engineer@company.com", "u-9", "bob"];
    const input = { notifyUsers: people, requireMinApprovers: 3, requestedBy: "asker@company.com" };
    const { id } = await ask(manager, input);
    for (const userId of people) await manager.approve(id, { userId });
    const { rows } = await database.pool.query(
      `select action, user_id, user_email from approval_audit_log
        where approval_request_id = $1 and action in ('CREATED', 'APPROVED') order by seq`,
      [id],
    );
    expect(rows).toEqual([
      { action: "CREATED", user_id: "asker@company.com", user_email: "asker@company.com" },
      { action: "APPROVED", user_id: "ml-engineer@company.com", user_email: "ml-engineer@company.com" },
      { action: "APPROVED", user_id: "u-9", user_email: "dora@company.com" },
      { action: "APPROVED", user_id: "bob", user_email: null },
    ]);
  });

  it("has the email address of a caller whose token has none", async () => {
    const manager = managerOf();
    const { id } = await ask(manager, {}, callerOf(viewerOf("ann@company.com", { email: null })));
    const { rows } = await database.pool.query(
      "select user_email from approval_audit_log where approval_request_id = $1 and action = 'CREATED'",
      [id],
    );
    expect(rows).toEqual([{ user_email: "ann@company.com" }]);
  });
});
