/** Hands stored runs to the engine. */

import type { Pool } from "../db/pool.ts";
import { engineRunOf } from "../db/queries/executors.ts";
import { startRun } from "./engine.ts";

/**
 * Starts the current generation of a stored run, unless it was started before, in whichever process.
 * @param name of this process; a run of processes with another name is left to them. Null where that is known
 */
export async function startStored(pool: Pool, runId: string, name: string | null): Promise<void> {
  const run = await engineRunOf(pool, runId);
  if (run !== undefined && (name === null || run.orchestrator === name)) await startRun(run);
}
