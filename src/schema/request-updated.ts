/** One request, followed until it is final. */

import { eventValue, requestUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalRequestRef } from "./refs.ts";

builder.subscriptionField("approvalRequestUpdated", (t) =>
  t.field({
    type: ApprovalRequestRef,
    description:
      "The request as it is, then every later state, never a lower or equal version after a higher one. Completes " +
      "once the request is final. An id that is unknown or not the viewer's to see ends it with NOT_FOUND.",
    args: {
      id: t.arg.id({ required: true, description: "The request's id." }),
      afterVersion: t.arg.int({ description: "Nothing is sent until the version is above this one." }),
    },
    subscribe: (_root, args, context) => requestUpdates(args, context),
    resolve: (event) => eventValue(event),
  }),
);
