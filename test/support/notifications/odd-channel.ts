/** A channel whose other side does what a test says; what it was given is waited for. */

import type { Channel, Delivery, Sent } from "../../../src/notifications/channel.ts";

export interface OddChannel extends Channel {
  /** Everything that was to be sent, in order. */
  readonly given: Delivery[];
  /** Resolves when so many messages were given to it. */
  until(count: number): Promise<void>;
}

/** @param answer what the other side does with a message; `attempt` counts from 1 for each */
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
