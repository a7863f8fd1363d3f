/** The pool behind every query and transaction. Queries sent on one client without awaiting are pipelined. */

import pg from "pg";
import type { Logger } from "../log.ts";
import { takeApiRole } from "./api-role.ts";

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

export interface PoolOptions extends Omit<pg.PoolConfig, "connectionString" | "log" | "pipeline" | "types"> {
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  log?: Logger;
  /** Whether named queries stay prepared on their connection; not behind a pooler in transaction mode. Default true. */
  prepare?: boolean;
  /** Whether connections work as the API's role, see `takeApiRole`. */
  asApi?: boolean;
}

/**
 * What a query may take, and what it may wait for a connection, in ms. Without a bound a connection whose other end has
 * silently gone would keep whoever reads over it for ever; when time is up the connection is destroyed.
 */
const ANSWER_WITHIN_MS = 30_000;
const INT8 = 20;

const types = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 && format !== "binary"
      ? parseInt8
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** int8 as a number; `timestamptz` is a Date by the driver's own parser. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is not a safe integer; cast it to text`);
  return value;
}

/** Forgets the names of queries: behind a transaction pooler the next statement may meet another session. */
class UnpreparedClient extends pg.Client {
  override query = ((query: unknown, ...rest: unknown[]) => {
    const named = typeof query === "object" && query !== null && "name" in query;
    return super.query((named ? { ...query, name: undefined } : query) as string, ...(rest as []));
  }) as pg.Client["query"];
}

/**
 * @param url a PostgreSQL address; may point at a pooler in transaction mode
 * @param options as for `pg.Pool`; by default at most 10 connections, and 30 s for a query
 */
export function createPool(url: string, options: PoolOptions = {}): Pool {
  const { log, prepare = true, asApi = false, ...rest } = options;
  const pool = new pg.Pool({
    application_name: "countersign",
    query_timeout: ANSWER_WITHIN_MS,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    ...rest,
    connectionString: url,
    pipeline: true,
    types,
    ...(prepare ? {} : { Client: UnpreparedClient }),
    ...(asApi ? { onConnect: takeApiRole(log, !prepare) } : {}),
  });
  // Without a listener the end of an idle connection (a restarted database, say) would end the process.
  // The driver hangs its client, cancel key included, on the error; only what it says is for the log.
  pool.on("error", (error: Error & { code?: string }) => {
    // The ending pool does not wait until its connections are gone; a server that stops meanwhile breaks them.
    if (!pool.ending) log?.warn({ code: error.code, reason: error.message }, "an idle database connection broke");
  });
  return pool;
}
