/** How the page stands with the server. */

import { createStore } from "./store.ts";

export type ConnectionState =
  /** The first attempt is under way. */
  | "connecting"
  /** What is on screen is as it is now. */
  | "live"
  /** The connection broke and is being made again. */
  | "reconnecting"
  /** The device has no network. */
  | "offline"
  /** The session is over, or is somebody else's by now: only signing in helps. */
  | "ended";

export const connectionState = createStore<ConnectionState>("connecting");

/** Grows with each connection that follows a broken one: what was read before may be out of date. */
export const reconnections = createStore(0);
