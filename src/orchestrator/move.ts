/** Moves an active run to another version of its document. The run continues as its next generation. */

import { checkedInput } from "../approvals/input-schema.ts";
import type { Pool } from "../db/pool.ts";
import { type RunToMove, runToMove, storeMove } from "../db/queries/run-moves.ts";
import { workflowOf } from "../db/queries/workflow-definitions.ts";
import { ConflictError, NotFoundError, ValidationError } from "../model/errors.ts";
import type { MovePlan, RegisteredWorkflow, WorkflowDefinition } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";
import { isSameDocument, planOfMove, type RefusedChange } from "./move-plan.ts";
import { checkedBy } from "./retry.ts";

/** The document that a run is moved to. */
export interface MoveTarget {
  definition: WorkflowDefinition;
  /** The registered version; null for a document that is not registered. */
  workflowVersion: number | null;
  /** Of the registered version. */
  inputSchema: RegisteredWorkflow["inputSchema"];
}

/** Most jobs that a message names. */
const MOST_NAMED = 20;

/**
 * Moves a run. A run that already has this document stays as it is, so if two callers have the same target, both succeed
 * and the run is moved once.
 * @param targetOf the document to move this run to
 * @throws NotFoundError; ValidationError for a wrong name or document; ConflictError if the run cannot be moved, with
 * the names of the jobs that prevent it
 */
export async function moveRun(
  pool: Pool,
  runId: string,
  targetOf: (run: RunToMove) => Promise<MoveTarget> | MoveTarget,
  by: unknown,
): Promise<void> {
  const movedBy = checkedBy(by);
  for (;;) {
    const run = await runToMove(pool, runId);
    if (run === undefined) throw new NotFoundError("workflow run");
    const target = await targetOf(run);
    if (hasDocument(run, target)) return;
    const { plan, refusal } = await plannedMove(run, target);
    if (refusal !== null) throw new ConflictError(refusal);
    if (await storeMove(pool, run, { ...target, ...plan, by: movedBy })) return;
    // A job has started or ended in the meantime, or another caller was faster, so the run is read again.
  }
}

/** Whether a run already has the document. */
export const hasDocument = (run: RunToMove, { definition, workflowVersion }: MoveTarget): boolean =>
  run.workflowVersion === workflowVersion && isSameDocument(run.definition, definition);

/** The changes of a move, and why it is not possible; null if it is. */
export async function plannedMove(
  run: RunToMove,
  target: MoveTarget,
): Promise<{ plan: MovePlan; refusal: string | null }> {
  const { plan, refused } = planOfMove(run.definition, target.definition, run.jobs);
  return { plan, refusal: whyNotMoved(run) ?? changesRefused(refused) ?? (await inputRefused(run, target)) };
}

function whyNotMoved({ status, isCancelling, definition, jobs }: RunToMove): string | null {
  if (status !== "RUNNING") return `The run is ${status}. Only a run that has not ended can be moved.`;
  if (isCancelling) return "The run is being cancelled or has timed out, so it cannot be moved.";
  const undoing = new Set(definition.jobs.filter(({ compensates }) => compensates != null).map(({ id }) => id));
  const isOpen = jobs.some((job) => (job.status === "PENDING" || job.status === "RUNNING") && !undoing.has(job.jobId));
  return isOpen ? null : "All jobs of the run have ended, so it cannot be moved.";
}

function changesRefused(refused: readonly RefusedChange[]): string | null {
  if (refused.length === 0) return null;
  const named = refused.slice(0, MOST_NAMED).map(({ jobId, status, isRemoved }) => {
    const how = status === "PENDING" ? "a job that has started depends on it" : `it is ${status}`;
    return `${jobId} is ${isRemoved ? "removed" : "changed"}, but ${how}`;
  });
  const more = refused.length > MOST_NAMED ? `; and ${refused.length - MOST_NAMED} more` : "";
  return `The run cannot be moved: ${named.join("; ")}${more}. Jobs that have started or ended must not change.`;
}

async function inputRefused(
  { input }: RunToMove,
  { inputSchema, workflowVersion }: MoveTarget,
): Promise<string | null> {
  if (inputSchema === null) return null;
  try {
    await checkedInput(inputSchema, input);
    return null;
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return `The input of the run does not fit version ${workflowVersion}: ${error.message}`;
  }
}

/**
 * A registered version as a target.
 * @param version null for the newest
 * @throws NotFoundError; ValidationError for a version that is not a number
 */
export async function registeredTarget(pool: Pool, name: string, version: number | null): Promise<MoveTarget> {
  if (version !== null && !(Number.isInteger(version) && version >= 1 && version < 2 ** 31)) {
    throw new ValidationError([{ path: "version", message: `must be a whole number from 1, not ${excerpt(version)}` }]);
  }
  const workflow = await workflowOf(pool, name, version);
  if (workflow === undefined)
    throw new NotFoundError(version === null ? "registered workflow" : "version of the workflow");
  return { definition: workflow.definition, workflowVersion: workflow.version, inputSchema: workflow.inputSchema };
}
