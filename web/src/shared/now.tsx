/** The present, for what shows times: one timer for everything on the page. */

import { useSyncExternalStore } from "react";

let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = new Date();
  timer ??= setInterval(() => {
    now = new Date();
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
 * What `words` says of the present; the component is drawn again only when that changes.
 * @param words pure, of the present, to a string or number
 */
export const useNow = <T extends string | number>(words: (now: Date) => T): T =>
  useSyncExternalStore(subscribe, () => words(now));

/** The present to the minute, for what is written with it. */
export const useMinute = (): Date => new Date(useNow((now) => Math.floor(now.getTime() / 60_000)) * 60_000);
