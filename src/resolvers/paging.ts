/** Pages of a list: their maximum length, and their shape in the schema. */

import type { Page } from "../db/queries/find-page.ts";
import { badUserInput } from "./errors.ts";

/** The default of `first`. */
export const DEFAULT_FIRST = 20;
/** The longest page. */
export const MOST_FIRST = 100;
/** Counting stops here; a larger count only means that there are more. */
export const COUNT_CAP = 1_000;

export interface PageArgs {
  first?: number | null;
  after?: string | null;
}

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

/** A connection with a count, which costs one query when it is first selected. */
export interface CountedConnection<T> extends Connection<T> {
  count(): Promise<number>;
}

/** @throws BAD_USER_INPUT outside 1 to 100 */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_FIRST;
  if (size >= 1 && size <= MOST_FIRST) return size;
  throw badUserInput(`\`first\` must be from 1 to ${MOST_FIRST}, not ${size}.`);
}

export function connectionOf<T>(page: Page<T>, args: PageArgs, cursorOf: (item: T) => string): Connection<T> {
  const edges = page.items.map((node) => ({ cursor: cursorOf(node), node }));
  const pageInfo = {
    hasNextPage: page.hasNextPage,
    // A cursor names something before this page; whether it is still there would cost a query.
    hasPreviousPage: args.after != null,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo };
}

/** Adds a count that runs at most once, and only when selected. */
export function counted<T>(connection: Connection<T>, count: () => Promise<number>): CountedConnection<T> {
  let result: Promise<number> | undefined;
  return {
    ...connection,
    count: () => {
      result ??= count();
      return result;
    },
  };
}
