/** Runs clients in a separate process, so that they do not share the event loop of the measurement. */

import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";

export interface Load {
  url: string;
  token: string;
  bodies: string[];
  /** The number of simultaneous requests, each on its own connection. */
  clients: number;
  /** A text that every response contains. */
  expect: string;
}

export interface Loaded {
  /** When the first request was sent, in ms since 1970. */
  startedAt: number;
  tookMs: number;
  /** The ms from each request to its answer. */
  latencies: number[];
}

/** Starts the clients' process; `running` ends it. */
export function startClients(running: AsyncDisposableStack): (load: Load) => Promise<Loaded> {
  const clients = startNode(fileURLToPath(new URL("./load-process.ts", import.meta.url)));
  running.defer(() => clients.stop());
  return (load) => clients.ask<Loaded>(load);
}
