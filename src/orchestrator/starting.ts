/** How a run is written down before it begins, once for its ids. */

import { digestOf } from "../approvals/json.ts";
import type { RunStatus } from "../approvals/workflow-run-model.ts";
import type { Pool } from "../db/pool.ts";
import { insertRun, type NewRun, takenOutputsOf } from "../db/queries/run-writes.ts";
import { runInFull } from "../db/queries/workflow-runs.ts";
import { ConflictError } from "../errors.ts";

/**
 * Writes a run, or finds the same one that was written before.
 * @returns its status
 * @throws ConflictError where the ids belong to a run that was started otherwise, in words that say what differs
 */
export async function writeRun(pool: Pool, run: NewRun): Promise<RunStatus> {
  if (await insertRun(pool, run)) return "RUNNING";
  const there = await runInFull(pool, run.id);
  const { definition, executionId } = run;
  const refuse = (other: string) => {
    const names = `execution ${JSON.stringify(executionId)} of workflow ${JSON.stringify(definition.id)}`;
    return new ConflictError(`${names} was started with ${other}; a new run takes a new executionId`);
  };
  if (there?.startedFromCheckpoint !== run.startedFromCheckpoint) throw refuse("another checkpoint");
  if (digestOf(there.definition) !== digestOf(definition)) throw refuse("another document");
  const taken = Object.fromEntries(Object.entries(run.taken).map(([jobId, { output }]) => [jobId, output]));
  const before = run.startedFromCheckpoint === null ? {} : await takenOutputsOf(pool, run.id);
  if (digestOf(before) !== digestOf(taken)) throw refuse("other results");
  return there.status;
}
