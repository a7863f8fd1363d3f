/** Figures over many requests, in groups. */

import {
  MOST_INTERVALS,
  type StatisticsOfApprover,
  type StatisticsOfInterval,
  type StatisticsOfWorkflow,
} from "../db/queries/statistics-groups.ts";
import { wholeMs } from "../resolvers/statistics.ts";
import { byApprover, byWorkflow, overTime } from "../resolvers/statistics-groups.ts";
import { builder } from "./builder.ts";
import { StatisticsInterval } from "./enums.ts";
import { StatisticsRef } from "./refs.ts";

const OF_INTERVAL = builder.objectRef<StatisticsOfInterval>("StatisticsOfInterval").implement({
  description: "Figures over the requests that were made within one interval.",
  fields: (t) => ({
    start: t.expose("start", { type: "DateTime", description: "When the interval begins." }),
    end: t.expose("end", { type: "DateTime", description: "When the next one begins." }),
    statistics: t.expose("statistics", { type: StatisticsRef, description: "The figures." }),
  }),
});

const OF_WORKFLOW = builder.objectRef<StatisticsOfWorkflow>("StatisticsOfWorkflow").implement({
  description: "Figures over the requests of one workflow.",
  fields: (t) => ({
    workflowId: t.exposeString("workflowId", { description: "The workflow." }),
    statistics: t.expose("statistics", { type: StatisticsRef, description: "The figures." }),
  }),
});

const OF_APPROVER = builder.objectRef<StatisticsOfApprover>("StatisticsOfApprover").implement({
  description: "Figures over the decisions of one person.",
  fields: (t) => ({
    approver: t.exposeString("approver", { description: "The person's id." }),
    total: t.exposeInt("total", { description: "Requests that they decided." }),
    approved: t.exposeInt("approved", { description: "Those that they approved." }),
    rejected: t.exposeInt("rejected", { description: "Those that they rejected." }),
    medianDecisionTimeMs: t.field({
      type: "SafeInt",
      description: "The median time from a request to their decision, in milliseconds.",
      resolve: ({ medianDecisionTimeMs }) => wholeMs(medianDecisionTimeMs) as number,
    }),
    p95DecisionTimeMs: t.field({
      type: "SafeInt",
      description: "The time within which they made 95 of 100 decisions, in milliseconds.",
      resolve: ({ p95DecisionTimeMs }) => wholeMs(p95DecisionTimeMs) as number,
    }),
  }),
});

const WHOSE = "On all requests for those who see everything, on the viewer's own for others.";
const period = () =>
  builder.args((t) => ({
    from: t.field({ type: "DateTime", description: "Only requests made at this instant or later." }),
    to: t.field({ type: "DateTime", description: "Only requests made before this instant." }),
  }));
const first = (what: string) =>
  builder.args((t) => ({ first: t.int({ description: `Most ${what}, 1 to 100; 20 where left out.` }) }));

builder.queryFields((t) => ({
  approvalStatisticsOverTime: t.field({
    type: [OF_INTERVAL],
    description:
      `How the requests of each day, week or month ended, oldest first, without a gap; at most the newest ` +
      `${MOST_INTERVALS} intervals. ${WHOSE}`,
    args: {
      ...period(),
      interval: t.arg({ type: StatisticsInterval, description: "How long each interval is; DAY where left out." }),
      timeZone: t.arg.string({
        description: "The zone whose days they are, by its IANA name, like `Europe/Berlin`; UTC where left out.",
      }),
    },
    resolve: (_root, args, context) => overTime(args, context),
  }),
  approvalStatisticsByWorkflow: t.field({
    type: [OF_WORKFLOW],
    description: `Figures on the workflows that ask most, the one that asks most first. ${WHOSE}`,
    args: { ...period(), ...first("workflows") },
    resolve: (_root, args, context) => byWorkflow(args, context),
  }),
  approvalStatisticsByApprover: t.field({
    type: [OF_APPROVER],
    description: `Who decided, the one who decided most first. ${WHOSE}`,
    args: { ...period(), ...first("approvers") },
    resolve: (_root, args, context) => byApprover(args, context),
  }),
}));
