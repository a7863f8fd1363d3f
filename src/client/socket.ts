/**
 * The WebSocket class of the client. It extends `ws`, because Node's WebSocket cannot drop a connection to a server
 * that no longer answers: it would stay in its closing handshake, and keep the process alive, until TCP times out after
 * 15 minutes.
 */

import { parseUrl } from "../model/parse-url.ts";
import { WebSocket } from "./web-socket.ts";

export interface SocketEvents {
  created: (socket: WebSocket) => void;
  /** No operation uses the socket any longer. `close` closes it. */
  unused: (close: () => void) => void;
}

const NORMAL_CLOSURE = 1000;

/** The class from which graphql-ws creates its sockets. */
export function socketClass(
  events: SocketEvents,
): new (
  address: string | URL,
  protocols?: string | string[],
) => WebSocket {
  return class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { perMessageDeflate: false });
      // graphql-ws removes its listener when it terminates. An error event without a listener would end the process.
      this.on("error", () => {});
      events.created(this);
    }

    /**
     * graphql-ws closes an unused socket with a normal closure. Its own delay for that could not be shortened. If the
     * server has closed normally, `ws` also answers through this method, with the reason as bytes.
     */
    override close(code?: number, reason?: string | Buffer): void {
      if (code === NORMAL_CLOSURE && typeof reason === "string") events.unused(() => super.close(code, reason));
      else super.close(code, reason);
    }
  };
}

/** The address of the WebSocket that belongs to an http(s) address. @throws TypeError for any other address */
export function socketAddress(url: string | URL): string {
  const address = parseUrl(url);
  const protocols: Record<string, string> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };
  const protocol = address && protocols[address.protocol];
  if (!address || !protocol) throw new TypeError(`url must be the http(s) address of /graphql, not ${String(url)}`);
  address.protocol = protocol;
  address.hash = "";
  return address.href;
}

/** The address without user, query and fragment, which may contain a secret. */
export function shownAddress(url: string | URL): string {
  const address = parseUrl(url);
  return address === null ? "" : `${address.origin}${address.pathname}`;
}
