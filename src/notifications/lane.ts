/**
 * Delivers one channel's messages from the outbox, in one process. It takes as many due rows as it has room for, sends
 * them, and takes the next, so that askers take turns; if nothing is due it sleeps until something is, or it is woken.
 * Each channel has its own lane, so a channel that is down delays no other.
 */

import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import {
  claimDue,
  extendLease,
  nextDueIn,
  noteFailure,
  otherSideOf,
  putOffBlocked,
  release,
} from "../db/queries/outbox.ts";
import type { Logger } from "../log.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { type Channel, DeliveryError, type Sent } from "./channel.ts";
import { createOutage } from "./outage.ts";
import { failureOf } from "./retries.ts";
import { createTurns } from "./turns.ts";

export interface LaneOptions {
  channel: Pick<Channel, "name" | "slots">;
  pool: Pool;
  /** ms for which rows that were taken are left alone by others; longer than an attempt. */
  leaseMs: number;
  /** ms of one attempt. */
  attemptMs: number;
  /** Reads what the message is about, and sends it. */
  send(notification: ApprovalNotification, signal: AbortSignal): Promise<Sent>;
  /** Notes that it was sent. */
  acknowledge(notification: ApprovalNotification, sent: Sent): Promise<void>;
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
}

export interface Lane {
  /** Something is due in so many ms, or was. */
  wake(dueInMs: number): void;
  /** Takes nothing more, waits for what is under way for a while, and gives the rest back. */
  stop(graceMs: number): Promise<void>;
  /** How many attempts ended how, since the process began. */
  readonly counts: Readonly<LaneCounts>;
  /** For how many seconds every attempt has failed; 0 where the last one did not. */
  failingSeconds(): number;
}

export interface LaneCounts {
  sent: number;
  /** Failed, and to be tried again. */
  failed: number;
  givenUp: number;
}

/** Messages at a time to one other side: one that does not answer leaves room for others. */
const PER_SIDE = 4;
/** Of a channel's room callbacks get so much: however many of them hang, the endpoint of the configuration has the rest. */
const CALLBACKS_PART = 0.75;
/** The database is asked again after so long in any case; and so soon where what is due is in another's hands. */
const LONGEST_SLEEP_MS = 600_000;
const HELD_BY_OTHERS_MS = 500;
const RETRY_MS = 1_000;
/** A channel that asks for longer is tried in between. */
const LONGEST_CHANNEL_PAUSE_MS = 3_600_000;

interface UnderWay {
  side: string;
  isCallback: boolean;
  attempt: AbortController;
  /** It only remains to be noted. */
  isSent: boolean;
  done: Promise<void>;
}

export function createLane(options: LaneOptions): Lane {
  const { channel, pool, log, leaseMs } = options;
  const underWay = new Map<string, UnderWay>();
  const counts: LaneCounts = { sent: 0, failed: 0, givenUp: 0 };
  const outage = createOutage(channel.name, log);
  const turns = createTurns();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  // By the clock that nobody sets.
  let wakesAt = Number.POSITIVE_INFINITY;
  let pausedUntil = 0;
  let working: Promise<void> | undefined;
  let again = false;

  function sleep(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (stopped || at >= wakesAt) return;
    clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(() => {
      wakesAt = Number.POSITIVE_INFINITY;
      look();
    }, delayMs);
    timer.unref();
  }

  /** Takes what is due; a wish that arrives meanwhile is granted right after. */
  function look(): void {
    again = true;
    working ??= work().finally(() => {
      working = undefined;
      // A wish that came after it had looked at the last one.
      if (again && !stopped) look();
    });
  }

  async function work(): Promise<void> {
    while (again && !stopped) {
      again = false;
      const pauseMs = pausedUntil - performance.now();
      if (pauseMs > 0) return sleep(pauseMs);
      const room = channel.slots - underWay.size;
      if (room <= 0) return;
      try {
        const { taken, walkedTo } = await claimDue(pool, {
          channel: channel.name,
          limit: room,
          perSide: PER_SIDE,
          busy: busySides(),
          callbacks: Math.floor(channel.slots * CALLBACKS_PART) - callbacksUnderWay(),
          leaseMs,
          recent: turns.recent(),
          after: turns.after(),
        });
        turns.note(
          taken.map(({ asker }) => asker),
          walkedTo,
        );
        for (const notification of taken) {
          const ours = underWay.get(notification.id);
          if (ours === undefined) begin(notification);
          // Its lease ended while the database was away, or its end is noted and not heard of yet.
          else void ours.done.then(() => release(pool, [notification.id])).catch(() => {});
        }
        if (taken.length > 0) again = true;
        else await sleepUntilDue();
      } catch (error) {
        logFailure(log, "warn", { err: error, channel: channel.name }, "the outbox could not be read; trying again");
        sleep(RETRY_MS);
      }
    }
  }

  async function sleepUntilDue(): Promise<void> {
    // Whatever comes meanwhile goes first.
    while (!again && !stopped && (await putOffBlocked(pool, channel.name)));
    const dueInMs = await nextDueIn(pool, channel.name);
    if (dueInMs === null || dueInMs > LONGEST_SLEEP_MS) sleep(LONGEST_SLEEP_MS);
    else if (dueInMs > 0) sleep(Math.ceil(dueInMs));
    // What is due and was not taken waits for one before it: of ours, whose end wakes this lane, or of another process.
    else if (underWay.size === 0) sleep(HELD_BY_OTHERS_MS);
  }

  function busySides(): string[] {
    const counts = new Map<string, number>();
    for (const { side } of underWay.values()) counts.set(side, (counts.get(side) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= PER_SIDE).map(([side]) => side);
  }

  const callbacksUnderWay = () => underWay.values().reduce((sum, { isCallback }) => sum + Number(isCallback), 0);

  function begin(notification: ApprovalNotification): void {
    const { id, metadata } = notification;
    const under: UnderWay = {
      ...{ side: otherSideOf(notification), isCallback: metadata.to === "callback" },
      ...{ attempt: new AbortController(), isSent: false, done: Promise.resolve() },
    };
    underWay.set(id, under);
    under.done = deliver(notification, under).finally(() => {
      underWay.delete(id);
      look();
    });
  }

  /** Never rejects. */
  async function deliver(notification: ApprovalNotification, under: UnderWay): Promise<void> {
    const { id } = notification;
    const stopping = under.attempt.signal;
    try {
      const sent = await inTime(notification, stopping);
      under.isSent = true;
      outage.ended();
      await held(id, options.acknowledge(notification, sent));
      counts.sent += 1;
      log.debug({ notification: id, channel: channel.name }, "a notification was sent");
    } catch (error) {
      if (stopping.aborted) return;
      await fail(notification, error);
    }
  }

  /** What was sent and is not noted yet stays with us, however long that takes: another would send it again. */
  async function held(id: string, noted: Promise<void>): Promise<void> {
    let renewal: NodeJS.Timeout | undefined;
    const renewLater = (): void => {
      renewal = setTimeout(async () => {
        await extendLease(pool, id, leaseMs).catch(() => {});
        if (renewal !== undefined) renewLater();
      }, leaseMs / 3);
    };
    renewLater();
    await noted.finally(() => {
      clearTimeout(renewal);
      renewal = undefined;
    });
  }

  /** The attempt, or its end when its time is over, whether it heeds the signal or not. */
  async function inTime(notification: ApprovalNotification, stopping: AbortSignal): Promise<Sent> {
    const late = AbortSignal.timeout(options.attemptMs);
    const signal = AbortSignal.any([late, stopping]);
    const over = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DeliveryError(`no answer within ${options.attemptMs} ms`)));
    });
    return Promise.race([options.send(notification, signal), over]);
  }

  async function fail(notification: ApprovalNotification, error: unknown): Promise<void> {
    const { id, kind, approvalRequestId: request, retryCount } = notification;
    const failure = failureOf(notification, error);
    if (error instanceof DeliveryError && error.pausesChannel) {
      const pauseMs = Math.min(error.retryAfterMs ?? 0, LONGEST_CHANNEL_PAUSE_MS);
      pausedUntil = Math.max(pausedUntil, performance.now() + pauseMs);
    }
    const reason = failure.message;
    const told = { notification: id, kind, request, channel: channel.name, retries: retryCount, reason };
    if (failure.retryInMs === null) {
      counts.givenUp += 1;
      const isKnown = error instanceof DeliveryError && error.isKnown;
      log[isKnown ? "debug" : "warn"](told, "a notification could not be sent and is not retried");
    } else {
      counts.failed += 1;
      const isKnown = outage.failed(reason) || retryCount > 0;
      log[isKnown ? "debug" : "info"](told, "a notification could not be sent and will be retried");
    }
    try {
      await noteFailure(pool, id, failure);
      if (failure.retryInMs !== null) sleep(failure.retryInMs);
    } catch (cause) {
      // Its lease ends, and it is tried again.
      logFailure(log, "warn", { err: cause, notification: id }, "a failed attempt could not be stored");
    }
  }

  return {
    counts,
    failingSeconds: outage.seconds,
    wake(dueInMs) {
      if (dueInMs > 0) sleep(Math.min(dueInMs, LONGEST_SLEEP_MS));
      else look();
    },
    async stop(graceMs) {
      stopped = true;
      clearTimeout(timer);
      await working;
      const all = Promise.all(Array.from(underWay.values(), ({ done }) => done));
      let grace: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((resolve) => (grace = setTimeout(resolve, graceMs)))]);
      clearTimeout(grace);
      const left = [...underWay].filter(([, { isSent }]) => !isSent).map(([id]) => id);
      for (const { attempt } of underWay.values()) attempt.abort();
      await release(pool, left).catch(() => {});
      await all;
    },
  };
}
