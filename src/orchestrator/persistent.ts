/** Reads and writes that a run cannot go on without. */

import { setTimeout as sleep } from "node:timers/promises";
import { isConnectionError } from "../db/transaction.ts";
import type { Logger } from "../log.ts";

/** Between two tries, in ms. */
const PAUSE_MS = 1_000;

/**
 * Does something until it succeeds: while the database is away, and while it refuses, for a run is never given up for
 * that. It must be safe to do twice.
 * @param left gives the error to stop with, as soon as there is one
 */
export async function persistently<T>(
  work: () => Promise<T>,
  { log, left }: { log: Pick<Logger, "debug" | "error">; left: () => Error | null },
): Promise<T> {
  for (;;) {
    const stop = left();
    if (stop !== null) throw stop;
    try {
      return await work();
    } catch (error) {
      if (isConnectionError(error)) log.debug({ err: error }, "the database is away; trying again");
      else log.error({ err: error }, "the database refused what a run needs; trying again");
      await sleep(PAUSE_MS * (0.5 + Math.random() / 2), undefined, { ref: false });
    }
  }
}
