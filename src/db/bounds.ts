/**
 * Timeouts of a PostgreSQL session, enforced by the server. Without them, a process that loses its network would leave
 * transactions open, whose locks block all other processes.
 */

/** Timeouts in ms; 0 for none. */
export interface Bounds {
  /** For one statement. */
  statementMs: number;
  /** For the wait for one lock. */
  lockMs: number;
  /** For a transaction that waits for its client. */
  idleInTransactionMs: number;
}

/** For long work: migrations and commands that read a whole table. */
export const UNBOUNDED: Bounds = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 };

/** How soon the server detects that the client is gone. It ignores these settings on a Unix socket. */
export const TCP = {
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "3",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "10000",
};

/** The same for the client's end of the socket. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/** The settings of PostgreSQL for these bounds, in ms. */
export const timeoutsOf = ({ statementMs, lockMs, idleInTransactionMs }: Bounds) => ({
  statement_timeout: `${statementMs}`,
  lock_timeout: `${lockMs}`,
  idle_in_transaction_session_timeout: `${idleInTransactionMs}`,
});
