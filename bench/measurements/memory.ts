/** Measures the server's memory for one idle waiter. */

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startNode } from "../../test/support/stage/node-process.ts";
import type { Usage } from "../../test/support/stage/probe.ts";
import { PROBE, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { Tally, Waits } from "../support/client.ts";
import { kilobytes, median, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests } from "../support/requests.ts";

const FLAGS = ["--expose-gc"];

/** A server that was just started, and how to make its waits send their first message. */
interface Subject {
  url: string;
  usage(): Promise<Usage>;
  publish(waits: number): Promise<void>;
}

/** Bytes for one waiter. */
interface Memory {
  held: number;
  rss: number;
}

async function startBare(running: AsyncDisposableStack): Promise<Subject> {
  const script = fileURLToPath(new URL("../bare/subscriptions.ts", import.meta.url));
  const bare = startNode(script, {}, ["--import", PROBE, ...FLAGS]);
  running.defer(() => bare.stop());
  return {
    url: await bare.line(),
    usage: () => bare.ask<Usage>("usage"),
    async publish(waits) {
      while ((await bare.ask<number>("count")) < waits) await sleep(20);
      await bare.ask("publish");
    },
  };
}

/** Opens waits on as many sockets, and returns the memory of each after every socket has had a message. */
async function measure(subject: Subject, ids: readonly string[], sockets: number, token: string): Promise<Memory> {
  const warmUp = await Waits.open(subject.url, token, () => {});
  await warmUp.close();
  const before = await subject.usage();
  const tally = new Tally();
  const live = tally.next(ids.length);
  const open: Waits[] = [];
  for (let socket = 0; socket < sockets; socket++) {
    const waits = await Waits.open(subject.url, token, () => tally.add());
    for (let place = socket; place < ids.length; place += sockets) waits.add(ids[place] as string);
    open.push(waits);
  }
  await subject.publish(ids.length);
  await live;
  const after = await subject.usage();
  await Promise.all(open.map((waits) => waits.close()));
  return { held: (after.held - before.held) / ids.length, rss: (after.rss - before.rss) / ids.length };
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const count = quick ? 1_000 : 10_000;
  const rounds = quick ? 1 : 3;
  const database = await startDatabase(running);
  const ids = await insertRequests(database.pool, count);
  const token = await waiterToken();

  const figures: Figure[] = [];
  for (const sockets of [1, count / 10]) {
    const found: { countersign: Memory[]; bare: Memory[] } = { countersign: [], bare: [] };
    for (let round = 0; round < rounds; round++) {
      {
        await using one = new AsyncDisposableStack();
        const api = await startApi(one, database, FLAGS);
        found.countersign.push(await measure({ ...api, publish: async () => {} }, ids, sockets, token));
      }
      await using other = new AsyncDisposableStack();
      found.bare.push(await measure(await startBare(other), ids, sockets, token));
    }
    const [countersign, bare] = [
      median(found.countersign.map(({ held }) => held)),
      median(found.bare.map(({ held }) => held)),
    ];
    say(`${sockets} sockets: ${kilobytes(countersign)} against ${kilobytes(bare)}`);
    const where = sockets === 1 ? "one socket" : `${sockets.toLocaleString("en-US")} sockets`;
    figures.push(
      {
        what: `memory of one idle waiter, ${count.toLocaleString("en-US")} on ${where}`,
        value: kilobytes(countersign),
        against: `bare Yoga and graphql-ws: ${kilobytes(bare)}`,
        result: times(countersign / bare),
        bar: "≤ 1.3 ×",
        met: countersign <= 1.3 * bare,
      },
      {
        what: "the same, resident set",
        value: kilobytes(median(found.countersign.map(({ rss }) => rss))),
        against: kilobytes(median(found.bare.map(({ rss }) => rss))),
      },
    );
  }
  return figures;
}

export const memory: Measurement = {
  name: "memory",
  about:
    "Heap and external memory after a collection, with 10,000 waits that have had a message and without, for each.",
  run,
};
