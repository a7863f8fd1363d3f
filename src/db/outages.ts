/**
 * Classifies errors of the database drivers: whether the database is unavailable, or only busy with other work. All
 * surfaces use it, so they treat an outage alike.
 */

import { UnavailableError } from "../model/errors.ts";

/** The database is unreachable, full or read-only, so other statements fail as well. */
const UNAVAILABLE = new Set([
  "25006", // read_only_sql_transaction: a standby, or a server that was made read-only
  "25P03", // idle_in_transaction_session_timeout
  "25P04", // transaction_timeout
  "CONNECT_TIMEOUT", // these four are postgres.js's
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
]);
// Class 08 is "connection exception", 53 "insufficient resources", 57P0x an administrator's or a crash's shutdown,
// 58 "system error": an I/O error, or a file that is missing.
const UNAVAILABLE_CLASS = /^(08|53|57P0|58)/;
const SOCKET = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Rejected because of other transactions. The same statement may succeed when it is retried. */
const CONTENTION = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available: lock_timeout
  "57014", // query_canceled: statement_timeout
]);

const ROLLED_BACK = new Set(["40001", "40P01"]);

/**
 * The session was ended by an administrator, a crash or a protocol error (57P01, 57P02, class 08), or the socket was
 * closed.
 */
const CUT_OFF = /^(57P01|57P02|08...|ECONNRESET|EPIPE)$/;

// The drivers' own errors have no code.
const NO_ANSWER = /^(Query read timeout|timeout exceeded when trying to connect|no answer from the database within)/;
const GONE =
  /^(Connection terminated|timeout expired|Client was closed and is not queryable|Client has encountered a connection error)/;

/** Those of them that mean that an open connection ended. The others mean that no connection could be made in time. */
const CLOSED = /^(Connection terminated( unexpectedly)?$|Client was closed|Client has encountered a connection error)/;

/** The connection is lost, so the outcome of its current statement is unknown. */
const LOST_CLASS = /^(08|57P0|25P03|25P04)/;

/** The error and its causes. Node.js throws an AggregateError if a host has several addresses. */
function* causesOf(error: unknown): Generator<Error> {
  let next = error;
  for (let depth = 0; depth < 5 && next instanceof Error; depth++) {
    yield next;
    if (next instanceof AggregateError) yield* next.errors.filter((inner) => inner instanceof Error);
    next = next.cause;
  }
}

const codeOf = (error: Error): string => {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
};

/** Whether a socket file is missing. ENOENT of any other system call is about a file of this process. */
const isMissingSocket = (error: Error): boolean =>
  codeOf(error) === "ENOENT" && (error as NodeJS.ErrnoException).syscall === "connect";

function isUnavailableAlone(error: Error): boolean {
  const code = codeOf(error);
  if (UNAVAILABLE.has(code) || UNAVAILABLE_CLASS.test(code) || SOCKET.has(code) || isMissingSocket(error)) return true;
  return NO_ANSWER.test(error.message) || GONE.test(error.message);
}

/** Whether the error means that the database is unavailable: unreachable, full or read-only. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return causesOf(error).some(isUnavailableAlone);
}

/**
 * Whether the statement was rejected because of other transactions, for example because a lock was not free in time.
 */
export function isContention(error: unknown): boolean {
  return causesOf(error).some((cause) => CONTENTION.has(codeOf(cause)));
}

/** Whether the same statement may succeed later, unchanged. */
export function isOutage(error: unknown): boolean {
  return error instanceof UnavailableError || isDatabaseUnavailable(error) || isContention(error);
}

/** Whether the connection is lost, rather than a statement rejected. */
export function isConnectionLost(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const code = codeOf(cause);
    if (LOST_CLASS.test(code) || SOCKET.has(code) || isMissingSocket(cause)) return true;
    return NO_ANSWER.test(cause.message) || GONE.test(cause.message);
  });
}

/** Whether PostgreSQL rolled the statement back because of other transactions, so it can be sent again unchanged. */
export function isRolledBack(error: unknown): boolean {
  return causesOf(error).some((cause) => ROLLED_BACK.has(codeOf(cause)));
}

/**
 * Whether the server closed a connection that was in use, so another one may work at once. False if no connection could
 * be made, and after a timeout, because then the caller has already waited.
 */
export function isCutOff(error: unknown): boolean {
  return causesOf(error).some((cause) => CUT_OFF.test(codeOf(cause)) || CLOSED.test(cause.message));
}

/** Whether the server did not answer in time. Other connections on the same path may be half-open as well. */
export const isNoAnswer = (error: unknown): boolean => error instanceof Error && NO_ANSWER.test(error.message);

/** The error to return to the caller for an outage; null for any other error. */
export function unavailable(error: unknown): UnavailableError | null {
  if (error instanceof UnavailableError) return error;
  return isOutage(error) ? new UnavailableError(undefined, { cause: error }) : null;
}
