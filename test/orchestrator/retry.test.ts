/** Tests the retry of one failed job in place: which jobs run again, also while processes come and go. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { timeOutRun } from "../../src/db/queries/run-cancels.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runIdOf } from "../../src/orchestrator/keys.ts";
import { retryJob } from "../../src/orchestrator/retry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  attemptsOf,
  effect,
  effectsOf,
  ended,
  gate,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const ID = "retried";
const work = (id: string, dependencies: string[] = [], more: Partial<JobDefinition> = {}): JobDefinition => ({
  id,
  type: "work",
  dependencies,
  ...more,
});

describe("retrying in one process:", () => {
  let server: TestServer;
  let orchestrator: Orchestrator;
  /** Each call of a handler, as `execution job`. */
  const calls: string[] = [];
  /** The jobs that fail, as `execution job`. */
  const faults = new Set<string>();

  beforeAll(async () => {
    server = await startServer();
    orchestrator = createOrchestrator({ databaseUrl: server.database.url });
    const token = await tokenFor("program", { scope: "approvals:request" });
    const approval = new ApprovalHandler({ url: `${server.url}/graphql`, token });
    const isFaulty = ({ executionId, jobId }: { executionId: string; jobId: string }) => {
      calls.push(`${executionId} ${jobId}`);
      return faults.has(`${executionId} ${jobId}`);
    };
    orchestrator.registerHandler("approval", {
      type: "approval",
      execute: async (context) =>
        isFaulty(context) ? { success: false, error: "could not ask" } : approval.execute(context),
      cancel: (...args) => approval.cancel(...args),
    });
    orchestrator.registerHandler("work", {
      type: "work",
      async execute(context) {
        if (isFaulty(context)) return { success: false, error: `${context.jobId} is broken` };
        return { success: true, output: { key: context.idempotencyKey } };
      },
    });
    orchestrator.registerHandler("endless", {
      type: "endless",
      async execute(context) {
        if (!isFaulty(context)) return { success: true };
        const { promise, reject } = Promise.withResolvers<never>();
        context.signal.addEventListener("abort", () => reject(context.signal.reason));
        return promise;
      },
    });
    await orchestrator.launch();
  });
  afterAll(async () => {
    await orchestrator.shutdown();
    await server.stop();
  });

  const pool = () => server.database.pool;
  const callsOf = (executionId: string) =>
    calls.flatMap((call) => (call.startsWith(executionId) ? (call.split(" ")[1] as string) : [])).toSorted();

  /** A run of these jobs, of which some fail at first. */
  async function start(jobs: readonly JobDefinition[], failing: readonly string[], more?: Partial<WorkflowDefinition>) {
    const executionId = randomUUID();
    for (const id of failing) faults.add(`${executionId} ${id}`);
    const run = await orchestrator.start({ id: ID, jobs, ...more }, { executionId });
    return {
      executionId,
      run,
      repair: (id: string) => faults.delete(`${executionId} ${id}`),
      retry: async (jobId: string, by?: string) => (await orchestrator.retry(ID, executionId, jobId, { by })).result(),
      statuses: async () =>
        Object.fromEntries(Object.entries(await jobsOf(pool(), executionId)).map(([id, { status }]) => [id, status])),
    };
  }

  it("a failed job runs again with the jobs after it, and the jobs before it are not called again", async () => {
    const jobs = [work("build"), work("deploy", ["build"]), work("announce", ["deploy"]), work("beside", ["build"])];
    const { executionId, run, repair, retry } = await start(jobs, ["deploy"]);
    const before = await run.result();
    expect(before).toMatchObject({ status: "FAILED", jobs: { announce: { status: "SKIPPED" } } });
    repair("deploy");
    const result = await retry("deploy", "alice");
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      jobs: { build: before.jobs.build, beside: before.jobs.beside },
    });
    expect(await run.result()).toEqual(result);
    expect(callsOf(executionId)).toEqual(["announce", "beside", "build", "deploy", "deploy"]);
    expect((await jobsOf(pool(), executionId)).deploy).toMatchObject({ error: null, reason: null, failures: 0 });
    expect(await attemptsOf(pool(), executionId, "deploy")).toMatchObject([
      { number: 1, outcome: "FAILED", error: "deploy is broken" },
      { number: 2, outcome: "SUCCEEDED", error: null },
    ]);
    expect(await orchestrator.inspect(ID, executionId)).toMatchObject({ generation: 2, status: "SUCCEEDED" });
  });

  it("the job's retries apply again, and its attempts and its key do not change", async () => {
    const retries = { attempts: 2, delayMs: 1 };
    const { executionId, run, repair, retry } = await start([work("flaky", [], { retries })], ["flaky"]);
    await run.result();
    expect(await retry("flaky")).toMatchObject({ status: "FAILED" });
    repair("flaky");
    const { jobs } = await retry("flaky");
    expect(jobs.flaky?.output).toEqual({ key: expect.any(String) });
    const attempts = await attemptsOf(pool(), executionId, "flaky");
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      ...[1, 2, 3, 4].map((number) => [number, "FAILED"]),
      [5, "SUCCEEDED"],
    ]);
  });

  it("a gate after the job creates its first request, and a gate that failed before its request is retried", async () => {
    const jobs = [work("build"), gate("approval", ["build"]), work("deploy", ["approval"])];
    const { executionId, run, repair, retry } = await start(jobs, ["build", "approval"]);
    await run.result();
    repair("build");
    expect(await retry("build")).toMatchObject({ status: "FAILED", jobs: { approval: { error: "could not ask" } } });
    repair("approval");
    const again = retry("approval");
    const requestId = await notedRequest(pool(), executionId, "approval");
    await restClient(server, await tokenFor("bob")).post(`/approvals/${requestId}/approve`, {});
    expect(await again).toMatchObject({ status: "SUCCEEDED", jobs: { deploy: { status: "SUCCEEDED" } } });
    expect(callsOf(executionId)).toEqual(["approval", "approval", "build", "build", "deploy"]);
  });

  it("the time-out of the run counts from the retry, and the jobs that it had cancelled run too", async () => {
    const jobs = [work("build"), { id: "slow", type: "endless" }, work("after", ["slow"])];
    const { executionId, run, repair, retry, statuses } = await start(jobs, ["build", "slow"], { timeoutMs: 60_000 });
    await eventually(async () => (await jobsOf(pool(), executionId)).build?.status === "FAILED" || undefined);
    await pool().query("update workflow_runs set timeout_at = now() where id = $1", [run.id]);
    await timeOutRun(pool(), run.id, "The run timed out after 1 minute.");
    expect(await run.result()).toMatchObject({ status: "FAILED" });
    expect(await statuses()).toEqual({ build: "FAILED", slow: "CANCELLED", after: "CANCELLED" });
    const first = await orchestrator.inspect(ID, executionId);
    for (const id of ["build", "slow"]) repair(id);
    expect(await retry("build")).toMatchObject({ status: "SUCCEEDED" });
    const stored = await orchestrator.inspect(ID, executionId);
    expect(stored).toMatchObject({ reason: null, cancelRequestedAt: null });
    expect(stored?.timeoutAt?.getTime()).toBeGreaterThan(first?.endedAt?.getTime() as number);
  });

  it("jobs that ran because of the failure keep their results, and compensations are decided about again", async () => {
    const jobs = [
      work("reserve"),
      work("check", ["reserve"], { allowFailure: true }),
      work("release", ["check"]),
      work("report", ["check"], { runIf: "failed" }),
      work("free", [], { compensates: "reserve" }),
    ];
    const { executionId, run, repair, retry, statuses } = await start(jobs, ["check", "release"]);
    expect(await run.result()).toMatchObject({
      status: "SUCCEEDED",
      jobs: { release: { status: "SKIPPED" }, free: { status: "SKIPPED" } },
    });
    repair("check");
    expect(await retry("check")).toMatchObject({ status: "FAILED" });
    expect(await statuses()).toMatchObject({ release: "FAILED", report: "SUCCEEDED", free: "SUCCEEDED" });
    expect(callsOf(executionId)).toEqual(["check", "check", "free", "release", "report", "reserve"]);
  });

  it("a failed compensation is retried alone, and a cancelled run stays cancelled", async () => {
    const jobs = [work("reserve"), { ...work("slow", ["reserve"]), type: "endless" }];
    const compensations = ["a", "b"].map((id) => work(id, [], { compensates: "reserve" }));
    const { executionId, run, repair, retry } = await start([...jobs, ...compensations], ["slow", "a"]);
    await eventually(async () => (await jobsOf(pool(), executionId)).slow?.status === "RUNNING" || undefined);
    await orchestrator.cancel(ID, executionId, "Wrong branch.", { by: "dora" });
    expect(await run.result()).toMatchObject({ status: "CANCELLED", jobs: { a: { status: "FAILED" } } });
    repair("a");
    expect(await retry("a")).toMatchObject({ status: "CANCELLED", jobs: { a: { status: "SUCCEEDED" } } });
    expect(callsOf(executionId)).toEqual(["a", "a", "b", "reserve", "slow"]);
    expect(await orchestrator.inspect(ID, executionId)).toMatchObject({ cancelledBy: "dora", generation: 2 });
  });

  it("a run is retried again and again, and each retry is stored with its caller and the failed job", async () => {
    const { executionId, run, repair, retry } = await start([work("one"), work("two")], ["one", "two"]);
    await run.result();
    repair("one");
    expect(await retry("one", "alice")).toMatchObject({ status: "FAILED" });
    repair("two");
    expect(await retry("two")).toMatchObject({ status: "SUCCEEDED" });
    expect(callsOf(executionId)).toEqual(["one", "one", "two", "two"]);
    const { rows } = await pool().query(
      `select generation, job_id, retried_by, job_error, run_status from workflow_run_retries
        where run_id = $1 order by generation`,
      [runIdOf(ID, executionId)],
    );
    expect(rows).toEqual([
      { generation: 2, job_id: "one", retried_by: "alice", job_error: "one is broken", run_status: "FAILED" },
      { generation: 3, job_id: "two", retried_by: null, job_error: "two is broken", run_status: "FAILED" },
    ]);
  });

  it("of two retries at once one counts, and the other is answered that the run is RUNNING", async () => {
    const { executionId, run } = await start(
      [work("one"), { id: "slow", type: "endless", dependencies: ["one"] }],
      ["one", "slow"],
    );
    await run.result();
    faults.delete(`${executionId} one`);
    const both = ["alice", "bob"].map((by) => orchestrator.retry(ID, executionId, "one", { by }));
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refused = settled.find((one) => one.status === "rejected");
    expect(refused?.reason).toMatchObject({
      code: "CONFLICT",
      message: "The run is already RUNNING: its job one was retried. Wait until it has ended.",
    });
    await eventually(async () => (await jobsOf(pool(), executionId)).slow?.status === "RUNNING" || undefined);
    await orchestrator.cancel(ID, executionId);
    expect(callsOf(executionId)).toEqual(["one", "one", "slow"]);
  });

  it("a name that cannot be stored is refused before anything changes", async () => {
    const { executionId, run } = await start([work("one")], ["one"]);
    await run.result();
    for (const by of ["x".repeat(201), 7 as unknown as string]) {
      const refused = orchestrator.retry(ID, executionId, "one", { by });
      await expect(refused).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "by" }] });
    }
    await expect(orchestrator.retry(ID, randomUUID(), "one")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await orchestrator.inspect(ID, executionId)).toMatchObject({ status: "FAILED", generation: 1 });
  });
});

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("retrying while processes come and go:", { timeout: 120_000 }, () => {
  let stage: OrchestratorStage;
  let core: Core;
  beforeAll(async () => {
    stage = await startStage();
    core = await startCore(stage.database.url);
  });
  afterAll(async () => {
    await core.close();
    await stage.stop();
  });
  afterEach(() => stage.killAll());

  const ENV = { LEASE_MS: "1500" };
  const outcomesOf = async (executionId: string, jobId: string) =>
    (await attemptsOf(core.pool, executionId, jobId)).map(({ outcome }) => outcome);
  const retry = (executionId: string, jobId: string) =>
    retryJob(core.pool, runIdOf(ID, executionId), { jobId, by: "alice" });

  it("a retry without any process waits for one, and continues when its process is killed", async () => {
    const executionId = randomUUID();
    const jobs = [
      effect("build"),
      { id: "flaky", type: "flaky", dependencies: ["build"], config: { failures: 1 } },
      { id: "slow", type: "slow", dependencies: ["flaky"], config: { ms: 3_000 } },
      effect("announce", ["slow"]),
    ];
    await stage.start([[{ id: ID, jobs }, executionId]], ENV);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    await stage.killAll();
    // Simulates a process that died before its engine stored the end of the first generation.
    await core.pool.query(
      "update countersign_engine.workflow_status set status = 'PENDING', executor_id = $2 where workflow_uuid = $1",
      [runIdOf(ID, executionId), randomUUID()],
    );
    await retry(executionId, "flaky");
    expect(await jobsOf(core.pool, executionId)).toMatchObject({
      build: { status: "SUCCEEDED" },
      flaky: { status: "PENDING" },
      slow: { status: "PENDING" },
    });
    await stage.start([], ENV);
    await eventually(async () => (await jobsOf(core.pool, executionId)).slow?.status === "RUNNING" || undefined);
    await stage.killAll();
    await stage.start([], ENV);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["announce", "build", "flaky", "slow"]);
    expect(await outcomesOf(executionId, "build")).toEqual(["SUCCEEDED"]);
    expect(await outcomesOf(executionId, "flaky")).toEqual(["FAILED", "SUCCEEDED"]);
    expect(await outcomesOf(executionId, "slow")).toEqual(["LOST", "SUCCEEDED"]);
  });

  it("a job that killed its processes is called again, and its earlier losses do not count", async () => {
    const executionId = randomUUID();
    const workflow = { id: ID, jobs: [{ id: "poison", type: "poison", retries: { losses: 1 } }] };
    const victim = await stage.start([[workflow, executionId]], ENV);
    await victim.end();
    await stage.start([], ENV);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    await stage.killAll();
    await retry(executionId, "poison");
    await (await stage.start([], ENV)).end();
    await stage.start([], ENV);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    expect(await outcomesOf(executionId, "poison")).toEqual(["LOST", "LOST"]);
    expect((await jobsOf(core.pool, executionId)).poison?.error).toMatch(/^The process that ran this job /);
  });
});
