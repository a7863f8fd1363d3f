/** Tests checkpoints: the state before a gate, and another run that starts from it. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointById } from "../../src/db/queries/checkpoints.ts";
import { checkpointHeadsOfRequests } from "../../src/db/queries/run-lists.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import { createOrchestrator, type Orchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, notedRequest, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
const calls: JobContext[] = [];

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = createOrchestrator({ databaseUrl: database.url });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  orchestrator.registerHandler("work", {
    type: "work",
    async execute(context) {
      calls.push(context);
      return { success: true, output: { of: context.jobId, config: context.config } };
    },
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const work = (id: string, dependencies: string[] = [], config = {}) => ({ id, type: "work", dependencies, config });
const calledIn = (executionId: string) =>
  calls
    .filter((call) => call.executionId === executionId)
    .map(({ jobId }) => jobId)
    .toSorted();

const TRAINING: WorkflowDefinition = {
  id: "training",
  jobs: [
    work("prepare"),
    work("train", ["prepare"], { epochs: 3 }),
    gate("approval", ["train"], { createCheckpoint: true, checkpointName: "before-release" }),
    work("release", ["approval"]),
  ],
};

/** A run whose gate was rejected. */
async function rejectedRun(workflow = TRAINING) {
  const executionId = randomUUID();
  const run = await orchestrator.start(workflow, { executionId });
  // A checkpoint belongs to the request that the job's row names, which is written after the request.
  const requestId = await notedRequest(core.pool, executionId, "approval");
  const [head] = await checkpointHeadsOfRequests(core.pool, [requestId]);
  const checkpoint = await checkpointById(core.pool, head?.id as string);
  await decide(core, requestId, false);
  const result = await run.result();
  expect(result.status).toBe("FAILED");
  return { result, executionId, requestId, checkpoint: checkpoint as NonNullable<typeof checkpoint> };
}

/** Starts from a checkpoint, approves, and runs to the end. */
async function startAgain(id: string, changes: object = {}) {
  const executionId = randomUUID();
  const run = await orchestrator.startFromCheckpoint(id, { executionId, ...changes });
  await decide(core, await openRequest(core.pool, executionId, "approval"), true);
  return { executionId, result: await run.result() };
}

describe("a checkpoint", () => {
  it("has the state of the run before the gate, and belongs to its request", async () => {
    const { executionId, checkpoint } = await rejectedRun();
    expect(checkpoint).toMatchObject({
      executionId,
      workflowId: "training",
      jobId: "approval",
      name: "before-release",
      state: {
        workflow: TRAINING,
        config: TRAINING.jobs[2]?.config,
        dependencies: ["train"],
        results: {
          prepare: { of: "prepare", config: {} },
          train: { of: "train", config: { epochs: 3 } },
        },
      },
    });
  });

  it("is named in the run's result, in its jobs and in the gate's output, and in no other job", async () => {
    const { executionId, checkpoint, result } = await rejectedRun();
    const metadata = { checkpointId: checkpoint.id };
    expect(result.jobs.approval).toMatchObject({ metadata, output: { status: "REJECTED", ...metadata } });
    expect(result.jobs.train).not.toHaveProperty("metadata");
    const run = await orchestrator.inspect("training", executionId);
    expect(run?.jobs.map((job) => [job.jobId, job.metadata])).toEqual([
      ["prepare", null],
      ["train", null],
      ["approval", metadata],
      ["release", null],
    ]);
    const { executionId: next, result: second } = await startAgain(
      String(result.jobs.approval?.metadata?.checkpointId),
    );
    const own = second.jobs.approval?.metadata?.checkpointId;
    expect(await checkpointById(core.pool, own as string)).toMatchObject({ executionId: next });
  });

  it("lets a rejected run start again without the jobs before the gate", async () => {
    const { executionId: before, checkpoint } = await rejectedRun();
    const { executionId, result } = await startAgain(checkpoint.id);
    expect(calledIn(executionId)).toEqual(["release"]);
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      jobs: { train: { output: { config: { epochs: 3 } }, reason: `Taken over from execution ${before}.` } },
    });
    const release = calls.find((call) => call.executionId === executionId);
    expect(release?.results).toMatchObject({ approval: { status: "APPROVED" } });
    expect(await release?.result?.("train")).toMatchObject({ of: "train" });
    expect(await orchestrator.inspect("training", executionId)).toMatchObject({ startedFromCheckpoint: checkpoint.id });
  });

  it("lets a job run again that was compensated since, and the jobs after it", async () => {
    const undo = { id: "undo-train", type: "work", compensates: "train" };
    const { checkpoint } = await rejectedRun({ ...TRAINING, jobs: [...TRAINING.jobs, undo] });
    const { executionId, result } = await startAgain(checkpoint.id);
    expect(calledIn(executionId)).toEqual(["release", "train"]);
    expect(result.jobs.prepare?.reason).toMatch(/^Taken over/);
    expect(result.jobs["undo-train"]?.status).toBe("SKIPPED");
  });

  it("lets a job run again whose rules are changed, and the jobs after it", async () => {
    const { checkpoint } = await rejectedRun();
    const changed = TRAINING.jobs.map((job) => (job.id === "prepare" ? { ...job, runIf: "always" as const } : job));
    const { executionId } = await startAgain(checkpoint.id, { workflow: { ...TRAINING, jobs: changed } });
    expect(calledIn(executionId)).toEqual(["prepare", "release", "train"]);
  });

  it("lets a job run again whose configuration is changed, and the jobs after it", async () => {
    const { checkpoint } = await rejectedRun();
    const { executionId, result } = await startAgain(checkpoint.id, { config: { train: { epochs: 9 } } });
    expect(calledIn(executionId)).toEqual(["release", "train"]);
    expect(result.jobs.train).toMatchObject({ output: { config: { epochs: 9 } } });
    const first = await startAgain(checkpoint.id, { config: { prepare: { rows: 5 } } });
    expect(calledIn(first.executionId)).toEqual(["prepare", "release", "train"]);
  });

  it("accepts a changed gate, a changed document, or an output instead of a job", async () => {
    const { checkpoint } = await rejectedRun();
    const asked = await startAgain(checkpoint.id, { config: { approval: { title: "And now?" } } });
    expect(calledIn(asked.executionId)).toEqual(["release"]);
    const { rows } = await core.pool.query("select title from approval_requests where execution_id = $1", [
      asked.executionId,
    ]);
    expect(rows).toEqual([{ title: "And now?" }]);

    const given = await startAgain(checkpoint.id, { results: { train: { of: "elsewhere" } } });
    expect(calledIn(given.executionId)).toEqual(["release"]);
    expect(given.result.jobs.train).toEqual({
      status: "SUCCEEDED",
      output: { of: "elsewhere" },
      reason: "Its output was given at the start.",
    });

    const workflow = { ...TRAINING, jobs: [...TRAINING.jobs, work("announce", ["release"])] };
    expect(calledIn((await startAgain(checkpoint.id, { workflow })).executionId)).toEqual(["announce", "release"]);
  });

  it("is refused if it is unknown, or if the changes do not fit", async () => {
    const executionId = randomUUID();
    const start = (id: string, changes = {}) => orchestrator.startFromCheckpoint(id, { executionId, ...changes });
    for (const id of [randomUUID(), "x"]) await expect(start(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const { checkpoint } = await rejectedRun();
    await expect(
      start(checkpoint.id, { config: { nobody: {} }, results: { nothing: 1 }, workflow: { ...TRAINING, id: "other" } }),
    ).rejects.toMatchObject({
      issues: [
        { path: "workflow.id", message: 'must be that of the checkpoint, training, not "other"' },
        { path: "config.nobody", message: 'there is no job "nobody"' },
        { path: "results.nothing", message: 'there is no job "nothing"' },
      ],
    });
  });

  it("is refused with outputs that cannot be stored, and with values that are not jobs", async () => {
    const { checkpoint } = await rejectedRun();
    const issuesOf = async (changes: object) => {
      const options = { executionId: randomUUID(), ...changes };
      const error = await orchestrator.startFromCheckpoint(checkpoint.id, options).catch((caught) => caught);
      return (error.issues as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`);
    };
    expect(await issuesOf({ results: { prepare: { a: "x\0y", n: 1n, f: () => 1 } } })).toEqual([
      "results.prepare.n: BigInt is not a JSON value",
      "results.prepare.f: function is not a JSON value",
    ]);
    expect(await issuesOf({ results: { prepare: { a: "x\0y" }, train: "x".repeat(2 ** 20) } })).toEqual([
      "results.prepare.a: has a NUL character (U+0000), which cannot be stored",
      expect.stringMatching(/^results.train: is \d+ bytes of JSON; at most 1048576 \(1 MiB\) are allowed$/),
    ]);
    const must = "must be a job, { id, type, dependencies, config }, not null";
    expect(await issuesOf({ workflow: { id: "training", jobs: [null] } })).toEqual([`jobs.0: ${must}`]);
    expect(await issuesOf({ workflow: { id: 1n, jobs: 7 } })).toEqual([
      "workflow.id: must be that of the checkpoint, training, not 1n",
    ]);
  });

  it("starts one run for its ids: the same outputs find it, others are refused", async () => {
    const { checkpoint } = await rejectedRun();
    const executionId = randomUUID();
    const start = (results: Record<string, unknown>) =>
      orchestrator.startFromCheckpoint(checkpoint.id, { executionId, results });
    const run = await start({ train: { of: "elsewhere", at: new Date(0), size: -0 } });
    expect((await start({ train: { size: 0, at: new Date(0), of: "elsewhere" } })).id).toBe(run.id);
    for (const results of [{}, { train: { of: "another" } }, { train: null }]) {
      await expect(start(results)).rejects.toMatchObject({
        code: "CONFLICT",
        message: `execution "${executionId}" of workflow "training" was started with other results; a new run needs a new executionId`,
      });
    }
    await decide(core, await openRequest(core.pool, executionId, "approval"), true);
    expect((await run.result()).jobs.train).toMatchObject({ output: { of: "elsewhere" } });
    // Also once other jobs have outputs.
    expect((await start({ train: { of: "elsewhere", at: new Date(0), size: 0 } })).id).toBe(run.id);
  });
});
