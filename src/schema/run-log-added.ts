/** The subscription to the log of one job, until the job has ended. */

import { logUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { WorkflowRunLogLineRef } from "./refs.ts";

builder.subscriptionField("workflowRunLogAdded", (t) =>
  t.field({
    type: WorkflowRunLogLineRef,
    description:
      "The log lines of a job, each once and in order, from the first line or after `afterLine`. Completes " +
      "once the job has ended. Ends with NOT_FOUND if the run or the job is unknown, or the viewer may not " +
      "see the log.",
    args: {
      runId: t.arg.id({ required: true, description: "The id of the run: the global id or the orchestrator's id." }),
      jobId: t.arg.string({ required: true, description: "The job's id in the document." }),
      afterLine: t.arg.int({ description: "Only lines with a higher number are sent." }),
    },
    subscribe: (_root, args, context) => logUpdates(args, context),
    resolve: (event) => event,
  }),
);
