/**
 * Attacks with connections: messages without an end, bodies that never finish, answers that the client does not read.
 */

import { connect } from "node:net";
import { WebSocket } from "ws";
import type { Data } from "../graphql/graphql.ts";

const open = (url: string) => new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
const codeOf = (socket: WebSocket) =>
  new Promise<number>((resolve) => {
    socket.once("error", () => {});
    socket.once("close", resolve);
  });

/** Sends one message before connection_init; the code with which the socket was closed. */
export async function firstMessage(url: string, message: string): Promise<number> {
  const socket = open(url);
  socket.once("open", () => socket.send(message));
  return codeOf(socket);
}

/** Opens `count` sockets without a token, each with an unfinished message; returns their close codes. */
export async function unfinishedMessages(url: string, count: number, bytes: number): Promise<number[]> {
  const part = Buffer.alloc(bytes / 16, 0x20);
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = open(url);
      socket.once("open", () => {
        for (let index = 0; index < 16; index++) socket.send(part, { fin: false, binary: false }, () => {});
      });
      return codeOf(socket);
    }),
  );
}

/** Sends sign-ins whose bodies arrive byte by byte; returns the status lines of the answers. */
export async function slowBodies(url: string, count: number): Promise<string[]> {
  const { hostname, port } = new URL(url);
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.on("data", (data) => {
        text += data;
      });
      socket.on("error", () => {});
      socket.write(
        `POST /session HTTP/1.1\r\nHost: x\r\nOrigin: ${url}\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n`,
      );
      const drip = setInterval(() => socket.write(" "), 100);
      return new Promise<string>((resolve) =>
        socket.once("close", () => {
          clearInterval(drip);
          resolve(text.split("\r\n", 1)[0] as string);
        }),
      );
    }),
  );
}

/** Asks so many times for the same answer on one socket, and reads none of them; the code of the socket's end. */
export async function unreadAnswers(url: string, token: string, query: string, variables: Data, count: number) {
  const socket = open(url);
  const closed = codeOf(socket);
  await new Promise<void>((resolve) => {
    socket.once("open", () =>
      socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
    );
    socket.once("message", () => resolve());
  });
  socket.pause();
  for (let index = 0; index < count; index++) {
    socket.send(JSON.stringify({ id: String(index), type: "subscribe", payload: { query, variables } }), () => {});
  }
  // A paused socket detects its end only when a write fails.
  const probe = setInterval(() => socket.ping(() => {}), 100);
  const code = await Promise.race([closed, new Promise<number>((resolve) => setTimeout(resolve, 20_000, 0))]);
  clearInterval(probe);
  socket.terminate();
  return code;
}
