/** Tests runs that are moved to another version of their document before they have ended. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  attemptsOf,
  decide,
  effect,
  effectsOf,
  ended,
  gate,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";

let stage: OrchestratorStage;
let core: Core;
let orchestrator: Orchestrator;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
  orchestrator = createOrchestrator({ databaseUrl: stage.database.url, leaseMs: 2_000 });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  orchestrator.registerHandler("effect", {
    type: "effect",
    async execute({ executionId, jobId, idempotencyKey, config }) {
      const sql = "insert into effects (key, execution_id, job_id) values ($1, $2, $3)";
      await core.pool.query(sql, [idempotencyKey, executionId, jobId]);
      return { success: true, output: config };
    },
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await stage.stop();
});

const BEFORE: WorkflowDefinition = {
  id: "move",
  jobs: [effect("build"), gate("approval", ["build"]), effect("deploy", ["approval"]), effect("archive", ["deploy"])],
};
/** Tests run before the deployment, which has other settings; nothing is archived, and the release is announced. */
const AFTER: WorkflowDefinition = {
  id: "move",
  jobs: [
    effect("build"),
    effect("lint"),
    gate("approval", ["build"]),
    effect("test", ["approval", "lint"]),
    { ...effect("deploy", ["test"]), config: { region: "eu" } },
    effect("announce", ["deploy"]),
  ],
};

/** A run that waits at its gate. */
async function waiting(workflow = BEFORE) {
  const executionId = randomUUID();
  const run = await orchestrator.start(workflow, { executionId });
  return { run, executionId, requestId: await notedRequest(core.pool, executionId, "approval") };
}
const move = (executionId: string, workflow: unknown) =>
  orchestrator.move("move", executionId, { workflow: workflow as WorkflowDefinition });

describe("a run that waits at a gate", { timeout: 120_000 }, () => {
  it("continues with the document that it was moved to, by the decision on the same request", async () => {
    const { run, executionId, requestId } = await waiting();
    await orchestrator.move("move", executionId, { workflow: AFTER, by: "ann" });
    expect(Object.keys(await jobsOf(core.pool, executionId))).toEqual(AFTER.jobs.map(({ id }) => id));
    await decide(core, requestId, true);
    const { status, jobs } = await run.result();
    expect([status, Object.keys(jobs), jobs.deploy?.output]).toEqual([
      "SUCCEEDED",
      AFTER.jobs.map(({ id }) => id),
      { region: "eu" },
    ]);
    expect(await effectsOf(core.pool, executionId)).toEqual(["announce", "build", "deploy", "lint", "test"]);
    expect((await attemptsOf(core.pool, executionId, "approval")).map(({ outcome }) => outcome)).toEqual([
      "HANDED_OVER",
      "SUCCEEDED",
    ]);
    const { rows } = await core.pool.query(
      "select generation, moved_by, from_version, to_version, added, removed, changed from workflow_run_moves where run_id = $1",
      [run.id],
    );
    expect(rows).toEqual([
      {
        generation: 2,
        moved_by: "ann",
        from_version: null,
        to_version: null,
        added: ["lint", "test", "announce"],
        removed: ["archive"],
        changed: ["deploy"],
      },
    ]);
    // A start is safe to repeat with the old document and with the new one.
    for (const workflow of [BEFORE, AFTER]) {
      expect((await orchestrator.start(workflow, { executionId })).id).toBe(run.id);
    }
  });

  it("skips the new jobs if the request is rejected", async () => {
    const { run, executionId, requestId } = await waiting();
    await move(executionId, AFTER);
    await decide(core, requestId, false);
    const { status, jobs } = await run.result();
    expect(status).toBe("FAILED");
    expect(Object.entries(jobs).map(([id, job]) => `${id} ${job.status}`)).toEqual([
      ...["build SUCCEEDED", "lint SUCCEEDED", "approval FAILED", "test SKIPPED", "deploy SKIPPED"],
      "announce SKIPPED",
    ]);
  });

  const changed = (id: string, change: Partial<JobDefinition> | null): WorkflowDefinition => ({
    ...BEFORE,
    jobs: BEFORE.jobs.flatMap((job) => (job.id !== id ? [job] : change === null ? [] : [{ ...job, ...change }])),
  });
  it.each([
    ["a job that has succeeded", changed("build", { config: { size: 1 } }), /build is changed, but it is SUCCEEDED/],
    [
      "a gate that has created its request",
      changed("approval", { config: { title: "x" } }),
      /approval is changed, but it is RUNNING/,
    ],
    ["the dependencies of a started job", changed("approval", { dependencies: [] }), /approval is changed/],
    [
      "the whole document",
      { ...BEFORE, jobs: [effect("other")] },
      /build is removed, but it is SUCCEEDED; approval is removed, but it is RUNNING/,
    ],
  ])("is not moved if that changes %s, and does not change", async (_what, workflow, message) => {
    const { executionId, requestId, run } = await waiting();
    const { config } = BEFORE.jobs[1] as JobDefinition;
    const whole = { ...workflow, jobs: workflow.jobs.map((job) => ({ ...job })) };
    for (const job of whole.jobs)
      if (job.id === "approval") job.config = { ...(config as object), ...(job.config as object) };
    await expect(move(executionId, whole)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(message),
    });
    await decide(core, requestId, true);
    expect((await run.result()).status).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["archive", "build", "deploy"]);
  });

  it("is moved if only the retries and time-outs of its jobs change", async () => {
    const { run, executionId, requestId } = await waiting();
    const jobs = BEFORE.jobs.map((job) => ({ ...job, retries: { attempts: 5 }, timeoutMs: 1_000_000 }));
    await move(executionId, { ...BEFORE, timeoutMs: 86_400_000, jobs });
    await decide(core, requestId, true);
    expect((await run.result()).status).toBe("SUCCEEDED");
  });

  it("refuses another workflow, an invalid document, an invalid name and a run that has ended", async () => {
    const { run, executionId, requestId } = await waiting();
    const refused = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (error) => [error.code, error.message],
      );
    expect(await refused(move(executionId, { ...AFTER, id: "other" }))).toEqual([
      ...["VALIDATION", 'id: must be that of the run, "move", not "other"'],
    ]);
    expect(await refused(move(executionId, { ...AFTER, jobs: [effect("a", ["b"])] }))).toEqual([
      ...["VALIDATION", expect.stringContaining("jobs.0.dependencies.0")],
    ]);
    expect(await refused(move(randomUUID(), AFTER))).toEqual(["NOT_FOUND", expect.any(String)]);
    expect(await refused(orchestrator.move("move", executionId, { version: 1 }))).toEqual([
      ...["NOT_FOUND", expect.any(String)],
    ]);
    expect(await refused(orchestrator.move("move", executionId, { version: 0 }))).toEqual([
      ...["VALIDATION", expect.stringContaining("version")],
    ]);
    await decide(core, requestId, true);
    await run.result();
    expect(await refused(move(executionId, AFTER))).toEqual([
      ...["CONFLICT", "The run is SUCCEEDED. Only a run that has not ended can be moved."],
    ]);
  });

  it("is moved once by two callers at once, and by the last of several", async () => {
    const { run, executionId, requestId } = await waiting();
    const other = { ...AFTER, jobs: [...AFTER.jobs, effect("last", ["announce"])] };
    await Promise.all([move(executionId, AFTER), move(executionId, AFTER), move(executionId, AFTER)]);
    const { rows } = await core.pool.query("select generation from workflow_runs where id = $1", [run.id]);
    expect(rows).toEqual([{ generation: 2 }]);
    // A job that runs during a move is called again, so the next moves wait for its end.
    const isLintDone = "select from workflow_run_jobs where run_id = $1 and job_id = 'lint' and status = 'SUCCEEDED'";
    await eventually(async () => (await core.pool.query(isLintDone, [run.id])).rows[0]);
    const another = { ...AFTER, jobs: [...AFTER.jobs, effect("never", ["announce"])] };
    await Promise.all([move(executionId, another), move(executionId, other)]);
    await move(executionId, other);
    await decide(core, requestId, true);
    expect((await run.result()).status).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["announce", "build", "deploy", "last", "lint", "test"]);
  });

  it("runs each job by one of the two documents if it is decided while it is moved", async () => {
    const runs = await Promise.all(Array.from({ length: 12 }, () => waiting()));
    const results = await Promise.all(
      runs.map(async ({ executionId, requestId, run }, index) => {
        const moved = index % 2 === 0 ? move(executionId, AFTER) : Promise.resolve();
        const [isMoved] = await Promise.all([
          moved.then(
            () => index % 2 === 0,
            () => false,
          ),
          decide(core, requestId, true).then(() =>
            index % 2 === 0 ? null : move(executionId, AFTER).catch(() => null),
          ),
        ]);
        const { status, jobs } = await run.result();
        return { executionId, isMoved, status, effects: await effectsOf(core.pool, executionId), jobs };
      }),
    );
    for (const { status, effects, jobs } of results) {
      expect(status).toBe("SUCCEEDED");
      expect(effects).toEqual(
        Object.keys(jobs)
          .filter((id) => id !== "approval")
          .toSorted(),
      );
    }
  });
});

describe("a run of a process that is killed", { timeout: 120_000 }, () => {
  it("continues with the document that it is moved to, in another process and with each effect once", async () => {
    const executionId = randomUUID();
    const workflow = { ...BEFORE, id: "elsewhere" };
    const process = await stage.start([[workflow, executionId]], { NAME: "fleet", LEASE_MS: "2000" });
    const requestId = await notedRequest(core.pool, executionId, "approval");
    const next = { ...AFTER, id: "elsewhere" };
    const moved = orchestrator.move("elsewhere", executionId, { workflow: next });
    await process.end("SIGKILL");
    await moved;
    const other = await stage.start([], { NAME: "fleet", LEASE_MS: "2000" });
    await decide(core, requestId, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, executionId)).toEqual(["announce", "build", "deploy", "lint", "test"]);
    await other.end("SIGTERM");
  });
});
