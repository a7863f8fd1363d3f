/** One run, followed until it has ended. */

import { eventValue, runUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { WorkflowRunRef } from "./refs.ts";

builder.subscriptionField("workflowRunUpdated", (t) =>
  t.field({
    type: WorkflowRunRef,
    description:
      "The run as it is, then every later state, never a lower or equal version after a higher one. A change of one of " +
      "its jobs, or of a request that one of them asked, is a change of the run. Completes once the run has ended. An " +
      "id that is unknown or not the viewer's to see ends it with NOT_FOUND.",
    args: {
      id: t.arg.id({ required: true, description: "The run's id; the orchestrator's id of it does as well." }),
      afterVersion: t.arg.int({ description: "Nothing is sent until the version is above this one." }),
    },
    subscribe: (_root, args, context) => runUpdates(args, context),
    resolve: (event) => eventValue(event),
  }),
);
