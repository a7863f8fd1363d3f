/**
 * Delivers the outbox. Every process has a worker. A worker takes rows with a lease: if it dies, another worker sends
 * them after the lease has expired. Messages are therefore sent at least once, with the row's id, by which a receiver
 * recognizes a repeat.
 */

import type { ApprovalManager } from "../approvals/manager.ts";
import { canDecideNow } from "../approvals/policy.ts";
import type { Pool } from "../db/pool.ts";
import { addresseesById } from "../db/queries/audience.ts";
import { connectedPeople, isKnown } from "../db/queries/known-people.ts";
import { requestsById } from "../db/queries/requests.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import { storable } from "../model/json.ts";
import { type ApprovalNotification, unknownPerson } from "../model/notifications.ts";
import { personsOf } from "../model/same-person.ts";
import { type Channel, type Delivery, DeliveryError, type Sent } from "./channel.ts";
import { createLane, type Lane, type LaneCounts } from "./lane.ts";
import { createReceipts } from "./receipts.ts";

export interface WorkerOptions {
  pool: Pool;
  hub: Pick<Hub, "onOutbox" | "onResync">;
  manager: Pick<ApprovalManager, "note" | "now">;
  channels: readonly Channel[];
  log: Logger;
  /** The lease on a message, in ms. Default: 15,000. */
  leaseMs?: number;
  /** The timeout of one attempt, in ms. Default: 10,000. */
  attemptMs?: number;
  /** ms that active attempts have to end when the worker stops. Default: 4,000. */
  stopGraceMs?: number;
}

export interface Worker {
  start(): void;
  /** Stops within a few seconds. Releases the rows of unfinished attempts. */
  stop(): Promise<void>;
  /** The outcomes of attempts in this process, by channel. */
  counts(): ReadonlyMap<string, Readonly<LaneCounts>>;
  /** For how many seconds every attempt has failed in this process, by channel; 0 if the last one did not fail. */
  failingSeconds(): ReadonlyMap<string, number>;
}

export function createWorker(options: WorkerOptions): Worker {
  const { pool, hub, manager, log, leaseMs = 15_000, attemptMs = 10_000, stopGraceMs = 4_000 } = options;
  const stopping = new AbortController();
  const receipts = createReceipts(manager, stopping.signal);
  let unsubscribe: (() => void)[] = [];

  async function deliveryOf(notification: ApprovalNotification): Promise<Delivery> {
    const { approvalRequestId, recipient, metadata } = notification;
    const isPerson = metadata.to === "person";
    const [[request], known, names] = await Promise.all([
      requestsById(pool, [approvalRequestId]),
      isPerson ? addresseesById(pool, [recipient]) : [],
      isPerson ? connectedPeople(pool, [recipient]) : [],
    ]);
    if (request === undefined) throw new DeliveryError("the request was deleted", { permanent: true });
    const person = isPerson ? (known[0] ?? unknownPerson(recipient)) : null;
    const now = manager.now();
    const canDecide =
      person !== null && canDecideNow(request, { userId: person.id, roles: person.roles }, now, personsOf(names));
    return { notification, request, person, isKnown: isKnown(recipient, names), canDecide, now };
  }

  async function acknowledge(notification: ApprovalNotification, sent: Sent): Promise<void> {
    const { id, kind, channel, recipient, approvalRequestId } = notification;
    const { subject, body, externalId, externalUrl } = sent;
    await receipts.note(approvalRequestId, {
      id,
      kind,
      channel,
      recipient,
      subject: storableOrNull(subject),
      body: storableOrNull(body),
      externalId: storableOrNull(externalId),
      externalUrl: storableOrNull(externalUrl),
    });
  }

  const lanes = new Map<string, Lane>();
  for (const channel of options.channels) {
    const lane = createLane({
      channel,
      pool,
      log,
      leaseMs,
      attemptMs,
      acknowledge,
      send: async (notification, signal) => channel.send(await deliveryOf(notification), signal),
    });
    lanes.set(channel.name, lane);
  }

  return {
    start() {
      const wakeAll = () => {
        for (const lane of lanes.values()) lane.wake(0);
      };
      unsubscribe = [
        hub.onOutbox(({ channel, dueAt }) => lanes.get(channel)?.wake(dueAt - manager.now().getTime())),
        hub.onResync(wakeAll),
      ];
      wakeAll();
    },
    counts: () => new Map(lanes.entries().map(([name, lane]) => [name, lane.counts])),
    failingSeconds: () => new Map(lanes.entries().map(([name, lane]) => [name, lane.failingSeconds()])),
    async stop() {
      for (const end of unsubscribe) end();
      stopping.abort();
      await Promise.all(lanes.values().map((lane) => lane.stop(stopGraceMs)));
      await Promise.all(options.channels.map((channel) => channel.close()));
    },
  };
}

/**
 * A receiver's text may contain characters that the database refuses. The message would then be sent again and again.
 */
const storableOrNull = (text: string | null | undefined): string | null => (text == null ? null : storable(text));
