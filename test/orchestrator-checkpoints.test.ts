/** Checkpoints: the state before a gate, and another run that starts from it. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointsOfRequests } from "../src/db/queries/checkpoints.ts";
import { ApprovalHandler } from "../src/handler/approval-handler.ts";
import type { JobContext } from "../src/handler/job.ts";
import { createOrchestrator, type Orchestrator, type WorkflowDefinition } from "../src/orchestrator/entry.ts";
import { type Core, startCore } from "./support/core.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { decide, gate, openRequest } from "./support/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
const calls: JobContext[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
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
  const requestId = await openRequest(core.pool, executionId, "approval");
  const [checkpoint] = await checkpointsOfRequests(core.pool, [requestId]);
  await decide(core, requestId, false);
  expect((await run.result()).status).toBe("FAILED");
  return { executionId, requestId, checkpoint: checkpoint as NonNullable<typeof checkpoint> };
}

/** Starts from a checkpoint, approves, and runs to the end. */
async function startAgain(id: string, changes: object = {}) {
  const executionId = randomUUID();
  const run = await orchestrator.startFromCheckpoint(id, { executionId, ...changes });
  await decide(core, await openRequest(core.pool, executionId, "approval"), true);
  return { executionId, result: await run.result() };
}

describe("a checkpoint", () => {
  it("holds the state of the run before the gate, and belongs to its request", async () => {
    const { requestId, executionId, checkpoint } = await rejectedRun();
    expect(checkpoint).toMatchObject({
      ...{ requestId, executionId, workflowId: "training", jobId: "approval", name: "before-release" },
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

  it("lets a rejected run be started again, without what stood before the gate", async () => {
    const { executionId: before, checkpoint } = await rejectedRun();
    const { executionId, result } = await startAgain(checkpoint.id);
    expect(calledIn(executionId)).toEqual(["release"]);
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      jobs: { train: { output: { config: { epochs: 3 } }, reason: `Taken over from execution ${before}.` } },
    });
    const release = calls.find((call) => call.executionId === executionId);
    expect(release?.results).toMatchObject({ train: { of: "train" }, approval: { status: "APPROVED" } });
    expect(await orchestrator.inspect("training", executionId)).toMatchObject({ startedFromCheckpoint: checkpoint.id });
  });

  it("has a job run again whose configuration is changed, and those behind it", async () => {
    const { checkpoint } = await rejectedRun();
    const { executionId, result } = await startAgain(checkpoint.id, { config: { train: { epochs: 9 } } });
    expect(calledIn(executionId)).toEqual(["release", "train"]);
    expect(result.jobs.train).toMatchObject({ output: { config: { epochs: 9 } } });
    const first = await startAgain(checkpoint.id, { config: { prepare: { rows: 5 } } });
    expect(calledIn(first.executionId)).toEqual(["prepare", "release", "train"]);
  });

  it("takes another question, another document, or an output instead of a job", async () => {
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

  it("is refused where it is unknown, or where the changes do not fit", async () => {
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
});
