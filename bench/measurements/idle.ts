/** Measures the load on the database by idle waiters. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "../../src/db/pool.ts";
import { startApi, startDatabase, waiterToken } from "../../test/support/stage/stage.ts";
import { openWaits } from "../support/client.ts";
import { seconds, whole } from "../support/numbers.ts";
import type { Figure, Measurement, Options } from "../support/report.ts";
import { insertRequests, settle } from "../support/requests.ts";
import { type Calls, counted, countStatements, short, since } from "../support/statements.ts";

const WAITS = 1_000;
const POLLS_PER_HOUR = 720;
/** After this time the work that follows a start or a connection has ended. */
const QUIET_MS = 3_000;

async function watch(pool: Pool, lengthMs: number): Promise<Calls> {
  const before = await counted(pool);
  await sleep(lengthMs);
  return since(before, await counted(pool));
}

const HEARTBEAT = /pg_listening_channels/;
const SWEEP = /from unnest\(\$1::uuid\[\], \$2::integer\[\]\)/;
// The pool closes idle connections, so the sweep may open one, which takes its role and its settings first.
const NEW_CONNECTION = /set_config\(|^set statement_timeout/;
const sum = (calls: Calls, matches: (text: string) => boolean) =>
  [...calls].reduce((total, [text, count]) => total + (matches(text) ? count : 0), 0);
const isForWaiters = (text: string) => ![HEARTBEAT, SWEEP, NEW_CONNECTION].some((shared) => shared.test(text));

async function run({ quick, say }: Options): Promise<Figure[]> {
  await using running = new AsyncDisposableStack();
  const windowMs = quick ? 20_000 : 40_000;
  const database = await startDatabase(running, { preload: "pg_stat_statements" });
  await countStatements(database.pool);
  // The clock sweeps once a minute in each process, regardless of waiters, which would distort one window.
  const api = await startApi(running, database, [], { APPROVAL_TIMEOUT_CHECK_INTERVAL: "3600000" });
  const ids = await insertRequests(database.pool, WAITS);
  await settle(database.pool);

  say(`${seconds(windowMs)} without a wait`);
  await sleep(QUIET_MS);
  const empty = await watch(database.pool, windowMs);
  const waits = await openWaits(api.url, await waiterToken(), ids, () => {});
  running.defer(() => waits.close());
  say(`${seconds(windowMs)} with ${WAITS} waits`);
  await sleep(QUIET_MS);
  const waiting = await watch(database.pool, windowMs);

  const hours = windowMs / 3_600_000;
  const perHour = (count: number) => `${whole(count / hours)} an hour`;
  const own = sum(waiting, isForWaiters) - sum(empty, isForWaiters);
  for (const [text, count] of waiting) say(`${count} × ${short(text)}`);
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
  ];
}

export const idle: Measurement = {
  name: "idle",
  about: "Statements that PostgreSQL ran in a window with 1,000 open waits and in one with none, nothing happening.",
  run,
};
