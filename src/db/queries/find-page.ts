/**
 * Finds pages of lists of which the caller may see only a part. The indexes for rights and searches are not in the order of
 * the list, so there are two ways to find a page. A walk reads the rows in order until enough of them match, which is slow
 * if few match. Gathering finds all matches and sorts them, which is slow if many match. The planner can only guess how
 * many match, and is wrong for people who may see few rows. So both ways are tried alternately with growing limits, which
 * costs about as much as the better way alone.
 */

import type { Queryable } from "../query.ts";
import { allOf, Parameters } from "./parameters.ts";

export interface Page<T> {
  items: T[];
  hasNextPage: boolean;
}

/**
 * All ways find the same rows. A condition may be written to be cheap for each row, or to use an index. Narrowing gathers by
 * the index of one condition, and checks the other conditions on the few rows that it found.
 */
export type Way = "walk" | "narrow" | "gather";

export interface Listing {
  /** The table and its alias, which all conditions use. */
  from: string;
  /** The columns that are read, including `id`. */
  columns: string;
  order: string;
  /** Conditions that an index in the order of the list can use: equalities, periods, the start of the page. */
  near: string[];
  /** A query for the first `most` rows that match `near`, in order, if the planner must not choose the index. */
  stretch?: (most: string) => string;
  /** Conditions that a walk checks for each row: rights, searches. */
  far: string[];
  /**
   * A query for `id` and the columns of the order, of all rows that match `near` and `far` except for `rest`, in no
   * order.
   */
  fitting: string;
  /**
   * A query for the rows of another table that `fitting` looks up rows by, as `owners`. Each counts as a few gathered rows,
   * so that a limited gathering ends even if few of their rows match.
   */
  owners?: string;
  /** Conditions on the `id` of gathered rows. */
  rest?: string[];
  /** Whether `fitting` may return a row more than once. */
  repeats?: boolean;
}

/** Attempts, each with the number of rows that it may read. The last has no limit. */
export type Attempts = readonly (readonly [Way, rows: number | null])[];

export const WALK_FIRST: Attempts = [
  ["walk", 500],
  ["narrow", 2_000],
  ["walk", 20_000],
  ["gather", null],
];
/** For lists of which nearly everyone has few rows. */
export const NARROW_FIRST: Attempts = WALK_FIRST.slice(1);

/**
 * @param describe called for each attempt; adds the values of its conditions to the parameters. `rows` is the limit
 * @param first the most items of the page
 */
export async function findPage<Row extends { id: string }>(
  db: Queryable,
  describe: (parameters: Parameters, way: Way, rows: number | null) => Listing,
  first: number,
  attempts: Attempts = WALK_FIRST,
): Promise<Page<Row>> {
  const asPage = (rows: Row[]) => ({ items: rows.slice(0, first), hasNextPage: rows.length > first });
  for (const [way, most] of attempts) {
    const parameters = new Parameters();
    const listing = describe(parameters, way, most);
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
  throw new Error("the last attempt finds everything");
}

const aliasOf = ({ from }: Listing): string => from.split(" ")[1] as string;

/** A query for the first `most` rows that match `near`, in order. */
const stretchOf = ({ from, order, near, stretch }: Listing, most: string): string =>
  stretch?.(most) ?? `select * from ${from} where ${allOf(near)} order by ${order} limit ${most}`;

/**
 * Reads at most `most` rows. If these do not fill the page, `looked` is the number of rows that it read, in a separate row
 * if necessary.
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

/** How many gathered rows an owner counts as: about what it costs to look up its rows. */
const ROWS_OF_OWNER = 4;

/**
 * Gathers at most `most` + 1 rows, and `looked` is their number. The gathering is planned separately, because with the limit
 * in sight the planner would walk and expect to finish soon. OFFSET makes it look up the rows of the page one by one.
 * `looked` comes in a separate row if necessary.
 */
function gather(listing: Listing, wanted: string, most: string): string {
  const { from, columns, order, fitting, owners, rest = [], repeats } = listing;
  const [table, alias] = from.split(" ");
  const each = repeats ? "(select distinct * from gathered)" : "gathered";
  const owning =
    owners &&
    `all_owners as materialized (${owners}),
               owners as materialized (select * from all_owners limit ${most}::bigint / ${ROWS_OF_OWNER} + 1),`;
  const counts = ["(select count(*) from gathered)"];
  if (owners) counts.push(`${ROWS_OF_OWNER} * (select count(*) from owners)`);
  return `with ${owning ?? ""} fitting as materialized (${fitting}),
               gathered as materialized (select * from fitting limit ${most}::bigint + 1)
          select ${columns}, counted.looked
            from (select greatest(${counts.join(", ")})::int as looked) counted
            left join (select ${alias}.id from ${each} ${alias} where ${allOf(rest)} order by ${order} limit ${wanted}) page
              on true
            left join lateral (select * from ${table} whole where whole.id = page.id offset 0) ${alias} on true
           order by ${order}`;
}
