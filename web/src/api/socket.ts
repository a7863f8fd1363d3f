/** One WebSocket for all subscriptions. It reconnects as long as the session lasts. */

import { createClient, type Client as SocketClient } from "graphql-ws";
import { connectionState, reconnections } from "../shared/connection-state.ts";
import { addressAt } from "../shared/settings.ts";
import { fetchSession } from "./session.ts";

const KEEP_ALIVE_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 8_000;
const DEAD = 4408;

/** @param userId the user of this page; the session of another user ends the connection */
export function createSocket(userId: string): SocketClient {
  let socket: WebSocket | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let wake: () => void = () => {};

  /** Closes a connection that may be half open: neither side notices that by itself. */
  const drop = () => socket?.close(DEAD, "No answer");

  addEventListener("offline", () => {
    if (connectionState.get() !== "ended") connectionState.set("offline");
    drop();
  });
  addEventListener("online", () => {
    if (connectionState.get() === "offline") connectionState.set("reconnecting");
    wake();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wake();
  });

  /** Waits before a retry, longer with each failure, but not once the network is back or the page becomes visible. */
  async function backOff(retries: number): Promise<void> {
    const most = Math.min(FIRST_WAIT_MS * 2 ** retries, MAX_WAIT_MS);
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, most * (0.5 + Math.random() / 2));
    });
    if (!(await isSessionOf(userId))) {
      connectionState.set("ended");
      // The server will answer no further requests of this page.
      await new Promise(() => {});
    }
  }

  return createClient({
    url: location.origin.replace(/^http/, "ws") + addressAt("/graphql"),
    lazy: false,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: backOff,
    keepAlive: KEEP_ALIVE_MS,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected: (_socket, _payload, wasRetry) => {
        clearTimeout(deadline);
        connectionState.set("live");
        if (wasRetry) reconnections.set(reconnections.get() + 1);
      },
      ping: (received) => {
        if (received) return;
        clearTimeout(deadline);
        deadline = setTimeout(drop, PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(deadline);
      },
      closed: () => {
        clearTimeout(deadline);
        if (connectionState.get() === "ended") return;
        connectionState.set(navigator.onLine ? "reconnecting" : "offline");
      },
    },
  });
}

/** False only if the server refuses the session. A server that does not answer may be starting. */
const isSessionOf = (userId: string): Promise<boolean> =>
  fetchSession().then(
    ({ viewer }) => viewer?.userId === userId,
    () => true,
  );
