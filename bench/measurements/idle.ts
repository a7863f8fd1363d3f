/** What waiting costs the database when nothing happens. */

import { setTimeout as sleep } from "node:timers/promises";
import { openWaits } from "../support/client.ts";
import { seconds, whole } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";
import { type Database, startApi, startDatabase, waiterToken } from "../support/stage.ts";

const WAITS = 1_000;
const POLLS_PER_HOUR = 720;
/** An idle session has reported its transactions by then. */
const REPORTED_MS = 12_000;

/** Statements by text, and transactions, of the API in a window; the measurement's own are left out. */
interface Window {
  transactions: number;
  calls: Map<string, number>;
}

async function watch({ pool }: Database, lengthMs: number): Promise<Window> {
  const before = await counted(pool);
  await sleep(lengthMs);
  const after = await counted(pool);
  const calls = new Map<string, number>();
  for (const [text, count] of after.calls) {
    const more = count - (before.calls.get(text) ?? 0);
    if (more > 0) calls.set(text, more);
  }
  return { transactions: after.transactions - before.transactions, calls };
}

async function counted(pool: Database["pool"]): Promise<Window> {
  const { rows } = await pool.query<{ query: string; calls: number }>(
    "select query, sum(calls)::int as calls from pg_stat_statements where query !~ 'pg_stat' group by query",
  );
  const { rows: total } = await pool.query<{ n: number }>(
    "select (xact_commit + xact_rollback)::int as n from pg_stat_database where datname = current_database()",
  );
  return { transactions: total[0]?.n ?? 0, calls: new Map(rows.map(({ query, calls }) => [query, calls])) };
}

const HEARTBEAT = /pg_listening_channels/;
const SWEEP = /from unnest\(\$1::uuid\[\], \$2::integer\[\]\)/;
const sum = (window: Window, matches: (text: string) => boolean) =>
  [...window.calls].reduce((total, [text, count]) => total + (matches(text) ? count : 0), 0);
const isForWaiters = (text: string) => !HEARTBEAT.test(text) && !SWEEP.test(text);

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const windowMs = quick ? 20_000 : 40_000;
  const database = await startDatabase(running, { preload: "pg_stat_statements" });
  await database.pool.query("create extension pg_stat_statements");
  // A vacuum is a transaction as well.
  await database.pool.query("alter system set autovacuum = off");
  await database.pool.query("select pg_reload_conf()");
  const api = await startApi(running, database);
  const ids = await insertRequests(database.pool, WAITS);
  await settle(database.pool);

  say(`${seconds(windowMs)} without a wait`);
  await sleep(REPORTED_MS);
  const empty = await watch(database, windowMs);
  const waits = await openWaits(api.url, await waiterToken(), ids, () => {});
  running.defer(() => waits.close());
  say(`${seconds(windowMs)} with ${WAITS} waits`);
  await sleep(REPORTED_MS);
  const waiting = await watch(database, windowMs);

  const hours = windowMs / 3_600_000;
  const perHour = (count: number) => `${whole(count / hours)} an hour`;
  const own = sum(waiting, isForWaiters) - sum(empty, isForWaiters);
  for (const [text, count] of waiting.calls) say(`${count} × ${text.replaceAll(/\s+/g, " ").trim().slice(0, 90)}`);
  return [
    {
      what: `queries an idle waiter costs, ${WAITS.toLocaleString("en-US")} waits`,
      value: `${whole(Math.max(0, own) / hours / WAITS)} an hour`,
      against: `a poll every 5 s: ${POLLS_PER_HOUR} an hour`,
      bar: "0",
      met: own <= 0,
    },
    {
      what: "the comparison of versions, once for all waiters of a process",
      value: perHour(sum(waiting, (text) => SWEEP.test(text))),
      against: `without a wait: ${perHour(sum(empty, (text) => SWEEP.test(text)))}`,
    },
    {
      what: "the LISTEN session's sign of life, once for a process",
      value: perHour(sum(waiting, (text) => HEARTBEAT.test(text))),
      against: `without a wait: ${perHour(sum(empty, (text) => HEARTBEAT.test(text)))}`,
    },
    {
      what: "transactions of the database in all (pg_stat_database)",
      value: perHour(waiting.transactions),
      against: `without a wait: ${perHour(empty.transactions)}`,
    },
  ];
}

export const idle: Measurement = {
  name: "idle",
  about: "Statements that PostgreSQL ran in a window with 1,000 open waits and in one with none, nothing happening.",
  run,
};
