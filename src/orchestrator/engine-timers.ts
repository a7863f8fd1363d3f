/** The engine's timers: it has one for each schedule, and hands over each tick of it once in all processes. */

import { DBOS } from "@dbos-inc/dbos-sdk";
import { outside, tickWorkflow } from "./engine.ts";

export interface Timer {
  schedule: string;
  cron: string;
  timezone: string;
  isPaused: boolean;
}

/** The engine's name of a schedule: one database may have the schedules of several orchestrators. */
export const timerOf = (orchestrator: string, schedule: string): string => JSON.stringify([orchestrator, schedule]);

/**
 * Makes the engine have these timers and no others.
 * @param wanted is asked after the engine's own were read: what is added meanwhile is not taken for superfluous
 */
export const setTimers = (orchestrator: string, wanted: () => Promise<readonly Timer[]>): Promise<void> =>
  outside(() => compare(orchestrator, wanted));

async function compare(orchestrator: string, wanted: () => Promise<readonly Timer[]>): Promise<void> {
  const there = new Map((await DBOS.listSchedules()).map((timer) => [timer.scheduleName, timer]));
  const timers = new Map((await wanted()).map((timer) => [timerOf(orchestrator, timer.schedule), timer]));
  for (const [name, { schedule, cron, timezone, isPaused }] of timers) {
    const known = there.get(name);
    if (known?.schedule !== cron || known.cronTimezone !== timezone) {
      const timer = { scheduleName: name, workflowFn: tickWorkflow, schedule: cron, cronTimezone: timezone };
      await DBOS.applySchedules([{ ...timer, context: schedule }]);
    }
    if (isPaused && known?.status !== "PAUSED") await DBOS.pauseSchedule(name);
    if (!isPaused && known?.status === "PAUSED") await DBOS.resumeSchedule(name);
  }
  for (const name of there.keys()) if (!timers.has(name)) await DBOS.deleteSchedule(name);
}

/** Hands over the ticks between two times, both excluded; those that were handed over before are not again. */
export async function handOverTicks(orchestrator: string, schedule: string, from: Date, until: Date): Promise<void> {
  await DBOS.backfillSchedule(timerOf(orchestrator, schedule), from, until);
}
