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

/** The number of reconnections. After each one, earlier data may be out of date. */
export const reconnections = createStore(0);
