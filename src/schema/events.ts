/** The log, live and resumable. */

import { events, eventValue } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalEventFilter } from "./filters.ts";
import { ApprovalEventRef } from "./refs.ts";

builder.subscriptionField("approvalEvents", (t) =>
  t.field({
    type: ApprovalEventRef,
    description:
      "Everything that happens to requests that the viewer may see, without a gap, in an order that keeps causes " +
      "before effects.",
    args: {
      after: t.arg.string({
        description: "Resumes behind this cursor, also one of `approvalAuditLog`; null starts at the present.",
      }),
      filter: t.arg({ type: ApprovalEventFilter, description: "Which events; everything given must hold." }),
    },
    subscribe: (_root, args, context) => events(args, context),
    resolve: (event) => eventValue(event),
  }),
);
