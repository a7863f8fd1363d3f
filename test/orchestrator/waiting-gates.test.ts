/**
 * Tests gates that have created their request: the run waits for the stored request, under any user or configuration.
 */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext, JobHandler, JobResult } from "../../src/handler/job.ts";
import { createOrchestrator, type Orchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { decide, ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let orchestrator: Orchestrator | undefined;
let handler: ApprovalHandler | undefined;
/** The handler's calls and results, by execution. */
const calls = new Map<string, { context: JobContext; result?: JobResult }[]>();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
beforeEach(() => calls.clear());
afterEach(() => stop());

interface Version {
  /** The service's identity. */
  sub?: string;
  scope?: string;
  /** The handler's configuration of texts. */
  config?: (config: object) => object;
  on?: "socket" | "manager";
  /** Called between the creation of a request and the wait for it. */
  beforeWait?: (requestId: string) => Promise<unknown>;
}

/** Deploys a version of the service in place of the one before. */
async function deploy(version: Version = {}) {
  const { sub = "service-1", scope = "approvals:request", config = (same) => same, on, beforeWait } = version;
  await stop();
  const { manager, hub, loaders } = server.app.services;
  const token = await tokenFor(sub, { scope });
  const options = on === "manager" ? { manager, hub, loaders, userId: sub } : { url: `${server.url}/graphql`, token };
  const gates = new ApprovalHandler(options);
  const execute: JobHandler["execute"] = async (context) => {
    const call: { context: JobContext; result?: JobResult } = { context };
    calls.set(context.executionId, [...(calls.get(context.executionId) ?? []), call]);
    const asked = async (requestId: string) => {
      await context.asked?.(requestId);
      await beforeWait?.(requestId);
    };
    call.result = await gates.execute({ ...context, config: config(context.config as object), asked });
    return call.result;
  };
  const cancel: JobHandler["cancel"] = (...args) => gates.cancel(...args);
  handler = gates;
  orchestrator = createOrchestrator({ databaseUrl: server.database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("approval", { type: "approval", execute, cancel });
  await orchestrator.launch();
  return orchestrator;
}

async function stop() {
  await orchestrator?.shutdown();
  await handler?.close();
  orchestrator = undefined;
}

const pool = () => server.database.pool;
const requestsOf = async (executionId: string) =>
  (await pool().query("select * from approval_requests where execution_id = $1 order by created_at", [executionId]))
    .rows;
const workflow = (config: object = {}): WorkflowDefinition => ({ id: "release", jobs: [gate("gate", [], config)] });

/** Starts a run, and resolves once its gate has created its request. */
async function asking(version: Version = {}, config: object = {}) {
  const executionId = randomUUID();
  await (await deploy(version)).start(workflow(config), { executionId });
  return { executionId, id: await notedRequest(pool(), executionId, "gate") };
}
const called = (executionId: string, times: number) =>
  expect.poll(() => calls.get(executionId)?.length ?? 0).toBeGreaterThanOrEqual(times);

/** Approves, and returns the gate's row. */
async function approved(executionId: string, id: string) {
  await decide(server.app.services, id, true);
  const status = await ended(pool(), executionId);
  return { status, job: (await jobsOf(pool(), executionId)).gate };
}

describe("a run whose gate has created its request", () => {
  const reworded = (config: object) => ({ ...config, title: "Reworded?", notifyUsers: ["cleo"] });
  it.each<[string, Version]>([
    ["with another identity of the service", { sub: "service-2" }],
    ["with an identity that may create no requests for others", { sub: "service-2", scope: "" }],
    ["with other texts and other approvers", { config: reworded }],
    ["with another identity, other texts and a manager", { sub: "service-2", config: reworded, on: "manager" }],
    ["with a configuration that is invalid now", { config: () => ({ title: "", notifyUsers: [] }) }],
    ["with no configuration", { config: () => null as unknown as object }],
  ])("continues with that request after a deployment %s", async (_what, version) => {
    const { executionId, id } = await asking();
    await deploy(version);
    await called(executionId, 2);
    expect(await approved(executionId, id)).toMatchObject({
      status: "SUCCEEDED",
      job: { output: { requestId: id, status: "APPROVED", decidedBy: "bob" }, request_id: id },
    });
    expect(await requestsOf(executionId)).toHaveLength(1);
  });

  it("resumes with that request if it was decided while no process ran, also under another identity", async () => {
    const { executionId, id } = await asking();
    await stop();
    await decide(server.app.services, id, false);
    await deploy({ sub: "service-2" });
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect((await jobsOf(pool(), executionId)).gate).toMatchObject({ error: "Rejected by bob: no." });
  });

  it("has the checkpoint that was saved before the request", async () => {
    const config = { createCheckpoint: true, checkpointName: "before" };
    const { executionId, id } = await asking({}, config);
    const renamed = (given: object) => ({ ...given, checkpointName: "after", title: "Reworded?" });
    await deploy({ sub: "service-2", config: renamed });
    await called(executionId, 2);
    await approved(executionId, id);
    const { rows } = await pool().query("select id, name, state from approval_checkpoints where execution_id = $1", [
      executionId,
    ]);
    expect(rows).toMatchObject([{ name: "before", state: { config: { title: "May gate go on?" } } }]);
    expect(calls.get(executionId)?.at(-1)?.result?.metadata).toMatchObject({ checkpointId: rows[0].id });
  });

  it("still requires a decision by people, also if the requirement can no longer be read", async () => {
    for (const decisionSource of ["approver", "aprover"]) {
      const { executionId, id } = await asking({}, { decisionSource: "approver", timeoutAction: "approve" });
      await deploy({ sub: "service-2", config: (config) => ({ ...config, decisionSource }) });
      await called(executionId, 2);
      await pool().query("update approval_requests set expires_at = now() where id = $1", [id]);
      await server.app.services.manager.checkTimeouts();
      expect(await ended(pool(), executionId)).toBe("FAILED");
      const { error } = (await jobsOf(pool(), executionId)).gate as { error: string };
      expect(error).toContain("its decisionSource is TIMEOUT, and must be APPROVER");
    }
  });

  it("fails permanently if its request is deleted while it waits", async () => {
    const executionId = randomUUID();
    const job = { ...gate("gate", []), retries: { attempts: 5, delayMs: 1 } };
    await (await deploy()).start({ id: "release", jobs: [job] }, { executionId });
    const id = await notedRequest(pool(), executionId, "gate");
    await pool().query("delete from approval_requests where id = $1", [id]);
    // Nobody is notified of that. The rows are compared after each reconnect, and every half minute.
    await pool().query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'`,
    );
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect((await jobsOf(pool(), executionId)).gate).toMatchObject({
      error: `The approval request ${id} of this job was deleted, so nobody can decide it.`,
      attempts: 1,
    });
    expect(await requestsOf(executionId)).toEqual([]);
  });

  it("fails for good if its request is deleted before it waits", async () => {
    const executionId = randomUUID();
    const job = { ...gate("gate", []), retries: { attempts: 5, delayMs: 1 } };
    const beforeWait = (id: string) => pool().query("delete from approval_requests where id = $1", [id]);
    await (await deploy({ beforeWait })).start({ id: "release", jobs: [job] }, { executionId });
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect((await jobsOf(pool(), executionId)).gate).toMatchObject({
      error: expect.stringMatching(/^The approval request \S+ of this job was deleted, so nobody can decide it\.$/),
      attempts: 1,
    });
  });
});

describe("a run whose request was deleted while no process ran", () => {
  it("fails permanently as if a process had waited, and creates no other request", async () => {
    const executionId = randomUUID();
    const job = { ...gate("gate", []), retries: { attempts: 5, delayMs: 1 } };
    await (await deploy()).start({ id: "release", jobs: [job] }, { executionId });
    const id = await notedRequest(pool(), executionId, "gate");
    await stop();
    await pool().query("delete from approval_requests where id = $1", [id]);
    await deploy({ sub: "service-2" });
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect((await jobsOf(pool(), executionId)).gate).toMatchObject({
      request_id: null,
      deleted_request: id,
      attempts: 2,
      error: `The approval request ${id} of this job was deleted, so nobody can decide it.`,
    });
    expect(await requestsOf(executionId)).toEqual([]);
  });
});

describe("a run whose process died before the job's row named the request", () => {
  /** The request, created after the start of the job, which no row names. */
  async function died(config: object = {}) {
    const { executionId, id } = await asking({}, config);
    await stop();
    await pool().query("update workflow_run_jobs set request_id = null where request_id = $1", [id]);
    return { executionId, id };
  }

  it.each([
    ["reworded", { title: "Reworded?" }],
    ["invalid", { title: "" }],
  ])("finds the request again although the gate is %s now", async (_what, changed) => {
    const { executionId, id } = await died({ createCheckpoint: true });
    await deploy({ config: (config) => ({ ...config, ...changed }) });
    expect(await notedRequest(pool(), executionId, "gate")).toBe(id);
    expect((await approved(executionId, id)).status).toBe("SUCCEEDED");
    expect(calls.get(executionId)?.at(-1)?.result?.metadata).toMatchObject({ checkpointId: expect.any(String) });
    expect(await requestsOf(executionId)).toHaveLength(1);
  });

  it("does not take over a request that another user created under the job's ids", async () => {
    const { executionId, id } = await died();
    await pool().query("delete from approval_requests where id = $1", [id]);
    const key = { workflowId: "release", jobId: "gate", executionId };
    const input = { ...key, title: "May gate go on?", notifyUsers: ["mallory-2"] };
    const foreign = await server.app.services.manager.createRequest(input, callerOf("mallory"));
    await deploy();
    const own = await notedRequest(pool(), executionId, "gate");
    expect(own).not.toBe(foreign.request.id);
    await decide(server.app.services, own, false);
    expect(await ended(pool(), executionId)).toBe("FAILED");
  });

  it("does not take over a request that its own user created under the job's ids before the job started", async () => {
    const { executionId, id } = await died();
    await pool().query("update workflow_run_jobs set started_at = now() + interval '1 hour' where job_id = 'gate'");
    await deploy({ config: (config) => ({ ...config, title: "Reworded?" }) });
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect((await jobsOf(pool(), executionId)).gate).toMatchObject({ request_id: null });
    expect((await requestsOf(executionId)).map((row) => row.id)).toEqual([id]);
  });
});

describe("the result of a gate", () => {
  it.each(["socket", "manager"] as const)("is the same in an orchestrator and without one, over a %s", async (on) => {
    const outcomes: [config: object, decide: (id: string) => Promise<unknown>][] = [
      [{}, (id) => decide(server.app.services, id, true)],
      [{}, (id) => decide(server.app.services, id, false)],
      [{}, (id) => server.app.services.manager.cancel(id, callerOf("service-1"), "why")],
      [{ timeoutMs: 50 }, async () => {}],
      [{ approvalType: "auto" }, async () => {}],
    ];
    for (const [config, end] of outcomes) {
      const { executionId, id } = await asking({ on }, config);
      await end(id);
      await ended(pool(), executionId);
      const call = calls.get(executionId)?.[0] as { context: JobContext; result: JobResult };
      const { jobId, workflowId, type, dependencies, results } = call.context;
      const alone = { jobId, workflowId, executionId, type, dependencies, results, config: call.context.config };
      const byItself = await (handler as ApprovalHandler).execute(alone);
      expect({ ...byItself, metadata: { ...byItself.metadata, created: true } }).toEqual(call.result);
    }
  });
});
