/** One subscription over a transport, read in the background. */

import type { Data } from "../graphql/graphql.ts";
import { Reader } from "../live/reader.ts";
import { closeOf, type TestServer } from "./server.ts";

export interface Operation {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

export interface OpenStream {
  /** Results; the reader ends with the subscription. */
  messages: Reader<Data>;
  /** The end of the connection: the close code and reason of a socket, "cut" or "complete" for an event stream. */
  ended: Promise<string>;
  leave(): void;
}

export type Transport = (server: TestServer, token: string, operation: Operation) => OpenStream;

export const overSocket: Transport = (server, token, payload) => {
  const socket = server.socket();
  const kept: Data[] = [];
  let more = Promise.withResolvers<void>();
  let over = false;
  socket.once("open", () =>
    socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
  );
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
    if (message.type === "next") kept.push(message.payload);
    if (message.type === "error") kept.push({ errors: message.payload });
    if (message.type === "complete" || message.type === "error") over = true;
    more.resolve();
  });
  const ended = closeOf(socket).then(({ code, reason }) => {
    over = true;
    more.resolve();
    return `${code} ${reason}`;
  });
  async function* read(): AsyncGenerator<Data> {
    for (;;) {
      while (kept.length > 0) yield kept.shift();
      if (over) return;
      await more.promise;
      more = Promise.withResolvers();
    }
  }
  return { messages: new Reader(read()), ended, leave: () => socket.terminate() };
};

export const overSse: Transport = (server, token, operation) => {
  const leaving = new AbortController();
  let completed = false;
  async function* read(): AsyncGenerator<Data> {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      signal: leaving.signal,
      headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", "Content-Type": "application/json" },
      body: JSON.stringify(operation),
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() as string;
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        if (event === "next") yield JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] as string);
        if (event === "complete") {
          completed = true;
          return;
        }
      }
    }
  }
  const messages = new Reader(read());
  return { messages, ended: messages.end.then(() => (completed ? "complete" : "cut")), leave: () => leaving.abort() };
};
