/** Schedules as programs read them. */

import type { Pool } from "../db/pool.ts";
import { type StoredSchedule, schedulesOf } from "../db/queries/schedules.ts";
import type { JsonObject } from "../model/approvals.ts";
import type { Missed } from "./schedule-options.ts";
import { Ticks } from "./schedule-times.ts";

/** A schedule as it is now. */
export interface Schedule {
  name: string;
  cron: string;
  timezone: string;
  /** The id of the workflow. */
  workflow: string;
  /** Whether the workflow is a registered one, and not a document of the schedule. */
  isRegistered: boolean;
  /** The registered version; null for the newest at the time of the tick. */
  version: number | null;
  input: JsonObject | null;
  priority: number;
  missed: Missed;
  isPaused: boolean;
  /** The next tick; null while it is paused. */
  nextTick: Date | null;
  /** The latest tick that started a run, or failed to start one. */
  lastTick: Date | null;
  /** Why that tick started no run; null if it did. */
  lastError: string | null;
}

export async function scheduleViews(pool: Pool, orchestrator: string): Promise<Schedule[]> {
  return (await schedulesOf(pool, orchestrator)).map(viewOf);
}

function viewOf(schedule: StoredSchedule): Schedule {
  const { name, cron, timezone, workflowId, workflowVersion, hasDefinition, input, priority, missed } = schedule;
  const { pausedAt, now, lastTick, lastError } = schedule;
  return {
    name,
    cron,
    timezone,
    workflow: workflowId,
    isRegistered: !hasDefinition,
    version: workflowVersion,
    input,
    priority,
    missed,
    isPaused: pausedAt !== null,
    lastTick,
    lastError,
    nextTick: pausedAt === null ? new Ticks(cron, timezone).after(now) : null,
  };
}
