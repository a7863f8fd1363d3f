/** Commands on runs of workflows. */

import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from "../errors.ts";
import { cancelRun, type RunPayload } from "../resolvers/run-commands.ts";
import { builder } from "./builder.ts";
import { WorkflowRunRef } from "./refs.ts";

/** A payload that holds the run after the command. */
const runPayload = (name: string) =>
  builder.objectRef<RunPayload>(name).implement({
    description: "The run after the command.",
    fields: (t) => ({
      run: t.expose("run", { type: WorkflowRunRef, description: "The run as it stands." }),
    }),
  });

const CancelWorkflowRunInput = builder.inputType("CancelWorkflowRunInput", {
  description: "Which run is cancelled, and why.",
  fields: (t) => ({
    runId: t.id({ required: true, description: "The run." }),
    reason: t.string({ description: "Why; its jobs and the people who were asked see it." }),
  }),
});

builder.mutationField("cancelWorkflowRun", (t) =>
  t.field({
    type: runPayload("CancelWorkflowRunPayload"),
    description:
      "Cancels a run: its open requests are withdrawn, jobs that have not begun are CANCELLED, and the others end as " +
      "their handlers do. The run is returned at once; `workflowRunUpdated` tells when it has ended. A run that was " +
      "cancelled before is returned as it is.",
    args: {
      input: t.arg({ type: CancelWorkflowRunInput, required: true, description: "What is cancelled, and why." }),
    },
    errors: {
      types: [NotFoundError, ForbiddenError, ConflictError, ValidationError],
      union: { name: "CancelWorkflowRunResult", description: "The run, or why it was not cancelled." },
    },
    resolve: (_root, { input }, context) => cancelRun(input, context),
  }),
);
