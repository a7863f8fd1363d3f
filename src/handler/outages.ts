/** For callers inside the process that outlive the database: a workflow's wait, and the process's own manager. */

import { setTimeout as sleep } from "node:timers/promises";
import { isOutage } from "../db/outages.ts";
import { UnavailableError } from "../model/errors.ts";

const FIRST_MS = 100;
const MOST_MS = 3_000;

/**
 * Runs something again, with growing pauses, for as long as the database is away or the manager answers UNAVAILABLE, as
 * it does where its queue is full or an outcome is unknown. It must be safe to run twice: a
 * connection that breaks during COMMIT does not tell whether that happened.
 * @throws whatever else `run` throws, or the reason of the aborted signal
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
