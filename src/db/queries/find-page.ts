/**
 * Pages of lists of which the caller may see a part. Rights and searches have indexes that know no order, so there are
 * two ways to a page: to walk through the rows in order until enough of them fit, which never ends where few do; and to
 * gather all that fit and sort them, which takes long where many do. The planner can only guess how many do, and
 * guesses wrong for the very people who see little. So each way is tried for a bounded while, then for a longer one,
 * which costs about what the better way alone would have cost.
 */

import type { Queryable } from "../query.ts";
import { allOf, Parameters } from "./parameters.ts";

export interface Page<T> {
  items: T[];
  hasNextPage: boolean;
}

/**
 * All find the same; a condition may be spelt so that it is cheap row by row, or so that an index helps. To narrow is to
 * gather by the index of one condition, and to check the rest of the few rows that are gathered.
 */
export type Way = "walk" | "narrow" | "gather";

export interface Listing {
  /** The table and its alias, to which everything here refers. */
  from: string;
  /** What is read of a row; its `id` among it. */
  columns: string;
  order: string;
  /** Conditions that can go with the order: equalities, periods, where the page starts. */
  near: string[];
  /** A query for the first `most` rows that fit near, where the planner must not choose their index; ordered. */
  stretch?: (most: string) => string;
  /** Conditions that a walk looks at row by row: rights, searches. */
  far: string[];
  /** A query for `id` and the order's columns of all that fits near and far but for `rest`, in no order. */
  fitting: string;
  /** Conditions on the `id` of what was gathered. */
  rest?: string[];
  /** Whether `fitting` may give a row more than once. */
  repeats?: boolean;
}

const STEPS: readonly (readonly [Way, rows: number | null])[] = [
  ["walk", 500],
  ["narrow", 2_000],
  ["walk", 20_000],
  ["gather", null],
];

/**
 * @param describe called for each attempt; adds the values of its conditions to the parameters
 * @param first how many items the page has at most
 * @param begin which way to try first: gathering where nearly everyone has few
 */
export async function findPage<Row extends { id: string }>(
  db: Queryable,
  describe: (parameters: Parameters, way: Way) => Listing,
  first: number,
  begin: "walk" | "narrow" = "walk",
): Promise<Page<Row>> {
  const asPage = (rows: Row[]) => ({ items: rows.slice(0, first), hasNextPage: rows.length > first });
  for (const [way, most] of begin === "walk" ? STEPS : STEPS.slice(1)) {
    const parameters = new Parameters();
    const listing = describe(parameters, way);
    const wanted = parameters.add(first + 1);
    if (listing.far.length === 0) {
      const { columns, order } = listing;
      const text = `select ${columns} from (${stretchOf(listing, wanted)}) ${aliasOf(listing)} order by ${order}`;
      return asPage((await db.query<Row>(text, parameters.values)).rows);
    }
    const text = (way === "walk" ? walk : gather)(listing, wanted, parameters.add(most));
    const { rows } = await db.query<Row & { looked: number | null }>(text, parameters.values);
    const found = rows.filter((row) => row.id !== null);
    const looked = rows[0]?.looked ?? 0;
    const complete = most === null || (way === "walk" ? found.length > first || looked < most : looked <= most);
    if (complete) return asPage(found.map(({ looked: _, ...row }) => row as unknown as Row));
  }
  throw new Error("the last step finds everything");
}

const aliasOf = ({ from }: Listing): string => from.split(" ")[1] as string;

/** A query for the first `most` rows, in order, that fit near. */
const stretchOf = ({ from, order, near, stretch }: Listing, most: string): string =>
  stretch?.(most) ?? `select * from ${from} where ${allOf(near)} order by ${order} limit ${most}`;

/**
 * Looks at no more than `most` rows. Where that does not fill the page `looked` says how many there were, in a row of
 * its own if need be.
 */
function walk(listing: Listing, wanted: string, most: string): string {
  const { columns, order, far } = listing;
  const alias = aliasOf(listing);
  const stretch = stretchOf(listing, most);
  return `with page as materialized (
            select * from (${stretch}) ${alias} where ${allOf(far)} order by ${order} limit ${wanted})
          select ${columns}, walked.looked
            from (select case when (select count(*) from page) < ${wanted}
                              then (select count(*)::int from (${stretch}) stretch) end as looked) walked
            left join page ${alias} on true
           order by ${order}`;
}

/**
 * Gathers no more than one above `most`, which `looked` then shows. The gathering is planned by itself: seeing the limit,
 * the planner would rather walk, expecting to be done soon. OFFSET makes it look the page's rows up one by one. `looked`
 * comes in a row of its own if need be.
 */
function gather({ from, columns, order, fitting, rest = [], repeats }: Listing, wanted: string, most: string): string {
  const [table, alias] = from.split(" ");
  const each = repeats ? "(select distinct * from gathered)" : "gathered";
  return `with fitting as materialized (${fitting}),
               gathered as materialized (select * from fitting limit ${most}::bigint + 1)
          select ${columns}, counted.looked
            from (select count(*)::int as looked from gathered) counted
            left join (select ${alias}.id from ${each} ${alias} where ${allOf(rest)} order by ${order} limit ${wanted}) page
              on true
            left join lateral (select * from ${table} whole where whole.id = page.id offset 0) ${alias} on true
           order by ${order}`;
}
