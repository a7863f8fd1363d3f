/** Tests several orchestrators, each a process, that share slots: some are killed while their jobs have slots. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import { gate, notedRequest, type OrchestratorStage, startStage } from "../support/orchestrator/orchestrator.ts";
import type { Started } from "../support/processes.ts";

const TOTAL = 4;
const PER_PROCESS = 2;
const RUNS = 300;

let stage: OrchestratorStage;
let core: Core;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
  await core.pool.query(
    "create table counted (key uuid primary key, process integer not null, type text not null, begun timestamptz not null, ended timestamptz)",
  );
});
afterAll(async () => {
  await core.close();
  await stage.stop();
});

/** Kills the processes, and ends the runs that they leave. */
async function endAll(): Promise<void> {
  await stage.killAll();
  await core.pool.query(`
    update workflow_run_jobs set status = 'CANCELLED' where status in ('PENDING', 'RUNNING');
    update workflow_runs set status = 'CANCELLED' where status = 'RUNNING';
    delete from orchestrator_executors`);
}
afterEach(endAll);

const env = (concurrency: object, leaseMs = 2_000) => ({
  LEASE_MS: String(leaseMs),
  CONCURRENCY: JSON.stringify(concurrency),
});
const countedJobs = (count: number): WorkflowDefinition["jobs"] =>
  Array.from({ length: count }, (_, n) => ({ id: `job-${n}`, type: "counted" }));

/** The largest number of handlers that ran at once in all, or in one process, by their records. */
async function mostAtOnce(by: "all" | "process"): Promise<number> {
  const { rows } = await core.pool.query<{ most: number }>(
    `select max(running)::int as most from (
       select sum(change) over (partition by ${by === "all" ? "1" : "process"} order by at, change) as running
         from (select process, begun as at, 1 as change from counted
               union all select process, ended, -1 from counted where ended is not null) changes) counts`,
  );
  return rows[0]?.most ?? 0;
}

/** The number of jobs of a process that have slots and run. */
async function heldBy(process: Started): Promise<number> {
  const { rows } = await core.pool.query<{ held: number }>(
    `select count(*)::int as held from workflow_slots s join workflow_run_attempts a using (run_id, job_id)
      where s.granted_at is not null and a.outcome is null and a.executor_id = s.executor_id::text and a.process like $1`,
    [`%:${process.pid}`],
  );
  return rows[0]?.held ?? 0;
}

/**
 * Kills one of the processes while its jobs have slots; from then on none of its handlers runs. A process whose runs have
 * all ended gets no slots until it takes over others, so it is not waited for.
 * @returns the processes that are left
 */
async function killOneWithSlots(processes: readonly Started[]): Promise<Started[]> {
  const killed = await eventually(async () => {
    for (const process of processes) {
      process.child.kill("SIGSTOP");
      if ((await heldBy(process)) > 0) return process;
      process.child.kill("SIGCONT");
    }
    return undefined;
  });
  await killed.end("SIGKILL");
  await core.pool.query("update counted set ended = clock_timestamp() where process = $1 and ended is null", [
    killed.pid,
  ]);
  return processes.filter((process) => process !== killed);
}

const endedRuns = async (workflowId: string) =>
  (
    await core.pool.query<{ status: string; n: number }>(
      "select status, count(*)::int as n from workflow_runs where workflow_id = $1 and status <> 'RUNNING' group by 1",
      [workflowId],
    )
  ).rows;
const countEnded = async (workflowId: string) => (await endedRuns(workflowId)).reduce((sum, { n }) => sum + n, 0);

// Every test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("slots that processes share", { timeout: 240_000 }, () => {
  it("are never more than the limits over 300 runs and three kills, and all runs end", async () => {
    const document = { id: "counted", jobs: countedJobs(1) };
    const runs = () => Array.from({ length: RUNS / 3 }, () => [document, randomUUID()] as const);
    // Long enough that no process is taken for dead on a busy machine: its handlers would run beside their successors.
    const limits = env({ counted: { perProcess: PER_PROCESS, total: TOTAL } }, 6_000);
    let processes = await Promise.all([1, 2, 3].map(() => stage.start(runs(), limits)));
    for (let round = 1; round <= 3; round++) {
      await eventually(async () => ((await countEnded("counted")) >= round * 40 ? true : undefined));
      processes = [...(await killOneWithSlots(processes)), await stage.start([], limits)];
    }
    await eventually(async () => ((await countEnded("counted")) === RUNS ? true : undefined));
    expect(await endedRuns("counted")).toEqual([{ status: "SUCCEEDED", n: RUNS }]);
    expect(await mostAtOnce("all")).toBeLessThanOrEqual(TOTAL);
    expect(await mostAtOnce("process")).toBe(PER_PROCESS);
    await eventually(async () => ((await slots()).length === 0 ? true : undefined));
  });

  it("reach the process that waits, whether their process is shut down or killed", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const [held, waiting] = [randomUUID(), randomUUID()];
      const document = { id: "endless", concurrency: 1, jobs: [{ id: "job", type: "endless" }] };
      const first = await stage.start([[document, held]], env({}));
      await called(held);
      const second = await stage.start([[document, waiting]], env({}));
      await waitsForSlot(waiting);
      await first.end(signal);
      await called(waiting);
      // The second process takes over the other run too, which waits for a slot.
      await waitsForSlot(held);
      expect((await callsOf(held)).map(({ process }) => process)).toEqual([first.pid]);
      expect((await callsOf(waiting)).map(({ process }) => process)).toEqual([second.pid]);
      await endAll();
    }
  });

  it("go to the higher priority, whichever process waits with it", async () => {
    const limits = env({ endless: { total: 1 } });
    const document = { id: "by-priority", jobs: [{ id: "job", type: "endless" }] };
    const [holder, low, high] = [randomUUID(), randomUUID(), randomUUID()];
    const first = await stage.start([[document, holder]], limits);
    await called(holder);
    await stage.start([[document, low]], { ...limits, PRIORITY: "-1" });
    await waitsForSlot(low);
    await stage.start([[document, high]], { ...limits, PRIORITY: "1" });
    await waitsForSlot(high);
    first.child.kill("SIGUSR2");
    await called(high);
    expect(await callsOf(low)).toEqual([]);
  });

  it("are not taken again by a gate that waits, when another process takes it over", async () => {
    const limits = env({ approval: { total: 1 } });
    const document = { id: "gated", concurrency: 1, jobs: [gate("gate", [])] };
    const [one, two] = [randomUUID(), randomUUID()];
    const first = await stage.start([[document, one]], limits);
    await notedRequest(core.pool, one, "gate");
    await first.end("SIGKILL");
    await stage.start([[document, two]], limits);
    await notedRequest(core.pool, two, "gate");
    await eventually(async () => {
      const { rows } = await core.pool.query(
        "select from workflow_run_jobs j join workflow_runs r on r.id = j.run_id where execution_id = $1 and attempts = 2",
        [one],
      );
      return rows[0];
    });
    expect(await slots()).toEqual([]);
  });
});

const slots = async () => (await core.pool.query("select * from workflow_slots")).rows;
const callsOf = async (executionId: string) =>
  (await core.pool.query<{ process: number }>("select process from calls where execution_id = $1", [executionId])).rows;
const called = (executionId: string) =>
  eventually(async () => ((await callsOf(executionId)).length > 0 ? true : undefined));
const waitsForSlot = (executionId: string) =>
  eventually(async () => {
    const { rows } = await core.pool.query(
      `select from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
        where r.execution_id = $1 and j.waiting_for = 'SLOT'`,
      [executionId],
    );
    return rows[0];
  });
