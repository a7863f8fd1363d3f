/** The state of the connection to the server. */

import { createStore } from "./store.ts";

export type ConnectionState =
  /** The first attempt is running. */
  | "connecting"
  /** The page is up to date. */
  | "live"
  /** The connection broke; the page is reconnecting. */
  | "reconnecting"
  /** The device has no network. */
  | "offline"
  /** The session has ended, or now belongs to another user. The viewer must sign in again. */
  | "ended";

export const connectionState = createStore<ConnectionState>("connecting");

/** For a network that lets no connection through, and does not refuse it either. */
const CONNECTED_WITHIN_MS = 2_000;

/** Resolves when the first attempt to connect has ended, after 2 seconds at the latest. */
export const firstConnection = (): Promise<void> =>
  new Promise((resolve) => {
    if (connectionState.get() !== "connecting") return resolve();
    const unsubscribe = connectionState.subscribe(done);
    const timer = setTimeout(done, CONNECTED_WITHIN_MS);
    function done() {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    }
  });

/** The number of reconnections. After each one, earlier data may be out of date. */
export const reconnections = createStore(0);
