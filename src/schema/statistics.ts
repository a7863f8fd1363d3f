/** Figures over many requests. */

import { statistics, wholeMs } from "../resolvers/statistics.ts";
import { builder } from "./builder.ts";
import { StatisticsRef } from "./refs.ts";

const NULL_WHERE_NONE = "in milliseconds; null where there is none.";

StatisticsRef.implement({
  description: "Figures over requests. Decision times are those of people.",
  fields: (t) => ({
    total: t.exposeInt("total", { description: "All requests." }),
    pending: t.exposeInt("pending", { description: "Those that are PENDING." }),
    approved: t.exposeInt("approved", { description: "Those that are APPROVED." }),
    rejected: t.exposeInt("rejected", { description: "Those that are REJECTED." }),
    timedOut: t.exposeInt("timeout", { description: "Those that are TIMEOUT." }),
    escalated: t.exposeInt("escalated", { description: "Those that are ESCALATED." }),
    cancelled: t.exposeInt("cancelled", { description: "Those that are CANCELLED." }),
    autoApproved: t.exposeInt("autoApproved", { description: "Those that were approved without anyone." }),
    averageDecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The mean time to a decision, ${NULL_WHERE_NONE}`,
      resolve: (figures) => wholeMs(figures.avgDecisionTimeMs),
    }),
    medianDecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The median time to a decision, ${NULL_WHERE_NONE}`,
      resolve: (figures) => wholeMs(figures.medianDecisionTimeMs),
    }),
    p95DecisionTimeMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The time within which 95 of 100 decisions were made, ${NULL_WHERE_NONE}`,
      resolve: (figures) => wholeMs(figures.p95DecisionTimeMs),
    }),
    averageTimeoutMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: `The mean time that was given, ${NULL_WHERE_NONE}`,
      resolve: (figures) => wholeMs(figures.avgTimeoutMs),
    }),
  }),
});

builder.queryField("approvalStatistics", (t) =>
  t.field({
    type: StatisticsRef,
    description: "Figures over all requests for those who see everything, over the viewer's own for others.",
    args: {
      from: t.arg({ type: "DateTime", description: "Only requests made at this instant or later." }),
      to: t.arg({ type: "DateTime", description: "Only requests made before this instant." }),
    },
    resolve: (_root, args, context) => statistics(args, context),
  }),
);
