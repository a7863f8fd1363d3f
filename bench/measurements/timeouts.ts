/** Measures the delay with which requests expire. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Api, type Database, startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { openWaits, Tally, Waits } from "../support/client.ts";
import { median, ms, quantile, seconds } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";

interface Late {
  /** ms from being due until the waiter was notified, for the last one */
  notified: number;
  /** and until it was decided by the row */
  row: number;
}

/** Creates requests that expire within `spreadMs`, each with a waiter. */
async function many(api: Api, database: Database, count: number, spreadMs: number): Promise<Late> {
  const from = new Date(Date.now() + 4_000 + count);
  const ids = await insertRequests(database.pool, count, { from, stepMs: spreadMs / count });
  await settle(database.pool);
  const due = new Map(ids.map((id, place) => [id, from.getTime() + (place * spreadMs) / count]));
  let latest = 0;
  const tally = new Tally();
  const ended = tally.next(count);
  const waits = await openWaits(api.url, await waiterToken(), ids, ({ id }) => {
    latest = Math.max(latest, Date.now() - (due.get(id) ?? 0));
    tally.add();
  });
  if (Date.now() > from.getTime()) throw new Error("the first was due before all waits were open");
  await ended;
  await waits.close();
  const { rows } = await database.pool.query<{ late: number }>(
    `select max(extract(epoch from decided_at - expires_at) * 1000)::float8 as late
       from approval_requests where id = any ($1::uuid[])`,
    [ids],
  );
  return { notified: latest, row: rows[0]?.late ?? Number.NaN };
}

/** Creates one request at a time. Returns the ms from being due until its waiter was notified. */
async function alone(api: Api, database: Database, count: number): Promise<number[]> {
  const late: number[] = [];
  let receive: (id: string, status: string) => void = () => {};
  const waits = await Waits.open(api.url, await waiterToken(), ({ id, status }) => receive(id, status));
  for (let turn = 0; turn < count; turn++) {
    const from = new Date(Date.now() + 300);
    const [id] = await insertRequests(database.pool, 1, { from, stepMs: 0 });
    const notified = new Promise<void>((resolve) => {
      receive = (requestId, status) => {
        if (requestId !== id || status === "PENDING") return;
        late.push(Date.now() - from.getTime());
        resolve();
      };
    });
    waits.add(id as string);
    await notified;
    await sleep(20);
  }
  await waits.close();
  return late;
}

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const count = quick ? 500 : 10_000;
  const rounds = quick ? 1 : 3;
  const database = await startDatabase(running);
  const api = await startApi(running, database);
  const lone = await alone(api, database, quick ? 5 : 40);
  const found = { spread: [] as Late[], together: [] as Late[] };
  for (let round = 0; round < rounds; round++) {
    found.spread.push(await many(api, database, count, 1_000));
    found.together.push(await many(api, database, count, 0));
    say(
      `last waiter notified: ${ms(found.spread.at(-1)?.notified ?? 0)} late, ${ms(found.together.at(-1)?.notified ?? 0)} at one instant`,
    );
  }
  const figure = (what: string, late: Late[]): Figure => {
    const notified = median(late.map((one) => one.notified));
    return {
      what: `${count.toLocaleString("en-US")} timeouts ${what}, the last waiter notified`,
      value: `${seconds(notified)} late`,
      against: `its row: ${seconds(median(late.map((one) => one.row)))} late`,
      bar: "≤ 2 s",
      met: notified <= 2_000,
    };
  };
  return [
    figure("due in one second", found.spread),
    figure("due at one instant", found.together),
    {
      what: "a lone timeout, its waiter notified, p50",
      value: `${ms(median(lone))} late`,
      against: `p95: ${ms(quantile(lone, 0.95))}, earliest: ${ms(Math.min(...lone))}`,
      bar: "≤ 20 ms",
      met: median(lone) <= 20,
    },
  ];
}

export const timeouts: Measurement = {
  name: "timeouts",
  about: "From the instant a request is due to the message that its waiter gets, every request with a waiter.",
  run,
};
