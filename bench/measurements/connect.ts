/** Measures the time from connecting until many waits are active. */

import { startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { openWaits } from "../support/client.ts";
import { median, ms, times } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const [few, many] = quick ? [100, 1_000] : [500, 5_000];
  const rounds = quick ? 2 : 5;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const token = await waiterToken();
  const ids = await insertRequests(database.pool, many);
  await settle(database.pool);

  async function connected(count: number): Promise<number> {
    const from = performance.now();
    const waits = await openWaits(api.url, token, ids.slice(0, count), () => {});
    const took = performance.now() - from;
    await waits.close();
    return took;
  }

  const first = await connected(many);
  say(`the first ${many} after a start: ${ms(first)}`);
  const found = { few: [] as number[], many: [] as number[], cpu: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    found.few.push(await connected(few));
    const before = await api.usage();
    found.many.push(await connected(many));
    found.cpu.push((await api.usage()).cpuMs - before.cpuMs);
  }
  const [short, long] = [median(found.few), median(found.many)];
  const growth = long / many / (short / few);
  return [
    {
      what: `${many.toLocaleString("en-US")} waits from connect to live, one socket`,
      value: ms(long),
      against: "PostGraphile 5: 41 s for 4,000 (given)",
      bar: "≤ 1 s",
      met: long <= 1_000,
    },
    {
      what: `one of ${many.toLocaleString("en-US")} against one of ${few}`,
      value: ms(long / many),
      against: ms(short / few),
      result: times(growth),
      bar: "linear (≤ 1.25 ×)",
      met: growth <= 1.25,
    },
    { what: "CPU time of the API's process for them", value: ms(median(found.cpu)) },
    { what: `${few} waits`, value: ms(short), against: "PostGraphile 5: 0.2 s (given)" },
    { what: `${many.toLocaleString("en-US")} waits, the first after a start`, value: ms(first) },
  ];
}

export const connect: Measurement = {
  name: "connect",
  about: "From opening a WebSocket to the last wait's first message, all waits subscribed at once.",
  run,
};
