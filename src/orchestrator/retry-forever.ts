/** Repeats reads and writes of the database that a run cannot continue without. */

import { setTimeout as sleep } from "node:timers/promises";
import { isOutage } from "../db/outages.ts";
import type { Logger } from "../log.ts";
import type { Semaphore } from "./semaphore.ts";

/** ms between two tries. */
const PAUSE_MS = 1_000;

/** The classes of SQLSTATE for values, constraints, statements and limits: these errors are the same at every try. */
const PERMANENT = /^(22|23|42|54)...$/;
/** A missing permission, table or column: the operator of the database can fix that. */
const FIXED_BY_OPERATOR = new Set(["42501", "42P01", "42703"]);

/** Whether the database refused a statement that it would refuse at every further try. */
export function isRefusal(error: unknown): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : null;
  return typeof code === "string" && PERMANENT.test(code) && !FIXED_BY_OPERATOR.has(code);
}

/**
 * Repeats something until it succeeds, while the database is not available and while it refuses: a run never fails
 * because of that. The work must be safe to do twice.
 * @param stopped returns the error to stop with, once there is one
 * @param isFinal whether to throw an error of the work. Default: none is thrown
 * @param semaphore of the process: thousands of runs may need the database at once, more than get a connection in time
 */
export async function retryForever<T>(
  work: () => Promise<T>,
  options: {
    log: Pick<Logger, "debug" | "error">;
    stopped: () => Error | null;
    isFinal?: (error: unknown) => boolean;
    semaphore?: Semaphore;
  },
): Promise<T> {
  const { log, stopped, isFinal = () => false, semaphore } = options;
  const unlessStopped = async () => {
    const stop = stopped();
    if (stop !== null) throw stop;
    return work();
  };
  for (;;) {
    try {
      return await (semaphore === undefined ? unlessStopped() : semaphore.run(unlessStopped));
    } catch (error) {
      const stop = stopped();
      if (stop !== null) throw stop;
      if (isFinal(error)) throw error;
      if (isOutage(error)) log.debug({ err: error }, "the database is not available; trying again");
      else log.error({ err: error }, "the database refused what a run needs; trying again");
      await sleep(PAUSE_MS * (0.5 + Math.random() / 2), undefined, { ref: false });
    }
  }
}
