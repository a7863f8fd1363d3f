/** Starts runs that people and programs have started elsewhere, as soon as this process is notified of them. */

import type { Hub } from "../db/hub.ts";
import type { Pool } from "../db/pool.ts";
import { typesOfRun } from "../db/queries/executors.ts";
import type { Logger } from "../log.ts";

/**
 * @param name of the processes that may run them
 * @param startRun starts a run, unless another process has
 * @returns how to end that
 */
export function startWhenNotified({
  hub,
  pool,
  name,
  log,
  startRun,
}: {
  hub: Pick<Hub, "onStart">;
  pool: Pool;
  name: string;
  log: Pick<Logger, "warn">;
  startRun: (run: { id: string; types: readonly string[] }) => Promise<void>;
}): () => void {
  const start = async (id: string) => {
    try {
      await startRun({ id, types: await typesOfRun(pool, id) });
    } catch (error) {
      // The next look for runs that no process has started finds it.
      log.warn({ err: error, runId: id }, "a run could not be started at once");
    }
  };
  return hub.onStart(({ id, orchestrator }) => {
    if (orchestrator === name) void start(id);
  });
}
