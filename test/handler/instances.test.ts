import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import {
  closeApprovalHandler,
  closeApprovalManager,
  getApprovalHandler,
  getApprovalManager,
} from "../../src/handler/entry.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
// Dropping the database fails if a closed object left a connection.
afterAll(() => database.drop());
afterEach(async () => {
  vi.unstubAllEnvs();
  await closeApprovalHandler();
  await closeApprovalManager();
});

describe("the shared manager of a process", () => {
  it("is the same for all callers until it is closed", async () => {
    const first = getApprovalManager({ databaseUrl: database.url });
    expect(getApprovalManager()).toBe(first);
    await closeApprovalManager();
    await closeApprovalManager();
    expect(getApprovalManager({ databaseUrl: database.url })).not.toBe(first);
  });

  it("accepts the predecessor's options", async () => {
    const manager = getApprovalManager({
      databaseUrl: database.url,
      timeoutCheckInterval: 60_000,
      enableAuditLog: true,
      defaultTimeoutMs: 1_800_000,
      defaultTimeoutAction: "reject",
    });
    expect(manager.defaults).toEqual({ timeoutMs: 1_800_000, timeoutAction: "REJECT" });
  });

  it("is replaced after it was closed directly", async () => {
    const first = getApprovalManager({ databaseUrl: database.url });
    await first.close();
    expect(getApprovalManager({ databaseUrl: database.url })).not.toBe(first);
  });

  it("resumes a handler when its request expires", async () => {
    const manager = getApprovalManager({ databaseUrl: database.url, defaultTimeoutAction: "APPROVE" });
    const handler = new ApprovalHandler({ manager });
    expect(await handler.execute(jobOf({ timeoutMs: 200 }))).toMatchObject({
      success: true,
      metadata: { decisionSource: "TIMEOUT" },
    });
  });

  it("takes the address from DATABASE_URL, and names the variable if it is missing", () => {
    vi.stubEnv("DATABASE_URL", "");
    expect(() => getApprovalManager()).toThrow("DATABASE_URL");
    vi.stubEnv("DATABASE_URL", database.url);
    expect(getApprovalManager()).toBe(getApprovalManager());
  });

  it("refuses an unknown action", () => {
    const config = { databaseUrl: database.url, defaultTimeoutAction: "ignore" as "reject" };
    expect(() => getApprovalManager(config)).toThrow("approve, reject or escalate");
  });

  it("can be closed while the database is unavailable", async () => {
    getApprovalManager({ databaseUrl: "postgres://nobody@127.0.0.1:1/nothing" });
    await closeApprovalManager();
  });
});

describe("the shared handler of a process", () => {
  it("uses the shared manager if no address is given", async () => {
    vi.stubEnv("COUNTERSIGN_URL", "");
    vi.stubEnv("DATABASE_URL", database.url);
    const handler = getApprovalHandler();
    expect(getApprovalHandler({ url: "http://127.0.0.1:1/graphql", token: "x" })).toBe(handler);
    const job = jobOf();
    const running = handler.execute(job);
    const id = await requestIdOf(handler, job);
    await getApprovalManager().approve(id, { userId: "bob" });
    expect(await running).toMatchObject({ success: true, output: { requestId: id, decidedBy: "bob" } });
  });

  it("is replaced after it was closed", async () => {
    const config = { url: "http://127.0.0.1:1/graphql", token: "x" };
    const first = getApprovalHandler(config);
    await closeApprovalHandler();
    expect(getApprovalHandler(config)).not.toBe(first);
  });
});
