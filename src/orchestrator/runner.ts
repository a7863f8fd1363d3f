/** Starts the parts of an orchestrator that run its runs: the lease, the engine, the executions and the schedules. */

import { randomUUID } from "node:crypto";
import type { Pool } from "../db/pool.ts";
import { giveUpLease, renewLease } from "../db/queries/executors.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import { type AssignedRun, engineRunsOf, launchEngine, startRun, stopEngine } from "./engine.ts";
import { startStored } from "./engine-starts.ts";
import { Executions } from "./executions.ts";
import { takeWaiting } from "./hand-over.ts";
import type { Handlers } from "./handlers.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { Leases } from "./leases.ts";
import type { Limits } from "./limits.ts";
import { levelOf } from "./options.ts";
import { Schedules } from "./schedules.ts";
import { Semaphore } from "./semaphore.ts";
import { Slots } from "./slots.ts";

/** Connections of the pool, and of the engine's pool. Two more connections renew the lease and listen. */
export const CONNECTIONS = 5;
/** Concurrent uses of the database by runs. Others wait in memory, because a pool waits for a connection at most 10 s. */
export const AT_ONCE = 4 * CONNECTIONS;
/** The lease of a process during its launch, in ms. */
const LAUNCH_WITHIN_MS = 15_000;

export interface RunnerOptions {
  url: string;
  pool: Pool;
  hub: Hub;
  log: Logger;
  /** The name of the orchestrator. */
  name: string;
  handlers: Handlers;
  limits: Limits;
  leaseMs: number;
  maxBlockedMs: number;
  cancelGraceMs: number;
}

/** The parts that run runs. */
export interface Runner {
  executorId: string;
  executions: Executions;
  keeper: LeaseKeeper;
  leases: Leases;
  schedules: Schedules;
}

/** Takes a lease and starts the engine, under a new id: the engine resumes the runs of an id as its own. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { url, pool, hub, log, name, handlers, limits, leaseMs, maxBlockedMs, cancelGraceMs } = options;
  const executorId = randomUUID();
  const executor = { executorId, name, leaseMs };
  const types = () => handlers.types;
  const semaphore = new Semaphore(AT_ONCE);
  const slots = new Slots({ pool, log, limits, name, executorId, semaphore });
  const executions = new Executions({
    pool,
    hub,
    log,
    handlers,
    slots,
    executorId,
    semaphore,
    cancelGraceMs,
  });
  const schedules = new Schedules({
    pool,
    log,
    name,
    handlers,
    startRun: (runId) => startStored(pool, runId, name),
  });
  const runs = engineRunsOf(name);
  const leases = new Leases({
    pool,
    hub,
    log,
    leaseMs,
    runs,
    stopTakenOver: () => executions.stopTakenOver(),
    takeWaiting: () => takeWaiting(pool, { ...runs, executorId, types: types() }),
    // A job whose type this process does not know is handed over when it is due.
    startRun,
  });
  const keeper = new LeaseKeeper({
    ...executor,
    url,
    log,
    types,
    level: levelOf(log),
    maxBlockedMs,
    onRenewed(isNew) {
      leases.renewed(isNew);
      if (isNew) slots.compare();
    },
    onFailed: (error) => leases.failed(error),
  });
  // Lasts until the thread has started, which renews it from then on.
  await renewLease(pool, { ...executor, types: types(), leaseMs: Math.max(leaseMs, LAUNCH_WITHIN_MS) });
  const run = (assigned: AssignedRun) => executions.run(assigned);
  executions.listen(); // Before any run, so that no cancellation is missed.
  const tick = (schedule: string, at: Date) => schedules.tick(schedule, at);
  const engine = { url, connections: CONNECTIONS, name, log, run, tick };
  const results = await Promise.allSettled([launchEngine(engine, executorId), keeper.start()]);
  const failed = results.find((part) => part.status === "rejected");
  if (failed === undefined) return { executorId, executions, keeper, leases, schedules };
  await executions.stop();
  if (results[0].status === "fulfilled") await stopEngine();
  await keeper.stop();
  await giveUpLease(pool, executorId).catch(() => {}); // The first error is the cause.
  throw failed.reason;
}
