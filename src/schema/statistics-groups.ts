/** Figures over many requests, in groups. */

import { MOST_INTERVALS, type StatisticsOfInterval } from "../db/queries/statistics-groups.ts";
import { wholeMs } from "../resolvers/statistics.ts";
import {
  byApprover,
  byWorkflow,
  overTime,
  type StatisticsOfApprover,
  type StatisticsOfWorkflow,
} from "../resolvers/statistics-groups.ts";
import { builder } from "./builder.ts";
import { StatisticsInterval } from "./enums.ts";
import { StatisticsRef } from "./refs.ts";

const OF_INTERVAL = builder.objectRef<StatisticsOfInterval>("StatisticsOfInterval").implement({
  description: "Statistics of the requests that were created within one interval.",
  fields: (t) => ({
    start: t.expose("start", { type: "DateTime", description: "When the interval begins." }),
    end: t.expose("end", { type: "DateTime", description: "When the next interval begins." }),
    statistics: t.expose("statistics", { type: StatisticsRef, description: "The statistics." }),
  }),
});

const OF_WORKFLOW = builder.objectRef<StatisticsOfWorkflow>("StatisticsOfWorkflow").implement({
  description: "Statistics of the requests of one workflow.",
  fields: (t) => ({
    workflowId: t.exposeString("workflowId", { description: "The name of the workflow." }),
    statistics: t.field({
      type: StatisticsRef,
      description: "The statistics.",
      resolve: ({ statistics }) => statistics(),
    }),
  }),
});

const OF_APPROVER = builder.objectRef<StatisticsOfApprover>("StatisticsOfApprover").implement({
  description: "Statistics of the decisions of one person.",
  fields: (t) => ({
    approver: t.exposeString("approver", { description: "The id of the person." }),
    total: t.exposeInt("total", { description: "The number of requests that the person decided." }),
    approved: t.exposeInt("approved", { description: "The number of approvals." }),
    rejected: t.exposeInt("rejected", { description: "The number of rejections." }),
    medianDecisionTimeMs: t.field({
      type: "SafeInt",
      description: "The median time from a request to the person's decision, in milliseconds.",
      resolve: async ({ times }) => wholeMs((await times()).medianDecisionTimeMs) as number,
    }),
    p95DecisionTimeMs: t.field({
      type: "SafeInt",
      description: "The 95th percentile of the time from a request to the person's decision, in milliseconds.",
      resolve: async ({ times }) => wholeMs((await times()).p95DecisionTimeMs) as number,
    }),
  }),
});

const WHOSE = "They cover all requests for viewers who may see all of them, otherwise the viewer's own requests.";
const period = () =>
  builder.args((t) => ({
    from: t.field({ type: "DateTime", description: "Only requests created at or after this time." }),
    to: t.field({ type: "DateTime", description: "Only requests created before this time." }),
  }));
const first = (what: string) =>
  builder.args((t) => ({ first: t.int({ description: `The maximum number of ${what}, 1 to 100. Default: 20.` }) }));

builder.queryFields((t) => ({
  approvalStatisticsOverTime: t.field({
    type: [OF_INTERVAL],
    description:
      `Statistics by day, week or month, oldest first and without gaps; at most the newest ` +
      `${MOST_INTERVALS} intervals. ${WHOSE}`,
    args: {
      ...period(),
      interval: t.arg({ type: StatisticsInterval, description: "The length of an interval. Default: DAY." }),
      timeZone: t.arg.string({
        description: "The IANA name of the time zone in which intervals start, such as `Europe/Berlin`. Default: UTC.",
      }),
    },
    resolve: (_root, args, context) => overTime(args, context),
  }),
  approvalStatisticsByWorkflow: t.field({
    type: [OF_WORKFLOW],
    description: `Statistics by workflow, in descending order of requests. ${WHOSE}`,
    args: { ...period(), ...first("workflows") },
    resolve: (_root, args, context) => byWorkflow(args, context),
  }),
  approvalStatisticsByApprover: t.field({
    type: [OF_APPROVER],
    description: `Statistics by approver, in descending order of decisions. ${WHOSE}`,
    args: { ...period(), ...first("approvers") },
    resolve: (_root, args, context) => byApprover(args, context),
  }),
}));
