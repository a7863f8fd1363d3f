/**
 * Applies timeout actions and sends reminders on time. It sleeps until something is due. Hints have each request's next
 * due time, so the timer is set again without a query, whichever process made the change. Every process has a clock:
 * rows that another clock has locked are skipped, and if a process dies, another does its work. The sweep is only a
 * safety net.
 */

import type { Pool } from "../db/pool.ts";
import { nextDue } from "../db/queries/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { type ApprovalRequest, isOpen } from "../model/approvals.ts";
import { LONGEST_TIMER_MS } from "../model/durations.ts";
import { oneLine } from "../model/one-line.ts";
import type { Due } from "./commands/due.ts";
import type { CommandQueue } from "./commands/queue.ts";

/** Most requests of one transaction. */
const MAX_DUE = 1_000;
/** Concurrent transactions if there are more: while the database writes one, the process prepares the next. */
const BATCHES_AT_A_TIME = 2;
const RETRY_MS = 1_000;
/** After this many failures in a row the clock counts as broken. */
const TROUBLE_AT = 2;

export interface TimeoutClockOptions {
  pool: Pool;
  hub: Hub;
  commands: CommandQueue;
  sweepIntervalMs: number;
  onError(error: unknown, doing: string): void;
}

export function createTimeoutClock(options: TimeoutClockOptions) {
  const { pool, hub, commands } = options;
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Number.POSITIVE_INFINITY;
  let working: Promise<unknown> | undefined;
  let again = false;
  let offsetMs = 0;
  let pauseMs = 0;
  let failures = 0;
  let reason: string | null = null;
  let reminded = false;
  let unsubscribe: (() => void)[] = [];

  /** The database's clock as last compared with this machine's. */
  const now = () => new Date(Date.now() + offsetMs);

  function wakeIn(delayMs: number): void {
    clearTimeout(timer);
    const sleep = Math.max(0, Math.min(Math.ceil(delayMs), options.sweepIntervalMs, LONGEST_TIMER_MS));
    wakesAt = now().getTime() + sleep;
    timer = setTimeout(tick, sleep);
    timer.unref();
  }

  /** Processes due requests, then sleeps until the next. If called again in the meantime, it runs once more. */
  function tick(): void {
    again = true;
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  async function work(): Promise<void> {
    while (running && again) {
      again = false;
      wakesAt = Number.POSITIVE_INFINITY;
      try {
        const ended = await check();
        const next = await nextDue(pool);
        failures = 0;
        reason = null;
        offsetMs = next.now.getTime() - Date.now();
        const dueInMs = next.delayMs ?? options.sweepIntervalMs;
        // Due requests that were not processed are locked or rejected: look again soon, then less and less often.
        const stuck = ended.length === 0 && !reminded && dueInMs <= 0;
        pauseMs = stuck ? Math.min(Math.max(pauseMs * 2, 1), RETRY_MS) : 0;
        const delayMs = Math.max(dueInMs, pauseMs);
        // A notification that came during the query may already have set an earlier time.
        if (running && now().getTime() + delayMs < wakesAt) wakeIn(delayMs);
      } catch (error) {
        if (++failures >= TROUBLE_AT) reason = `due requests could not be processed: ${oneLine(error)}`;
        options.onError(error, "processing expired requests and reminders");
        if (running) wakeIn(RETRY_MS);
      }
    }
  }

  /** Applies the timeout action to expired requests, then sends due reminders. */
  async function check(): Promise<ApprovalRequest[]> {
    const ended = await each("expiry", "processing an expired request");
    reminded = (await each("reminder", "sending a reminder")).length > 0;
    return ended;
  }

  async function each(due: Due, doing: string): Promise<ApprovalRequest[]> {
    const all: ApprovalRequest[] = [];
    const batch = async (): Promise<boolean> => {
      const { changed, failed } = await commands.executeDue(due, MAX_DUE);
      all.push(...changed);
      for (const error of failed) options.onError(error, doing);
      return changed.length === MAX_DUE;
    };
    const drain = async () => {
      while (await batch());
    };
    if (!(await batch())) return all;
    // If one fails, wait for the others before throwing.
    const drained = await Promise.allSettled(Array.from({ length: BATCHES_AT_A_TIME }, drain));
    for (const end of drained) if (end.status === "rejected") throw end.reason;
    return all;
  }

  return {
    now,
    /** Processes all due requests now. */
    check,
    /** Why requests do not expire on time; null if they do. */
    trouble: () => reason,
    /** Starts the clock. Resolves when the timer is first set. */
    async start(): Promise<void> {
      if (running) return;
      running = true;
      unsubscribe = [
        hub.onChange((changes) => {
          for (const change of changes) {
            if (isOpen(change) && change.dueAt < wakesAt) wakeIn(change.dueAt - now().getTime());
          }
        }),
        hub.onResync(tick),
      ];
      tick();
      await working;
    },
    async stop(): Promise<void> {
      running = false;
      clearTimeout(timer);
      for (const end of unsubscribe) end();
      unsubscribe = [];
      await working;
    },
  };
}
export type TimeoutClock = ReturnType<typeof createTimeoutClock>;
