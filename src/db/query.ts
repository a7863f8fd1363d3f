/** What every query needs: something that runs it, and an answer in time. */

import type { ClientBase, Pool } from "pg";

/** Anything that runs a query: the pool, or a client inside a transaction. */
export type Queryable = Pick<Pool | ClientBase, "query">;

/** What one query of the hub may take, in ms; a stuck one must not end the sweeps. */
const QUERY_TIMEOUT_MS = 3_000;

/** The rows of one query. @throws the driver's error, or one that says that there was no answer in time */
export async function queryInTime<Row extends object>(pool: Pool, text: string, values: unknown[]): Promise<Row[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer from the database within ${QUERY_TIMEOUT_MS} ms`)),
    QUERY_TIMEOUT_MS,
  );
  // `query_timeout` ends a connection that is stuck; the race covers the wait for a free one as well.
  const query = { text, values, query_timeout: QUERY_TIMEOUT_MS };
  try {
    return (await Promise.race([pool.query<Row>(query), late.promise])).rows;
  } finally {
    clearTimeout(timer);
  }
}
