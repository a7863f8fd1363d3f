/** Tests several orchestrators, each a process: one resumes the runs of another. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { insertRun } from "../../src/db/queries/run-starts.ts";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { runIdOf } from "../../src/orchestrator/keys.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { createTestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import {
  decide,
  effect,
  effectsOf,
  ended,
  GATED,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  openRequest,
  startStage,
} from "../support/orchestrator/orchestrator.ts";
import { startScript } from "../support/processes.ts";

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
// A process that is left would resume the runs of the next test.
afterEach(() => stage.killAll());

const callsOf = async (executionId: string) =>
  (await core.pool.query("select * from calls where execution_id = $1", [executionId])).rows;

/** A gate with a roll-back, a job that runs always, and a compensation. */
const REVERSIBLE: WorkflowDefinition = {
  id: "reversible",
  jobs: [
    ...GATED.jobs,
    {
      ...effect("roll-back", ["approval"]),
      when: [{ field: "results.approval.status", operator: "==", value: "REJECTED" }],
    },
    { ...effect("clean", ["deploy", "roll-back"]), runIf: "always" as const },
    { ...effect("undo-build"), compensates: "build" },
    // A killed process is not the fault of a job.
  ].map((job) => ({ ...job, retries: { losses: 100 } })),
};

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a run", { timeout: 120_000 }, () => {
  it("runs once when two processes start it at once, and both get its outcome", async () => {
    const executionId = randomUUID();
    const both = await Promise.all([1, 2].map(() => stage.start([[GATED, executionId]])));
    await decide(core, await openRequest(core.pool, executionId, "approval"), true);
    const results = await Promise.all(both.map(async (process) => JSON.parse(await process.line())));
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).toMatchObject({ executionId, status: "SUCCEEDED" });
    expect(await callsOf(executionId)).toHaveLength(2);
    expect(await effectsOf(core.pool, executionId)).toEqual(["build", "deploy"]);
    await Promise.all(both.map((process) => process.end("SIGTERM")));
  });

  it("is resumed at once by another process when its own is shut down", async () => {
    const executionId = randomUUID();
    const env = { LEASE_MS: "600000" };
    const first = await stage.start([[GATED, executionId]], env);
    const id = await openRequest(core.pool, executionId, "approval");
    const second = await stage.start([], env);
    expect(await first.end("SIGTERM")).toEqual({ code: 0, stderr: "" });
    expect((await jobsOf(core.pool, executionId)).approval).toMatchObject({ status: "RUNNING", attempts: 1 });
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    const calls = await callsOf(executionId);
    expect(calls.map(({ job_id, process }) => [job_id, process])).toEqual([
      ["build", first.pid],
      ["deploy", second.pid],
    ]);
    await second.end("SIGTERM");
  });

  it("is shown with its request by the process that finds it, if its own died before storing the id", async () => {
    const executionId = randomUUID();
    const first = await stage.start([[GATED, executionId]]);
    const id = await notedRequest(core.pool, executionId, "approval");
    await first.end("SIGKILL");
    await core.pool.query("update workflow_run_jobs set request_id = null where job_id = 'approval'");
    const second = await stage.start([]);
    expect(await notedRequest(core.pool, executionId, "approval")).toBe(id);
    await second.end("SIGKILL");
    const third = await stage.start([]);
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect((await jobsOf(core.pool, executionId)).approval).toMatchObject({ request_id: id });
    await third.end("SIGTERM");
  });

  it("continues after a job that ended just before its process died, and the job is not called again", async () => {
    const executionId = randomUUID();
    const first = await stage.start([[GATED, executionId]]);
    const id = await openRequest(core.pool, executionId, "approval");
    await first.end("SIGKILL");
    // Simulates a process that died between the job's row and the engine's record of the step.
    await core.pool.query(
      "delete from countersign_engine.operation_outputs where function_name = 'build' and workflow_uuid = $1",
      [runIdOf("gated", executionId)],
    );
    const second = await stage.start([]);
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect((await callsOf(executionId)).map(({ job_id }) => job_id)).toEqual(["build", "deploy"]);
    await second.end("SIGTERM");
  });

  it("is started by another process if the one that stored it died before the start", async () => {
    const executionId = randomUUID();
    const definition = { id: "gated", jobs: [effect("build")] };
    await core.pool.query("alter table workflow_runs alter created_at set default now() - interval '1 minute'");
    const id = runIdOf("gated", executionId);
    await insertRun(core.pool, { id, definition, executionId, startedFromCheckpoint: null, taken: {} });
    const process = await stage.start([]);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    await core.pool.query("alter table workflow_runs alter created_at set default clock_timestamp()");
    await process.end("SIGTERM");
  });

  it("is rolled back once after its rejection, also if processes are killed at each step of the roll-back", async () => {
    const env = { LEASE_MS: "2000" };
    const rejected = [randomUUID(), randomUUID(), randomUUID()];
    const approved = randomUUID();
    const executions = [...rejected, approved];
    let process = await stage.start(
      executions.map((executionId) => [REVERSIBLE, executionId]),
      env,
    );
    for (const executionId of executions) {
      await decide(core, await openRequest(core.pool, executionId, "approval"), executionId === approved);
    }
    const ends = async () => (await core.pool.query("select from ends")).rowCount ?? 0;
    const running = async () =>
      (await core.pool.query("select from workflow_runs where status = 'RUNNING'")).rowCount ?? 0;
    // Each kill is a few steps after the last one.
    for (let kills = 0; kills < 4 && (await running()) > 0; kills++) {
      const steps = (await ends()) + kills;
      await eventually(async () => (await ends()) > steps || (await running()) === 0 || undefined);
      await process.end("SIGKILL");
      process = await stage.start([], env);
    }
    for (const executionId of rejected) {
      expect(await ended(core.pool, executionId)).toBe("FAILED");
      expect(await effectsOf(core.pool, executionId)).toEqual(["build", "clean", "roll-back", "undo-build"]);
      const { deploy, clean, "undo-build": undo } = await jobsOf(core.pool, executionId);
      expect(deploy).toMatchObject({ status: "SKIPPED", reason: "approval failed: Rejected by bob: no." });
      expect(Number(undo?.started_at)).toBeGreaterThanOrEqual(Number(clean?.ended_at));
    }
    expect(await ended(core.pool, approved)).toBe("SUCCEEDED");
    expect(await effectsOf(core.pool, approved)).toEqual(["build", "clean", "deploy"]);
    const ids = executions.map((executionId) => runIdOf(REVERSIBLE.id, executionId));
    const { rows } = await core.pool.query(
      "select run_id, job_id from ends where run_id = any ($1) group by run_id, job_id having count(*) > 1",
      [ids],
    );
    expect(rows).toEqual([]);
    await process.end("SIGTERM");
  });

  it("ends when another process cancels it, and its open request is cancelled", async () => {
    const executionId = randomUUID();
    const workflow = { id: "gated", jobs: [...GATED.jobs, { id: "endless", type: "endless" }] };
    const first = await stage.start([[workflow, executionId]]);
    const id = await openRequest(core.pool, executionId, "approval");
    const other = await stage.start([[workflow, executionId]]);
    other.child.kill("SIGUSR2");
    expect(JSON.parse(await first.line())).toMatchObject({
      status: "CANCELLED",
      jobs: {
        build: { status: "SUCCEEDED" },
        approval: { status: "CANCELLED", reason: "The run was cancelled: changed plans" },
        deploy: { status: "CANCELLED" },
        endless: { status: "CANCELLED" },
      },
    });
    const { rows } = await core.pool.query("select status, comment from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED", comment: "changed plans" }]);
    await Promise.all([first, other].map((process) => process.end("SIGTERM")));
  });

  it("that was cancelled while no process ran it ends once a process resumes it", async () => {
    const executionId = randomUUID();
    const first = await stage.start([[GATED, executionId]]);
    const id = await openRequest(core.pool, executionId, "approval");
    await first.end("SIGKILL");
    await core.pool.query(
      "update workflow_runs set cancel_requested_at = now(), cancel_reason = 'by hand' where execution_id = $1",
      [executionId],
    );
    const second = await stage.start([]);
    expect(await ended(core.pool, executionId)).toBe("CANCELLED");
    const { rows } = await core.pool.query("select status, comment from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED", comment: "by hand" }]);
    await second.end("SIGTERM");
  });

  it("is not harmed by a process that was taken for dead and comes back", async () => {
    const executionId = randomUUID();
    const paused = await stage.start([[GATED, executionId]]);
    const id = await openRequest(core.pool, executionId, "approval");
    paused.child.kill("SIGSTOP");
    const other = await stage.start([]);
    await decide(core, id, true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    paused.child.kill("SIGCONT");
    // It gets the outcome of the run, and can run others again.
    expect(JSON.parse(await paused.line())).toMatchObject({ executionId, status: "SUCCEEDED" });
    expect(await callsOf(executionId)).toHaveLength(2);
    await other.end("SIGTERM");
    const { code } = await paused.end("SIGTERM");
    expect(code).toBe(0);
  });
});

describe("an orchestrator", { timeout: 120_000 }, () => {
  it("reports a missing migration in one line", async () => {
    const database = await createTestDatabase({ migrated: false });
    const script = startScript("test/support/orchestrator/process.ts", [], {
      DATABASE_URL: database.url,
      COUNTERSIGN_URL: stage.api.url,
      COUNTERSIGN_TOKEN: "none",
    });
    const { code, stderr } = await script.end();
    expect(code).toBe(1);
    expect(stderr).toMatch(/the database lacks migrations: 0001_tables, .*; run `countersign migrate`/);
    await database.drop();
  });
});
