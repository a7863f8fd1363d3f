/** Loaded into a measured process with --import: answers how much memory it holds and how much CPU time it has taken. */

import { setTimeout as sleep } from "node:timers/promises";

export interface Usage {
  /** Bytes on the heap and outside of it that JavaScript objects hold, after a collection. */
  held: number;
  rss: number;
  /** CPU time so far, in ms. */
  cpuMs: number;
}

process.on("message", async (asked) => {
  if (asked !== "usage") return;
  const { user, system } = process.cpuUsage();
  // Without --expose-gc only the CPU time means something.
  for (let round = 0; globalThis.gc !== undefined && round < 4; round++) {
    await sleep(50);
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ held: heapUsed + external, rss, cpuMs: (user + system) / 1000 } satisfies Usage);
});
// Whoever measures is gone, however it went.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// A measured process ends by its own rules.
process.channel?.unref();
