/** Hands stored runs to the engine. */

import type { Pool } from "../db/pool.ts";
import { engineRunOf } from "../db/queries/executors.ts";
import { startRun } from "./engine.ts";

/**
 * Starts the current generation of a stored run, unless a process has already started it.
 * @param name of this process; it does not start runs of processes with another name. Null: the name is not checked
 */
export async function startStored(pool: Pool, runId: string, name: string | null): Promise<void> {
  const run = await engineRunOf(pool, runId);
  if (run !== undefined && (name === null || run.orchestrator === name)) await startRun(run);
}
