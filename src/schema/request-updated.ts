/** The subscription to one request, until it is final. */

import { requestUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalRequestRef } from "./refs.ts";

builder.subscriptionField("approvalRequestUpdated", (t) =>
  t.field({
    type: ApprovalRequestRef,
    description:
      "The current state of the request, then every later state, in ascending order of versions. Completes " +
      "once the request is final. Ends with NOT_FOUND if the id is unknown or the viewer may not see the " +
      "request.",
    args: {
      id: t.arg.id({ required: true, description: "The id of the request." }),
      afterVersion: t.arg.int({ description: "Only versions above this one are sent." }),
    },
    subscribe: (_root, args, context) => requestUpdates(args, context),
    resolve: (event) => event,
  }),
);
