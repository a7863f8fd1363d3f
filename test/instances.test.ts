import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApprovalHandler } from "../src/handler/approval-handler.ts";
import {
  closeApprovalHandler,
  closeApprovalManager,
  getApprovalHandler,
  getApprovalManager,
} from "../src/handler/entry.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { askedBy, jobOf } from "./support/jobs.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
// Dropping tells whether anything that was closed left a connection.
afterAll(() => database.drop());
afterEach(async () => {
  vi.unstubAllEnvs();
  await closeApprovalHandler();
  await closeApprovalManager();
});

describe("the process's one manager", () => {
  it("is the same for everyone until it is closed", async () => {
    const first = getApprovalManager({ databaseUrl: database.url });
    expect(getApprovalManager()).toBe(first);
    await closeApprovalManager();
    await closeApprovalManager();
    expect(getApprovalManager({ databaseUrl: database.url })).not.toBe(first);
  });

  it("works as the seed's example does, with its options and its names of the figures", async () => {
    const manager = getApprovalManager({
      databaseUrl: database.url,
      timeoutCheckInterval: 60_000,
      enableAuditLog: true,
      defaultTimeoutMs: 1_800_000,
      defaultTimeoutAction: "reject",
    });
    const { request } = await manager.createRequest({
      workflowId: "wf-001",
      jobId: "job-approval",
      executionId: "exec-123",
      title: "Approve Model Training",
      notifyUsers: ["ml-engineer@company.com"],
      requestedBy: "system",
    });
    expect(request).toMatchObject({ timeoutMs: 1_800_000, timeoutAction: "REJECT" });
    const pending = await manager.getPendingApprovals({ userId: "ml-engineer@company.com" });
    expect(pending.map(({ id }) => id)).toEqual([request.id]);
    await manager.approve(request.id, { userId: "ml-engineer@company.com", comment: "metrics look good" });
    expect(await manager.getStats()).toMatchObject({ total: 1, approved: 1, timeout: 0 });
  });

  it("wakes a handler on it when the time of its request is over", async () => {
    const manager = getApprovalManager({ databaseUrl: database.url, defaultTimeoutAction: "APPROVE" });
    const handler = new ApprovalHandler({ manager });
    expect(await handler.execute(jobOf({ timeoutMs: 200 }))).toMatchObject({
      success: true,
      metadata: { decisionSource: "TIMEOUT" },
    });
  });

  it("takes the address from DATABASE_URL, and says so where there is none", () => {
    vi.stubEnv("DATABASE_URL", "");
    expect(() => getApprovalManager()).toThrow("DATABASE_URL");
    vi.stubEnv("DATABASE_URL", database.url);
    expect(getApprovalManager()).toBe(getApprovalManager());
  });

  it("refuses an action that is none", () => {
    const config = { databaseUrl: database.url, defaultTimeoutAction: "ignore" as "reject" };
    expect(() => getApprovalManager(config)).toThrow("approve, reject or escalate");
  });

  it("can be closed while the database is away", async () => {
    getApprovalManager({ databaseUrl: "postgres://nobody@127.0.0.1:1/nothing" });
    await closeApprovalManager();
  });
});

describe("the process's one handler", () => {
  it("works on the process's manager where no address is given", async () => {
    vi.stubEnv("COUNTERSIGN_URL", "");
    vi.stubEnv("DATABASE_URL", database.url);
    const handler = getApprovalHandler();
    expect(getApprovalHandler({ url: "http://127.0.0.1:1/graphql", token: "x" })).toBe(handler);
    const job = jobOf();
    const running = handler.execute(job);
    const id = await askedBy(handler, job);
    await getApprovalManager().approve(id, { userId: "bob" });
    expect(await running).toMatchObject({ success: true, output: { requestId: id, decidedBy: "bob" } });
  });

  it("makes another once it is closed", async () => {
    const config = { url: "http://127.0.0.1:1/graphql", token: "x" };
    const first = getApprovalHandler(config);
    await closeApprovalHandler();
    expect(getApprovalHandler(config)).not.toBe(first);
  });
});
