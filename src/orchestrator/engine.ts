/**
 * The engine: DBOS as the orchestrator uses it. Each run is one workflow of DBOS, and each job is one step. The engine
 * stores which process owns a run in its own schema, and hands the runs of dead processes to living ones. The write that
 * ends a job stores its step. A process has one engine.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { DBOS, DBOSWorkflowConflictError, type DLogger } from "@dbos-inc/dbos-sdk";
import { currentOwnerXid } from "@dbos-inc/dbos-sdk/internal/context";
import { DBOSExecutor } from "@dbos-inc/dbos-sdk/internal/dbos-executor";
import { INTERNAL_QUEUE_NAME } from "@dbos-inc/dbos-sdk/internal/utils";
import { createEnginePool } from "../db/engine-pool.ts";
import type { Pool } from "../db/pool.ts";
import type { EngineRun, EngineRuns } from "../db/queries/executors.ts";
import { ENGINE_SCHEMA } from "../db/queries/run-owner.ts";
import type { Logger } from "../log.ts";
import { withEngineLock } from "./engine-lock.ts";
import { RunNotOwnedError } from "./errors.ts";

/**
 * Changes only if this code could not replay runs that have started: the engine hands the runs of one version only to
 * processes of the same version.
 */
const VERSION = "countersign-runs-1";

/** In the engine, a version belongs to one name for ever. */
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
  /** Processes with one name resume each other's runs. */
  name: string;
  log: Pick<Logger, "debug" | "info" | "warn">;
  /** Runs a generation of a run. Rejects with RunNotOwnedError if another process owns it, or this process stops. */
  run: (run: AssignedRun) => Promise<void>;
  /** Handles a tick of a schedule, maybe more than once. Rejects with RunNotOwnedError if this process stops. */
  tick: (schedule: string, at: Date) => Promise<void>;
}

/** A run that the engine gives to this process. */
export interface AssignedRun {
  runId: string;
  generation: number;
  /** Marks the writes. */
  token: string;
}

/** ms between two checks for changed schedules; each is one small query. In the first minute the engine checks each second. */
const LOOK_FOR_SCHEDULES_MS = 10_000;
/** The engine requires an address that it can parse, although it connects only with our pool. */
const ADDRESS_UNUSED = "postgres://countersign@localhost/countersign";

let current: EngineOptions | null = null;
let pool: Pool | null = null;

const workflow = DBOS.registerWorkflow(
  // Runs that were stored by earlier releases have no second argument.
  (runId: string, generation?: number): Promise<void> => {
    const engineId = DBOS.workflowID ?? runId;
    const token = currentOwnerXid(engineId);
    if (current === null || token === undefined) throw new DBOSWorkflowConflictError(engineId);
    return suspendUnlessOwned(engineId, current.run({ runId, generation: generation ?? 1, token }));
  },
  // A run is not to blame for the end of its process, however often that happens.
  { name: "countersign-run", maxRecoveryAttempts: 1_000_000_000 },
);

/** Calls something outside the context of a workflow: a run that a tick starts is not its child, and jobs may set schedules. */
export const outside = AsyncLocalStorage.snapshot();

/** A tick of a schedule. The engine makes its id of the schedule and the time, so it exists once. */
export const tickWorkflow = DBOS.registerWorkflow(
  (at: Date, schedule: unknown): Promise<void> => {
    const id = DBOS.workflowID as string;
    if (current === null) throw new DBOSWorkflowConflictError(id);
    const { tick } = current;
    return suspendUnlessOwned(
      id,
      outside(() => tick(schedule as string, at)),
    );
  },
  { name: "countersign-tick", maxRecoveryAttempts: 1_000_000_000 },
);

/**
 * For the engine, an execution that has lost its run never ends. Otherwise the engine would poll the database each second
 * for the end of the owner's execution, for each such run.
 */
function suspendUnlessOwned(engineId: string, work: Promise<void>): Promise<void> {
  return work.catch((error) => {
    if (!isRunNotOwned(error)) throw error;
    // The oldest entry: the run may have come back to this process.
    const entries = DBOSExecutor.globalInstance?.systemDatabase.runningWorkflowMap.get(engineId);
    entries?.[0]?.release();
    return new Promise<never>(() => {});
  });
}

/** Whether an error means that another process owns the run. */
export const isRunNotOwned = (error: unknown): boolean =>
  error instanceof RunNotOwnedError || error instanceof DBOSWorkflowConflictError;

/**
 * Starts the engine in this process, and creates its tables if they are missing.
 * @param executorId a new one for each start: the engine resumes the runs of an id as its own
 */
export async function launchEngine(options: EngineOptions, executorId: string): Promise<void> {
  if (current !== null || DBOS.isInitialized()) {
    throw new Error("DBOS already runs in this process; a process can have one orchestrator, launched once");
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
    // The orchestrator does not use its messages and events.
    useListenNotify: false,
    // How soon the other processes notice a change of a schedule.
    schedulerPollingIntervalMs: LOOK_FOR_SCHEDULES_MS,
  });
  try {
    await withEngineLock(options.url, options.log, () => DBOS.launch());
  } catch (error) {
    await stopEngine().catch(() => {}); // The first error is the cause.
    throw error;
  }
}

/** Starts a generation of a run, unless a process has already started it. */
export async function startRun({ id, generation, engineId }: EngineRun): Promise<void> {
  await DBOS.startWorkflow(workflow, { workflowID: engineId })(id, generation);
}

/** Runs these runs, which this process owns under the token. */
export async function runTaken(engineIds: string[], token: string): Promise<void> {
  await DBOSExecutor.globalInstance?.dispatchDequeuedWorkflows(engineIds, token);
}

/** Stops the engine in this process. Its executions must be stopped before. */
export async function stopEngine(): Promise<void> {
  await DBOS.shutdown();
  await pool?.end();
  pool = null;
  current = null;
}

/** The engine's messages are mostly about expected events, such as runs that another process takes over. */
function quiet(log: EngineOptions["log"]): DLogger {
  const debug = (entry: unknown) => log.debug({ engine: "dbos" }, String(entry));
  return {
    debug,
    info: debug,
    warn: debug,
    error: (entry) => log.warn({ engine: "dbos", ...(entry instanceof Error && { err: entry }) }, String(entry)),
  };
}
