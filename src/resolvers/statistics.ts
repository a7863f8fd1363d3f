/** Figures over many requests. */

import { type ApprovalStatistics, type UserApprovalSummary, userSummary } from "../db/queries/statistics.ts";
import { seesEverything } from "../model/approvals.ts";
import type { Context } from "./context.ts";
import { selectedPerson } from "./inbox.ts";

/** Figures over the requests created in [from, to): all for viewers who see everything, otherwise the viewer's own. */
export function statistics(
  args: { from?: Date | null; to?: Date | null },
  { services, caller }: Context,
): Promise<ApprovalStatistics> {
  const requester = seesEverything(caller.viewer) ? null : caller.viewer.userId;
  return services.manager.getStats(args.from ?? null, args.to ?? null, requester);
}

/** The counts of one person's decisions; those of another person are for viewers who see everything. */
export async function summary(args: { userId?: string | null }, context: Context): Promise<UserApprovalSummary> {
  const person = await selectedPerson(args.userId, seesEverything(context.caller.viewer), context);
  return userSummary(context.services.pool, person);
}

/** A mean of milliseconds as whole milliseconds. */
export const wholeMs = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.round(milliseconds);
