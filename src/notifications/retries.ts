/** Decides whether and when a failed message is retried. */

import type { Failure } from "../db/queries/outbox.ts";
import { oneLine } from "../log.ts";
import { storable } from "../model/json.ts";
import type { ApprovalNotification, NotificationFacts } from "../model/notifications.ts";
import { DeliveryError } from "./channel.ts";

const FIRST_RETRY_MS = 2_000;
/** Requests to people expire soon; programs may be unavailable for longer. */
const LONGEST_PAUSE_MS = { person: 300_000, channel: 300_000, endpoint: 3_600_000, callback: 3_600_000 } as const;
/** The shortest wait that a receiver can ask for. */
const SHORTEST_WAIT_MS = 1_000;
/** The longest wait that a receiver can ask for: a day. */
const LONGEST_WAIT_MS = 86_400_000;
/** The number of characters of an error that the row stores. */
const LONGEST_MESSAGE = 500;

/**
 * ms until the next attempt: 2 s, doubled each time, up to five minutes for people and an hour for programs, minus a
 * random part, so that messages that failed together are not retried together.
 * @param retries the number of retries so far
 * @param to the kind of recipient
 * @param random from 0 to 1
 */
export const retryDelayMs = (retries: number, to: NotificationFacts["to"], random = Math.random()): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 30), LONGEST_PAUSE_MS[to]) * (1 - random / 2);

/** The failure that is stored for a failed attempt. */
export function failureOf(
  { retryCount, maxRetries, metadata }: Pick<ApprovalNotification, "retryCount" | "maxRetries" | "metadata">,
  error: unknown,
): Failure {
  const message = storable(oneLine(error).slice(0, LONGEST_MESSAGE));
  const known = error instanceof DeliveryError ? error : null;
  if (known?.permanent) return { message, retryInMs: null, counts: false };
  // A rate limit does not mean that the message cannot be delivered, so the wait does not count as a retry.
  if (known !== null && known.retryAfterMs !== null) {
    const retryInMs = Math.min(Math.max(known.retryAfterMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    return { message, retryInMs, counts: false };
  }
  if (retryCount >= maxRetries) return { message, retryInMs: null, counts: false };
  return { message, retryInMs: retryDelayMs(retryCount, metadata.to), counts: true };
}
