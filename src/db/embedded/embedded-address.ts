/** Finds the embedded server of another process, for commands that only read. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterUrl } from "./embedded.ts";

/** The URL of the server that runs in the folder; null if there is none, or if its files cannot be read. */
export function runningEmbedded(dataDir: string): string | null {
  try {
    const cluster = join(dataDir, "postgres");
    const port = Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[3]);
    return clusterUrl(cluster, port);
  } catch {
    return null;
  }
}
