/**
 * Three replicas under load while every backend is terminated, or one replica is cut off in the middle of transactions.
 * Without any help, all decisions are recorded and no process ends. `npm run test:replicas` does ten rounds of each.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Replicas, startReplicas } from "../support/server/replicas.ts";

const ROUNDS = Number(process.env.REPLICA_ROUNDS ?? 2);
/** The requests of a round, and the number of them in progress at a time. */
const REQUESTS = 60;
const AT_A_TIME = 12;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await startReplicas();
});
afterAll(() => replicas.stop());

/** Runs the requests of a round, and `disturb` after this many of them. */
async function load(disturbances: ReadonlyMap<number, () => unknown>): Promise<string[]> {
  const outcomes: string[] = [];
  let next = 0;
  const hand = async () => {
    while (next < REQUESTS) {
      outcomes.push(await replicas.round(next++));
      await disturbances.get(outcomes.length)?.();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, hand));
  return outcomes;
}

async function expectNothingLeft(outcomes: readonly string[]): Promise<void> {
  expect(outcomes).toEqual(Array(REQUESTS).fill("APPROVED"));
  expect(replicas.running()).toBe(true);
  const { rows } = await replicas.database.pool.query(
    `select count(*) filter (where status <> 'APPROVED')::int as open, count(*)::int as requests,
            (select count(*)::int from approval_decisions) as decisions from approval_requests`,
  );
  expect(rows[0]).toMatchObject({ open: 0, decisions: 2 * rows[0].requests });
  for (const { url } of replicas.apis) {
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 200 || undefined);
  }
  // The transaction of the disconnected replica has ended by itself.
  await eventually(async () => {
    const { rows: left } = await replicas.database.pool.query(
      "select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    );
    return left.length === 0 || undefined;
  });
}

const report = (what: string, round: number) =>
  console.log(`${what}, round ${round}: the longest interruption was ${Math.round(replicas.longest())} ms`);

const terminate = () =>
  replicas.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );

let orphans = 0;
/** Disconnects the last replica, with open transactions, until it detects that. */
async function cutOff(): Promise<void> {
  replicas.proxy.partition();
  const { rows } = await replicas.database.pool.query(
    "select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
  );
  orphans += rows.length;
  const { url } = replicas.apis.at(-1) as { url: string };
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 503 || undefined);
  replicas.proxy.heal();
}

// Bounds for a machine that is busy, not expectations.
describe("three replicas decide every request", { timeout: 120_000 * ROUNDS }, () => {
  it("while all backends are terminated again and again", async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const outcomes = await load(new Map([5, 20, 35, 50].map((done) => [done, terminate])));
      await expectNothingLeft(outcomes);
      report("terminated backends", round);
    }
  });

  it("while one of them is cut off in the middle of transactions", async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      await expectNothingLeft(await load(new Map([15, 40].map((done) => [done, cutOff]))));
      report("one replica cut off", round);
    }
    console.log(`one replica cut off: ${orphans} transactions were left open`);
  });
});
