/**
 * Tests jobs that start a run of another workflow: their outcome, their cancellation, and that they find the run again.
 */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { attemptsOf, decide, gate, jobsOf } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The behaviour of each job, by its id. */
const behaviours = new Map<string, (context: JobContext) => unknown>();
const calls: JobContext[] = [];

async function launch(options: object = {}): Promise<Orchestrator> {
  const made = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }), ...options });
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
beforeEach(async () => {
  calls.length = 0;
  behaviours.clear();
  orchestrator = await launch();
});
afterEach(() => orchestrator.shutdown());
afterAll(async () => {
  await core.close();
  await database.drop();
});

const work = (id: string, more: object = {}): JobDefinition => ({ id, type: "work", ...more });
const sub = (workflow: unknown, config: object = {}, more: object = {}): JobDefinition => ({
  id: "sub",
  type: "workflow",
  config: { workflow, ...config },
  ...more,
});
const inline = (jobs: readonly JobDefinition[], more: object = {}) => ({ id: "child", jobs, ...more });
const start = async (jobs: readonly JobDefinition[], more: object = {}, workflow: object = {}) => {
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "parent", jobs, ...workflow } as WorkflowDefinition, {
    executionId,
    ...more,
  });
  return { executionId, run };
};
interface Child {
  id: string;
  execution_id: string;
  status: string;
  [column: string]: unknown;
}
/** The runs that a run has started, oldest first. */
const childrenOf = async (executionId: string) =>
  (
    await database.pool.query<Child>(
      `select c.* from workflow_runs c join workflow_runs p on p.id = c.parent_run_id
        where p.execution_id = $1 order by c.created_at`,
      [executionId],
    )
  ).rows;
const childOf = (executionId: string) => eventually(async () => (await childrenOf(executionId))[0]);
const gateOf = (child: Child) =>
  eventually(async () => ((await jobsOf(database.pool, child.execution_id)).gate?.request_id as string) ?? undefined);
const statusOf = async (requestId: string) =>
  (await database.pool.query("select status, comment from approval_requests where id = $1", [requestId])).rows[0];
const release = (name: string) => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  behaviours.set(name, () => promise);
  return resolve;
};

describe("a job that starts a run", () => {
  it("succeeds with the outputs of the run's jobs, once a person has decided at the run's gate", async () => {
    const child = inline([work("build"), gate("gate", ["build"])]);
    const { executionId, run } = await start([sub(child), work("after", { dependencies: ["sub"] })]);
    const started = await childOf(executionId);
    expect(started).toMatchObject({ workflow_id: "child", parent_run_id: run.id, parent_job_id: "sub" });
    expect(started.execution_id).toMatch(new RegExp(`^${executionId}/sub~[0-9a-f]{12}$`));
    await decide(core, await gateOf(started), true);
    const { status, jobs } = await run.result();
    expect(status).toBe("SUCCEEDED");
    expect(jobs.sub?.output).toEqual({
      runId: started.id,
      status: "SUCCEEDED",
      jobs: {
        build: { status: "SUCCEEDED", output: "build" },
        gate: { status: "SUCCEEDED", output: expect.objectContaining({ status: "APPROVED", decidedBy: "bob" }) },
      },
    });
    expect(calls.at(-1)?.results.sub).toEqual(jobs.sub?.output);
  });

  it("starts the registered version with an input of literals and earlier outputs, checked against the schema", async () => {
    const inputSchema = { type: "object", properties: { image: { type: "string" }, region: { enum: ["eu"] } } };
    await orchestrator.registerWorkflow({ id: "deploy", jobs: [work("roll-out")] }, { inputSchema });
    await orchestrator.registerWorkflow({ id: "deploy", jobs: [work("roll-out-2")] }, { inputSchema });
    behaviours.set("build", () => ({ image: "shop:7" }));
    const from = { inputFrom: { image: "results.build.image" }, dependencies: ["build"] };
    const { inputFrom } = from;
    const { executionId, run } = await start(
      [
        work("build"),
        sub("deploy", { version: 1, input: { region: "eu" }, inputFrom }, { id: "one", dependencies: ["build"] }),
        sub("deploy", { inputFrom }, { id: "newest", dependencies: ["build"] }),
        sub("deploy", { input: { region: "us" } }, { id: "wrong" }),
        sub("nowhere", {}, { id: "unknown" }),
        sub("deploy", { inputFrom: { image: "results.build.missing" } }, { id: "empty", dependencies: ["build"] }),
      ],
      { priority: 7 },
    );
    const { jobs } = await run.result();
    expect([jobs.one?.status, jobs.newest?.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(jobs.wrong?.error).toBe('The run could not be started: input.region: must be one of "eu", not "us"');
    expect(jobs.unknown?.error).toContain("There is no such workflow");
    expect(jobs.empty?.error).toBe("The run could not be started: inputFrom.image: results.build.missing has no value");
    const inputs = Object.fromEntries(calls.map(({ jobId, input }) => [jobId, input]));
    expect(inputs["roll-out"]).toEqual({ region: "eu", image: "shop:7" });
    expect(inputs["roll-out-2"]).toEqual({ image: "shop:7" });
    const children = await childrenOf(executionId);
    expect(children.map(({ workflow_version, priority }) => [workflow_version, priority]).sort()).toEqual([
      [1, 7],
      [2, 7],
    ]);
  });

  it("fails with the run's reason, and with retries starts another run for each attempt", async () => {
    let tries = 0;
    behaviours.set("flaky", () => {
      if (++tries < 3) throw new Error(`no luck ${tries}`);
      return "luck";
    });
    const retries = { attempts: 3, delayMs: 1 };
    const { executionId, run } = await start([
      sub(inline([work("flaky")]), {}, { retries }),
      sub(inline([work("broken"), work("tolerated", { allowFailure: true })]), {}, { id: "failing" }),
    ]);
    behaviours.set("broken", () => Promise.reject(new Error("out of disk")));
    behaviours.set("tolerated", () => Promise.reject(new Error("no matter")));
    const { status, jobs } = await run.result();
    expect(status).toBe("FAILED");
    expect(jobs.failing).toMatchObject({
      status: "FAILED",
      error: 'The run of "child" failed: broken failed: out of disk',
      output: { status: "FAILED", jobs: { broken: { status: "FAILED" } } },
    });
    expect(jobs.sub?.output).toMatchObject({ jobs: { flaky: { output: "luck" } } });
    const ofFlaky = (await childrenOf(executionId)).filter(({ parent_job_id }) => parent_job_id === "sub");
    expect(ofFlaky.map(({ status }) => status)).toEqual(["FAILED", "FAILED", "SUCCEEDED"]);
    expect((await attemptsOf(database.pool, executionId, "sub")).map(({ outcome }) => outcome)).toEqual([
      ...["FAILED", "FAILED", "SUCCEEDED"],
    ]);
  });

  it("starts another run when it is retried in place", async () => {
    behaviours.set("inner", () => Promise.reject(new Error("no luck")));
    const { executionId, run } = await start([sub(inline([work("inner")]))]);
    expect((await run.result()).status).toBe("FAILED");
    behaviours.clear();
    await orchestrator.retry("parent", executionId, "sub");
    await eventually(async () => (await jobsOf(database.pool, executionId)).sub?.status === "SUCCEEDED" || undefined);
    expect((await childrenOf(executionId)).map(({ status }) => status)).toEqual(["FAILED", "SUCCEEDED"]);
  });

  it("fails when its run is cancelled separately, and is not retried", async () => {
    const { executionId, run } = await start([
      sub(inline([gate("gate", [])]), {}, { retries: { attempts: 5, delayMs: 1 } }),
    ]);
    const child = await childOf(executionId);
    await gateOf(child);
    await orchestrator.cancel("child", child.execution_id, "not this one", { by: "dora" });
    const { status, jobs } = await run.result();
    expect(status).toBe("FAILED");
    expect(jobs.sub).toMatchObject({ status: "FAILED", error: 'The run of "child" was cancelled: not this one' });
    expect(await childrenOf(executionId)).toHaveLength(1);
  });

  it("omits the largest outputs if all of them are larger than an output may be, and reports it", async () => {
    const big = "x".repeat(700_000);
    behaviours.set("big", () => big);
    behaviours.set("bigger", () => `${big}y`);
    const { run } = await start([sub(inline([work("bigger"), work("big"), work("small")]))]);
    const { jobs } = await run.result();
    expect(jobs.sub?.output).toMatchObject({
      jobs: {
        bigger: { status: "SUCCEEDED", outputOmitted: true },
        big: { status: "SUCCEEDED", output: big },
        small: { status: "SUCCEEDED", output: "small" },
      },
    });
  });

  it("fails with the names of all workflows if runs are nested too deep, as in a circle", async () => {
    await orchestrator.registerWorkflow({ id: "a", jobs: [sub("b")] });
    await orchestrator.registerWorkflow({ id: "b", jobs: [sub("a")] });
    const run = await orchestrator.startWorkflow("a", { executionId: randomUUID() });
    const { status, jobs } = await run.result();
    expect(status).toBe("FAILED");
    const circle = Array.from({ length: 12 }, (_, level) => (level % 2 === 0 ? "a" : "b")).join(" → ");
    expect(jobs.sub?.error).toContain(`runs can be nested 10 levels deep, but this one would be deeper: ${circle}`);
  });

  it("occupies no slot while it waits, and its run may need the only one", async () => {
    await orchestrator.shutdown();
    orchestrator = await launch({ concurrency: { "*": 1 } });
    const { run } = await start([sub(inline([work("inner")], { concurrency: 1 }))], {}, { concurrency: 1 });
    expect((await run.result()).status).toBe("SUCCEEDED");
    expect(() => createOrchestrator({ databaseUrl: database.url, concurrency: { workflow: 2 } })).toThrow(
      'concurrency["workflow"] is not possible',
    );
    expect(() =>
      orchestrator.registerHandler("workflow", { type: "workflow", execute: async () => ({ success: true }) }),
    ).toThrow("the orchestrator runs jobs of type workflow itself");
  });

  it("finds the same run again after a restart, and the run continues in the meantime", async () => {
    const { executionId } = await start([sub(inline([gate("gate", []), work("last", { dependencies: ["gate"] })]))]);
    const child = await childOf(executionId);
    const requestId = await gateOf(child);
    await orchestrator.shutdown();
    await decide(core, requestId, true);
    orchestrator = await launch();
    const { jobs } = await (
      (await orchestrator.find("parent", executionId)) as NonNullable<Awaited<ReturnType<Orchestrator["find"]>>>
    ).result();
    expect(jobs.sub?.output).toMatchObject({ runId: child.id, jobs: { last: { output: "last" } } });
    expect(await childrenOf(executionId)).toHaveLength(1);
    const outcomes = (await attemptsOf(database.pool, executionId, "sub")).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["HANDED_OVER", "SUCCEEDED"]);
  });
});

describe("a job whose run is cancelled or times out", () => {
  it("cancels its run, the runs below that, and their requests, and ends after all of them", async () => {
    const clean = release("clean");
    const leaf = { id: "leaf", jobs: [gate("gate", []), work("clean", { runIf: "always", dependencies: ["gate"] })] };
    const { executionId, run } = await start([sub(inline([sub(leaf)]))]);
    const child = await childOf(executionId);
    const grandchild = await childOf(child.execution_id);
    const requestId = await gateOf(grandchild);
    const cancelling = orchestrator.cancel("parent", executionId, "changed plans", { by: "dora" });
    await eventually(async () => calls.some(({ jobId }) => jobId === "clean") || undefined);
    expect(await statusOf(requestId)).toMatchObject({ status: "CANCELLED", comment: "changed plans" });
    expect((await jobsOf(database.pool, executionId)).sub).toMatchObject({ status: "RUNNING" });
    clean("clean");
    expect(await cancelling).toBe("CANCELLED");
    const { status, jobs } = await run.result();
    expect([status, jobs.sub?.status, jobs.sub?.reason]).toEqual([
      ...["CANCELLED", "CANCELLED", "The run was cancelled: changed plans"],
    ]);
    for (const ended of [...(await childrenOf(executionId)), ...(await childrenOf(child.execution_id))]) {
      expect(ended).toMatchObject({ status: "CANCELLED", cancelled_by: "dora" });
    }
  });

  it("is cancelled by the process that resumes it, also if no process has run it in the meantime", async () => {
    const { executionId } = await start([sub(inline([gate("gate", [])]))]);
    const child = await childOf(executionId);
    const requestId = await gateOf(child);
    await orchestrator.shutdown();
    await database.pool.query(
      "update workflow_runs set cancel_requested_at = now(), cancel_reason = 'while away' where execution_id = $1",
      [executionId],
    );
    orchestrator = await launch();
    const run = await orchestrator.find("parent", executionId);
    expect((await run?.result())?.status).toBe("CANCELLED");
    expect((await childrenOf(executionId))[0]?.status).toBe("CANCELLED");
    expect(await statusOf(requestId)).toMatchObject({ status: "CANCELLED", comment: "while away" });
  });

  it("times out with its run cancelled; the result of a run that had ended before counts", async () => {
    const late = await start([sub(inline([gate("gate", [])]), {}, { timeoutMs: 300 })]);
    const { jobs } = await late.run.result();
    expect(jobs.sub).toMatchObject({ status: "FAILED", error: "The job timed out after 300 ms." });
    const [child] = await childrenOf(late.executionId);
    expect(child).toMatchObject({ status: "CANCELLED", cancel_reason: "The job timed out after 300 ms." });
    expect(await statusOf(await gateOf(child as Child))).toMatchObject({ status: "CANCELLED" });

    const { executionId } = await start([sub(inline([gate("gate", [])]), {}, { timeoutMs: 60_000 })]);
    const ended = await childOf(executionId);
    await gateOf(ended);
    await orchestrator.shutdown();
    // Simulates that processes of another name have run it.
    await database.pool.query(
      `with jobs as (update workflow_run_jobs set status = 'SUCCEEDED', output = '"done"' where run_id = $1)
       update workflow_runs set status = 'SUCCEEDED' where id = $1`,
      [ended.id],
    );
    const past = "update workflow_run_jobs set timeout_at = now() - interval '1 hour' where run_id = $1";
    await database.pool.query(past, [ended.parent_run_id]);
    orchestrator = await launch();
    const result = await (await orchestrator.find("parent", executionId))?.result();
    expect(result?.jobs.sub).toMatchObject({ status: "SUCCEEDED", output: { jobs: { gate: { output: "done" } } } });
  });
});

describe("a document with a sub-workflow", () => {
  it("is refused with every fault of the configuration and of the inner document at once", async () => {
    const jobs = [
      work("build"),
      sub(
        { id: "child", jobs: [work("x", { dependencies: ["y"] }), { id: "z", type: "nothing" }] },
        { version: 1 },
        { id: "a" },
      ),
      sub(7, { input: [], extra: 1 }, { id: "b" }),
      sub(
        "deploy",
        { version: 0, input: { v: 1 }, inputFrom: { v: "results.build.v", w: "context.x", u: "results.gone.x" } },
        { id: "c" },
      ),
    ];
    const issues = await start(jobs).catch((error) => error.issues as { path: string; message: string }[]);
    expect((issues as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'jobs.1.config.workflow.jobs.0.dependencies.0: there is no job "y"',
      'jobs.1.config.workflow.jobs.1.type: there is no handler for "nothing"; registered types: approval, work',
      "jobs.1.config.version: cannot be used with a document; only registered workflows have versions",
      "jobs.2.config.extra: is not a known field; known fields: workflow, version, input, inputFrom",
      "jobs.2.config.workflow: must be the name of a registered workflow, or a document { id, jobs }, not 7",
      "jobs.2.config.input: must be a JSON object, not []",
      'jobs.3.config.inputFrom.u: there is no job "gone"',
      "jobs.3.config.version: must be a whole number from 1, not 0",
      "jobs.3.config.inputFrom.v: is already a field of input",
      'jobs.3.config.inputFrom.w: must start with one of results, input, item, index, but is "context.x"',
      'jobs.3.config.inputFrom.v: "build" does not come before "c"; add it to the dependencies',
    ]);
  });
});
