/** Queries for requests: one, a list, an inbox. */

import { inbox } from "../resolvers/inbox.ts";
import { requestList, visibleRequest } from "../resolvers/requests.ts";
import { builder } from "./builder.ts";
import { ApprovalRequestConnection, pageArgs } from "./connections.ts";
import { ApprovalRequestFilter, ApprovalRequestOrder } from "./filters.ts";
import { ApprovalRequestRef } from "./refs.ts";

builder.queryField("approvalRequest", (t) =>
  t.field({
    type: ApprovalRequestRef,
    nullable: true,
    description: "A request by its id; null if the id is unknown or malformed, or the viewer may not see the request.",
    args: { id: t.arg.id({ required: true, description: "The id of the request." }) },
    resolve: (_root, { id }, context) => visibleRequest(id, context),
  }),
);

builder.queryField("approvalRequests", (t) =>
  t.field({
    type: ApprovalRequestConnection,
    description: "The requests that the viewer may see. Default order: newest first.",
    args: {
      ...pageArgs(),
      filter: t.arg({
        type: ApprovalRequestFilter,
        description: "A filter for requests. All fields that are set must match.",
      }),
      orderBy: t.arg({ type: ApprovalRequestOrder, description: "The order of the list." }),
    },
    resolve: (_root, args, context) => requestList(args, context),
  }),
);

builder.queryField("pendingApprovals", (t) =>
  t.field({
    type: ApprovalRequestConnection,
    description: "The requests that the viewer can decide now, earliest expiry first.",
    args: {
      ...pageArgs(),
      userId: t.arg.string({ description: "Return the inbox of this user instead. For admins." }),
    },
    resolve: (_root, args, context) => inbox(args, context),
  }),
);
