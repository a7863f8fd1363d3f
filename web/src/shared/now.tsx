/**
 * The current time for components, with one timer for the whole page. It is the server's time, because the server's
 * clock decides when a request expires, and the device's clock may be hours off.
 */

import { useSyncExternalStore } from "react";

/** How far the server's clock is ahead of the device's, in ms. */
let ahead = 0;
/** The error of the estimate: a `Date` header has whole seconds, and an answer takes time to arrive. */
const UNSURE_MS = 2_000;
/** Slower answers are ignored, because it is unknown when the server wrote them. */
const QUICK_MS = 5_000;

/** The current time by the server's clock, as far as its answers showed it. */
export const serverNow = (): Date => new Date(Date.now() + ahead);

/** Like `fetch`, but the answer sets the clock. Only for requests to our own server. */
export async function fetchInTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = Date.now();
  const response = await fetch(input, init);
  const received = Date.now();
  const reported = Date.parse(response.headers.get("date") ?? "");
  const off = reported + 500 - (sent + received) / 2;
  // Differences within the error are ignored, so that countdowns do not jump.
  if (received - sent < QUICK_MS && Math.abs(off - ahead) > UNSURE_MS) {
    ahead = Math.abs(off) > UNSURE_MS ? off : 0;
    now = serverNow();
  }
  return response;
}

let now = serverNow();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = serverNow();
  timer ??= setInterval(() => {
    now = serverNow();
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
  useSyncExternalStore(subscribe, () => compute(now));

/** The current time, rounded down to the minute. */
export const useMinute = (): Date => new Date(useNow((now) => Math.floor(now.getTime() / 60_000)) * 60_000);
