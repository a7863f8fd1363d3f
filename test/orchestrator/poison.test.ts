/** Tests jobs that kill their process, and jobs that run beside them. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import {
  attemptsOf,
  effect,
  ended,
  jobsOf,
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

const ENV = { LEASE_MS: "1500" };
const lossesOf = async (executionId: string, jobId: string) =>
  (await attemptsOf(core.pool, executionId, jobId)).filter(({ outcome }) => outcome === "LOST").map(({ pid }) => pid);

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a job that kills its process", { timeout: 120_000 }, () => {
  it("has FAILED after three processes, and the jobs beside it are lost with it at most once", async () => {
    const [poisoned, innocent] = [randomUUID(), randomUUID()];
    const slow = ["a", "b", "c"].map((id) => ({ id, type: "slow", config: { ms: 1_000 } }));
    const runs = [
      [{ id: "poisoned", jobs: [{ id: "poison", type: "poison" }, effect("behind", ["poison"])] }, poisoned],
      [{ id: "innocent", jobs: slow }, innocent],
    ] as const;
    const victims: number[] = [];
    for (const given of [runs, [], []]) {
      const victim = await stage.start(given, ENV);
      victims.push(victim.pid);
      await victim.end();
    }
    await stage.start([], ENV);
    expect(await ended(core.pool, poisoned)).toBe("FAILED");
    expect(await ended(core.pool, innocent)).toBe("SUCCEEDED");

    expect(await lossesOf(poisoned, "poison")).toEqual(victims);
    const jobs = await jobsOf(core.pool, poisoned);
    const named = victims.map((pid) => `[^ ]+:${pid}`).join(", ");
    expect(jobs.poison).toMatchObject({
      status: "FAILED",
      attempts: 3,
      failures: 0,
      waiting_for: null,
      error: expect.stringMatching(
        new RegExp(
          `^3 processes that ran this job \\(${named}\\) ended before the job did. The job is not called again.$`,
        ),
      ),
    });
    expect(jobs.behind).toMatchObject({ status: "SKIPPED" });
    for (const { id } of slow) expect((await lossesOf(innocent, id)).length).toBeLessThanOrEqual(1);
  });

  it("has FAILED after as many processes as its document states", async () => {
    const executionId = randomUUID();
    const workflow = { id: "poisoned", jobs: [{ id: "poison", type: "poison", retries: { losses: 1, attempts: 9 } }] };
    const victim = await stage.start([[workflow, executionId]], ENV);
    await victim.end();
    await stage.start([], ENV);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    expect((await jobsOf(core.pool, executionId)).poison).toMatchObject({
      attempts: 1,
      error: expect.stringMatching(/^The process that ran this job \([^ ]+:\d+\) ended before the job did\./),
    });
  });
});
