/** The subscription to the viewer's inbox. */

import { inboxUpdates } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { InboxChange } from "./enums.ts";
import { ApprovalRequestRef, InboxUpdateRef } from "./refs.ts";

InboxUpdateRef.implement({
  description: "A change of the viewer's inbox.",
  fields: (t) => ({
    change: t.expose("change", { type: InboxChange, description: "The kind of change." }),
    pendingCount: t.exposeInt("pendingCount", { description: "The current number of requests in the inbox." }),
    request: t.expose("request", { type: ApprovalRequestRef, description: "The request." }),
  }),
});

builder.subscriptionField("pendingApprovalsUpdated", (t) =>
  t.field({
    type: InboxUpdateRef,
    description:
      "The changes of the viewer's inbox. Nothing is sent until something changes: subscribe first, then query.",
    subscribe: (_root, _args, context) => inboxUpdates(context),
    resolve: (event) => event,
  }),
);
