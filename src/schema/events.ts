/** The subscription to the audit log, which can be resumed. */

import { events } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalEventFilter } from "./filters.ts";
import { ApprovalEventRef } from "./refs.ts";

builder.subscriptionField("approvalEvents", (t) =>
  t.field({
    type: ApprovalEventRef,
    description: "The events of all requests that the viewer may see, without gaps, and with causes before effects.",
    args: {
      after: t.arg.string({
        description:
          "Resumes after this cursor, which may also come from `approvalAuditLog`. Null starts with new events.",
      }),
      filter: t.arg({
        type: ApprovalEventFilter,
        description: "A filter for events. All fields that are set must match.",
      }),
    },
    subscribe: (_root, args, context) => events(args, context),
    resolve: (event) => event,
  }),
);
