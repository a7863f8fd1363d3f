/**
 * What the orchestrator promises, with real processes: whatever is killed, every run ends with what its decisions call
 * for. ORCHESTRATOR_RUNS sets how many runs there are; `npm run test:orchestrator` takes a hundred.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Core, startCore } from "./support/core.ts";
import { decide, effectsOf, jobsOf, type OrchestratorStage, RELEASE, startStage } from "./support/orchestrator.ts";
import type { Started } from "./support/processes.ts";

const RUNS = Number(process.env.ORCHESTRATOR_RUNS ?? 8);
/** How long people take in all, in ms. */
const DECIDING_MS = process.env.ORCHESTRATOR_RUNS === undefined ? 8_000 : 60_000;
const PROCESSES = 2;
// What a killed process left is to go on soon; that one may be taken for dead while it lives is part of the test.
const ENV = { LEASE_MS: "2000" };
const EXECUTIONS = Array.from({ length: RUNS }, (_, n) => `release-${n}`);

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

const count = async (sql: string): Promise<number> => (await core.pool.query<{ n: number }>(sql)).rows[0]?.n as number;
const running = () => count("select count(*)::int as n from workflow_runs where status = 'RUNNING'");

/** People, who take their time, and reject one in four. */
async function decideEverything(over: () => boolean): Promise<void> {
  while (!over()) {
    const { rows } = await core.pool.query<{ id: string }>(
      "select id from approval_requests where status = 'PENDING' order by random() limit 1",
    );
    for (const { id } of rows) await decide(core, id, Math.random() < 0.75);
    await sleep(rows.length === 0 ? 20 : (Math.random() * DECIDING_MS) / RUNS);
  }
}

/** Kills one process after another, each at a moment by chance, and puts another in its place; returns how often. */
async function killAtRandom(processes: Started[]): Promise<number> {
  let kills = 0;
  for (; (await running()) > 0; kills++) {
    const victim = Math.floor(Math.random() * PROCESSES);
    // A moment is a number of steps, so that it falls among them whatever the machine's speed.
    const steps = (await count("select count(*)::int as n from ends")) + Math.floor(Math.random() * 12);
    while ((await running()) > 0 && (await count("select count(*)::int as n from ends")) <= steps) await sleep(5);
    await processes[victim]?.end("SIGKILL");
    processes[victim] = await stage.start([], ENV);
  }
  return kills;
}

test(`${RUNS} runs end with exactly what their decisions call for while processes are killed`, async () => {
  const runs = EXECUTIONS.map((executionId) => [RELEASE, executionId] as const);
  // Both start all of them, so that each run is started twice at once.
  const processes = await Promise.all(Array.from({ length: PROCESSES }, () => stage.start(runs, ENV)));
  let over = false;
  const deciding = decideEverything(() => over);
  const kills = await killAtRandom(processes);
  over = true;
  await deciding;
  expect(kills).toBeGreaterThan(0);
  // The engine records the end of a run after us; a process that is killed in between leaves that to another.
  const successes = "select count(*)::int as n from countersign_engine.workflow_status where status = 'SUCCESS'";
  await expect.poll(() => count(successes), { timeout: 60_000 }).toBe(RUNS);
  await Promise.all(processes.map((process) => process.end("SIGTERM")));

  for (const executionId of EXECUTIONS) {
    const { rows } = await core.pool.query<{ job: string; status: string }>(
      "select job_id as job, status from approval_requests where execution_id = $1",
      [executionId],
    );
    const gates = new Map(rows.map(({ job, status }) => [job, status]));
    expect(gates.size, "no request was made twice").toBe(rows.length);
    const isApproved = (job: string) => gates.get(job) === "APPROVED";
    const called: string[] = ["build"];
    if (isApproved("stage-gate")) called.push("stage");
    if (isApproved("production-gate")) called.push("production");
    if (isApproved("notes-gate")) called.push("notes");
    if (isApproved("production-gate") && isApproved("notes-gate")) called.push("announce");
    const why = JSON.stringify(await jobsOf(core.pool, executionId));
    expect(await effectsOf(core.pool, executionId), why).toEqual(called.toSorted());
    expect([...gates.keys()].toSorted(), why).toEqual(
      ["notes-gate", ...(isApproved("stage-gate") ? ["production-gate"] : []), "stage-gate"].toSorted(),
    );
  }

  // Each result was stored once. A process that is killed just after its run ended leaves out the engine's last notes.
  const jobs = RUNS * RELEASE.jobs.length;
  expect(await count("select count(*)::int as n from ends")).toBe(jobs);
  expect(await count("select count(*)::int as n from (select distinct run_id, job_id from ends) once")).toBe(jobs);
  expect(await count("select count(*)::int as n from countersign_engine.operation_outputs")).toBeLessThanOrEqual(jobs);
  // A call that was cut short is made again; its effect is not.
  const calls = await count("select count(*)::int as n from calls");
  const effects = await count("select count(*)::int as n from effects");
  expect(calls).toBeGreaterThanOrEqual(effects);
  if (process.env.ORCHESTRATOR_RUNS !== undefined) {
    console.log(`${kills} kills; ${effects} effects by ${calls} calls; ${await running()} runs left`);
  }
}, 600_000);
