/** Tests the orchestrator in one process: documents, results, retries and cancellation. */

import { randomUUID } from "node:crypto";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertRun } from "../../src/db/queries/run-starts.ts";
import { failRun } from "../../src/db/queries/run-writes.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { startRun } from "../../src/orchestrator/engine.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runIdOf } from "../../src/orchestrator/keys.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, ended, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The calls of the jobs of type `work`, in order. */
const calls: JobContext[] = [];
/** The behaviour of a job, by its id. Default: it succeeds and outputs its id. */
const behaviours = new Map<string, (context: JobContext) => unknown>();

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  orchestrator.registerHandler("work", {
    type: "work",
    async execute(context) {
      calls.push(context);
      const output = (await behaviours.get(context.jobId)?.(context)) ?? context.jobId;
      return { success: true, output };
    },
    validate: (config) =>
      (config as { wrong?: boolean }).wrong ? [{ path: "wrong", message: "must not be there" }] : [],
  });
  orchestrator.registerHandler("broken", {
    type: "broken",
    execute: async () => ({ success: false, error: "out of order" }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const work = (id: string, dependencies: string[] = [], more: object = {}) => ({
  id,
  type: "work",
  dependencies,
  ...more,
});
const callsOf = (executionId: string) => calls.filter((call) => call.executionId === executionId);

/** Runs jobs to their end. */
async function runJobs(jobs: WorkflowDefinition["jobs"], executionId: string = randomUUID()) {
  const run = await orchestrator.start({ id: "release", jobs }, { executionId });
  return { executionId, result: await run.result() };
}

const issuesOf = async (workflow: unknown, executionId: unknown = randomUUID()) => {
  const error = await orchestrator
    .start(workflow as WorkflowDefinition, { executionId: executionId as string })
    .catch((caught) => caught);
  return error.issues as { path: string; message: string }[];
};

describe("a document", () => {
  it("is refused with every fault at once", async () => {
    const issues = await issuesOf(
      {
        id: "",
        jobs: [
          work("a", ["c", "nowhere"]),
          { id: "b", type: "approval", dependencies: ["a"], config: { notifyUsers: ["bob"] } },
          work("c", ["b"]),
          work("a", [], { retries: { attempts: 0, often: true } }),
          { id: "e", type: "unknown", needs: ["a"] },
          work("f", [], { config: { wrong: true } }),
        ],
      },
      "",
    );
    expect(issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "executionId: must not be empty",
      "id: must not be empty",
      'jobs.0.dependencies.1: there is no job "nowhere"',
      "jobs.1.config.title: is required",
      'jobs.3.id: "a" is already the id of jobs.0',
      "jobs.3.retries.attempts: must be a whole number from 1 to 100, not 0",
      "jobs.3.retries.often: is not a field of retries; known fields: attempts, delayMs, backoff, losses",
      "jobs.4.needs: is not a field of a workflow document; known fields: id, type, dependencies, config, retries, timeoutMs, forEach, runIf, when, compensates, allowFailure",
      'jobs.4.type: there is no handler for "unknown"; registered types: approval, work, broken',
      "jobs.5.config.wrong: must not be there",
    ]);
  });

  it("is refused if jobs wait for each other, and the error names the circle", async () => {
    const jobs = [work("a", ["b"]), work("b", ["c"]), work("c", ["b"]), work("d", ["d"])];
    expect(await issuesOf({ id: "release", jobs })).toEqual([
      { path: "jobs.1.dependencies", message: "form a cycle: b → c → b" },
      { path: "jobs.3.dependencies", message: "form a cycle: d → d" },
    ]);
  });

  it.each([
    [null, "", /must be a workflow's document/],
    [{ id: "release" }, "jobs", /must be a list of 1 to 1000 jobs, not undefined/],
    [{ id: "release", jobs: [] }, "jobs", /not 0 of them/],
    [{ id: "release", jobs: ["build"] }, "jobs.0", /must be a job/],
    [{ id: "release", jobs: [{ ...work("a"), dependencies: "b" }] }, "jobs.0.dependencies", /list of the ids/],
    [
      { id: "release", jobs: [work("a", [], { config: { f: () => 1 } })] },
      "jobs.0.config.f",
      /function is not a JSON value/,
    ],
  ])("is refused if it is %j", async (workflow, path, message) => {
    expect(await issuesOf(workflow)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  describe("with a job whose id has dots", () => {
    const ask = (field: string) => ({
      id: "ask",
      type: "approval",
      config: {
        title: "Deploy?",
        notifyUsers: ["bob"],
        approvalType: "conditional",
        autoApproveConditions: [
          { field: "config.title", operator: "==", value: "" },
          { field, operator: "==", value: 1 },
        ],
      },
    });
    it.each([
      ["results.a.b", ["a.b"]],
      ["results.a.b.size", ["a.b"]],
      ["results.a.b.size", ["a", "a.b"]],
      ["results.build.linux.x64.0", ["build.linux.x64"]],
      ["results.a.b.c", ["a.b.c", "other"]],
    ])("is refused if a condition on %s does not lead to the job: %j", async (field, ids) => {
      const jobs = [...ids.map((id) => work(id)), ask(field)];
      const dotted = ids.find((id) => id.includes(".")) as string;
      const path = `jobs.${ids.length}.config.autoApproveConditions.1.field`;
      const message =
        `leads to the job "${dotted.split(".")[0]}" and not to the job "${dotted}": the dots of a path separate names; ` +
        "give the job an id without dots";
      expect(await issuesOf({ id: "release", jobs })).toEqual([{ path, message }]);
    });

    it.each(["results.a.bc", "results.a.x", "results.other.a.b", "context.a.b"])(
      "is accepted if a condition is on %s",
      async (field) => {
        expect(new ApprovalHandler(core).validate(ask(field).config, { jobIds: ["a.b", "a", "ask"] })).toEqual([]);
      },
    );
  });

  it("may have undefined fields in a gate's configuration, which are omitted", async () => {
    const config = {
      title: "Deploy?",
      notifyUsers: ["bob"],
      description: undefined,
      timeoutMs: undefined,
      notifyRoles: undefined,
      context: { build: { note: undefined, size: 1 }, gone: undefined },
      metadata: { risk: undefined },
    };
    const handler = new ApprovalHandler(core);
    expect(handler.validate(config)).toEqual([]);
    const hole = { ...config, context: { list: [undefined] } };
    expect(handler.validate(hole)).toEqual([{ path: "context.list.0", message: "undefined is not a JSON value" }]);
    expect(await issuesOf({ id: "release", jobs: [gate("ask", [], hole)] })).toEqual([
      { path: "jobs.0.config.context.list.0", message: "undefined is not a JSON value" },
    ]);

    const executionId = randomUUID();
    const run = await orchestrator.start({ id: "release", jobs: [gate("ask", [], config)] }, { executionId });
    const id = await openRequest(database.pool, executionId, "ask");
    const { rows } = await database.pool.query(
      "select context, metadata, description from approval_requests where id = $1",
      [id],
    );
    expect(rows).toEqual([{ context: { build: { size: 1 } }, metadata: {}, description: null }]);
    const context = {
      jobId: "ask",
      workflowId: "release",
      executionId,
      type: "approval",
      dependencies: [],
      results: {},
    };
    const byItself = handler.execute({ ...context, config });
    await decide(core, id, true);
    expect((await byItself).output?.requestId).toBe(id);
    expect((await run.result()).status).toBe("SUCCEEDED");
  });

  it("stores nothing if it is refused", async () => {
    const executionId = randomUUID();
    await issuesOf({ id: "release", jobs: [work("a", ["a"])] }, executionId);
    expect(await orchestrator.find("release", executionId)).toBeNull();
  });
});

describe("a run", () => {
  it("gives each job the outputs of its dependencies", async () => {
    const { executionId, result } = await runJobs([
      work("deploy", ["test"]),
      work("test", ["build"]),
      work("build"),
      work("elsewhere"),
    ]);
    expect(result).toEqual({
      status: "SUCCEEDED",
      jobs: Object.fromEntries(
        ["deploy", "test", "build", "elsewhere"].map((id) => [id, { status: "SUCCEEDED", output: id }]),
      ),
    });
    expect(Object.keys(result.jobs)).toEqual(["deploy", "test", "build", "elsewhere"]);
    const deploy = callsOf(executionId).find(({ jobId }) => jobId === "deploy");
    expect(deploy).toMatchObject({ dependencies: ["test"], results: { test: "test" }, config: {} });
  });

  it("runs independent jobs side by side", async () => {
    const both = Promise.withResolvers<void>();
    let there = 0;
    for (const id of ["left", "right"]) {
      behaviours.set(id, () => {
        if (++there === 2) both.resolve();
        return both.promise;
      });
    }
    expect((await runJobs([work("left"), work("right")])).result.status).toBe("SUCCEEDED");
  });

  it("skips the jobs after a failed job with the reason, and continues with the others", async () => {
    const { result } = await runJobs([
      { id: "build", type: "broken" },
      work("deploy", ["build"]),
      work("announce", ["deploy"]),
      work("clean"),
    ]);
    expect(result).toEqual({
      status: "FAILED",
      jobs: {
        build: { status: "FAILED", error: "out of order" },
        deploy: { status: "SKIPPED", reason: "build failed: out of order" },
        announce: { status: "SKIPPED", reason: "build failed: out of order" },
        clean: { status: "SUCCEEDED", output: "clean" },
      },
    });
  });

  it("skips the jobs after a rejected gate", async () => {
    const executionId = randomUUID();
    const jobs = [gate("approval", []), work("deploy", ["approval"])];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId });
    await decide(core, await openRequest(core.pool, executionId, "approval"), false);
    expect(await run.result()).toMatchObject({
      status: "FAILED",
      jobs: {
        approval: { status: "FAILED", error: "Rejected by bob: no.", output: { status: "REJECTED" } },
        deploy: { status: "SKIPPED", reason: "approval failed: Rejected by bob: no." },
      },
    });
  });

  it("retries a job as its document states, under one idempotency key", async () => {
    let failures = 0;
    behaviours.set("flaky", () => {
      if (failures++ < 2) throw new Error("not yet");
    });
    const { executionId, result } = await runJobs([work("flaky", [], { retries: { attempts: 3, delayMs: 1 } })]);
    expect(result.jobs.flaky).toEqual({ status: "SUCCEEDED", output: "flaky" });
    const keys = callsOf(executionId).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect((await jobsOf(core.pool, executionId)).flaky).toMatchObject({ attempts: 3, failures: 2, error: null });
  });

  it("fails a job that is out of attempts with its last error", async () => {
    behaviours.set("hopeless", () => {
      throw new Error("never");
    });
    const { executionId, result } = await runJobs([work("hopeless", [], { retries: { attempts: 2, delayMs: 1 } })]);
    expect(result.jobs.hopeless).toEqual({ status: "FAILED", error: "never" });
    expect(callsOf(executionId)).toHaveLength(2);
  });

  it.each([
    ["a NUL character", "a\0b", /its output cannot be stored: answer.output: has a NUL/],
    ["a text that is too large", "x".repeat(1024 * 1024), /at most 1048576/],
    ["a BigInt", { n: 10n }, /BigInt/],
  ])("fails a job that outputs %s", async (_what, output, message) => {
    behaviours.set("odd", () => output);
    expect((await runJobs([work("odd")])).result.jobs.odd).toEqual({
      status: "FAILED",
      error: expect.stringMatching(message),
    });
  });

  it("lets automatic conditions read the results before the gate", async () => {
    behaviours.set("measure", () => ({ size: 42 }));
    const config = {
      approvalType: "conditional",
      autoApproveConditions: [{ field: "results.measure.size", operator: "<", value: 100 }],
    };
    const { result } = await runJobs([
      work("measure"),
      gate("approval", ["measure"], config),
      work("deploy", ["approval"]),
    ]);
    expect(result.status).toBe("SUCCEEDED");
    expect(result.jobs.approval).toMatchObject({ output: { status: "APPROVED", decidedBy: null } });
  });

  it("is the same run when it is started again, also once it has ended", async () => {
    const { executionId, result } = await runJobs([work("once")]);
    expect((await runJobs([work("once")], executionId)).result).toEqual(result);
    expect(callsOf(executionId)).toHaveLength(1);
  });

  it("cannot have another document under the same ids", async () => {
    const { executionId } = await runJobs([work("once")]);
    await expect(runJobs([work("other")], executionId)).rejects.toMatchObject({
      code: "CONFLICT",
      message: `execution "${executionId}" of workflow "release" was started with another document; a new run needs a new executionId`,
    });
  });
});

describe("an orchestrator", () => {
  it("has one handler of each type, and names the fault of another", () => {
    const handler = { type: "work", execute: async () => ({ success: true }) };
    expect(() => orchestrator.registerHandler("work", handler)).toThrow("a handler of type work is already registered");
    expect(() => orchestrator.registerHandler("", handler)).toThrow('a string that is not empty, not ""');
    expect(() => orchestrator.registerHandler("odd", {} as typeof handler)).toThrow("must have a method execute");
  });

  it("is the only one in its process, and does nothing before it is launched", async () => {
    const second = createOrchestrator({ databaseUrl: database.url });
    await expect(second.find("release", "1")).rejects.toThrow("the orchestrator is not launched");
    await expect(second.launch()).rejects.toThrow("a process can have one orchestrator");
    await expect(orchestrator.launch()).rejects.toThrow("the orchestrator is already launched");
    await second.shutdown();
    const { rows } = await core.pool.query(
      "select count(*)::int as n from orchestrator_executors where lease_until > now()",
    );
    expect(rows).toEqual([{ n: 1 }]);
    // The first continues.
    expect((await runJobs([work("once")])).result.status).toBe("SUCCEEDED");
  });

  it("delays a job whose type only another process knows, until its handler is registered", async () => {
    const executionId = randomUUID();
    const definition = { id: "release", jobs: [{ id: "late", type: "late" }] };
    const id = runIdOf("release", executionId);
    await insertRun(core.pool, { id, definition, executionId, startedFromCheckpoint: null, taken: {} });
    await startRun({ id, generation: 1, engineId: id });
    const run = await orchestrator.find("release", executionId);
    orchestrator.registerHandler("late", { type: "late", execute: async () => ({ success: true, output: 7 }) });
    expect(await run?.result()).toEqual({ status: "SUCCEEDED", jobs: { late: { status: "SUCCEEDED", output: 7 } } });
  });
});

describe("a run that cannot continue", () => {
  it("has one step of the engine for each job, with its outcome, which the engine can read", async () => {
    const jobs = [work("build"), { id: "wrong", type: "broken" }, work("behind", ["wrong"])];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId: randomUUID() });
    expect(await run.result()).toMatchObject({ status: "FAILED" });
    const steps = await DBOS.listWorkflowSteps(run.id);
    const reason = "wrong failed: out of order";
    expect(steps?.map(({ functionID, name, output }) => [functionID, name, output])).toEqual([
      [0, "build", { status: "SUCCEEDED" }],
      [1, "wrong", { status: "FAILED", error: "out of order" }],
      [2, "behind", { status: "SKIPPED", reason }],
    ]);
  });

  it("ends as FAILED with its open jobs, and only its owner can end it", async () => {
    const executionId = randomUUID();
    behaviours.set("stuck", () => new Promise(() => {}));
    const jobs = [work("stuck"), work("behind", ["stuck"])];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId });
    await expect.poll(() => callsOf(executionId).length).toBe(1);
    await failRun(core.pool, { runId: run.id, token: randomUUID() }, "not its owner");
    expect(await orchestrator.inspect("release", executionId)).toMatchObject({ status: "RUNNING" });
    const { rows } = await core.pool.query(
      "select owner_xid as token from countersign_engine.workflow_status where workflow_uuid = $1",
      [run.id],
    );
    await failRun(core.pool, { runId: run.id, token: rows[0].token }, "out of luck");
    const end = { status: "FAILED", error: "out of luck" };
    expect(await run.result()).toEqual({ status: "FAILED", jobs: { stuck: end, behind: end } });
  });
});

describe("a cancelled run", () => {
  it("cancels its open request, and starts no more jobs", async () => {
    const executionId = randomUUID();
    const jobs = [gate("approval", []), work("deploy", ["approval"]), work("build")];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId });
    const id = await openRequest(core.pool, executionId, "approval");
    expect(await orchestrator.cancel("release", executionId, "changed plans", { by: "dora" })).toBe("CANCELLED");
    expect(await orchestrator.inspect("release", executionId)).toMatchObject({
      cancelReason: "changed plans",
      cancelledBy: "dora",
      cancelRequestedAt: expect.any(Date),
    });
    const reason = "The run was cancelled: changed plans";
    expect(await run.result()).toMatchObject({
      status: "CANCELLED",
      jobs: {
        approval: { status: "CANCELLED", reason, error: "Cancelled by system: changed plans." },
        deploy: { status: "CANCELLED", reason },
        build: { status: "SUCCEEDED" },
      },
    });
    const { rows } = await core.pool.query("select status from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED" }]);
    expect(callsOf(executionId).map(({ jobId }) => jobId)).toEqual(["build"]);
  });

  it("aborts a job without a cancel method, and does not retry it", async () => {
    const executionId = randomUUID();
    behaviours.set("endless", ({ signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => reject(signal.reason));
      return promise;
    });
    const jobs = [work("endless", [], { retries: { attempts: 5 } })];
    const run = await orchestrator.start({ id: "release", jobs }, { executionId });
    await expect.poll(() => callsOf(executionId).length).toBe(1);
    expect(await orchestrator.cancel("release", executionId)).toBe("CANCELLED");
    expect((await run.result()).jobs.endless).toEqual({
      status: "CANCELLED",
      error: "the run was cancelled",
      reason: "The run was cancelled.",
    });
  });

  it("ends with all of its jobs if the notification was lost and a later job finds the cancellation", async () => {
    const executionId = randomUUID();
    const go = Promise.withResolvers<void>();
    behaviours.set("deaf", ({ signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => reject(signal.reason));
      return promise;
    });
    behaviours.set("first", () => go.promise);
    const jobs = [work("deaf"), work("first"), work("second", ["first"])];
    await orchestrator.start({ id: "release", jobs }, { executionId });
    await expect.poll(() => callsOf(executionId).length).toBe(2);
    await core.pool.query("alter table workflow_runs disable trigger workflow_runs_notify_update");
    await core.pool.query("update workflow_runs set cancel_requested_at = now() where execution_id = $1", [
      executionId,
    ]);
    go.resolve();
    expect(await ended(core.pool, executionId)).toBe("CANCELLED");
    await core.pool.query("alter table workflow_runs enable trigger workflow_runs_notify_update");
    const { deaf, first, second } = await jobsOf(core.pool, executionId);
    expect([deaf?.status, first?.status, second?.status]).toEqual(["CANCELLED", "SUCCEEDED", "CANCELLED"]);
  });

  it("does not change once it has ended, and is NOT_FOUND if it does not exist", async () => {
    const { executionId } = await runJobs([work("once")]);
    expect(await orchestrator.cancel("release", executionId)).toBe("SUCCEEDED");
    await expect(orchestrator.cancel("release", randomUUID())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
