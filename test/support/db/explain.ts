/** Explains the queries that a query module sends. */

import { expect } from "vitest";
import type { Pool } from "../../../src/db/pool.ts";
import type { Queryable } from "../../../src/db/query.ts";

export interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/**
 * Runs a query module's function, and something before each query that it sends; rolled back, so that nothing stays.
 * @param before given what sends on the same connection, and the query
 */
export async function beforeEachQuery(
  pool: Pool,
  run: (db: Queryable) => Promise<unknown>,
  before: (db: Queryable, text: string, values: unknown[] | undefined) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  const query = async (sent: string | { text: string; values?: unknown[] }, given?: unknown[]) => {
    const { text, values } = typeof sent === "string" ? { text: sent, values: given } : sent;
    await before(client, text, values);
    return client.query(text, values);
  };
  try {
    await client.query("begin");
    await run({ query } as unknown as Queryable);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

/** Runs and explains the queries of a query module's function. @returns the nodes of all plans */
export async function explain(pool: Pool, run: (db: Queryable) => Promise<unknown>): Promise<Plan[]> {
  const plans: Plan[] = [];
  await beforeEachQuery(pool, run, async (db, text, values) => {
    const { rows } = await db.query(`explain (analyze, format json) ${text}`, values);
    plans.push(rows[0]["QUERY PLAN"][0].Plan);
  });
  return plans.flatMap(nodesOf);
}

/** The largest number of rows that a node of a plan reads. */
export const mostLookedAt = (nodes: readonly Plan[]): number =>
  Math.max(
    ...nodes.map((node) => {
      const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
      return (removed + node["Actual Rows"]) * node["Actual Loops"];
    }),
  );

/** Fails if these plans scan a whole table, use no index of such a name, or read `few` rows or more. */
export function expectFewByIndex(nodes: readonly Plan[], index: RegExp, few: number): void {
  const scans = nodes.filter((node) => node["Node Type"].includes("Seq Scan"));
  expect(scans.map((scan) => scan["Relation Name"])).toEqual([]);
  const used = nodes.flatMap((node) => node["Index Name"] ?? []);
  expect(
    used.some((name) => index.test(name)),
    `uses ${used}`,
  ).toBe(true);
  expect(mostLookedAt(nodes)).toBeLessThan(few);
}
