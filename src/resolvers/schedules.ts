/** The schedules that start runs of workflows. */

import { mayReadSchedules } from "../approvals/policy.ts";
import { listSchedules, type StoredSchedule } from "../db/queries/schedules.ts";
import { seesEverything } from "../model/approvals.ts";
import type { Context } from "./context.ts";
import { decodeSchedule, encodeSchedule } from "./cursors.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";

/** A page of the schedules, ordered by orchestrator and name; empty for viewers who may not see them. */
export async function scheduleList(args: PageArgs, { services, caller }: Context): Promise<Connection<StoredSchedule>> {
  const after = decodeSchedule(args.after);
  const first = pageSize(args.first);
  const page = mayReadSchedules(caller.viewer)
    ? await listSchedules(services.pool, after, first)
    : { items: [], hasNextPage: false };
  return connectionOf(page, args, encodeSchedule);
}

/** Data of the runs of a schedule, for viewers who see everything; null for others. */
export const detailOf = <T>(value: T, { caller }: Context): T | null => (seesEverything(caller.viewer) ? value : null);
