/** Starts the servers of Yoga's pub/sub that the waits are compared with. */

import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { Database } from "../../test/support/stage/stage.ts";

const SCRIPT = fileURLToPath(new URL("../bare/feeds.ts", import.meta.url));

/** Starts the server with one of its feeds, and returns its address; `running` ends it. */
export function startFeed(running: AsyncDisposableStack, { url }: Database, feed: "listen" | "poll"): Promise<string> {
  const server = startNode(SCRIPT, { DATABASE_URL: url, FEED: feed });
  running.defer(() => server.stop());
  return server.line();
}
