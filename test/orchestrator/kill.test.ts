/**
 * Tests the guarantees of the orchestrator with real processes: whichever process is killed, every run ends as its
 * decisions say. Some jobs block their process or kill it, some processes have a token that expires, and two versions
 * of the gates run side by side. ORCHESTRATOR_RUNS sets the number of runs; `npm run test:orchestrator` uses a hundred.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import {
  decide,
  effectsOf,
  jobsOf,
  type OrchestratorStage,
  RELEASE,
  startStage,
} from "../support/orchestrator/orchestrator.ts";
import type { Started } from "../support/processes.ts";
import { tokenFor } from "../support/server/server.ts";

const RUNS = Number(process.env.ORCHESTRATOR_RUNS ?? 8);
/** The total time of the people, in ms. */
const DECIDING_MS = process.env.ORCHESTRATOR_RUNS === undefined ? 8_000 : 60_000;
const PROCESSES = 2;
// The runs of a killed process resume soon; that a living process may be taken for dead is part of the test.
const ENV = { LEASE_MS: "2000" };
/** Runs whose job kills its process, until the job has FAILED. */
const POISONED = Math.ceil(RUNS / 50);
/** In every so many-th run a job blocks the event loop for longer than the lease. */
const BLOCKING_EVERY = 8;
const BLOCKED_MS = 3_000;
const LOSSES = 2;
const EXECUTIONS = Array.from({ length: RUNS }, (_, n) => `release-${n}`);

// A killed process is not the fault of a job.
const jobs = RELEASE.jobs.map((job) => ({ ...job, retries: { losses: 100 } }));
const PATIENT: WorkflowDefinition = { ...RELEASE, jobs };
const BLOCKING: WorkflowDefinition = {
  ...RELEASE,
  jobs: jobs.map((job) => (job.id === "notes" ? { ...job, type: "blocking", config: { ms: BLOCKED_MS } } : job)),
};
const POISON: WorkflowDefinition = {
  id: "poisoned",
  jobs: [{ id: "poison", type: "poison", retries: { losses: LOSSES } }],
};
const ALL = [
  ...EXECUTIONS.map((executionId, n) => [n % BLOCKING_EVERY === 1 ? BLOCKING : PATIENT, executionId] as const),
  ...Array.from({ length: POISONED }, (_, n) => [POISON, `poison-${n}`] as const),
];

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

interface Orchestrator extends Started {
  /** Whether its token expires while it runs. */
  expires: boolean;
}

let startedProcesses = 0;
/** Two versions side by side. One process in four has a token that expires soon. */
async function start(runs: typeof ALL = []): Promise<Orchestrator> {
  const n = startedProcesses++;
  const expires = n % 4 === 3;
  const token = expires && (await tokenFor("orchestrator", { scope: "approvals:request", expiresIn: 4 }));
  const env = { ...ENV, VERSION: String(1 + (n % 2)), ...(token && { COUNTERSIGN_TOKEN: token }) };
  return Object.assign(await stage.start(runs, env), { expires });
}

const hasEnded = ({ child }: Started) => child.exitCode !== null || child.signalCode !== null;

/** Kills one process after another, each at a random moment, and replaces it; returns how often. */
async function killAtRandom(processes: Orchestrator[]): Promise<{ kills: number; poisoned: number; expired: number }> {
  const killed = { kills: 0, poisoned: 0, expired: 0 };
  while ((await running()) > 0) {
    // A moment is a number of steps, so that it falls among them whatever the machine's speed.
    const steps = (await count("select count(*)::int as n from ends")) + Math.floor(Math.random() * 12);
    let victim = -1;
    while ((await running()) > 0 && victim < 0) {
      await sleep(5);
      const poisoned = processes.findIndex(hasEnded);
      // Gates without a request wait for another token, so another process takes over.
      const isRefused =
        (await count("select count(*)::int as n from workflow_run_jobs where waiting_for = 'TOKEN'")) > 0;
      const expired = isRefused ? processes.findIndex(({ expires }) => expires) : -1;
      if (poisoned >= 0) killed.poisoned++;
      else if (expired >= 0) killed.expired++;
      victim = Math.max(poisoned, expired);
      if (victim >= 0 || (await count("select count(*)::int as n from ends")) <= steps) continue;
      killed.kills++;
      victim = Math.floor(Math.random() * PROCESSES);
    }
    if (victim < 0) break;
    await processes[victim]?.end("SIGKILL");
    processes[victim] = await start();
  }
  return killed;
}

test(`${RUNS} runs end with exactly what their decisions call for while processes are killed`, async () => {
  // Both start all of them, so that each run is started twice at once.
  const processes = await Promise.all(Array.from({ length: PROCESSES }, () => start(ALL)));
  let over = false;
  const deciding = decideEverything(() => over);
  const { kills, poisoned, expired } = await killAtRandom(processes);
  over = true;
  await deciding;
  expect(kills).toBeGreaterThan(0);
  // The engine records the end of a run after its row; if the process is killed in between, another one does it.
  const successes = "select count(*)::int as n from countersign_engine.workflow_status where status = 'SUCCESS'";
  await expect.poll(() => count(successes), { timeout: 60_000 }).toBe(ALL.length);
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

  // Each result was stored once. A process that is killed just after its run ended does not store the engine's last rows.
  const ended = RUNS * RELEASE.jobs.length + POISONED;
  expect(await count("select count(*)::int as n from ends")).toBe(ended);
  expect(await count("select count(*)::int as n from (select distinct run_id, job_id from ends) once")).toBe(ended);
  expect(await count("select count(*)::int as n from countersign_engine.operation_outputs")).toBeLessThanOrEqual(ended);
  // An interrupted call is repeated; its effect is not.
  const calls = await count("select count(*)::int as n from calls");
  const effects = await count("select count(*)::int as n from effects");
  expect(calls).toBeGreaterThanOrEqual(effects);
  if (process.env.ORCHESTRATOR_RUNS !== undefined) {
    console.log(
      `${kills} kills, ${poisoned} by poison, ${expired} for a token; ${effects} effects by ${calls} calls; ${await running()} runs left`,
    );
  }
}, 600_000);
