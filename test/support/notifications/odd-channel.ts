/** A channel whose receiver behaves as a test needs; tests wait for its deliveries. */

import type { Channel, Delivery, Sent } from "../../../src/notifications/channel.ts";

export interface OddChannel extends Channel {
  /** All notifications that the channel received, in order. */
  readonly given: Delivery[];
  /** Resolves when the channel has received that many notifications. */
  until(count: number): Promise<void>;
}

/** @param answer the receiver's reaction to a message; `attempt` counts from 1 for each message */
export function oddChannel(
  name: Channel["name"],
  answer: (delivery: Delivery, attempt: number, signal: AbortSignal) => Promise<Sent> = async () => ({}),
  slots = 4,
): OddChannel {
  const given: Delivery[] = [];
  const attempts = new Map<string, number>();
  let waiting: { count: number; resolve(): void }[] = [];
  return {
    name,
    slots,
    given,
    until: (count) =>
      new Promise((resolve) => {
        if (given.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    send(delivery, signal) {
      const { id } = delivery.notification;
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      given.push(delivery);
      const reached = waiting.filter(({ count }) => given.length >= count);
      waiting = waiting.filter(({ count }) => given.length < count);
      for (const { resolve } of reached) resolve();
      return answer(delivery, attempt, signal);
    },
    async close() {},
  };
}
