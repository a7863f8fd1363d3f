/**
 * Detects that a channel cannot send anything. The log has one line at the start of an outage and one at its end,
 * instead of a line for each of a thousand messages that wait for the same server.
 */

import type { Logger } from "../log.ts";

/** This many failures in a row count as an outage of the channel; fewer may concern single messages. */
const FAILURES_IN_A_ROW = 3;

export interface Outage {
  /** An attempt failed and will be retried. @returns whether the outage is logged, so that the message needs no line */
  failed(reason: string): boolean;
  /** A message was sent. */
  sent(): void;
  /** For how many seconds every attempt has failed; 0 if the last one did not fail. */
  seconds(): number;
}

/** @param now the time in ms, by a monotonic clock */
export function createOutage(
  channel: string,
  log: Pick<Logger, "info" | "warn">,
  now: () => number = () => performance.now(),
): Outage {
  let inARow = 0;
  let since = 0;
  const seconds = () => (inARow === 0 ? 0 : Math.round((now() - since) / 1000));
  return {
    seconds,
    failed(reason) {
      if (inARow === 0) since = now();
      inARow += 1;
      if (inARow === FAILURES_IN_A_ROW)
        log.warn({ channel, reason }, "nothing can be sent on this channel; notifications will be retried");
      return inARow >= FAILURES_IN_A_ROW;
    },
    sent() {
      if (inARow >= FAILURES_IN_A_ROW)
        log.info({ channel, seconds: seconds() }, "notifications are sent on this channel again");
      inARow = 0;
    },
  };
}
