/** The current time by the server's clock, for components, with one timer for the whole page. */

import { useSyncExternalStore } from "react";
import { serverTimeAt } from "./server-clock.ts";

/** The time of the device at the last tick, in ms. */
let tick = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  tick = Date.now();
  timer ??= setInterval(() => {
    tick = Date.now();
    for (const each of [...listeners]) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * The result of `compute` for the current time. The component renders again only when the result changes.
 * @param compute a pure function of the current time
 */
export const useNow = <T extends string | number>(compute: (now: Date) => T): T =>
  useSyncExternalStore(subscribe, () => compute(serverTimeAt(tick)));

/** The current time, rounded down to the minute. */
export const useMinute = (): Date => new Date(useNow((now) => Math.floor(now.getTime() / 60_000)) * 60_000);
