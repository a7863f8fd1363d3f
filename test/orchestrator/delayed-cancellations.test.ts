/** Tests cancelled runs whose requests cannot be cancelled at once: no job ends while its request is open. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { RefusedError } from "../../src/handler/errors.ts";
import type { JobHandler } from "../../src/handler/job.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { eventually } from "../support/eventually.ts";
import { decide, ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { readLog } from "../support/server/read-log.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let orchestrator: Orchestrator | undefined;
let gates: ApprovalHandler | undefined;
const { log, lines } = readLog();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
afterEach(() => stop());

type Handlers = Record<string, Omit<JobHandler, "type">>;

/** Deploys a version of the service in place of the one before. */
async function deploy(token: string | (() => string), handlers?: Handlers): Promise<Orchestrator> {
  await stop();
  gates = new ApprovalHandler({ url: `${server.url}/graphql`, token });
  orchestrator = createOrchestrator({ databaseUrl: server.database.url, log });
  if (handlers === undefined) orchestrator.registerHandler("approval", gates);
  for (const [type, handler] of Object.entries(handlers ?? {})) {
    orchestrator.registerHandler(type, { type, ...handler } as JobHandler);
  }
  await orchestrator.launch();
  return orchestrator;
}
async function stop() {
  await orchestrator?.shutdown();
  await gates?.close();
  orchestrator = undefined;
  gates = undefined;
}

const pool = () => server.database.pool;
const service = (sub = "service-1", scope = "approvals:request") => tokenFor(sub, { scope });
const statusOf = async (requestId: string) =>
  (await pool().query("select status from approval_requests where id = $1", [requestId])).rows[0]?.status;
/** Cancels without waiting for the end. */
const cancel = (executionId: string) =>
  pool().query(
    "update workflow_runs set cancel_requested_at = now(), cancel_reason = 'no need' where execution_id = $1",
    [executionId],
  );
/** The gate's row once it waits until its request is cancelled. */
const withdrawing = (executionId: string) =>
  eventually(async () => {
    const job = (await jobsOf(pool(), executionId)).gate;
    return job?.waiting_for === "CANCELLATION" ? job : undefined;
  });

const JOBS = [gate("gate", []), gate("behind", ["gate"])];

/** Starts a run, and resolves once its gate has created its request. */
async function asking(token: string, jobs = JOBS) {
  const executionId = randomUUID();
  await (await deploy(token)).start({ id: "release", jobs }, { executionId });
  return { executionId, id: await notedRequest(pool(), executionId, "gate") };
}
/** Expects that the run and its request are cancelled, and that its row names no wait. */
async function expectCancelled(executionId: string, id: string) {
  expect(await ended(pool(), executionId)).toBe("CANCELLED");
  expect(await statusOf(id)).toBe("CANCELLED");
  const { gate: row } = await jobsOf(pool(), executionId);
  expect(row).toMatchObject({ status: "CANCELLED", reason: "The run was cancelled: no need", waiting_for: null });
}

describe("a cancelled run with an open request", () => {
  it("is CANCELLED only when the token is accepted again and its request is cancelled", async () => {
    const { executionId, id } = await asking(await service());
    let token = await tokenFor("service-1", { scope: "approvals:request", expiresIn: -60 });
    await deploy(() => token);
    await cancel(executionId);
    expect(await withdrawing(executionId)).toMatchObject({
      status: "RUNNING",
      waiting_reason: expect.stringMatching(/^The request .* is not cancelled yet: The server refused the token/),
    });
    expect(await statusOf(id)).toBe("PENDING");
    expect(lines).toContainEqual(expect.objectContaining({ level: 40, executionId, requestId: id, jobId: "gate" }));
    token = await service();
    await expectCancelled(executionId, id);
  });

  it("is ended by a later process whose user has the right, and by none before", async () => {
    const { executionId, id } = await asking(await service());
    await deploy(await service("service-2"));
    await cancel(executionId);
    expect((await withdrawing(executionId)).waiting_reason).toContain('it was created by "service-1"');
    // Again by a process that finds the run cancelled.
    await stop();
    await pool().query("update workflow_run_jobs set waiting_for = null, waiting_reason = null where job_id = 'gate'");
    await deploy(await service("service-3"));
    await withdrawing(executionId);
    expect(await statusOf(id)).toBe("PENDING");
    await deploy(await service());
    await expectCancelled(executionId, id);
  });

  it("is ended at once by another user who is an administrator", async () => {
    const { executionId, id } = await asking(await service());
    const admin = await deploy(await service("service-2", "approvals:admin"));
    expect(await admin.cancel("release", executionId, "no need")).toBe("CANCELLED");
    await expectCancelled(executionId, id);
  });

  it.each([
    [true, "SUCCEEDED"],
    [false, "CANCELLED"],
  ])("ends when its request is decided instead: approved %s, the gate is %s", async (isApproval, status) => {
    const { executionId, id } = await asking(await service());
    await deploy(await service("service-2"));
    await eventually(async () => ((await jobsOf(pool(), executionId)).gate?.attempts === 2 ? true : undefined));
    await cancel(executionId);
    await withdrawing(executionId);
    await decide(server.app.services, id, isApproval);
    expect(await ended(pool(), executionId)).toBe("CANCELLED");
    const { gate: row, behind } = await jobsOf(pool(), executionId);
    expect([row?.status, behind?.status]).toEqual([status, "CANCELLED"]);
  });

  it("waits for a process that has a handler of the gate's type", async () => {
    const { executionId, id } = await asking(await service());
    await deploy(await service(), {});
    await cancel(executionId);
    expect((await withdrawing(executionId)).waiting_reason).toContain("has no handler for approval");
    expect(await statusOf(id)).toBe("PENDING");
    await deploy(await service());
    await expectCancelled(executionId, id);
  });

  it("ends at once if its gate was refused before it could create a request", async () => {
    const executionId = randomUUID();
    const refused = await deploy("not a token");
    await refused.start({ id: "release", jobs: JOBS }, { executionId });
    await eventually(async () => (await jobsOf(pool(), executionId)).gate?.waiting_for ?? undefined);
    expect(await refused.cancel("release", executionId)).toBe("CANCELLED");
  });

  it("does not wait for another user's request under the ids of a job that created none", async () => {
    const { executionId, id } = await asking(await service());
    await stop();
    await pool().query("delete from approval_requests where id = $1", [id]);
    const input = { workflowId: "release", jobId: "gate", executionId, title: "Mine", notifyUsers: ["bob"] };
    const { request } = await server.app.services.manager.createRequest(input, callerOf("mallory"));
    await cancel(executionId);
    await deploy(await service());
    expect(await ended(pool(), executionId)).toBe("CANCELLED");
    expect(await statusOf(request.id)).toBe("PENDING");
  });
});

describe("a job of a custom handler that has created a request", () => {
  const create = async (executionId: string) => {
    const input = { workflowId: "own", jobId: "its own", executionId, title: "Go on?", notifyUsers: ["bob"] };
    return (await server.app.services.manager.createRequest(input, callerOf("service-1"))).request.id;
  };
  const asks: JobHandler["execute"] = async (context) => {
    await context.asked?.(context.request ?? (await create(context.executionId)));
    const { promise, reject } = Promise.withResolvers<never>();
    context.signal?.addEventListener("abort", () => reject(context.signal?.reason));
    return promise;
  };
  async function running(handler: Omit<JobHandler, "type">) {
    const executionId = randomUUID();
    const own = await deploy("none", { own: handler });
    await own.start({ id: "release", jobs: [{ id: "gate", type: "own" }] }, { executionId });
    return { executionId, id: await notedRequest(pool(), executionId, "gate") };
  }

  it("is cancelled again and again until its handler succeeds, and gets the id of its request", async () => {
    const calls: unknown[][] = [];
    const { executionId, id } = await running({
      execute: asks,
      async cancel(...args) {
        calls.push(args);
        if (calls.length === 1) throw new RefusedError("FORBIDDEN", "not now");
        return server.app.services.manager.cancel(String(args[4]), callerOf("service-1"));
      },
    });
    await cancel(executionId);
    expect((await withdrawing(executionId)).waiting_reason).toContain("not now");
    await eventually(async () => ((await statusOf(id)) === "CANCELLED" ? true : undefined));
    const args = ["gate", executionId, "no need", "release", id];
    expect(calls.slice(0, 2)).toEqual([args, args]);
  });

  it("waits for a decision if its handler cannot cancel", async () => {
    const { executionId, id } = await running({ execute: asks });
    await cancel(executionId);
    expect((await withdrawing(executionId)).waiting_reason).toContain("its handler has no cancel method");
    await decide(server.app.services, id, false);
    expect(await ended(pool(), executionId)).toBe("CANCELLED");
  });
});

it("a gate that timed out ends only when its request is cancelled", async () => {
  const { executionId, id } = await asking(await service(), [{ ...gate("gate", []), timeoutMs: 3_600_000 }]);
  await stop();
  await pool().query("update workflow_run_jobs set timeout_at = now() where request_id = $1", [id]);
  let token = "not a token";
  await deploy(() => token);
  await withdrawing(executionId);
  expect(await statusOf(id)).toBe("PENDING");
  token = await service();
  expect(await ended(pool(), executionId)).toBe("FAILED");
  expect(await statusOf(id)).toBe("CANCELLED");
  expect((await jobsOf(pool(), executionId)).gate).toMatchObject({ error: "The job timed out after 1 hour." });
});
