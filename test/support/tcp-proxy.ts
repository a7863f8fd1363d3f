/** A TCP proxy that behaves as badly as networks and poolers do. */

import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

export interface TcpProxy {
  /** The target's address with the proxy's host and port. */
  url: string;
  /** The number of connections so far. */
  connections(): number;
  /** Open connections stay open, but nothing passes any longer, in either direction. */
  freeze(): void;
  /** The same, and new connections are silent as well, until `heal`. What was silent stays so. */
  partition(): void;
  heal(): void;
  /** Ends every connection and turns away new ones, until `accept`. */
  refuse(): void;
  accept(): void;
  /** Removes PostgreSQL's NotificationResponse messages from the server's data on new connections. */
  swallowNotifications(): void;
  /** The session that answers next, and is idle then, ends as by `pg_terminate_backend`, in the same packet. */
  endBehindNextAnswer(): void;
  /** Sends the server a statement as if it came from each client; its answer goes there too. */
  inject(statement: string): void;
  close(): Promise<void>;
}

export async function createTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<net.Socket>();
  const upstreams = new Set<net.Socket>();
  let count = 0;
  let refusing = false;
  let silent = false;
  let swallowing = false;
  let endingBehind = false;

  const server = net.createServer((downstream) => {
    count++;
    if (refusing) return downstream.resetAndDestroy();
    if (silent) {
      sockets.add(downstream);
      downstream.on("error", () => {}).once("close", () => sockets.delete(downstream));
      return void downstream.pause();
    }
    const upstream = net.connect({ host: hostname, port: Number(port) });
    upstreams.add(upstream.once("close", () => upstreams.delete(upstream)));
    const filter = swallowing ? withoutNotifications() : (chunk: Buffer) => chunk;
    for (const [from, to] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("data", (chunk) => {
        if (from === downstream) return void to.write(chunk);
        const passed = filter(chunk);
        if (!endingBehind || !passed.subarray(-READY.length).equals(READY)) return void to.write(passed);
        endingBehind = false;
        to.end(Buffer.concat([passed, TERMINATED]));
      });
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    for (const socket of [...sockets, ...upstreams]) socket.destroy();
  };

  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    connections: () => count,
    freeze() {
      for (const socket of sockets) socket.removeAllListeners("data").pause();
    },
    partition() {
      silent = true;
      for (const socket of sockets) socket.removeAllListeners("data").removeAllListeners("close").pause();
    },
    heal() {
      silent = false;
    },
    refuse() {
      refusing = true;
      end();
    },
    accept() {
      refusing = false;
    },
    swallowNotifications() {
      swallowing = true;
    },
    endBehindNextAnswer() {
      endingBehind = true;
    },
    inject(statement) {
      const text = Buffer.from(`${statement}\0`);
      const head = Buffer.from("Q\0\0\0\0");
      head.writeUInt32BE(text.length + 4, 1);
      for (const upstream of upstreams) upstream.write(Buffer.concat([head, text]));
    },
    async close() {
      server.close();
      end();
      await once(server, "close");
    },
  };
}

/** ReadyForQuery outside a transaction. */
const READY = Buffer.from("Z\0\0\0\u0005I", "latin1");
const TERMINATED = errorResponse({ S: "FATAL", C: "57P01", M: "terminating connection due to administrator command" });

function errorResponse(fields: Record<string, string>): Buffer {
  const body = Object.entries(fields).map(([letter, text]) => `${letter}${text}\0`);
  const text = Buffer.from(`${body.join("")}\0`);
  const head = Buffer.from("E\0\0\0\0");
  head.writeUInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** Messages of the server: a letter, a length that includes itself, a body. */
function withoutNotifications(): (chunk: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const kept: Buffer[] = [];
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest[0] !== "A".charCodeAt(0)) kept.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return Buffer.concat(kept);
  };
}
