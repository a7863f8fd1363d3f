/** The log of one job, followed until the job has ended. */

import { eventValue, logUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { WorkflowRunLogLineRef } from "./refs.ts";

builder.subscriptionField("workflowRunLogAdded", (t) =>
  t.field({
    type: WorkflowRunLogLineRef,
    description:
      "The lines that a job logs, each once and in order, from the first one or from behind `afterLine`. Completes once " +
      "the job has ended. A run or a job that is unknown, or whose log the viewer may not see, ends it with NOT_FOUND.",
    args: {
      runId: t.arg.id({ required: true, description: "The run's id; the orchestrator's id of it does as well." }),
      jobId: t.arg.string({ required: true, description: "The job's id in the document." }),
      afterLine: t.arg.int({ description: "Only lines with a higher number are sent." }),
    },
    subscribe: (_root, args, context) => logUpdates(args, context),
    resolve: (event) => eventValue(event),
  }),
);
