/** What one person has to do and has done. */

import { summary } from "../resolvers/statistics.ts";
import { builder } from "./builder.ts";
import { UserSummaryRef } from "./refs.ts";

UserSummaryRef.implement({
  description: "What one person has to do and has done.",
  fields: (t) => ({
    userId: t.exposeString("userId", { description: "The person's id." }),
    pendingCount: t.exposeInt("pendingCount", { description: "Requests that they can decide now." }),
    urgentCount: t.exposeInt("urgentCount", { description: "Those with less than 15 minutes left." }),
    expiringCount: t.exposeInt("expiringCount", { description: "Those with less than an hour left." }),
    approvedCount: t.exposeInt("approvedCount", { description: "Requests that they approved." }),
    rejectedCount: t.exposeInt("rejectedCount", { description: "Requests that they rejected." }),
  }),
});

builder.queryField("userApprovalSummary", (t) =>
  t.field({
    type: UserSummaryRef,
    description: "What the viewer has to do and has done.",
    args: {
      userId: t.arg.string({ description: "Another user, whose summary it is then; for those who see everything." }),
    },
    resolve: (_root, args, context) => summary(args, context),
  }),
);
