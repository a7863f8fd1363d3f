/** The subscription to one run, until it has ended. */

import { runUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { WorkflowRunRef } from "./refs.ts";

builder.subscriptionField("workflowRunUpdated", (t) =>
  t.field({
    type: WorkflowRunRef,
    description:
      "The current state of the run, then every later state, in ascending order of versions. A change of " +
      "one of its jobs, or of their requests, is a change of the run. Completes once the run has ended. " +
      "Ends with NOT_FOUND if the id is unknown or the viewer may not see the run.",
    args: {
      id: t.arg.id({ required: true, description: "The id of the run: the global id or the orchestrator's id." }),
      afterVersion: t.arg.int({ description: "Only versions above this one are sent." }),
    },
    subscribe: (_root, args, context) => runUpdates(args, context),
    resolve: (event) => event,
  }),
);
