/** Measures the gain of batching: the same decisions through the manager with and without it. */

import { ApprovalManager } from "../../src/approvals/manager.ts";
import { createPool } from "../../src/db/pool.ts";
import { createHub } from "../../src/hub/hub.ts";
import { createLogger } from "../../src/log.ts";
import type { Caller } from "../../src/model/approvals.ts";
import { startDatabase } from "../../test/support/stage/stage.ts";
import { median, ms, perSecond, quantile, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

const DECIDERS = 32;
const BOB: Caller = {
  viewer: { userId: "bob", email: "bob@example.org", roles: [], scopes: [] },
  ipAddress: "192.0.2.7",
  userAgent: "bench",
};

interface Round {
  perSecond: number;
  /** ms that one decision took, p50 */
  each: number;
}

/** Every decider decides one request after the other. */
async function decideAll(manager: ApprovalManager, ids: readonly string[], deciders: number): Promise<Round> {
  const queue = ids.values();
  const took: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: deciders }, async () => {
      for (const id of queue) {
        const asked = performance.now();
        await manager.approve(id, { comment: "ok" }, BOB);
        took.push(performance.now() - asked);
      }
    }),
  );
  return { perSecond: (ids.length / (performance.now() - from)) * 1_000, each: quantile(took, 0.5) };
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const rounds = quick ? 1 : 5;
  const size = quick ? 500 : 3_000;
  const database = await startDatabase(running);
  const pool = createPool(database.url, { max: DECIDERS + 2 });
  running.defer(() => pool.end());
  const hub = createHub({ listenUrl: database.url, pool, log: createLogger("warn") });
  await hub.start();
  running.defer(() => hub.stop());
  const batched = new ApprovalManager({ pool, hub });
  const single = new ApprovalManager({ pool, hub, maxBatch: 1, maxInFlight: DECIDERS });

  const found = { batched: [] as Round[], single: [] as Round[], alone: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const ids = await insertRequests(database.pool, 2 * size + 100);
    await settle(database.pool);
    const one = await decideAll(batched, ids.slice(0, size), DECIDERS);
    const two = await decideAll(single, ids.slice(size, 2 * size), DECIDERS);
    const three = await decideAll(batched, ids.slice(2 * size), 1);
    if (round < 0) continue; // to warm up
    say(`${perSecond(one.perSecond)} in batches, ${perSecond(two.perSecond)} one by one`);
    found.batched.push(one);
    found.single.push(two);
    found.alone.push(three.each);
  }
  const inBatches = median(found.batched.map((round) => round.perSecond));
  const oneByOne = median(found.single.map((round) => round.perSecond));
  return [
    {
      what: `decisions a second in batches, ${DECIDERS} deciders, one process`,
      value: perSecond(inBatches),
      against: `one transaction each, ${DECIDERS} at a time: ${perSecond(oneByOne)}`,
      result: times(inBatches / oneByOne),
      bar: "≥ 2 ×",
      met: inBatches >= 2 * oneByOne,
    },
    {
      what: "one such decision, p50",
      value: ms(median(found.batched.map((round) => round.each))),
      against: ms(median(found.single.map((round) => round.each))),
    },
    { what: "a decision alone (a batch of one), p50", value: ms(median(found.alone)) },
  ];
}

export const batch: Measurement = {
  name: "batch",
  about: "Decisions through the manager in one process, with the default batches and with one transaction for each.",
  run,
};
