/** When a message that failed is tried again. */

import type { Failure } from "../db/queries/outbox.ts";
import { oneLine } from "../log.ts";
import { storable } from "../model/json.ts";
import type { ApprovalNotification, NotificationFacts } from "../model/notifications.ts";
import { DeliveryError } from "./channel.ts";

const FIRST_RETRY_MS = 2_000;
/** People's requests are over soon; programs are away for long. */
const LONGEST_PAUSE_MS = { person: 300_000, channel: 300_000, endpoint: 3_600_000, callback: 3_600_000 } as const;
/** Whoever always asks to wait for a moment is not asked again every moment. */
const SHORTEST_WAIT_MS = 1_000;
/** And who asks for ages is asked again after a day. */
const LONGEST_WAIT_MS = 86_400_000;
/** Of what another side says, the row keeps so much. */
const LONGEST_MESSAGE = 500;

/**
 * ms until the next try: 2 s, then twice as long each time, for people five minutes at most and an hour for programs;
 * less a part by chance, so that what failed together does not come back together.
 * @param retries how many there were
 * @param to whom the message is for
 * @param random from 0 to 1
 */
export const retryDelayMs = (retries: number, to: NotificationFacts["to"], random = Math.random()): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 30), LONGEST_PAUSE_MS[to]) * (1 - random / 2);

/** What becomes of a message whose attempt failed. */
export function failureOf(
  { retryCount, maxRetries, metadata }: Pick<ApprovalNotification, "retryCount" | "maxRetries" | "metadata">,
  error: unknown,
): Failure {
  const message = storable(oneLine(error).slice(0, LONGEST_MESSAGE));
  const known = error instanceof DeliveryError ? error : null;
  if (known?.permanent) return { message, retryInMs: null, counts: false };
  // Asked to wait, it waits: a limit that is kept says nothing about whether the message can be delivered.
  if (known !== null && known.retryAfterMs !== null) {
    const retryInMs = Math.min(Math.max(known.retryAfterMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    return { message, retryInMs, counts: false };
  }
  if (retryCount >= maxRetries) return { message, retryInMs: null, counts: false };
  return { message, retryInMs: retryDelayMs(retryCount, metadata.to), counts: true };
}
