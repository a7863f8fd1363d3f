/** A WebSocket server that speaks as much of the protocol as a test wants. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface Message {
  type: string;
  id?: string;
  payload?: { query: string; variables?: Record<string, unknown>; Authorization?: string };
}

export interface OddServer {
  /** The http address that a client is given. */
  url: string;
  /** Everything received on all connections, in order. */
  received: Message[];
  connections(): number;
  /** The number of open connections. */
  open(): number;
  stop(): Promise<void>;
}

/** @param answer called for each message; `nth` counts the connections from 1 */
export async function startOddServer(
  answer: (message: Message, say: (message: object) => void, socket: WebSocket, nth: number) => void,
): Promise<OddServer> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", path: "/graphql" });
  await once(server, "listening");
  const received: Message[] = [];
  let count = 0;
  server.on("connection", (socket) => {
    const nth = ++count;
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Message;
      received.push(message);
      answer(message, (reply) => socket.send(JSON.stringify(reply)), socket, nth);
    });
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    received,
    connections: () => count,
    open: () => server.clients.size,
    async stop() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
