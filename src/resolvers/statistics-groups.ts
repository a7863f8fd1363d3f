/** Figures in groups: over all requests for viewers who see everything, otherwise over the viewer's own. */

import {
  type StatisticsInterval,
  type StatisticsOf,
  type StatisticsOfApprover,
  type StatisticsOfInterval,
  type StatisticsOfWorkflow,
  statisticsByApprover,
  statisticsByInterval,
  statisticsByWorkflow,
  UnknownTimeZone,
} from "../db/queries/statistics-groups.ts";
import { seesEverything } from "../model/approvals.ts";
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

/** @throws BAD_USER_INPUT for a `first` out of bounds */
export async function byWorkflow(
  args: Period & { first?: number | null },
  context: Context,
): Promise<StatisticsOfWorkflow[]> {
  return statisticsByWorkflow(context.services.pool, statisticsOf(args, context), pageSize(args.first));
}

/** @throws BAD_USER_INPUT for a `first` out of bounds */
export async function byApprover(
  args: Period & { first?: number | null },
  context: Context,
): Promise<StatisticsOfApprover[]> {
  return statisticsByApprover(context.services.pool, statisticsOf(args, context), pageSize(args.first));
}
