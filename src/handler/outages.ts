/** Retries database operations during outages, for callers in the same process: waits of workflows, and managers. */

import { setTimeout as sleep } from "node:timers/promises";
import { isOutage } from "../db/outages.ts";
import { UnavailableError } from "../model/errors.ts";

const FIRST_MS = 100;
const MOST_MS = 3_000;

/**
 * Retries `run`, with growing pauses, while the database is unavailable or the manager answers UNAVAILABLE, which it
 * does if its queue is full or an outcome is unknown. `run` must be idempotent: if the connection is lost during
 * COMMIT, the transaction may or may not have been committed.
 * @throws all other errors of `run`, or the reason of the aborted signal
 */
export async function throughOutages<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (!isOutage(error) && !(error instanceof UnavailableError)) throw error;
      const most = Math.min(FIRST_MS * 2 ** Math.min(failures, 10), MOST_MS);
      await sleep(most * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}
