/** Questions about requests: one, a list, an inbox. */

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
    description: "One request; null where the id is unknown, malformed or not the viewer's to see.",
    args: { id: t.arg.id({ required: true, description: "The request's id." }) },
    resolve: (_root, { id }, context) => visibleRequest(id, context),
  }),
);

builder.queryField("approvalRequests", (t) =>
  t.field({
    type: ApprovalRequestConnection,
    description: "The requests that the viewer may see, newest first unless ordered otherwise.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: ApprovalRequestFilter, description: "Which requests; everything given must hold." }),
      orderBy: t.arg({ type: ApprovalRequestOrder, description: "Their order." }),
    },
    resolve: (_root, args, context) => requestList(args, context),
  }),
);

builder.queryField("pendingApprovals", (t) =>
  t.field({
    type: ApprovalRequestConnection,
    description: "What the viewer can decide now, soonest to expire first.",
    args: {
      ...pageArgs(),
      userId: t.arg.string({ description: "Another user, whose inbox it is then; for admins only." }),
    },
    resolve: (_root, args, context) => inbox(args, context),
  }),
);
