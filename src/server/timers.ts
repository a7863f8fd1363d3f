/** Timers for delays longer than setTimeout supports. */

import { LONGEST_TIMER_MS } from "../model/durations.ts";

/**
 * Calls back once at a time, at once if it has passed. The timer does not keep the process alive.
 * @param at ms since 1970
 * @returns cancels the call
 */
export function callAt(at: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const sleep = () => {
    const delay = at - Date.now();
    timer = setTimeout(delay > LONGEST_TIMER_MS ? sleep : callback, Math.max(0, Math.min(delay, LONGEST_TIMER_MS)));
    timer.unref();
  };
  sleep();
  return () => clearTimeout(timer);
}
