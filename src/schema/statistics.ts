/** Figures over many requests. */

import { statistics, wholeMs } from "../resolvers/statistics.ts";
import { builder } from "./builder.ts";
import { StatisticsRef } from "./refs.ts";

const NULL_WITHOUT = "in milliseconds; null without any.";

StatisticsRef.implement({
  description: "Statistics of requests. Decision times include decisions by people only.",
  fields: (t) => ({
    total: t.exposeInt("total", { description: "The number of requests." }),
    pending: t.exposeInt("pending", { description: "The number of requests that are PENDING." }),
    approved: t.exposeInt("approved", { description: "The number of requests that are APPROVED." }),
    rejected: t.exposeInt("rejected", { description: "The number of requests that are REJECTED." }),
    timedOut: t.exposeInt("timeout", { description: "The number of requests that are TIMEOUT." }),
    escalated: t.exposeInt("escalated", { description: "The number of requests that are ESCALATED." }),
    cancelled: t.exposeInt("cancelled", { description: "The number of requests that are CANCELLED." }),
    autoApproved: t.exposeInt("autoApproved", {
      description: "The number of requests that were approved without a person.",
    }),
    averageDecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The mean time to a decision, ${NULL_WITHOUT}`,
      resolve: (figures) => wholeMs(figures.avgDecisionTimeMs),
    }),
    medianDecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The median time to a decision, ${NULL_WITHOUT}`,
      resolve: (figures) => wholeMs(figures.medianDecisionTimeMs),
    }),
    p95DecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The 95th percentile of the time to a decision, ${NULL_WITHOUT}`,
      resolve: (figures) => wholeMs(figures.p95DecisionTimeMs),
    }),
    averageTimeoutMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The mean time that people had to decide, ${NULL_WITHOUT}`,
      resolve: (figures) => wholeMs(figures.avgTimeoutMs),
    }),
  }),
});

builder.queryField("approvalStatistics", (t) =>
  t.field({
    type: StatisticsRef,
    description:
      "Statistics of all requests for viewers who may see all of them, otherwise of the viewer's own requests.",
    args: {
      from: t.arg({ type: "DateTime", description: "Only requests created at or after this time." }),
      to: t.arg({ type: "DateTime", description: "Only requests created before this time." }),
    },
    resolve: (_root, args, context) => statistics(args, context),
  }),
);
