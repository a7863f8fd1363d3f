/**
 * The connection pool for queries and transactions. Queries that are sent on one client without awaiting are pipelined.
 */

import type { Writable } from "node:stream";
import pg from "pg";
import { driverAddress } from "../config/database-address.ts";
import type { Logger } from "../log.ts";
import { takeApiRole } from "./api-role.ts";
import { type Bounds, KEEP_ALIVE } from "./bounds.ts";
import { isNoAnswer } from "./outages.ts";
import { inTransaction, type Query, repeating } from "./pool-query.ts";
import { applySettings, BEGIN, readSharedSettings, settingsOfTransaction } from "./session-settings.ts";

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

export interface PoolOptions extends Omit<pg.PoolConfig, "connectionString" | "log" | "pipeline" | "types"> {
  /** Logs lost idle connections, which the pool replaces. */
  log?: Logger;
  /**
   * Whether named queries stay prepared on their connection. Must be false behind a pooler in transaction mode.
   * Default: true.
   */
  prepare?: boolean;
  /** Whether connections take the API's role, see `takeApiRole`. */
  asApi?: boolean;
  /** How long a statement may wait for a lock, in ms; 0 for no limit. Default: 1,000. */
  lockMs?: number;
  /** How long a transaction may stay idle, in ms; 0 for no limit. Default: 5,000. */
  idleInTransactionMs?: number;
}

/**
 * Timeouts for a query and for getting a connection, in ms. Without them, a half-open connection would block its reader
 * forever. After the timeout the connection is destroyed.
 */
const ANSWER_WITHIN_MS = 10_000;
const CONNECT_WITHIN_MS = 5_000;
const LOCK_WITHIN_MS = 1_000;
/** A transaction is idle only while this process decides, which takes milliseconds. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** Connections that are lost within this time are logged as one line. */
const TOGETHER_MS = 200;
const INT8 = 20;

const types = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 && format !== "binary"
      ? parseInt8
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Parses int8 as a number. The driver itself parses `timestamptz` as a Date. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is not a safe integer; cast it to text`);
  return value;
}

/** Removes the names of queries: behind a transaction pooler the next statement may reach another session. */
class UnpreparedClient extends pg.Client {
  override query = ((query: unknown, ...rest: unknown[]) => {
    const named = typeof query === "object" && query !== null && "name" in query;
    return super.query((named ? { ...query, name: undefined } : query) as string, ...(rest as []));
  }) as pg.Client["query"];
}

/** The settings of each transaction, for pools whose sessions are shared. */
const settings = new WeakMap<Pool, string>();

/**
 * The BEGIN statement of this pool, with all settings if its sessions are shared. Call it after connecting.
 * @param mode the mode of the transaction, such as ` read only`
 */
export function beginAt(pool: Pool, mode = ""): string {
  const begin = BEGIN + mode;
  const own = settings.get(pool);
  return own === undefined ? begin : `${begin}; ${own}`;
}

/** Sends the queries that `send` starts together: PostgreSQL and this process wake once for all of them. */
export function inOnePacket<T>(client: PoolClient, send: () => T): T {
  const { stream } = (client as PoolClient & { connection: { stream: Writable } }).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

/**
 * @param url a database URL; may point at a pooler in transaction mode, with `prepare: false`
 * @param options as for `pg.Pool`. Default: at most 10 connections, 5 s to connect and 10 s for a query.
 */
export function createPool(url: string, options: PoolOptions = {}): Pool {
  const { log, prepare = true, asApi = false, lockMs = LOCK_WITHIN_MS, ...others } = options;
  const { idleInTransactionMs = IDLE_IN_TRANSACTION_MS, ...rest } = others;
  const answerWithinMs = rest.query_timeout || ANSWER_WITHIN_MS;
  // The server's timeout comes first, so that its answer arrives and the connection can be reused.
  const bounds: Bounds = { statementMs: Math.ceil(answerWithinMs * 0.95), lockMs, idleInTransactionMs };
  const takeRole = asApi ? takeApiRole(log, !prepare) : undefined;
  const pool = new pg.Pool({
    application_name: "countersign",
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    ...KEEP_ALIVE,
    ...rest,
    query_timeout: answerWithinMs,
    connectionString: driverAddress(url),
    pipeline: true,
    types,
    ...(prepare ? {} : { Client: UnpreparedClient }),
    onConnect: async (client) => {
      const role = async () => takeRole?.(client);
      // The settings come first, so that the role is looked up with the right search path.
      if (prepare) await Promise.all([applySettings(client, bounds), role()]);
      // A pooler in transaction mode shares the session with other clients, so it must not be changed.
      else settings.set(pool, settingsOfTransaction(bounds, await readSharedSettings(client, bounds, role)));
    },
  });
  const send = prepare ? (pool.query.bind(pool) as Query) : inTransaction(pool, () => beginAt(pool));
  pool.query = repeating(
    send,
    inTransaction(pool, () => beginAt(pool, " read only")),
  ) as typeof pool.query;
  // The listener stays for the client's whole life: the pool removes its own before the caller of `connect` can add
  // one,
  // and a backend may end right after its last answer. Pending queries are rejected in any case.
  pool.on("connect", (client) => client.on("error", ignore));
  dropIdleAfterSilence(pool);
  const logLost = countedLine(log, "idle database connections were lost");
  // Without a listener, the end of an idle connection (for example at a restart of the database) would end the process.
  // The driver attaches its client with the cancel key to the error, so only the reason is logged.
  pool.on("error", (error: Error & { code?: string }) => {
    // A pool that ends does not wait for its connections. A server that stops in the meantime closes them.
    if (!pool.ending) logLost({ code: error.code, reason: error.message });
  });
  return pool;
}

const ignore = () => {};

/**
 * Destroys the idle connections after a timeout on one of them. They use the same path, so they are probably half-open as
 * well, and each would cost its next reader the same wait.
 */
function dropIdleAfterSilence(pool: Pool): void {
  const idle = new Set<PoolClient>();
  pool.on("acquire", (client) => idle.delete(client));
  pool.on("remove", (client) => idle.delete(client as PoolClient));
  pool.on("release", (error, client) => {
    if (!error) idle.add(client);
    else if (isNoAnswer(error)) {
      for (const client of idle) (client as unknown as Destroyable).connection.stream.destroy();
      idle.clear();
    }
  });
}

/** The driver has no method that ends a connection without waiting for the server. */
interface Destroyable {
  connection: { stream: { destroy(): void } };
}

/** Logs an event that happens several times at once as one line, with the first reason. */
function countedLine(log: Logger | undefined, message: string): (reason: object) => void {
  let connections = 0;
  return (reason) => {
    connections += 1;
    if (connections > 1) return;
    setTimeout(() => {
      log?.warn({ ...reason, connections }, message);
      connections = 0;
    }, TOGETHER_MS).unref();
  };
}
