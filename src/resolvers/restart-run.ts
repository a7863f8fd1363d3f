/** Starting a run again from one of its checkpoints. */

import { randomUUID } from "node:crypto";
import { mayChangeRun, mayRestartRun } from "../approvals/policy.ts";
import { checkpointById, originOfCheckpoint, runIdOfCheckpoint } from "../db/queries/checkpoints.ts";
import { findVisibleRun, type VisibleRun } from "../live/visible-run.ts";
import type { JsonObject } from "../model/approvals.ts";
import { isAdmin } from "../model/approvals.ts";
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import type { ApprovalCheckpoint, WorkflowDefinition } from "../model/runs.ts";
import { type CheckpointChanges, checkedChanges, jobsTakenOver, undoneIn } from "../orchestrator/checkpoints.ts";
import { checkedDocument } from "../orchestrator/document.ts";
import { runIdOf } from "../orchestrator/keys.ts";
import { storeRun } from "../orchestrator/store-run.ts";
import type { Context } from "./context.ts";
import type { RunPayload } from "./run-commands.ts";

interface RestartInput {
  checkpointId: string;
  executionId?: string | null;
  definition?: JsonObject | null;
  config?: JsonObject | null;
  results?: JsonObject | null;
}

/** Starts another run from a checkpoint, or returns the run with the same execution id. */
export async function startRunFromCheckpoint(
  { checkpointId, executionId, definition, config, results }: RestartInput,
  context: Context,
): Promise<RunPayload & { created: boolean }> {
  const { pool, loaders } = context.services;
  const { viewer } = context.caller;
  const { checkpoint, run } = await checkpointToUse(checkpointId, context);
  const isChanged = definition != null || config != null || results != null;
  authorise(run, isChanged, context);
  const newId = executionId ?? randomUUID();
  const { workflow, taken } = await changed(checkpoint, newId, context, {
    ...(definition != null && { workflow: definition as unknown as WorkflowDefinition }),
    ...(config != null && { config: config as CheckpointChanges["config"] & object }),
    ...(results != null && { results }),
  });
  const before = await originOfCheckpoint(pool, checkpoint);
  const id = runIdOf(workflow.id, newId);
  const { isNew } = await storeRun(pool, {
    id,
    definition: workflow,
    executionId: newId,
    startedFromCheckpoint: checkpoint.id,
    taken,
    origin: {
      ...before,
      // Another document is not a registered version.
      workflowVersion: definition == null && config == null ? (before?.workflowVersion ?? null) : null,
      createdBy: viewer.userId,
    },
  });
  const started = await findVisibleRun(id, viewer, loaders);
  if (started === null) throw new ConflictError(`execution ${JSON.stringify(newId)} was started by another user`);
  return { run: started, created: isNew };
}

/**
 * The checkpoint and its run. There is no run if it was stored without an orchestrator.
 * @throws NotFoundError if it is unknown, or if the viewer may not see its run
 */
async function checkpointToUse(
  id: string,
  { services, caller }: Context,
): Promise<{ checkpoint: ApprovalCheckpoint; run: VisibleRun | null }> {
  const checkpoint = isRequestId(id) ? await checkpointById(services.pool, id) : undefined;
  if (checkpoint === undefined) throw new NotFoundError("checkpoint");
  const runId = await runIdOfCheckpoint(services.pool, checkpoint);
  const run = runId === undefined ? null : await findVisibleRun(runId, caller.viewer, services.loaders);
  if (run === null && !isAdmin(caller.viewer)) throw new NotFoundError("checkpoint");
  return { checkpoint, run };
}

/** @throws ForbiddenError */
function authorise(run: VisibleRun | null, isChanged: boolean, { caller }: Context): void {
  if (run === null || isAdmin(caller.viewer)) return;
  if (!mayRestartRun(run, caller.viewer)) {
    throw new ForbiddenError(
      "Only the people who started the run or could start it, the program behind it, and admins may start it again.",
    );
  }
  if (isChanged && !mayChangeRun(run, caller.viewer)) {
    throw new ForbiddenError(
      "Only admins, and the program that created every request of the run, may change definition, config and results.",
    );
  }
}

/** The document of the new run, and the jobs that are taken over. @throws ValidationError whose paths are the input's */
async function changed(
  checkpoint: ApprovalCheckpoint,
  executionId: string,
  context: Context,
  changes: CheckpointChanges,
) {
  try {
    const { workflow: given, results } = checkedChanges(checkpoint, changes);
    const workflow = checkedDocument(given, { executionId }, null);
    const undone = await undoneIn(context.services.pool, checkpoint);
    return { workflow, taken: jobsTakenOver(checkpoint, workflow, results, undone) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(error.issues.map(({ path, message }) => ({ path: inputPath(path), message })));
  }
}

/** Faults of the document belong to the input's field `definition`. */
function inputPath(path: string): string {
  if (/^(executionId|config|results)(\.|$)/.test(path)) return path;
  const below = path.replace(/^workflow(\.|$)/, "");
  return below === "" ? "definition" : `definition.${below}`;
}
