/** Starts runs that other processes have stored, as soon as this process is notified of them. */

import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";

export interface NotifiedStarts {
  hub: Pick<Hub, "onStart">;
  /** The name of the processes that may run them. */
  name: string;
  log: Pick<Logger, "warn">;
  /** Starts a run, unless another process has started it. */
  startRun: (runId: string) => Promise<void>;
}

/** @returns a function that ends that */
export function startWhenNotified({ hub, name, log, startRun }: NotifiedStarts): () => void {
  return hub.onStart(({ id, orchestrator }) => {
    if (orchestrator !== name) return;
    startRun(id).catch((error) => {
      // The next check for runs that no process has started finds it.
      log.warn({ err: error, runId: id }, "a run could not be started at once");
    });
  });
}
