/** Commands on runs of workflows. */

import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import { moveWorkflowRun } from "../resolvers/move-run.ts";
import { retryWorkflowJob } from "../resolvers/retry-job.ts";
import { cancelRun, type RunPayload } from "../resolvers/run-commands.ts";
import { builder } from "./builder.ts";
import { WorkflowRunRef } from "./refs.ts";

/** A payload with the run after the command. */
const runPayload = (name: string) =>
  builder.objectRef<RunPayload>(name).implement({
    description: "The run after the change.",
    fields: (t) => ({
      run: t.expose("run", { type: WorkflowRunRef, description: "The current state of the run." }),
    }),
  });

const CancelWorkflowRunInput = builder.inputType("CancelWorkflowRunInput", {
  description: "The run to cancel, and the reason.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    reason: t.string({ description: "The reason, which jobs and approvers see." }),
  }),
});

builder.mutationField("cancelWorkflowRun", (t) =>
  t.field({
    type: runPayload("CancelWorkflowRunPayload"),
    description:
      "Cancels a run: its open requests are cancelled, jobs that have not started are CANCELLED, and " +
      "running jobs end as their handlers do. The run is returned immediately; `workflowRunUpdated` " +
      "reports when it has ended. A run that is already cancelled is returned unchanged.",
    args: {
      input: t.arg({ type: CancelWorkflowRunInput, required: true, description: "The run to cancel, and the reason." }),
    },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "CancelWorkflowRunResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => cancelRun(input, context),
  }),
);

const RetryWorkflowJobInput = builder.inputType("RetryWorkflowJobInput", {
  description: "The job to retry.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    jobId: t.string({ required: true, description: "The id of the failed job." }),
  }),
});

builder.mutationField("retryWorkflowJob", (t) =>
  t.field({
    type: runPayload("RetryWorkflowJobPayload"),
    description:
      "Retries one failed job of a run that has ended. The job and the jobs that were SKIPPED because of it run again in " +
      "the same run; all other jobs keep their results. Returns the run at once, RUNNING again. ConflictError gives the " +
      "reason and an alternative: the run is RUNNING (also because another client has retried a job), the job is not " +
      "FAILED, its request was decided, or the run was rolled back or cancelled.",
    args: {
      input: t.arg({ type: RetryWorkflowJobInput, required: true, description: "The job to retry." }),
    },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "RetryWorkflowJobResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => retryWorkflowJob(input, context),
  }),
);

const MoveWorkflowRunInput = builder.inputType("MoveWorkflowRunInput", {
  description: "The run to move, and the version.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    version: t.int({ description: "The registered version of its workflow. Default: the newest." }),
  }),
});

builder.mutationField("moveWorkflowRun", (t) =>
  t.field({
    type: runPayload("MoveWorkflowRunPayload"),
    description:
      "Moves a run that has not ended to another registered version of its document. Jobs that have started or ended " +
      "must be the same in both versions; others may be changed, added or removed. The error CONFLICT names the jobs " +
      "that prevent the move. A run that has this version already is returned unchanged.",
    args: {
      input: t.arg({ type: MoveWorkflowRunInput, required: true, description: "The run to move, and the version." }),
    },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "MoveWorkflowRunResult", description: "The run, or the error." },
    },
    resolve: (_root, { input }, context) => moveWorkflowRun(input, context),
  }),
);
