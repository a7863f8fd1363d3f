/** Sets the timers of the engine: one for each schedule. The engine reports each tick once in all processes. */

import { DBOS } from "@dbos-inc/dbos-sdk";
import { outside, tickWorkflow } from "./engine.ts";

export interface Timer {
  schedule: string;
  cron: string;
  timezone: string;
  isPaused: boolean;
}

/** The name of a schedule in the engine: one database may have the schedules of several orchestrators. */
export const timerOf = (orchestrator: string, schedule: string): string => JSON.stringify([orchestrator, schedule]);

/**
 * Gives the engine these timers and no others.
 * @param wanted is called after the engine's own were read, so a timer that is added in the meantime is not deleted
 */
export const setTimers = (orchestrator: string, wanted: () => Promise<readonly Timer[]>): Promise<void> =>
  outside(() => compare(orchestrator, wanted));

async function compare(orchestrator: string, wanted: () => Promise<readonly Timer[]>): Promise<void> {
  const existing = new Map((await DBOS.listSchedules()).map((timer) => [timer.scheduleName, timer]));
  const timers = new Map((await wanted()).map((timer) => [timerOf(orchestrator, timer.schedule), timer]));
  for (const [name, { schedule, cron, timezone, isPaused }] of timers) {
    const known = existing.get(name);
    if (known?.schedule !== cron || known.cronTimezone !== timezone) {
      const timer = { scheduleName: name, workflowFn: tickWorkflow, schedule: cron, cronTimezone: timezone };
      await DBOS.applySchedules([{ ...timer, context: schedule }]);
    }
    if (isPaused && known?.status !== "PAUSED") await DBOS.pauseSchedule(name);
    if (!isPaused && known?.status === "PAUSED") await DBOS.resumeSchedule(name);
  }
  for (const name of existing.keys()) if (!timers.has(name)) await DBOS.deleteSchedule(name);
}

/** Has the engine report the ticks between two times, both excluded, except those that it has already reported. */
export async function reportTicks(orchestrator: string, schedule: string, from: Date, until: Date): Promise<void> {
  await DBOS.backfillSchedule(timerOf(orchestrator, schedule), from, until);
}
