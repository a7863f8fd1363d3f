/** Counts the statements that the database has run. */

import type { Pool } from "../../src/db/pool.ts";

/** The number of runs of each statement, without those of the measurement itself. */
export type Calls = Map<string, number>;

/** Needs `preload: "pg_stat_statements"`. */
export async function countStatements(pool: Pool): Promise<void> {
  await pool.query("create extension pg_stat_statements");
}

/** Counted by pg_stat_statements, which is exact; pg_stat_database receives transactions some time later. */
export async function counted(pool: Pool): Promise<Calls> {
  const { rows } = await pool.query<{ query: string; calls: number }>(
    "select query, sum(calls)::int as calls from pg_stat_statements where query !~ 'pg_stat|/\\* bench \\*/' group by query",
  );
  return new Map(rows.map(({ query, calls }) => [query, calls]));
}

/** Returns the statements that have run since then. */
export function since(before: Calls, after: Calls): Calls {
  const more = [...after].map(([text, count]) => [text, count - (before.get(text) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count > 0));
}

export const total = (calls: Calls): number => calls.values().reduce((sum, count) => sum + count, 0);

/** The start of a statement, in one line. */
export const short = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, 90);
