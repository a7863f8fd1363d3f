/** Measures the time from connecting until many waits are active. */

import { type Database, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { openWaits, type Waits } from "../support/client.ts";
import { startFeed } from "../support/feeds.ts";
import { median, ms, seconds, times } from "../support/numbers.ts";
import { absent, HOW_TO_INSTALL, postGraphileName, startPostGraphile } from "../support/postgraphile.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

/** The ms until the waits are open, which it closes again. */
async function timed(open: () => Promise<Waits>): Promise<number> {
  const from = performance.now();
  const waits = await open();
  const took = performance.now() - from;
  await waits.close();
  return took;
}

/**
 * The ms until the waits are open on PostGraphile; null if that takes longer than the limit. It starts a process for
 * them, which would be busy with their end for as long as with their start.
 */
async function timedOnPostGraphile(database: Database, ids: readonly string[]): Promise<number | null> {
  await using running = new AsyncDisposableStack();
  const postGraphile = await startPostGraphile(running, database);
  // The first wait loads what all of them need.
  (await postGraphile.open(ids.slice(0, 1), () => {}))?.drop();
  const from = performance.now();
  const waits = await postGraphile.open(ids, () => {});
  const took = performance.now() - from;
  waits?.drop();
  return waits === null ? null : took;
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const [few, many] = quick ? [100, 1_000] : [500, 5_000];
  const rounds = quick ? 2 : 5;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const token = await waiterToken();
  const ids = await insertRequests(database.pool, many);
  await settle(database.pool);

  const openOwn = (count: number) => timed(() => openWaits(api.url, token, ids.slice(0, count), () => {}));
  const first = await openOwn(many);
  say(`the first ${many} after a start: ${ms(first)}`);
  const yoga = await startFeed(running, database, "listen");
  const name = postGraphileName();
  if (name === null) say(HOW_TO_INSTALL);
  const found = {
    few: [] as number[],
    many: [] as number[],
    cpu: [] as number[],
    yoga: [] as number[],
    peer: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const before = await api.usage();
    const long = await openOwn(many);
    const cpu = (await api.usage()).cpuMs - before.cpuMs;
    const short = await openOwn(few);
    const yogaLong = await timed(() => openWaits(yoga, "", ids, () => {}));
    const peerShort = name === null ? null : await timedOnPostGraphile(database, ids.slice(0, few));
    if (round < 0) continue; // to warm up
    found.few.push(short);
    found.many.push(long);
    found.cpu.push(cpu);
    found.yoga.push(yogaLong);
    if (peerShort !== null) found.peer.push(peerShort);
  }
  const peerLong = name === null ? null : await timedOnPostGraphile(database, ids);

  const [short, long, yogaLong] = [median(found.few), median(found.many), median(found.yoga)];
  const growth = long / many / (short / few);
  const number = many.toLocaleString("en-US");
  return [
    {
      what: `${number} waits from connect to live, one socket`,
      value: ms(long),
      ...againstPeer(long, name, peerLong),
      bar: "≤ 1 s",
      met: long <= 1_000,
    },
    {
      what: "the same, against a pub/sub in memory",
      value: ms(long),
      against: `Yoga's pub/sub, a row read for each wait: ${ms(yogaLong)}`,
      result: times(long / yogaLong),
    },
    {
      what: `one of ${number} against one of ${few}`,
      value: ms(long / many),
      against: ms(short / few),
      result: times(growth),
      bar: "linear (≤ 1.25 ×)",
      met: growth <= 1.25,
    },
    { what: "CPU time of the API's process for them", value: ms(median(found.cpu)) },
    {
      what: `${few} waits`,
      value: ms(short),
      ...againstPeer(short, name, found.peer.length === 0 ? null : median(found.peer)),
    },
    { what: `${number} waits, the first after a start`, value: ms(first) },
  ];
}

/** Compares with PostGraphile; `took` is null if its waits were not live within the limit. */
function againstPeer(own: number, name: string | null, took: number | null): Pick<Figure, "against" | "result"> {
  if (took === null) return { against: absent(name) };
  return { against: `${name}: ${took < 10_000 ? ms(took) : seconds(took)}`, result: times(own / took) };
}

export const connect: Measurement = {
  name: "connect",
  about:
    "From opening a WebSocket to the last wait's first message, all waits subscribed at once. On PostGraphile to the last " +
    "LISTEN, and with many waits once.",
  run,
};
