/**
 * DBOS as the orchestrator uses it: each run is one workflow of it, each job one step. It keeps who runs what and what
 * each step came to in a schema of its own, and hands what a dead process was running to the living. There is one of it
 * in a process.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { DBOS, DBOSWorkflowConflictError, type DLogger } from "@dbos-inc/dbos-sdk";
import { currentOwnerXid, getCurrentContextStore } from "@dbos-inc/dbos-sdk/internal/context";
import { DBOSExecutor } from "@dbos-inc/dbos-sdk/internal/dbos-executor";
import { INTERNAL_QUEUE_NAME } from "@dbos-inc/dbos-sdk/internal/utils";
import { createEnginePool } from "../db/engine-pool.ts";
import type { Pool } from "../db/pool.ts";
import type { EngineRun, EngineRuns } from "../db/queries/executors.ts";
import { ENGINE_SCHEMA } from "../db/queries/run-writes.ts";
import type { Logger } from "../log.ts";
import { NotOursError } from "./errors.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/**
 * Changes only when runs that are under way could not be replayed by this code: the engine gives what one version was
 * running to processes of the same version only.
 */
const VERSION = "countersign-runs-1";

/** The engine has a version belong to one name for ever. */
const versionOf = (name: string): string => `${VERSION} ${name}`;

/** The runs of the processes with this name. */
export const engineRunsOf = (name: string): EngineRuns => ({
  name,
  version: versionOf(name),
  queue: INTERNAL_QUEUE_NAME,
});

export interface EngineOptions {
  /** A direct connection. */
  url: string;
  /** How many connections it may have. */
  connections: number;
  /** Processes of one name go on with each other's runs. */
  name: string;
  log: Pick<Logger, "debug" | "info" | "warn">;
  /** Runs a generation of a run, and rejects with NotOursError when it is to be left to others. */
  run: (run: EngineTurn) => Promise<void>;
  /** Deals with a tick of a schedule, maybe more than once, and rejects with NotOursError when it is left to others. */
  tick: (schedule: string, at: Date) => Promise<void>;
}

/** What the engine has this process run. */
export interface EngineTurn {
  runId: string;
  generation: number;
  /** Marks the writes. */
  token: string;
}

/** Between two looks for schedules that have changed, in ms; one small query each. The engine looks each second in the first minute. */
const LOOK_FOR_SCHEDULES_MS = 10_000;
/** The engine wants an address whose parts it can read, though it connects with our pool alone. */
const ADDRESS_UNUSED = "postgres://countersign@localhost/countersign";

let current: EngineOptions | null = null;
let pool: Pool | null = null;

const workflow = DBOS.registerWorkflow(
  // Runs that were stored by earlier releases have no second argument.
  (runId: string, generation?: number): Promise<void> => {
    const engineId = DBOS.workflowID ?? runId;
    const token = currentOwnerXid(engineId);
    if (current === null || token === undefined) throw new DBOSWorkflowConflictError(engineId);
    return untilOurs(engineId, current.run({ runId, generation: generation ?? 1, token }));
  },
  // However often its process dies: that is no fault of the run.
  { name: "countersign-run", maxRecoveryAttempts: 1_000_000_000 },
);

/** Leaves the context of a workflow: what a tick starts is not a child of it, and a job may set schedules. */
export const outside = AsyncLocalStorage.snapshot();

/** A tick of a schedule. The engine's id of it is made of the schedule and the time, so it is there once. */
export const tickWorkflow = DBOS.registerWorkflow(
  (at: Date, schedule: unknown): Promise<void> => {
    const id = DBOS.workflowID as string;
    if (current === null) throw new DBOSWorkflowConflictError(id);
    const { tick } = current;
    return untilOurs(
      id,
      outside(() => tick(schedule as string, at)),
    );
  },
  { name: "countersign-tick", maxRecoveryAttempts: 1_000_000_000 },
);

/**
 * An execution that has lost its run never ends, as far as the engine is concerned: it would ask the database each second
 * how the owner's execution ends, for each such run.
 */
async function untilOurs(engineId: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isNotOurs(error)) throw error;
    // The oldest entry: the run may have come back to this process.
    const entries = DBOSExecutor.globalInstance?.systemDatabase.runningWorkflowMap.get(engineId);
    entries?.[0]?.release();
    await new Promise(() => {});
  }
}

/** The engine records nothing of an execution that ends with this error, and goes by what the run's owner records. */
async function ours<T>(runId: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof NotOursError ? new DBOSWorkflowConflictError(runId) : error;
  }
}

/** Whether an error says that a run is another process's to go on with. */
export const isNotOurs = (error: unknown): boolean =>
  error instanceof NotOursError || error instanceof DBOSWorkflowConflictError;

/**
 * Starts the engine in this process; makes its tables if need be.
 * @param executorId a new one for each start: the engine counts what an id was running as its own
 */
export async function launchEngine(options: EngineOptions, executorId: string): Promise<void> {
  if (current !== null || DBOS.isInitialized()) {
    throw new Error("DBOS runs in this process already; there can be one orchestrator in a process, launched once");
  }
  current = options;
  pool = createEnginePool(options);
  DBOS.setConfig({
    name: options.name,
    systemDatabaseUrl: ADDRESS_UNUSED,
    systemDatabasePool: pool,
    systemDatabaseSchemaName: ENGINE_SCHEMA,
    executorID: executorId,
    applicationVersion: versionOf(options.name),
    logger: quiet(options.log),
    // Nothing here waits for its messages and events.
    useListenNotify: false,
    // How soon the other processes notice a change of a schedule.
    schedulerPollingIntervalMs: LOOK_FOR_SCHEDULES_MS,
  });
  try {
    await oneAtATime(options.url, options.log, () => DBOS.launch());
  } catch (error) {
    await stopEngine().catch(() => {}); // The first error tells more.
    throw error;
  }
}

/** Starts a generation of a run, unless it was started before, in whichever process. */
export async function startRun({ id, generation, engineId }: EngineRun): Promise<void> {
  await DBOS.startWorkflow(workflow, { workflowID: engineId })(id, generation);
}

/** Runs these runs, which the token says that this process owns. */
export async function runTaken(engineIds: string[], token: string): Promise<void> {
  await DBOSExecutor.globalInstance?.dispatchDequeuedWorkflows(engineIds, token);
}

/**
 * One durable step of the run that calls this.
 * @param step `number`: what the engine knows it by, the same at every replay, in whatever order steps are called
 * @returns what the step recorded when it was run before
 */
export async function step<T>(
  { runId, number, name }: { runId: string; number: number; name: string },
  work: () => Promise<T>,
): Promise<T> {
  // The engine takes the number from here, and counts on, before anything else can run.
  const context = getCurrentContextStore();
  if (context !== undefined) context.curWFFunctionId = number;
  return DBOS.runStep(() => ours(runId, work()), { name });
}

/** Ends the engine in this process; what it runs is to be abandoned before. */
export async function stopEngine(): Promise<void> {
  await DBOS.shutdown();
  await pool?.end();
  pool = null;
  current = null;
}

/** What the engine tells of is mostly what is expected here: runs that change hands. */
function quiet(log: EngineOptions["log"]): DLogger {
  const debug = (entry: unknown) => log.debug({ engine: "dbos" }, String(entry));
  return {
    debug,
    info: debug,
    warn: debug,
    error: (entry) => log.warn({ engine: "dbos", ...(entry instanceof Error && { err: entry }) }, String(entry)),
  };
}
