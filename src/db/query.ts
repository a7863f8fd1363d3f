/** Runs a query with a timeout, and the type of everything that runs queries. */

import type { ClientBase, Pool } from "pg";

/** Anything that runs a query: the pool, or a client inside a transaction. */
export type Queryable = Pick<Pool | ClientBase, "query">;

/** Timeout for a query of the hub, in ms. A query without an answer must not end the sweeps. */
const QUERY_TIMEOUT_MS = 3_000;

/** Returns the rows of a query. @throws the driver's error, or an error that there was no answer in time */
export async function queryInTime<Row extends object>(pool: Pool, text: string, values: unknown[]): Promise<Row[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer from the database within ${QUERY_TIMEOUT_MS} ms`)),
    QUERY_TIMEOUT_MS,
  );
  // `query_timeout` ends a connection without an answer. The race also covers the wait for a free connection.
  const query = { text, values, query_timeout: QUERY_TIMEOUT_MS };
  try {
    return (await Promise.race([pool.query<Row>(query), late.promise])).rows;
  } finally {
    clearTimeout(timer);
  }
}
