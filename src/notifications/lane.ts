/**
 * Delivers the messages of one channel from the outbox, in one process. The lane takes as many due rows as it has free
 * slots, sends them, and takes the next ones, so that askers take turns. If nothing is due, it sleeps until something
 * is due or it is woken. Each channel has its own lane, so a channel that is down does not delay others.
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
import { createAskerRotation } from "./asker-rotation.ts";
import { type Channel, DeliveryError, type Sent } from "./channel.ts";
import { createOutage } from "./outage.ts";
import { failureOf } from "./retries.ts";

export interface LaneOptions {
  channel: Pick<Channel, "name" | "slots">;
  pool: Pool;
  /** The lease on a row, in ms. Other processes do not take the row during this time. Longer than an attempt. */
  leaseMs: number;
  /** The timeout of one attempt, in ms. */
  attemptMs: number;
  /** Reads the request and the recipient of the message, and sends it. */
  send(notification: ApprovalNotification, signal: AbortSignal): Promise<Sent>;
  /** Stores that the message was sent. */
  acknowledge(notification: ApprovalNotification, sent: Sent): Promise<void>;
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
}

export interface Lane {
  /** Reports that a row is due in `dueInMs`, or is already due. */
  wake(dueInMs: number): void;
  /** Takes no more rows, waits up to `graceMs` for active attempts, and releases the other rows. */
  stop(graceMs: number): Promise<void>;
  /** The outcomes of attempts since the process started. */
  readonly counts: Readonly<LaneCounts>;
  /** For how many seconds every attempt has failed; 0 if the last one did not fail. */
  failingSeconds(): number;
}

export interface LaneCounts {
  sent: number;
  /** Attempts that failed and are retried. */
  failed: number;
  givenUp: number;
}

/** Messages that are sent to one receiver at the same time, so that a receiver that hangs does not block the others. */
const PER_RECEIVER = 4;
/** The part of a channel's slots that callbacks may use. However many of them hang, WEBHOOK_URL has the rest. */
const CALLBACKS_SHARE = 0.75;
/** The longest time between two reads of the outbox; the time if another process has taken the rows that are due. */
const LONGEST_SLEEP_MS = 600_000;
const TAKEN_BY_OTHERS_MS = 500;
const RETRY_MS = 1_000;
/** A channel that asks for a longer pause is tried again after this time. */
const LONGEST_CHANNEL_PAUSE_MS = 3_600_000;

interface ActiveDelivery {
  receiver: string;
  isCallback: boolean;
  attempt: AbortController;
  /** It was sent, but this is not stored yet. */
  isSent: boolean;
  done: Promise<void>;
}

export function createLane(options: LaneOptions): Lane {
  const { channel, pool, log, leaseMs } = options;
  const activeById = new Map<string, ActiveDelivery>();
  const counts: LaneCounts = { sent: 0, failed: 0, givenUp: 0 };
  const outage = createOutage(channel.name, log);
  const rotation = createAskerRotation();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  // By the monotonic clock.
  let wakesAt = Number.POSITIVE_INFINITY;
  let pausedUntil = 0;
  let working: Promise<void> | undefined;
  let lookAgain = false;

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

  /** Takes the rows that are due. A call during that time causes another look afterwards. */
  function look(): void {
    lookAgain = true;
    working ??= work().finally(() => {
      working = undefined;
      // A call arrived after the last check of `lookAgain`.
      if (lookAgain && !stopped) look();
    });
  }

  async function work(): Promise<void> {
    while (lookAgain && !stopped) {
      lookAgain = false;
      const pauseMs = pausedUntil - performance.now();
      if (pauseMs > 0) return sleep(pauseMs);
      const room = channel.slots - activeById.size;
      if (room <= 0) return;
      try {
        const { taken, walkedTo } = await claimDue(pool, {
          channel: channel.name,
          limit: room,
          perSide: PER_RECEIVER,
          busy: busyReceivers(),
          callbacks: Math.floor(channel.slots * CALLBACKS_SHARE) - activeCallbacks(),
          leaseMs,
          recent: rotation.recent(),
          after: rotation.after(),
        });
        rotation.note(
          taken.map(({ asker }) => asker),
          walkedTo,
        );
        for (const notification of taken) {
          const current = activeById.get(notification.id);
          if (current === undefined) start(notification);
          // The lease expired while the database was unavailable, or the outcome is stored but not yet confirmed here.
          else void current.done.then(() => release(pool, [notification.id])).catch(() => {});
        }
        if (taken.length > 0) lookAgain = true;
        else await sleepUntilDue();
      } catch (error) {
        logFailure(log, "warn", { err: error, channel: channel.name }, "the outbox could not be read; retrying");
        sleep(RETRY_MS);
      }
    }
  }

  async function sleepUntilDue(): Promise<void> {
    // Rows that become due in the meantime come first.
    while (!lookAgain && !stopped && (await putOffBlocked(pool, channel.name)));
    const dueInMs = await nextDueIn(pool, channel.name);
    if (dueInMs === null || dueInMs > LONGEST_SLEEP_MS) sleep(LONGEST_SLEEP_MS);
    else if (dueInMs > 0) sleep(Math.ceil(dueInMs));
    // A row that is due but was not taken waits for an earlier one: of this lane, which wakes it at its end, or of
    // another process.
    else if (activeById.size === 0) sleep(TAKEN_BY_OTHERS_MS);
  }

  function busyReceivers(): string[] {
    const counts = new Map<string, number>();
    for (const { receiver } of activeById.values()) counts.set(receiver, (counts.get(receiver) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= PER_RECEIVER).map(([receiver]) => receiver);
  }

  const activeCallbacks = () => activeById.values().reduce((sum, { isCallback }) => sum + Number(isCallback), 0);

  function start(notification: ApprovalNotification): void {
    const { id, metadata } = notification;
    const active: ActiveDelivery = {
      receiver: otherSideOf(notification),
      isCallback: metadata.to === "callback",
      attempt: new AbortController(),
      isSent: false,
      done: Promise.resolve(),
    };
    activeById.set(id, active);
    active.done = deliver(notification, active).finally(() => {
      activeById.delete(id);
      look();
    });
  }

  /** Never rejects. */
  async function deliver(notification: ApprovalNotification, active: ActiveDelivery): Promise<void> {
    const { id } = notification;
    const stopping = active.attempt.signal;
    try {
      const sent = await sendInTime(notification, stopping);
      active.isSent = true;
      outage.sent();
      await keepLease(id, options.acknowledge(notification, sent));
      counts.sent += 1;
      log.debug({ notification: id, channel: channel.name }, "a notification was sent");
    } catch (error) {
      if (stopping.aborted) return;
      await fail(notification, error);
    }
  }

  /**
   * Renews the lease until the receipt is stored, however long that takes. Another process would send the message
   * again.
   */
  async function keepLease(id: string, stored: Promise<void>): Promise<void> {
    let renewal: NodeJS.Timeout | undefined;
    const renewLater = (): void => {
      renewal = setTimeout(async () => {
        await extendLease(pool, id, leaseMs).catch(() => {});
        if (renewal !== undefined) renewLater();
      }, leaseMs / 3);
    };
    renewLater();
    await stored.finally(() => {
      clearTimeout(renewal);
      renewal = undefined;
    });
  }

  /** Sends the message. Rejects at the timeout, even if the channel ignores the signal. */
  async function sendInTime(notification: ApprovalNotification, stopping: AbortSignal): Promise<Sent> {
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
    const facts = { notification: id, kind, request, channel: channel.name, retries: retryCount, reason };
    if (failure.retryInMs === null) {
      counts.givenUp += 1;
      const isKnown = error instanceof DeliveryError && error.isKnown;
      log[isKnown ? "debug" : "warn"](facts, "a notification could not be sent and is not retried");
    } else {
      counts.failed += 1;
      const isKnown = outage.failed(reason) || retryCount > 0;
      log[isKnown ? "debug" : "info"](facts, "a notification could not be sent and will be retried");
    }
    try {
      await noteFailure(pool, id, failure);
      if (failure.retryInMs !== null) sleep(failure.retryInMs);
    } catch (cause) {
      // The lease expires, and the message is retried.
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
      const all = Promise.all(Array.from(activeById.values(), ({ done }) => done));
      let grace: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((resolve) => (grace = setTimeout(resolve, graceMs)))]);
      clearTimeout(grace);
      const unsent = [...activeById].filter(([, { isSent }]) => !isSent).map(([id]) => id);
      for (const { attempt } of activeById.values()) attempt.abort();
      await release(pool, unsent).catch(() => {});
      await all;
    },
  };
}
