/**
 * The present, for what shows times: one timer for everything on the page. It is the server's, whose clock decides when
 * the time is over; the device's may be hours off.
 */

import { useSyncExternalStore } from "react";

/** How far the server's clock is ahead of the device's, in ms. */
let ahead = 0;
/** What a `Date` header, in whole seconds, and the way of an answer leave open. */
const UNSURE_MS = 2_000;
/** Answers that took longer tell the time of some moment in between. */
const QUICK_MS = 5_000;

/** The present by the server's clock, as far as its answers told. */
export const present = (): Date => new Date(Date.now() + ahead);

/** As `fetch`; the answer of our own server sets the clock. */
export async function fetchInTime(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = Date.now();
  const response = await fetch(input, init);
  const received = Date.now();
  const told = Date.parse(response.headers.get("date") ?? "");
  const off = told + 500 - (sent + received) / 2;
  // What is not sure moves nothing: no countdown jumps to and fro.
  if (received - sent < QUICK_MS && Math.abs(off - ahead) > UNSURE_MS) {
    ahead = Math.abs(off) > UNSURE_MS ? off : 0;
    now = present();
  }
  return response;
}

let now = present();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = present();
  timer ??= setInterval(() => {
    now = present();
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
