/** Figures in groups: over all requests for viewers who see everything, otherwise over the viewer's own. */

import type { ApprovalStatistics } from "../db/queries/statistics.ts";
import {
  busiestApprovers,
  busiestWorkflows,
  type DecisionsOfApprover,
  type DecisionTimes,
  decisionTimesOf,
  type StatisticsInterval,
  type StatisticsOf,
  type StatisticsOfInterval,
  statisticsByInterval,
  statisticsOfWorkflows,
  UnknownTimeZone,
} from "../db/queries/statistics-groups.ts";
import { seesEverything } from "../model/approvals.ts";
import { once } from "../model/once.ts";
import type { Context } from "./context.ts";
import { pageSize } from "./paging.ts";
import { givenTimeZone, wrongTimeZone } from "./time-zone.ts";

interface Period {
  from?: Date | null;
  to?: Date | null;
}

const statisticsOf = ({ from, to }: Period, { caller }: Context): StatisticsOf => ({
  from: from ?? null,
  to: to ?? null,
  requester: seesEverything(caller.viewer) ? null : caller.viewer.userId,
});

/** @throws BAD_USER_INPUT if the zone is not an IANA name that PostgreSQL knows */
export async function overTime(
  args: Period & { interval?: StatisticsInterval | null; timeZone?: string | null },
  context: Context,
): Promise<StatisticsOfInterval[]> {
  const given = args.timeZone ?? "UTC";
  const zone = givenTimeZone(given);
  try {
    const of = statisticsOf(args, context);
    return await statisticsByInterval(context.services.pool, of, args.interval ?? "DAY", zone);
  } catch (error) {
    throw error instanceof UnknownTimeZone ? wrongTimeZone(given) : error;
  }
}

/** The statistics cost a query of their own, when they are first selected: suggestions of names do without. */
export interface StatisticsOfWorkflow {
  workflowId: string;
  statistics(): Promise<ApprovalStatistics>;
}

/** @throws BAD_USER_INPUT for a `first` out of bounds */
export async function byWorkflow(
  args: Period & { first?: number | null },
  context: Context,
): Promise<StatisticsOfWorkflow[]> {
  const { pool } = context.services;
  const of = statisticsOf(args, context);
  const names = await busiestWorkflows(pool, of, pageSize(args.first));
  const all = once(() => statisticsOfWorkflows(pool, of, names));
  return names.map((workflowId) => ({
    workflowId,
    statistics: async () => (await all()).get(workflowId) as ApprovalStatistics,
  }));
}

/** The times cost a query of their own, when they are first selected. */
export interface StatisticsOfApprover extends DecisionsOfApprover {
  times(): Promise<DecisionTimes>;
}

/** The times of a person whose decisions were deleted since they were counted. */
const NO_TIMES: DecisionTimes = { medianDecisionTimeMs: 0, p95DecisionTimeMs: 0 };

/** @throws BAD_USER_INPUT for a `first` out of bounds */
export async function byApprover(
  args: Period & { first?: number | null },
  context: Context,
): Promise<StatisticsOfApprover[]> {
  const { pool } = context.services;
  const of = statisticsOf(args, context);
  const approvers = await busiestApprovers(pool, of, pageSize(args.first));
  const all = once(() =>
    decisionTimesOf(
      pool,
      of,
      approvers.map(({ approver }) => approver),
    ),
  );
  return approvers.map((decisions) => ({
    ...decisions,
    times: async () => (await all()).get(decisions.approver) ?? NO_TIMES,
  }));
}
