/** Closes an HTTP server without waiting for keep-alive connections, event streams and stuck requests. */

import type { Server, ServerResponse } from "node:http";

export interface Shutdown {
  /** Accepts no new connections; closes event streams and idle connections at once, and others after a second. */
  close(): Promise<void>;
  stopping(): boolean;
  /** The number of open event streams. */
  streams(): number;
}

/** How long a request in progress may take. */
const REQUEST_GRACE_MS = 1_000;

/** Call it before any other listener for requests is added. */
export function createShutdown(server: Server): Shutdown {
  const inProgress = new Set<ServerResponse>();
  const isStream = (res: ServerResponse) => String(res.getHeader("content-type")).startsWith("text/event-stream");
  let stopping = false;

  server.on("request", (_req, res: ServerResponse) => {
    inProgress.add(res);
    if (stopping) res.setHeader("Connection", "close");
    res.once("close", () => inProgress.delete(res));
  });

  return {
    stopping: () => stopping,
    streams: () => inProgress.values().filter(isStream).toArray().length,
    async close() {
      stopping = true;
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      for (const res of inProgress) {
        // Destroyed rather than ended, so that the client reconnects instead of treating the stream as complete.
        if (isStream(res)) res.destroy();
        else if (!res.headersSent) res.setHeader("Connection", "close");
      }
      const cut = setTimeout(() => server.closeAllConnections(), REQUEST_GRACE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}
