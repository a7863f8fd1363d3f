/** Loaded into a measured process with --import: reports its memory (`usage`) and its CPU time (`cpu`). */

import { setTimeout as sleep } from "node:timers/promises";

export interface Usage {
  /** Bytes of JavaScript objects on the heap and outside of it, after a collection. */
  held: number;
  rss: number;
  /** CPU time so far, in ms. */
  cpuMs: number;
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

process.on("message", async (asked) => {
  // Without a collection, which takes CPU time itself.
  if (asked === "cpu") process.send?.(cpuMs());
  if (asked !== "usage") return;
  const cpuSoFar = cpuMs();
  // Without --expose-gc only the CPU time means something.
  for (let round = 0; globalThis.gc !== undefined && round < 4; round++) {
    await sleep(50);
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ held: heapUsed + external, rss, cpuMs: cpuSoFar } satisfies Usage);
});
// The measuring process has ended.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// A measured process ends by its own rules.
process.channel?.unref();
