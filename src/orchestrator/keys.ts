/** Ids that are derived from names, so that every process makes the same ones. */

import { v5 } from "uuid";
import { MAX_NAME } from "../approvals/validation.ts";
import { cutText } from "../model/json.ts";

/** The namespace of all these ids. */
const NAMESPACE = "7b6f0f7e-9a5c-4f43-8a0e-1d2c6c1f0b57";

const uuidOf = (...parts: readonly string[]): string => v5(JSON.stringify(parts), NAMESPACE);

/** The id of a run. */
export const runIdOf = (workflowId: string, executionId: string): string => uuidOf("run", workflowId, executionId);

/** The idempotency key of a job's effects: the same for every attempt in every process. */
export const idempotencyKeyOf = (runId: string, jobId: string): string => uuidOf("job", runId, jobId);

/** The id of the checkpoint before a job. */
export const checkpointIdOf = (workflowId: string, executionId: string, jobId: string): string =>
  uuidOf("checkpoint", workflowId, executionId, jobId);

/** Letters and digits that distinguish the sub-runs of all runs. */
const HASH_LENGTH = 12;

/**
 * The execution id of the run that a job starts in one of its tries: readable, and unique for the run, the job and the
 * try.
 */
export function subExecutionIdOf(run: { id: string; executionId: string }, jobId: string, number: number): string {
  const hash = uuidOf("sub-run", run.id, jobId, String(number)).replaceAll("-", "").slice(0, HASH_LENGTH);
  return `${cutText(`${run.executionId}/${jobId}`, MAX_NAME - HASH_LENGTH - 1)}~${hash}`;
}
