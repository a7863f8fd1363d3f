/** A process that sends requests over persistent connections, one at a time for each of its clients. */

import { keepAliveAgent, post } from "./client.ts";
import type { Load, Loaded } from "./load.ts";

const latencies: number[] = [];

process.on("message", async ({ url, token, bodies, clients, expect }: Load) => {
  const agent = keepAliveAgent(clients);
  const queue = bodies.values();
  latencies.length = 0;
  const startedAt = Date.now();
  const from = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (const body of queue) {
        const asked = performance.now();
        const answer = await post(agent, url, token, body);
        if (!answer.includes(expect)) throw new Error(`unexpected answer: ${answer}`);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const tookMs = performance.now() - from;
  agent.destroy();
  process.send?.({ startedAt, tookMs, latencies } satisfies Loaded);
});
process.on("disconnect", () => process.exit(0));
