/** Commands on runs of workflows. */

import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../errors.ts";
import { cancelRun, type RunPayload } from "../resolvers/run-commands.ts";
import { builder } from "./builder.ts";
import { WorkflowRunRef } from "./refs.ts";

/** A payload that holds the run after the command. */
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
