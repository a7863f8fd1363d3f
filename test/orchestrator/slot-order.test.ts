/** Tests the order in which jobs get slots, in the database and in a process, and the allowed limits. */

import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Concurrency, Limits } from "../../src/orchestrator/limits.ts";
import { ProcessSlots } from "../../src/orchestrator/process-slots.ts";
import { comparePlaces, type Place } from "../../src/orchestrator/slot-order.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Claim {
  run: number;
  position: number;
  executor: number;
  isGranted: boolean;
}
interface Pool {
  isShared: boolean;
  total: number;
  perProcess: number | null;
  /** Of each run: its priority and age. */
  runs: { priority: number; createdAt: number }[];
  claims: Claim[];
}

const EXECUTORS = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const runId = (run: number) => `00000000-0000-4000-9000-00000000000${run}`;

const pools: fc.Arbitrary<Pool> = fc.record({
  isShared: fc.boolean(),
  total: fc.integer({ min: 1, max: 4 }),
  perProcess: fc.option(fc.integer({ min: 1, max: 2 })),
  runs: fc.array(fc.record({ priority: fc.integer({ min: -1, max: 1 }), createdAt: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 4,
    maxLength: 4,
  }),
  claims: fc.uniqueArray(
    fc.record({
      run: fc.nat(3),
      position: fc.nat(2),
      executor: fc.nat(2),
      isGranted: fc.boolean(),
    }),
    { selector: ({ run, position }) => `${run}/${position}`, maxLength: 10 },
  ),
});

/** The pool's rule as code, one step at a time. */
function grantedBy({ isShared, total, perProcess, runs, claims }: Pool): string[] {
  const state = claims.map((claim) => ({ ...claim }));
  const place = ({ run, position }: Claim): Place => ({
    ...(runs[run] as Pool["runs"][number]),
    runId: runId(run),
    position,
  });
  for (;;) {
    const granted = state.filter(({ isGranted }) => isGranted);
    const taken = isShared ? new Set(granted.map(({ run }) => run)).size : granted.length;
    const isFull = (executor: number) =>
      perProcess !== null && granted.filter((claim) => claim.executor === executor).length >= perProcess;
    const [next] = state
      .filter(({ isGranted, executor }) => !isGranted && !isFull(executor))
      .toSorted((a, b) => comparePlaces(place(a), place(b)));
    if (next === undefined || taken >= total) break;
    for (const claim of state) if (claim === next || (isShared && claim.run === next.run)) claim.isGranted = true;
  }
  return state
    .filter(({ isGranted }) => isGranted)
    .map(({ run, position }) => `${run}/${position}`)
    .toSorted();
}

async function grantedInDatabase(pool: Pool): Promise<string[]> {
  const client = await database.pool.connect();
  try {
    await client.query("begin; set local session_replication_role = replica");
    for (const id of EXECUTORS) {
      await client.query("insert into orchestrator_executors (id, lease_until) values ($1, 'infinity')", [id]);
    }
    for (const [number, claim] of pool.claims.entries()) {
      const { priority, createdAt } = pool.runs[claim.run] as Pool["runs"][number];
      await client.query(
        `insert into workflow_slots values ($1, $2, 'pool', $3, $4, $5, $6, $7, $8, to_timestamp($9), $10,
                                            case when $11 then now() end)`,
        [
          ...[runId(claim.run), `job-${claim.position}`, EXECUTORS[claim.executor], number],
          ...[pool.isShared, pool.total, pool.perProcess, priority, createdAt, claim.position, claim.isGranted],
        ],
      );
    }
    await client.query("select countersign_grant_slots('pool')");
    const { rows } = await client.query<{ run: string; position: number }>(
      "select right(run_id::text, 1) as run, position from workflow_slots where granted_at is not null",
    );
    return rows.map(({ run, position }) => `${run}/${position}`).toSorted();
  } finally {
    await client.query("rollback");
    client.release();
  }
}

describe("the next slot", () => {
  it("goes to the same jobs by the function of the database as by the rule", async () => {
    const sharesOf = ({ isShared, perProcess }: Pool) => !isShared || perProcess === null;
    await fc.assert(
      fc.asyncProperty(pools.filter(sharesOf), async (pool) => {
        expect(await grantedInDatabase(pool)).toEqual(grantedBy(pool));
      }),
      { numRuns: 150 },
    );
  });

  it("goes to the higher priority, then to the older run, then by the document, in a process", async () => {
    const place = fc.record({
      priority: fc.integer({ min: -2, max: 2 }),
      createdAt: fc.integer({ min: 1, max: 3 }),
      runId: fc.constantFrom("a", "b", "c"),
      position: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(place, { maxLength: 20 }), fc.integer({ min: 1, max: 3 }), async (places, limit) => {
        const slots = new ProcessSlots();
        const holders = Array.from({ length: limit }, () =>
          slots.take({ type: "t", priority: 0, createdAt: 0, runId: "first", position: 0 }, limit),
        );
        const order: Place[] = [];
        for (const waiting of places) {
          const slot = slots.take({ type: "t", ...waiting }, limit);
          void slot.ready?.then(() => {
            order.push(waiting);
            slot.free();
          });
        }
        for (const holder of holders) {
          holder.free();
          holder.free(); // A second time changes nothing.
        }
        await new Promise(setImmediate);
        const byKey = (one: Place) => [one.priority, one.createdAt, one.runId, one.position].join();
        if (limit === 1) expect(order.map(byKey)).toEqual(places.toSorted(comparePlaces).map(byKey));
        expect(order).toHaveLength(places.length);
      }),
    );
  });

  it("does not go to a job that no longer waits, in a process", async () => {
    const slots = new ProcessSlots();
    const at = (createdAt: number) => slots.take({ type: "t", priority: 0, createdAt, runId: "a", position: 0 }, 1);
    const [first, second, third] = [at(1), at(2), at(3)];
    expect([
      first.ready,
      slots.take({ type: "u", priority: 0, createdAt: 1, runId: "a", position: 0 }, 1).ready,
    ]).toEqual([null, null]);
    second.free();
    first.free();
    await third.ready;
    third.free();
    expect(at(4).ready).toBeNull();
  });
});

describe("a claim", () => {
  it("of a process whose lease has expired comes after those of living processes, and is granted if there are none", async () => {
    const client = await database.pool.connect();
    try {
      await client.query("begin; set local session_replication_role = replica");
      const [dead, living] = [randomUUID(), randomUUID()];
      await client.query(
        "insert into orchestrator_executors (id, lease_until) values ($1, now() - interval '1 second'), ($2, 'infinity')",
        [dead, living],
      );
      await client.query(
        `insert into workflow_slots
         select gen_random_uuid(), 'job', 'pool', e, 1, false, 1, null, p, now(), 0
           from (values ($1::uuid, 100), ($2::uuid, 0)) claims(e, p)`,
        [dead, living],
      );
      const grant = async () => (await client.query("select executor from countersign_grant_slots('pool')")).rows;
      expect(await grant()).toEqual([{ executor: living }]);
      await client.query("delete from workflow_slots where executor_id = $1", [living]);
      expect(await grant()).toEqual([{ executor: dead }]);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});

describe("limits", () => {
  it("are those of the type, else those of every other type, else 100 jobs in a process", () => {
    const limits = new Limits({ a: 2, b: { total: 5 }, c: { perProcess: Number.POSITIVE_INFINITY }, "*": 7 });
    expect(["a", "b", "c", "d"].map((type) => limits.of(type))).toEqual([
      { perProcess: 2, total: null },
      { perProcess: 7, total: 5 },
      { perProcess: Number.POSITIVE_INFINITY, total: null },
      { perProcess: 7, total: null },
    ]);
    expect(new Limits().of("a")).toEqual({ perProcess: 100, total: null });
    expect(limits.types).toEqual(["a", "b", "c"]);
  });

  it.each([
    [[], "concurrency must be an object of limits by type, not []"],
    [{ a: 0 }, 'concurrency["a"] must be a whole number from 1 to 1000000, or Infinity, not 0'],
    [{ a: 1.5 }, 'concurrency["a"] must be a whole number from 1 to 1000000, or Infinity, not 1.5'],
    [{ a: Number.NaN }, 'concurrency["a"] must be a whole number from 1 to 1000000, or Infinity, not NaN'],
    [{ a: "2" }, 'concurrency["a"] must be a number or { perProcess, total }, not "2"'],
    [{ a: null }, 'concurrency["a"] must be a number or { perProcess, total }, not null'],
    [
      { a: { perProcess: -1 } },
      'concurrency["a"].perProcess must be a whole number from 1 to 1000000, or Infinity, not -1',
    ],
    [{ a: { total: "5" } }, 'concurrency["a"].total must be a whole number from 1 to 1000000, not "5"'],
    [
      { a: { total: Number.POSITIVE_INFINITY } },
      'concurrency["a"].total must be a whole number from 1 to 1000000, not Infinity',
    ],
    [{ a: { max: 2 } }, 'concurrency["a"].max is not a field of a limit; known fields: perProcess, total'],
    [
      { "*": { total: 2 } },
      'concurrency["*"].total is not possible: name the types whose jobs are to be counted in all',
    ],
  ])("are refused if they are invalid: %j", (concurrency, message) => {
    expect(() => new Limits(concurrency as Concurrency)).toThrow(new TypeError(message));
  });
});
