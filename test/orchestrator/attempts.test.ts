/** Tests the rows of the attempts: one for each call of a handler, with its process and its outcome. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  attemptsOf,
  decide,
  effect,
  ended,
  gate,
  jobsOf,
  notedRequest,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";

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

const endless = { id: "endless", type: "endless" };
/** Resolves once a job has been called so many times. */
const called = (executionId: string, jobId: string, times: number) =>
  eventually(async () => {
    const { rowCount } = await core.pool.query("select from calls where execution_id = $1 and job_id = $2", [
      ...[executionId, jobId],
    ]);
    return rowCount === times || undefined;
  });

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("the attempts of a job", { timeout: 120_000 }, () => {
  it("are stored with process, outcome and error, failed ones too", async () => {
    const executionId = randomUUID();
    const flaky = (id: string, failures: number) => ({
      id,
      type: "flaky",
      config: { failures },
      retries: { attempts: 2, delayMs: 1 },
    });
    const jobs = [flaky("once", 1), flaky("always", 9), effect("behind", ["always"])];
    const { pid } = await stage.start([[{ id: "flaky", jobs }, executionId]]);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    const failed = { outcome: "FAILED", pid };
    expect(await attemptsOf(core.pool, executionId, "once")).toEqual([
      { ...failed, number: 1, error: "failed call 1" },
      { number: 2, outcome: "SUCCEEDED", error: null, pid },
    ]);
    expect(await attemptsOf(core.pool, executionId, "always")).toEqual([
      { ...failed, number: 1, error: "failed call 1" },
      { ...failed, number: 2, error: "failed call 2" },
    ]);
    expect(await attemptsOf(core.pool, executionId, "behind")).toEqual([]);
  });

  it("are HANDED_OVER when their process is shut down, and CANCELLED with their run", async () => {
    const executionId = randomUUID();
    const workflow = { id: "endless", jobs: [endless] };
    const first = await stage.start([[workflow, executionId]], { LEASE_MS: "600000" });
    await called(executionId, "endless", 1);
    await first.end("SIGTERM");
    expect(await attemptsOf(core.pool, executionId, "endless")).toMatchObject([{ outcome: "HANDED_OVER" }]);
    const second = await stage.start([[workflow, executionId]]);
    await called(executionId, "endless", 2);
    second.child.kill("SIGUSR2");
    expect(await ended(core.pool, executionId)).toBe("CANCELLED");
    expect(await attemptsOf(core.pool, executionId, "endless")).toMatchObject([
      { number: 1, outcome: "HANDED_OVER", error: null, pid: first.pid },
      { number: 2, outcome: "CANCELLED", pid: second.pid },
    ]);
  });

  it("are made when they are due, also after a restart", async () => {
    const executionId = randomUUID();
    const retries = { attempts: 2, delayMs: 3_600_000 };
    const jobs = [{ id: "once", type: "flaky", config: { failures: 1 }, retries }, endless];
    const first = await stage.start([[{ id: "flaky", jobs }, executionId]], { LEASE_MS: "600000" });
    const once = async () => (await jobsOf(core.pool, executionId)).once;
    const due = await eventually(async () => (await once())?.due_at ?? undefined);
    const waiting = {
      waiting_for: "RETRY",
      waiting_reason: expect.stringMatching(/next one starts at 20[0-9T:-]+Z\.$/),
    };
    expect(await once()).toMatchObject({ status: "RUNNING", error: "failed call 1", ...waiting });
    await first.end("SIGTERM");
    const second = await stage.start([], { LEASE_MS: "600000" });
    // It resumes all jobs of the run at once.
    await called(executionId, "endless", 2);
    await second.end("SIGTERM");
    expect(await once()).toMatchObject({ attempts: 1, due_at: due, ...waiting });

    await core.pool.query("update workflow_run_jobs set due_at = now() where job_id = 'once'");
    await stage.start([]);
    await called(executionId, "once", 2);
    const isOver = async () => (await once())?.status === "SUCCEEDED" || undefined;
    await eventually(isOver);
    expect(await once()).toMatchObject({ attempts: 2, failures: 1, due_at: null, waiting_for: null });
  });

  it("are LOST when their process is killed, except those of a gate that has created its request", async () => {
    const executionId = randomUUID();
    const workflow = { id: "mixed", jobs: [endless, gate("approval", [])] };
    const first = await stage.start([[workflow, executionId]]);
    const id = await notedRequest(core.pool, executionId, "approval");
    await called(executionId, "endless", 1);
    await first.end("SIGKILL");
    const second = await stage.start([]);
    await called(executionId, "endless", 2);
    expect(await attemptsOf(core.pool, executionId, "endless")).toEqual([
      { number: 1, outcome: "LOST", error: null, pid: first.pid },
      { number: 2, outcome: null, error: null, pid: second.pid },
    ]);
    await decide(core, id, true);
    const approval = () => attemptsOf(core.pool, executionId, "approval");
    await eventually(async () => (await approval()).at(-1)?.outcome === "SUCCEEDED" || undefined);
    expect(await approval()).toMatchObject([
      { number: 1, outcome: "HANDED_OVER", pid: first.pid },
      { number: 2, outcome: "SUCCEEDED", pid: second.pid },
    ]);
  });
});
