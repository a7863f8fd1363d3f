/** Ids that are made of what they stand for, so that every process makes the same ones. */

import { v5 } from "uuid";
import { MAX_NAME } from "../approvals/validation.ts";
import { cutText } from "../model/json.ts";

/** Of everything that is made here. */
const NAMESPACE = "7b6f0f7e-9a5c-4f43-8a0e-1d2c6c1f0b57";

const made = (...parts: readonly string[]): string => v5(JSON.stringify(parts), NAMESPACE);

/** The id of a run. */
export const runIdOf = (workflowId: string, executionId: string): string => made("run", workflowId, executionId);

/** What a job's effects are to be known by: the same for every attempt, in whichever process. */
export const idempotencyKeyOf = (runId: string, jobId: string): string => made("job", runId, jobId);

/** The id of the checkpoint before a job. */
export const checkpointIdOf = (workflowId: string, executionId: string, jobId: string): string =>
  made("checkpoint", workflowId, executionId, jobId);

/** Letters and digits that tell the sub-runs of all runs apart. */
const MARK = 12;

/**
 * The execution id of the run that a job starts in one of its tries: readable, and another one for each run, job and
 * try.
 */
export function subExecutionIdOf(run: { id: string; executionId: string }, jobId: string, number: number): string {
  const mark = made("sub-run", run.id, jobId, String(number)).replaceAll("-", "").slice(0, MARK);
  return `${cutText(`${run.executionId}/${jobId}`, MAX_NAME - MARK - 1)}~${mark}`;
}
