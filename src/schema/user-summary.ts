/** The counts of one person's decisions. */

import { URGENT_MINUTES } from "../model/deadline.ts";
import { summary } from "../resolvers/statistics.ts";
import { builder } from "./builder.ts";
import { UserSummaryRef } from "./refs.ts";

UserSummaryRef.implement({
  description: "The open and completed approvals of one person.",
  fields: (t) => ({
    userId: t.exposeString("userId", { description: "The id of the person." }),
    pendingCount: t.exposeInt("pendingCount", {
      description: "The number of requests that the person can decide now.",
    }),
    urgentCount: t.exposeInt("urgentCount", {
      description: `The number of those requests that expire in less than ${URGENT_MINUTES} minutes.`,
    }),
    expiringCount: t.exposeInt("expiringCount", {
      description: "The number of those requests that expire in less than an hour.",
    }),
    approvedCount: t.exposeInt("approvedCount", { description: "The number of requests that the person approved." }),
    rejectedCount: t.exposeInt("rejectedCount", { description: "The number of requests that the person rejected." }),
  }),
});

builder.queryField("userApprovalSummary", (t) =>
  t.field({
    type: UserSummaryRef,
    description: "The viewer's open and completed approvals.",
    args: {
      userId: t.arg.string({
        description: "Return the summary of this user instead. For viewers who may see all requests.",
      }),
    },
    resolve: (_root, args, context) => summary(args, context),
  }),
);
