/** The routes of statistics. */

import type { RestRoute } from "./route.ts";

const PERIOD = { from: "from", to: "to" };
const common = { method: "GET", group: "Statistics and audit log", status: 200 } as const;

export const statisticsRoutes: readonly RestRoute[] = [
  {
    ...common,
    path: "/api/approvals/statistics",
    summary: "Statistics of requests",
    name: "approvalStatistics",
    document: `query ($from: DateTime, $to: DateTime) {
      answer: approvalStatistics(from: $from, to: $to) { ...ApprovalStatistics }
    }`,
    query: PERIOD,
  },
  {
    ...common,
    path: "/api/approvals/statistics/over-time",
    summary: "Statistics by time",
    name: "approvalStatisticsOverTime",
    document: `query ($from: DateTime, $to: DateTime, $interval: StatisticsInterval, $timeZone: String) {
      answer: approvalStatisticsOverTime(from: $from, to: $to, interval: $interval, timeZone: $timeZone) {
        ...StatisticsOfInterval
      }
    }`,
    query: { ...PERIOD, interval: "interval", timeZone: "timeZone" },
    list: true,
  },
  {
    ...common,
    path: "/api/approvals/statistics/by-workflow",
    summary: "Statistics by workflow",
    name: "approvalStatisticsByWorkflow",
    document: `query ($from: DateTime, $to: DateTime, $first: Int) {
      answer: approvalStatisticsByWorkflow(from: $from, to: $to, first: $first) { ...StatisticsOfWorkflow }
    }`,
    query: { ...PERIOD, first: "first" },
    list: true,
  },
  {
    ...common,
    path: "/api/approvals/statistics/by-approver",
    summary: "Statistics by approver",
    name: "approvalStatisticsByApprover",
    document: `query ($from: DateTime, $to: DateTime, $first: Int) {
      answer: approvalStatisticsByApprover(from: $from, to: $to, first: $first) { ...StatisticsOfApprover }
    }`,
    query: { ...PERIOD, first: "first" },
    list: true,
  },
];
