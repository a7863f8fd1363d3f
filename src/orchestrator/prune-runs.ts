/** Deletes ended runs after their retention, batch by batch, in one process at a time. */

import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { isContention } from "../db/outages.ts";
import {
  type CheckpointOfRun,
  checkpointsOfRuns,
  deleteCheckpoints,
  deleteFromEngine,
  deleteRuns,
  engineTables,
  lockOldRuns,
  MOST_DAYS,
  type PruneFilter,
  runsInUse,
  runsWithOpenRequests,
  usedCheckpoints,
} from "../db/queries/run-pruning.ts";
import type { Client } from "../db/session.ts";
import { ifSessionLockIsFree, withSessionLock } from "../db/session-lock.ts";
import type { Logger } from "../log.ts";

/** How long ended runs are stored. */
export interface RetentionOptions {
  /** Days since the end of the run; more than 0, at most 36,500. Parts of a day are allowed. */
  days: number;
}

const LOCK = 7_232_311_480;
/** Runs in one transaction. */
const AT_ONCE = 50;
/** How often a batch is tried that collides with other sessions. */
const MOST_TRIES = 5;
const RETRY_MS = 200;

/** @throws TypeError that names what is wrong */
export function checkedRetention(retention: unknown): RetentionOptions {
  if (typeof retention !== "object" || retention === null || Array.isArray(retention)) {
    throw new TypeError(`createOrchestrator: retention must be an object, { days: 90 }, not ${inspect(retention)}.`);
  }
  const unknown = Object.keys(retention).find((name) => name !== "days");
  if (unknown !== undefined) throw new TypeError(`createOrchestrator: retention.${unknown} does not exist; use days.`);
  const { days } = retention as { days?: unknown };
  if (typeof days === "number" && days > 0 && days <= MOST_DAYS) return { days };
  const may = `a number of days, more than 0 and at most ${MOST_DAYS}`;
  throw new TypeError(`createOrchestrator: retention.days must be ${may}, not ${inspect(days)}.`);
}

export interface PruneOptions {
  /** Between two batches, in ms. */
  pauseMs?: number;
  /** Ends the work after the current batch. */
  signal?: AbortSignal;
  /** Called after each batch with how many runs were deleted so far. */
  onProgress?: (runs: number) => void;
}

/**
 * Deletes the old runs, once no other process deletes runs.
 * @param session a direct connection, because the lock belongs to a session
 * @returns how many runs were deleted
 */
export const pruneRuns = (
  session: Client,
  filter: PruneFilter,
  options: PruneOptions & { log?: Pick<Logger, "info"> } = {},
): Promise<number> => {
  const wait = { what: "the deletion of old runs", ...(options.log && { log: options.log }) };
  return withSessionLock(session, LOCK, wait, () => prune(session, filter, options));
};

/** The same, unless another process is deleting runs. @returns undefined in that case */
export const pruneRunsIfIdle = (
  session: Client,
  filter: PruneFilter,
  options: PruneOptions = {},
): Promise<number | undefined> => ifSessionLockIsFree(session, LOCK, () => prune(session, filter, options));

async function prune(session: Client, filter: PruneFilter, options: PruneOptions): Promise<number> {
  const { pauseMs = 0, signal, onProgress } = options;
  const tables = await engineTables(session);
  let runs = 0;
  // A run is deleted after those that were started from its checkpoints, which have mostly ended after it.
  for (let before = -1; runs > before; ) {
    before = runs;
    for (let after: string | null = null; ; ) {
      const batch: Batch = await pruneBatch(session, filter, tables, after);
      runs += batch.deleted;
      if (batch.last === null) break;
      after = batch.last;
      onProgress?.(runs);
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal?.aborted) return runs;
    }
  }
  return runs;
}

interface Batch {
  deleted: number;
  /** The place of the last run that was checked; null without one. */
  last: string | null;
}

async function pruneBatch(
  session: Client,
  filter: PruneFilter,
  tables: readonly string[],
  after: string | null,
): Promise<Batch> {
  for (let tries = 1; ; tries++) {
    try {
      await session.query("begin");
      const batch = await deleteNext(session, filter, tables, after);
      await session.query("commit");
      return batch;
    } catch (error) {
      await session.query("rollback").catch(() => {}); // The first error is the cause.
      if (tries >= MOST_TRIES || !(isContention(error) || isReferenced(error))) throw error;
      await sleep(RETRY_MS * tries);
    }
  }
}

/** Deletes a batch in a transaction: everything that belongs to a run, or nothing. */
async function deleteNext(
  session: Client,
  filter: PruneFilter,
  tables: readonly string[],
  after: string | null,
): Promise<Batch> {
  const old = await lockOldRuns(session, filter, after, AT_ONCE);
  const ids = old.map(({ id }) => id);
  if (ids.length === 0) return { deleted: 0, last: null };
  const checkpoints = await checkpointsOfRuns(session, ids);
  const idsOf = (some: readonly CheckpointOfRun[]) => some.map(({ id }) => id);
  const used = new Set(checkpoints.length === 0 ? [] : await usedCheckpoints(session, idsOf(checkpoints)));
  const retained = new Set([
    ...(await runsWithOpenRequests(session, ids)),
    ...(tables.includes("workflow_status") ? await runsInUse(session, ids) : []),
    ...checkpoints.filter(({ id }) => used.has(id)).map(({ runId }) => runId),
  ]);
  const deletable = ids.filter((id) => !retained.has(id));
  if (deletable.length > 0) {
    await deleteFromEngine(session, tables, deletable);
    await deleteRuns(session, deletable);
    await deleteCheckpoints(session, idsOf(checkpoints.filter(({ runId }) => !retained.has(runId))));
  }
  return { deleted: deletable.length, last: old.at(-1)?.place ?? null };
}

/** Whether a run has just been started from one of the checkpoints. */
const isReferenced = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "23503";
