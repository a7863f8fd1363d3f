/** Deletes ended runs that are older than they are to be kept, batch by batch, in one process at a time. */

import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type pg from "pg";
import { isBusy } from "../db/outages.ts";
import { deleteOldRuns, engineTables, MOST_DAYS, type PruneFilter } from "../db/queries/run-pruning.ts";
import { ifSessionLockIsFree, withSessionLock } from "../db/session-lock.ts";
import type { Logger } from "../log.ts";

/** How long ended runs are kept. */
export interface RetentionOptions {
  /** Days since the end of the run; more than 0, at most 36,500. Parts of a day are allowed. */
  days: number;
}

const LOCK = 7_232_311_480;
/** Runs of one statement. */
const AT_ONCE = 50;
/** How often a batch is sent that collides with what others are doing. */
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
 * Deletes what may be deleted, once no other process does so.
 * @param session a direct connection, because the lock belongs to a session
 * @returns how many runs were deleted
 */
export const pruneRuns = (
  session: pg.Client,
  filter: PruneFilter,
  options: PruneOptions & { log?: Pick<Logger, "info"> } = {},
): Promise<number> => {
  const wait = { what: "the deletion of old runs", ...(options.log && { log: options.log }) };
  return withSessionLock(session, LOCK, wait, () => prune(session, filter, options));
};

/** The same, unless another process is at it. @returns undefined in that case */
export const pruneRunsIfIdle = (
  session: pg.Client,
  filter: PruneFilter,
  options: PruneOptions = {},
): Promise<number | undefined> => ifSessionLockIsFree(session, LOCK, () => prune(session, filter, options));

async function prune(session: pg.Client, filter: PruneFilter, options: PruneOptions): Promise<number> {
  const { pauseMs = 0, signal, onProgress } = options;
  const tables = await engineTables(session);
  let runs = 0;
  for (;;) {
    const deleted = await deleteBatch(session, filter, tables);
    runs += deleted;
    // A batch that is not full may have made room: a run goes after those that were started from its checkpoints.
    if (deleted === 0) return runs;
    onProgress?.(runs);
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
    if (signal?.aborted) return runs;
  }
}

async function deleteBatch(session: pg.Client, filter: PruneFilter, tables: readonly string[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await deleteOldRuns(session, filter, tables, AT_ONCE);
    } catch (error) {
      if (tries >= MOST_TRIES || !(isBusy(error) || isReferenced(error))) throw error;
      await sleep(RETRY_MS * tries);
    }
  }
}

/** A run was started from one of the checkpoints at this moment. */
const isReferenced = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "23503";
