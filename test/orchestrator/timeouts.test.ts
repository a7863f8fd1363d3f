/** Tests time-outs of jobs and of runs: what they end, what they do not change, and that they survive a restart. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, JobTimedOutError, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The behaviour of each job, by its id. */
const behaviours = new Map<string, (context: JobContext) => unknown>();
const calls: JobContext[] = [];
const DAY = 86_400_000;

async function launch(): Promise<Orchestrator> {
  const log = pino({ level: "silent" });
  const made = createOrchestrator({ databaseUrl: database.url, log, cancelGraceMs: 1_000 });
  // Never has anything to cancel.
  made.registerHandler("stuck", {
    type: "stuck",
    execute: () => new Promise<never>(() => {}),
    cancel: async () => {
      throw Object.assign(new Error("nothing to withdraw"), { code: "NOT_FOUND" });
    },
  });
  made.registerHandler("approval", new ApprovalHandler(core));
  made.registerHandler("work", {
    type: "work",
    async execute(context) {
      calls.push(context);
      return { success: true, output: (await behaviours.get(context.jobId)?.(context)) ?? context.jobId };
    },
  });
  await made.launch();
  return made;
}
beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
});
afterEach(() => orchestrator?.shutdown());
afterAll(async () => {
  await core.close();
  await database.drop();
});

const work = (id: string, more: object = {}): JobDefinition => ({ id, type: "work", ...more });
const start = async (jobs: readonly JobDefinition[], more: object = {}) => {
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "timed", jobs, ...more } as WorkflowDefinition, { executionId });
  return { executionId, run };
};
const callsOf = (executionId: string) => calls.filter((call) => call.executionId === executionId);
const attemptsOf = async (executionId: string): Promise<string[]> => {
  const { rows } = await database.pool.query(
    `select a.job_id, a.outcome, a.error from workflow_run_attempts a join workflow_runs r on r.id = a.run_id
      where r.execution_id = $1 order by a.job_id, a.number`,
    [executionId],
  );
  return rows.map(({ job_id, outcome, error }) => [job_id, outcome, error].filter((part) => part !== null).join(" "));
};
const requestOf = async (executionId: string, jobId: string) => {
  const { rows } = await database.pool.query(
    "select id, status, comment from approval_requests where execution_id = $1 and job_id = $2",
    [executionId, jobId],
  );
  return rows[0];
};
/** Ends only with its signal. */
const untilAborted = ({ signal }: JobContext) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });

describe("a time-out in a document", () => {
  it("is refused unless it is a whole number of milliseconds from 1 to 10 years", async () => {
    orchestrator = await launch();
    const message = /^must be a whole number of milliseconds from 1 to 315576000000 \(10 years\), not /;
    for (const timeoutMs of [0, -1, 1.5, 315_576_000_001, "1000", Number.NaN, true, {}]) {
      const error = await orchestrator
        .start({ id: "timed", timeoutMs, jobs: [work("a", { timeoutMs })] } as never, { executionId: randomUUID() })
        .catch((caught) => caught);
      expect([timeoutMs, error.issues]).toEqual([
        timeoutMs,
        ["timeoutMs", "jobs.0.timeoutMs"].map((path) => ({ path, message: expect.stringMatching(message) })),
      ]);
    }
  });
});

describe("a job that times out", () => {
  it("has failed with an error that states the timeout, and its signal is aborted with the same error", async () => {
    orchestrator = await launch();
    behaviours.set("slow", untilAborted);
    const { executionId, run } = await start([
      work("slow", { timeoutMs: 50 }),
      work("next", { dependencies: ["slow"] }),
      work("quick", { timeoutMs: 315_576_000_000 }),
    ]);
    const error = "The job timed out after 50 ms.";
    expect(await run.result()).toEqual({
      status: "FAILED",
      jobs: {
        slow: { status: "FAILED", error },
        next: { status: "SKIPPED", reason: `slow failed: ${error}` },
        quick: { status: "SUCCEEDED", output: "quick" },
      },
    });
    const slow = callsOf(executionId).find(({ jobId }) => jobId === "slow");
    expect(slow?.signal?.reason).toEqual(new JobTimedOutError(error));
    expect(await attemptsOf(executionId)).toEqual(["quick SUCCEEDED", `slow TIMED_OUT ${error}`]);
  });

  it("is retried with its whole time-out, as its document states", async () => {
    orchestrator = await launch();
    let tries = 0;
    behaviours.set("second-time", (context) => (tries++ === 0 ? untilAborted(context) : "done"));
    const retries = { attempts: 2, delayMs: 1 };
    const { executionId, run } = await start([work("second-time", { timeoutMs: 100, retries })]);
    expect((await run.result()).jobs["second-time"]).toEqual({ status: "SUCCEEDED", output: "done" });
    const timedOut = "second-time TIMED_OUT The job timed out after 100 ms.";
    expect(await attemptsOf(executionId)).toEqual([timedOut, "second-time SUCCEEDED"]);
    const job = (await jobsOf(database.pool, executionId))["second-time"];
    const { rows } = await database.pool.query(
      "select $1::timestamptz > max(ended_at) as later from workflow_run_attempts where run_id = $2 and number = 1",
      [job?.timeout_at, job?.run_id],
    );
    expect(rows[0].later).toBe(true);
  });

  it("is abandoned if it ignores its signal, and its late result does not count", async () => {
    orchestrator = await launch();
    const late = Promise.withResolvers<void>();
    behaviours.set("late", () => late.promise);
    let calls = 0;
    behaviours.set("deaf", () => (calls++ === 0 ? new Promise(() => {}) : "heard"));
    const { executionId, run } = await start([
      work("late", { timeoutMs: 50 }),
      work("deaf", { timeoutMs: 50, retries: { attempts: 2, delayMs: 1 } }),
    ]);
    const call = await eventually(async () => callsOf(executionId).find(({ jobId }) => jobId === "late"));
    call.signal?.addEventListener("abort", () => late.resolve());
    expect(await run.result()).toMatchObject({
      status: "FAILED",
      jobs: { late: { status: "FAILED", error: "The job timed out after 50 ms." }, deaf: { output: "heard" } },
    });
  });

  it("has failed too if its handler finds nothing to cancel and does not end", async () => {
    orchestrator = await launch();
    const { run } = await start([{ id: "stuck", type: "stuck", timeoutMs: 50 }]);
    expect((await run.result()).jobs.stuck).toEqual({ status: "FAILED", error: "The job timed out after 50 ms." });
  });

  it("has its request cancelled with the time-out as the reason", async () => {
    orchestrator = await launch();
    const { executionId, run } = await start(
      [gate("ask", [], {}), work("after", { dependencies: ["ask"] })].map((job) =>
        job.id === "ask" ? { ...job, timeoutMs: 1_000 } : job,
      ),
    );
    const error = "The job timed out after 1 second.";
    expect(await run.result()).toMatchObject({
      jobs: { ask: { status: "FAILED", error, output: { status: "CANCELLED" } }, after: { status: "SKIPPED" } },
    });
    expect(await requestOf(executionId, "ask")).toMatchObject({ status: "CANCELLED", comment: error });
    expect(await attemptsOf(executionId)).toEqual([`ask TIMED_OUT ${error}`]);
  });

  it("has its request cancelled also if it times out while no process runs it, unless people have decided before", async () => {
    orchestrator = await launch();
    const timed = (job: JobDefinition) => ({ ...job, timeoutMs: DAY });
    behaviours.set("effect", untilAborted);
    const { executionId } = await start([timed(gate("open", [])), timed(gate("decided", [])), timed(work("effect"))]);
    const [open, decided] = [
      await openRequest(database.pool, executionId, "open"),
      await openRequest(database.pool, executionId, "decided"),
    ];
    await eventually(async () => callsOf(executionId)[0]);
    await orchestrator.shutdown();
    await decide(core, decided, true);
    await database.pool.query(
      `update workflow_run_jobs j set timeout_at = clock_timestamp() - interval '1 minute'
         from workflow_runs r where r.id = j.run_id and r.execution_id = $1`,
      [executionId],
    );
    orchestrator = await launch();
    const run = await orchestrator.find("timed", executionId);
    const error = "The job timed out after 1 day.";
    expect((await run?.result())?.jobs).toMatchObject({
      open: { status: "FAILED", error },
      decided: { status: "SUCCEEDED", output: { status: "APPROVED", requestId: decided } },
      effect: { status: "FAILED", error },
    });
    expect(await requestOf(executionId, "open")).toEqual({ id: open, status: "CANCELLED", comment: error });
    expect(callsOf(executionId)).toHaveLength(1);
  });

  it("has the same time-out when another process takes it over", async () => {
    orchestrator = await launch();
    const { executionId } = await start([{ ...gate("ask", []), timeoutMs: DAY }]);
    const id = await openRequest(database.pool, executionId, "ask");
    const timeoutOf = async () => (await jobsOf(database.pool, executionId)).ask?.timeout_at;
    const before = await timeoutOf();
    expect(before).toBeInstanceOf(Date);
    await orchestrator.shutdown();
    orchestrator = await launch();
    await decide(core, id, true);
    expect((await (await orchestrator.find("timed", executionId))?.result())?.status).toBe("SUCCEEDED");
    expect(await timeoutOf()).toEqual(before);
  });
});

describe("a run that times out", () => {
  it("has failed, its open jobs are cancelled with the reason, and its requests are cancelled", async () => {
    orchestrator = await launch();
    behaviours.set("slow", untilAborted);
    const jobs = [work("done"), work("slow"), gate("ask", []), work("later", { dependencies: ["ask"] })];
    const { executionId, run } = await start(jobs, { timeoutMs: 1_500 });
    await openRequest(database.pool, executionId, "ask");
    const reason = "The run timed out after 1500 ms.";
    expect(await run.result()).toMatchObject({
      status: "FAILED",
      jobs: {
        done: { status: "SUCCEEDED" },
        slow: { status: "CANCELLED", reason },
        ask: { status: "CANCELLED", reason },
        later: { status: "CANCELLED", reason },
      },
    });
    expect(await requestOf(executionId, "ask")).toMatchObject({ status: "CANCELLED", comment: reason });
    expect(await orchestrator.inspect("timed", executionId)).toMatchObject({
      status: "FAILED",
      reason,
      cancelledBy: null,
      cancelReason: null,
      timeoutAt: expect.any(Date),
    });
  });

  it("has failed too if it times out while no process runs it, and starts no further job", async () => {
    orchestrator = await launch();
    behaviours.set("first", untilAborted);
    const { executionId } = await start([work("first"), work("second", { dependencies: ["first"] })], {
      timeoutMs: DAY,
    });
    await eventually(async () => callsOf(executionId)[0]);
    await orchestrator.shutdown();
    await database.pool.query("update workflow_runs set timeout_at = clock_timestamp() where execution_id = $1", [
      executionId,
    ]);
    orchestrator = await launch();
    const reason = "The run timed out after 1 day.";
    expect(await (await orchestrator.find("timed", executionId))?.result()).toEqual({
      status: "FAILED",
      jobs: { first: { status: "CANCELLED", reason }, second: { status: "CANCELLED", reason } },
    });
    expect(callsOf(executionId)).toHaveLength(1);
  });

  it("stays cancelled if it was cancelled before", async () => {
    orchestrator = await launch();
    behaviours.set("slow", ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal?.addEventListener("abort", () => setTimeout(resolve, 1_500));
      return promise;
    });
    const { executionId, run } = await start([work("slow"), work("next", { dependencies: ["slow"] })], {
      timeoutMs: 1_000,
    });
    await eventually(async () => callsOf(executionId)[0]);
    await orchestrator.cancel("timed", executionId, "changed plans", { by: "dora" });
    expect((await run.result()).status).toBe("CANCELLED");
    expect(await orchestrator.inspect("timed", executionId)).toMatchObject({ reason: null, cancelledBy: "dora" });
  });
});
