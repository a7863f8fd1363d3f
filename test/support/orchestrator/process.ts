/**
 * An orchestrator as a process of its own, on DATABASE_URL, with the approvals of COUNTERSIGN_URL. It starts the runs
 * of RUNS (`[workflow, executionId][]`) with PRIORITY, registers handlers of all types or those of TYPES, and has the
 * name NAME, the schedules of SCHEDULES (`[name, options][]`) and the limits of CONCURRENCY. It prints `ready`, and a
 * line with the outcome of each run. SIGTERM shuts it down; SIGUSR2 cancels its runs. Each VERSION of it has other
 * texts in its gates. It kills itself when the gate of the execution DIES_ASKING has created its request and is about
 * to store the id, and another gate has stored one.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { getApprovalHandler } from "countersign/handler";
import {
  type Concurrency,
  createOrchestrator,
  type JobContext,
  type JobHandler,
  type ScheduleOptions,
  type WorkflowDefinition,
} from "countersign/orchestrator";
import pg from "pg";

const { DATABASE_URL: databaseUrl, LEASE_MS = "5000", MAX_BLOCKED_MS = "300000", RUNS = "[]" } = process.env;
const { CONCURRENCY = "{}", PRIORITY = "0", SCHEDULES = "[]" } = process.env;
const runs = JSON.parse(RUNS) as [workflow: WorkflowDefinition, executionId: string][];
const pool = new pg.Pool({ connectionString: databaseUrl as string, max: 2 });
pool.on("error", () => {});

const orchestrator = createOrchestrator({
  databaseUrl,
  name: process.env.NAME,
  leaseMs: Number(LEASE_MS),
  maxBlockedMs: Number(MAX_BLOCKED_MS),
  concurrency: JSON.parse(CONCURRENCY) as Concurrency,
});
const types = process.env.TYPES?.split(",");
const register = (type: string, handler: JobHandler) => {
  if (types === undefined || types.includes(type)) orchestrator.registerHandler(type, handler);
};
const approval = getApprovalHandler();
const gates = process.env.VERSION === undefined ? approval : gatesOfVersion(process.env.VERSION);
const { DIES_ASKING } = process.env;
register("approval", {
  type: "approval",
  loads: (config) => (gates === approval ? approval.loads(config) : undefined) as readonly string[],
  execute: (context) => gates.execute(context.executionId === DIES_ASKING ? { ...context, asked: die } : context),
  cancel: (...args) => approval.cancel(...args),
});

async function die(): Promise<void> {
  const noted = "select from workflow_run_jobs where request_id is not null";
  while ((await pool.query(noted)).rowCount === 0) await sleep(20);
  await isReady.promise;
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => {});
}

/**
 * Gates whose titles depend on the results before them. Version 1 names the jobs, later versions quote their outputs.
 */
function gatesOfVersion(version: string): JobHandler {
  return {
    type: "approval",
    execute(context) {
      const { config, results } = context;
      const sources = version === "1" ? Object.keys(results).join() : JSON.stringify(results);
      const title = `Version ${version}: ${(config as { title: string }).title} It is after ${sources}.`;
      return approval.execute({ ...context, config: { ...(config as object), title } });
    },
    cancel: (...args) => approval.cancel(...args),
  };
}

/** Resolves once the test knows that the process is ready. */
const isReady = Promise.withResolvers<void>();

/** The effect is stored under the idempotency key, so it is applied once, however often the handler is called. */
async function takeEffect({ executionId, jobId, idempotencyKey, results }: JobContext) {
  await pool.query("insert into calls (execution_id, job_id, process) values ($1, $2, $3)", [
    ...[executionId, jobId, process.pid],
  ]);
  await pool.query("insert into effects (key, execution_id, job_id) values ($1, $2, $3) on conflict do nothing", [
    ...[idempotencyKey, executionId, jobId],
  ]);
  // The answer is slow, so that the process can be killed between effect and record.
  await sleep(Math.random() * 60);
  return { success: true, output: { job: jobId, after: Object.keys(results).toSorted() } };
}
for (const type of ["effect", "archive", "announce"]) register(type, { type, execute: takeEffect });

/** Fails as often as configured, and then succeeds. */
register("flaky", {
  type: "flaky",
  async execute(context) {
    const answer = await takeEffect(context);
    const { rowCount } = await pool.query("select from calls where execution_id = $1 and job_id = $2", [
      ...[context.executionId, context.jobId],
    ]);
    const { failures } = context.config as { failures: number };
    return (rowCount ?? 0) <= failures ? { success: false, error: `failed call ${rowCount}` } : answer;
  },
});

/** Runs for the configured number of ms. */
register("slow", {
  type: "slow",
  async execute(context) {
    const answer = await takeEffect(context);
    await sleep((context.config as { ms: number }).ms);
    return answer;
  },
});

/** Blocks the event loop for the configured number of ms, in its first call. */
register("blocking", {
  type: "blocking",
  async execute(context) {
    const answer = await takeEffect(context);
    const calls = await pool.query("select from calls where execution_id = $1 and job_id = $2", [
      ...[context.executionId, context.jobId],
    ]);
    if ((calls.rowCount ?? 0) > 1) return answer;
    await isReady.promise;
    const until = performance.now() + (context.config as { ms: number }).ms;
    while (performance.now() < until);
    return answer;
  },
});

/** Kills its process, as soon as the process is ready and has started the jobs beside it. */
register("poison", {
  type: "poison",
  async execute(context) {
    await takeEffect(context);
    await isReady.promise;
    await sleep(300);
    process.kill(process.pid, "SIGKILL");
    return { success: true };
  },
});

/** Runs until its signal is aborted. */
register("endless", {
  type: "endless",
  async execute(context) {
    await takeEffect(context);
    context.signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    context.signal?.addEventListener("abort", () => reject(context.signal?.reason));
    return promise;
  },
});

/** Records its start and end in a table that a test has created. */
register("counted", {
  type: "counted",
  async execute({ type, idempotencyKey }) {
    const call = randomUUID();
    const begun = "insert into counted (key, process, type, begun) values ($1, $2, $3, clock_timestamp())";
    await pool.query(begun, [call, process.pid, type]);
    await sleep(10 + Math.random() * 40);
    await pool.query("update counted set ended = clock_timestamp() where key = $1", [call]);
    return { success: true, output: idempotencyKey };
  },
});

for (const [name, options] of JSON.parse(SCHEDULES) as [string, ScheduleOptions][]) {
  await orchestrator.schedule(name, options);
}
await orchestrator.launch();
const started = await Promise.all(
  runs.map(([workflow, executionId]) => orchestrator.start(workflow, { executionId, priority: Number(PRIORITY) })),
);
process.on("SIGUSR2", async () => {
  for (const { workflowId, executionId } of started)
    await orchestrator.cancel(workflowId, executionId, "changed plans");
  console.log("cancelled");
});
const stayAlive = setInterval(() => {}, 60_000);
process.once("SIGTERM", async () => {
  clearInterval(stayAlive);
  await orchestrator.shutdown();
  await approval.close();
  await pool.end();
  console.log("shut down");
});

// Only now: a test that reads it may send a signal at once.
console.log("ready");
isReady.resolve();
for (const run of started) {
  run.result().then(
    (result) => console.log(JSON.stringify({ executionId: run.executionId, ...result })),
    () => {}, // It is shut down before.
  );
}
