/** A real HTTP or HTTPS server that receives webhooks as a customer's would, and misbehaves when a test wants it. */

import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import type { Data } from "../graphql/graphql.ts";
import { HOOKS_CERTIFICATE, HOOKS_KEY } from "./webhook-certificate.ts";

export interface ReceivedWebhook {
  id: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The parsed body. */
  payload: Data;
  /** The indexes of the receiver's secrets that verify it. */
  verifiedBy: number[];
}

/** The answer to one request, once it was read. */
export type Behaviour = (res: http.ServerResponse) => void;

export const answer =
  (status: number, headers: http.OutgoingHttpHeaders = {}): Behaviour =>
  (res) => {
    res.writeHead(status, headers).end();
  };
export const redirect = (location: string, status = 307): Behaviour => answer(status, { Location: location });
/** Never answers. */
export const hang: Behaviour = () => {};
/** Cuts the connection without an answer. */
export const cut: Behaviour = (res) => res.socket?.resetAndDestroy();
/** Starts an answer and cuts the connection. */
export const cutInBody =
  (status: number): Behaviour =>
  (res) => {
    res.writeHead(status, { "Content-Length": 1_000 });
    res.write("a", () => res.socket?.destroy());
  };
/** Starts an answer and never ends it. */
export const hangInBody =
  (status: number): Behaviour =>
  (res) =>
    res.writeHead(status).flushHeaders();
/** An answer that never ends. @param sent called with the bytes of each piece that was written */
export const endless =
  (status: number, sent: (bytes: number) => void): Behaviour =>
  (res) => {
    const piece = Buffer.alloc(16_384, "a");
    res.writeHead(status);
    res.on("error", () => {});
    const write = () => {
      while (!res.destroyed) {
        sent(piece.length);
        if (!res.write(piece)) {
          res.once("drain", write);
          return;
        }
      }
    };
    write();
  };

export interface WebhookReceiver {
  /** Its address with a path, without a trailing slash. */
  url: string;
  port: number;
  /** Everything that was received and read, in order. */
  received: ReceivedWebhook[];
  /** The attempts of each message. */
  byId(): Map<string, ReceivedWebhook[]>;
  /** The number of connections so far, including those without a request. */
  connections(): number;
  /** Sets the responses to the next requests, one each. Later requests are answered with 204. */
  behave(...behaviours: Behaviour[]): void;
  /** Resolves once there were so many requests. */
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ReceiverOptions {
  /** As in `WEBHOOK_SECRET`. A request that none of them verifies is answered with 401. */
  secrets?: readonly string[];
  /** Default: 127.0.0.1. */
  host?: string;
  /** Default: a free port. */
  port?: number;
  /** HTTPS, as hooks.test. */
  tls?: boolean;
}

export async function startWebhookReceiver(options: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const { secrets = [], host = "127.0.0.1", port: wanted = 0, tls = false } = options;
  const verifiers = secrets.map((secret) => new Webhook(secret));
  const received: ReceivedWebhook[] = [];
  const behaviours: Behaviour[] = [];
  const waiting: { count: number; resolve(): void }[] = [];
  let connections = 0;

  const take: http.RequestListener = async (req, res) => {
    const body = await text(req).catch(() => null);
    if (body === null) return;
    const { headers, url: path = "" } = req;
    const verifiedBy = verifiers.flatMap((verifier, index) => (verifies(verifier, body, headers) ? [index] : []));
    const id = String(headers["webhook-id"]);
    received.push({ id, path, headers, body, payload: JSON.parse(body), verifiedBy });
    for (const { count, resolve } of waiting) if (received.length >= count) resolve();
    const behave = behaviours.shift() ?? answer(204);
    if (req.method !== "POST") answer(405)(res);
    else if (verifiers.length > 0 && verifiedBy.length === 0) answer(401)(res);
    else behave(res);
  };
  const server = tls ? https.createServer({ cert: HOOKS_CERTIFICATE, key: HOOKS_KEY }, take) : http.createServer(take);
  server.on("connection", () => connections++);
  server.listen(wanted, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const name = tls ? "hooks.test" : host.includes(":") ? `[${host}]` : host;

  return {
    url: `${tls ? "https" : "http"}://${name}:${port}/hook`,
    port,
    received,
    byId: () => Map.groupBy(received, ({ id }) => id),
    connections: () => connections,
    behave: (...more) => void behaviours.push(...more),
    until: (count) =>
      received.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Verifies a message like a receiver, including the age of the timestamp. */
function verifies(verifier: Webhook, body: string, headers: http.IncomingHttpHeaders): boolean {
  try {
    verifier.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
