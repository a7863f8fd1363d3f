/**
 * Whether a channel gets anything out. When it does not, the log says so once, and once more when it does again: of a
 * thousand messages that all wait for the same server nobody reads a thousand lines.
 */

import type { Logger } from "../log.ts";

/** So many failures in a row are the channel's trouble, fewer may be one message's. */
const IN_A_ROW = 3;

export interface Outage {
  /** An attempt failed and is to be repeated. @returns whether the log has told of the channel, so that the message needs no line */
  failed(reason: string): boolean;
  /** A message got out. */
  ended(): void;
  /** For how long every attempt has failed, in seconds; 0 where the last one did not. */
  seconds(): number;
}

/** @param now in ms, by a clock that nobody sets */
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
      if (inARow === IN_A_ROW)
        log.warn({ channel, reason }, "nothing can be sent on this channel; notifications will be retried");
      return inARow >= IN_A_ROW;
    },
    ended() {
      if (inARow >= IN_A_ROW) log.info({ channel, seconds: seconds() }, "notifications are sent on this channel again");
      inARow = 0;
    },
  };
}
