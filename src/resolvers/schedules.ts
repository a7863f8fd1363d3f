/** The schedules that start runs of workflows. */

import { mayReadSchedules } from "../approvals/policy.ts";
import { listSchedules, type StoredSchedule } from "../db/queries/schedules.ts";
import { seesEverything } from "../model/approvals.ts";
import type { Context } from "./context.ts";
import { decodeSchedule, encodeSchedule } from "./cursors.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";

/** A page of the schedules, by the name of their orchestrator and their own; empty for those who may not see them. */
export async function scheduleList(args: PageArgs, { services, caller }: Context): Promise<Connection<StoredSchedule>> {
  const after = decodeSchedule(args.after);
  const first = pageSize(args.first);
  const page = mayReadSchedules(caller.viewer)
    ? await listSchedules(services.pool, after, first)
    : { items: [], hasNextPage: false };
  return connectionOf(page, args, encodeSchedule);
}

/** What passes through the runs of a schedule, for those who see everything; null for others. */
export const detailOf = <T>(value: T, { caller }: Context): T | null => (seesEverything(caller.viewer) ? value : null);
