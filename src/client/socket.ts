/**
 * The WebSocket that the client uses: `ws`, because Node's own has no way to drop a connection whose other end no longer
 * answers. It would stay in its closing handshake, and keep the process, until TCP gives up after a quarter of an hour.
 */

import { WebSocket } from "./web-socket.ts";

export interface SocketEvents {
  made: (socket: WebSocket) => void;
  /** No operation needs the socket any more; `close` ends it. */
  unused: (close: () => void) => void;
}

const NORMAL_CLOSURE = 1000;

/** A class for graphql-ws to make its sockets from. */
export function socketClass(
  events: SocketEvents,
): new (
  address: string | URL,
  protocols?: string | string[],
) => WebSocket {
  return class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { perMessageDeflate: false });
      // graphql-ws takes its listener away when it terminates; an error without any would end the process.
      this.on("error", () => {});
      events.made(this);
    }

    /**
     * graphql-ws closes normally when nobody uses the socket; its own delay for that could not be cut short. When the
     * other side has closed normally, `ws` answers through this method too, with the reason as bytes.
     */
    override close(code?: number, reason?: string | Buffer): void {
      if (code === NORMAL_CLOSURE && typeof reason === "string") events.unused(() => super.close(code, reason));
      else super.close(code, reason);
    }
  };
}

/** The address of the WebSocket that belongs to an http(s) address. @throws TypeError for any other address */
export function socketAddress(url: string | URL): string {
  const address = URL.parse(url);
  const protocols: Record<string, string> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };
  const protocol = address && protocols[address.protocol];
  if (!address || !protocol) throw new TypeError(`url must be the http(s) address of /graphql, not ${String(url)}`);
  address.protocol = protocol;
  address.hash = "";
  return address.href;
}
