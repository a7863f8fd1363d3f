/**
 * Runs the schedules of the processes with one name. The engine has the timers, and reports each tick once in all
 * processes; this file decides whether the tick starts a run. Regular rounds report ticks that the engine has missed.
 */

import { isDatabaseError } from "../db/database-error.ts";
import { isOutage } from "../db/outages.ts";
import {
  deleteOldTicks,
  deleteSchedule,
  noteChecked,
  noteTick,
  pauseSchedule,
  type StoredSchedule,
  scheduleInFull,
  schedulesOf,
  storeSchedule,
} from "../db/queries/schedules.ts";
import { type Logger, oneLine } from "../log.ts";
import { reportTicks, setTimers } from "./engine-timers.ts";
import { RunNotOwnedError } from "./errors.ts";
import { isRefusal, retryForever } from "./retry-forever.ts";
import type { CheckedSchedule } from "./schedule-options.ts";
import { checkStored, type StartSources, startOfTick } from "./schedule-starts.ts";
import { Ticks } from "./schedule-times.ts";

export interface SchedulesOptions extends StartSources {
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
}

/** ms between two rounds: less than the time after which a tick counts as missed. */
const ROUND_MS = 30_000;
/** Each round with a multiple of this number deletes old ticks from the engine's tables. */
const CLEAN_EVERY = 120;
/** A tick that is more than this many ms late is missed. */
export const LATE_MS = 60_000;
/** Most missed ticks of a schedule that start runs. */
export const MOST_MISSED = 1_000;
/** How long `stop` waits for the current round, in ms. */
const SETTLE_WITHIN_MS = 2_000;

export class Schedules {
  readonly #options: SchedulesOptions;
  #stopped: Error | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #rounds = 0;

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** Starts the rounds, once the engine runs. */
  start(): void {
    this.#startRound();
    this.#timer = setInterval(() => this.#startRound(), ROUND_MS).unref();
  }

  /** Stops. Other processes handle the current ticks. */
  async stop(): Promise<void> {
    this.#stopped = new RunNotOwnedError();
    clearInterval(this.#timer);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SETTLE_WITHIN_MS);
    await Promise.race([this.#round, late]);
    clearTimeout(timer);
  }

  /** Stores a schedule, or replaces the one with its name. @throws ValidationError */
  async store(schedule: CheckedSchedule): Promise<void> {
    const { pool, name } = this.#options;
    await checkStored(pool, schedule);
    await storeSchedule(pool, name, schedule);
    await this.#setTimers();
  }

  /** @returns whether there was such a schedule */
  async remove(schedule: string): Promise<boolean> {
    const { pool, name } = this.#options;
    const existed = await deleteSchedule(pool, name, schedule);
    await this.#setTimers();
    return existed;
  }

  /** @returns whether there is such a schedule */
  async pause(schedule: string, isPaused: boolean): Promise<boolean> {
    const { pool, name } = this.#options;
    const exists = await pauseSchedule(pool, name, schedule, isPaused);
    await this.#setTimers();
    return exists;
  }

  /** Handles a tick that the engine reports. @throws RunNotOwnedError if this is stopped */
  async tick(schedule: string, at: Date): Promise<void> {
    const { log } = this.#options;
    const stopped = () => this.#stopped;
    const failure = await retryForever(() => this.#start(schedule, at), {
      log,
      stopped,
      isFinal: (e) => !isTransient(e),
    }).then(
      (isStarted) => (isStarted ? null : undefined),
      (error: unknown) => {
        if (this.#stopped !== null) throw this.#stopped;
        log.error(
          { err: error, schedule, tick: at },
          `a tick of the schedule ${JSON.stringify(schedule)} started no run`,
        );
        return oneLine(error);
      },
    );
    if (failure === undefined) return;
    const { pool, name } = this.#options;
    await retryForever(() => noteTick(pool, name, { name: schedule, tick: at, error: failure }), { log, stopped });
  }

  /** @returns whether there is a run of the tick */
  async #start(name: string, at: Date): Promise<boolean> {
    const { pool, name: orchestrator, log } = this.#options;
    const schedule = await scheduleInFull(pool, orchestrator, name);
    // Another process may not have noticed yet that the schedule was deleted or has other times.
    if (schedule === undefined || schedule.pausedAt !== null || at < schedule.since) return false;
    if (!new Ticks(schedule.cron, schedule.timezone).has(at)) return false;
    if (schedule.missed === "skip" && schedule.now.getTime() - at.getTime() > LATE_MS) {
      log.warn({ schedule: name, tick: at }, "a tick of a schedule was missed and starts no run");
      return false;
    }
    await startOfTick(this.#options, schedule, at);
    return true;
  }

  #startRound(): void {
    this.#round = this.#round.then(async () => {
      if (this.#stopped !== null) return;
      try {
        await this.#runRound();
      } catch (error) {
        const message = "schedules could not be compared with the engine's timers; trying again";
        if (this.#stopped === null) this.#options.log.warn({ err: error }, message);
      }
    });
  }

  async #runRound(): Promise<void> {
    const { pool, name, log } = this.#options;
    const schedules = await this.#setTimers();
    for (const schedule of schedules) {
      if (this.#stopped !== null) return;
      if (schedule.pausedAt !== null) continue;
      try {
        await this.#reportMissed(schedule);
      } catch (error) {
        log.error({ err: error, schedule: schedule.name }, "missed ticks of a schedule could not be reported");
      }
    }
    if (this.#rounds++ % CLEAN_EVERY === 0) await deleteOldTicks(pool, name);
  }

  /** Has the engine report the ticks since the last round, in case it has missed some. */
  async #reportMissed(schedule: StoredSchedule): Promise<void> {
    const { pool, name, log } = this.#options;
    const ticks = new Ticks(schedule.cron, schedule.timezone);
    const { from, start, until } = windowOf(schedule, ticks);
    if (until <= from) return;
    if (ticks.isBetween(from, start)) {
      const why =
        schedule.missed === "skip" ? "are more than a minute late" : `are not among the latest ${MOST_MISSED}`;
      log.warn({ schedule: schedule.name, from, until: start }, `ticks of a schedule were missed and ${why}: no runs`);
    }
    if (ticks.isBetween(start, until)) await reportTicks(name, schedule.name, start, until);
    await noteChecked(pool, name, schedule.name, until);
  }

  /** @returns the schedules */
  async #setTimers(): Promise<StoredSchedule[]> {
    const { pool, name } = this.#options;
    let schedules: StoredSchedule[] = [];
    await setTimers(name, async () => {
      schedules = await schedulesOf(pool, name);
      return schedules.map(({ name: schedule, cron, timezone, pausedAt }) => {
        return { schedule, cron, timezone, isPaused: pausedAt !== null };
      });
    });
    return schedules;
  }
}

/** The window of ticks to report: none after `from` has been reported, and ticks before `start` start no run. All three times are exclusive. */
function windowOf(schedule: StoredSchedule, ticks: Ticks): { from: Date; start: Date; until: Date } {
  const { since, checkedUntil, now, missed } = schedule;
  // Half a second, so that no tick is on the border of two windows.
  const until = new Date(Math.floor(now.getTime() / 1_000) * 1_000 - 500);
  const from = since > checkedUntil ? since : checkedUntil;
  if (missed === "run") return { from, start: ticks.startOfLatest(MOST_MISSED, from, until), until };
  return { from, start: new Date(Math.max(from.getTime(), now.getTime() - LATE_MS)), until };
}

/** Whether starting the same run may succeed later: the database is not available, or its operator has to grant a permission. */
const isTransient = (error: unknown): boolean => isOutage(error) || (isDatabaseError(error) && !isRefusal(error));
