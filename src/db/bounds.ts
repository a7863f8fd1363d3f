/**
 * Timeouts of a PostgreSQL session, enforced by the server. Without them a process that is cut off from the network would
 * leave transactions open, whose locks block all other processes.
 */

import type pg from "pg";

/** How long each thing may take, in ms; 0 leaves it unbounded. */
export interface Bounds {
  /** One statement. */
  statementMs: number;
  /** Waiting for one lock. */
  lockMs: number;
  /** A transaction that waits for its client. */
  idleInTransactionMs: number;
}

/** How soon the server notices that the other end of a connection is gone. It ignores these on a Unix socket. */
export const TCP = {
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "3",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "10000",
};

/** The same for the client's end of the socket. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

const settingsOf = ({ statementMs, lockMs, idleInTransactionMs }: Bounds) => ({
  statement_timeout: `${statementMs}`,
  lock_timeout: `${lockMs}`,
  idle_in_transaction_session_timeout: `${idleInTransactionMs}`,
});

// A value that the operator has set for the role or the database stays.
const SET = `
select set_config(name, value, false) from unnest($1::text[], $2::text[]) as bound (name, value)
 where name like 'tcp%' or current_setting(name) = '0'`;

/** Sets the timeouts for the session, which must not be shared. */
export async function boundSession(client: pg.ClientBase, bounds: Bounds): Promise<void> {
  const settings = { ...settingsOf(bounds), ...TCP };
  await client.query(SET, [Object.keys(settings), Object.values(settings)]);
}

/** BEGIN for a session that a pooler shares: the timeouts apply to the transaction and cost no extra round trip. */
export const boundedBegin = (bounds: Bounds): string =>
  ["begin", ...Object.entries(settingsOf(bounds)).map(([name, value]) => `set local ${name} = ${value}`)].join("; ");
