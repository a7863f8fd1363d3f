/** Closes an HTTP server without waiting for clients that never go: keep-alive, event streams, stuck requests. */

import type { Server, ServerResponse } from "node:http";

export interface Shutdown {
  /** Stops accepting; cuts event streams and idle connections at once, other requests after a second. */
  close(): Promise<void>;
  stopping(): boolean;
  /** How many event streams are open. */
  streams(): number;
}

/** How long a request that is being answered may take to its end. */
const REQUEST_GRACE_MS = 1_000;

/** To be called before any other listener for requests is added. */
export function createShutdown(server: Server): Shutdown {
  const answering = new Set<ServerResponse>();
  const isStream = (res: ServerResponse) => String(res.getHeader("content-type")).startsWith("text/event-stream");
  let stopping = false;

  server.on("request", (_req, res: ServerResponse) => {
    answering.add(res);
    if (stopping) res.setHeader("Connection", "close");
    res.once("close", () => answering.delete(res));
  });

  return {
    stopping: () => stopping,
    streams: () => answering.values().filter(isStream).toArray().length,
    async close() {
      stopping = true;
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      for (const res of answering) {
        // Cut rather than completed, so that the client connects again instead of taking the stream for finished.
        if (isStream(res)) res.destroy();
        else if (!res.headersSent) res.setHeader("Connection", "close");
      }
      const cut = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}
