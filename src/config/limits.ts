/** The limits for one client: each with its variable, its default and its allowed values. */

import { getHeapStatistics } from "node:v8";

interface Limit {
  readonly variable: string;
  readonly fallback: number;
  readonly from: number;
  readonly to: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const limit = (variable: string, fallback: number, from: number, to: number): Limit => ({
  variable,
  fallback,
  from,
  to,
});

const quarterOfHeap = (): number => Math.floor(getHeapStatistics().heap_size_limit / 4);

export const LIMITS = {
  /**
   * Tokens of a document. Validation compares the fields of a selection in pairs; this limits the comparisons and the
   * recursion.
   */
  tokens: limit("LIMIT_TOKENS", 5_000, 1, 100_000),
  /** Levels of nested fields; GraphiQL's introspection has 15. */
  depth: limit("LIMIT_DEPTH", 16, 1, 1_000),
  /** Aliases of an operation. A fragment counts each time it is used. */
  aliases: limit("LIMIT_ALIASES", 50, 0, 100_000),
  /** Fields at the top level of an operation. */
  rootFields: limit("LIMIT_ROOT_FIELDS", 20, 1, 100_000),
  /** Pairs of fields at the same place of the answer, which validation compares, and their parent fields. */
  overlaps: limit("LIMIT_OVERLAPS", 100_000, 1_000, 100_000_000),
  /** Fields of an answer: estimated before it is computed (`server/limits/cost.ts`), then counted. */
  cost: limit("LIMIT_COST", 50_000, 1, 1_000_000_000),
  /** Bytes of text and JSON in an answer or in a message of a subscription, and the bytes that are read for it. */
  answerBytes: limit("LIMIT_ANSWER_BYTES", 8 * MIB, 65_536, 1_024 * MIB),
  /** Bytes of a request's body, or of a WebSocket message. */
  bodyBytes: limit("LIMIT_BODY_BYTES", 4 * MIB, 1_024, 256 * MIB),
  /** Bytes that a client may send before it has authenticated: a body, or the messages of a WebSocket. */
  unauthenticatedBytes: limit("LIMIT_UNAUTHENTICATED_BYTES", 16 * KIB, 1_024, MIB),
  /** ms within which a client that has not authenticated must have sent its request, or its `connection_init`. */
  unauthenticatedMs: limit("LIMIT_UNAUTHENTICATED_MS", 10_000, 100, 300_000),
  /** Open WebSockets that have not authenticated. One more closes the oldest. */
  unauthenticatedSockets: limit("LIMIT_UNAUTHENTICATED_SOCKETS", 2_000, 1, 1_000_000),
  /** Concurrent operations on one WebSocket. All waits of a handler share one. */
  subscriptionsPerSocket: limit("LIMIT_SUBSCRIPTIONS_PER_SOCKET", 20_000, 1, 1_000_000),
  /** WebSockets, event streams and waits over REST that one user may have open in a process. */
  connectionsPerViewer: limit("LIMIT_CONNECTIONS_PER_VIEWER", 20_000, 1, 1_000_000),
  /** Operations of one user per minute and process; 0 for no limit. */
  operationsPerMinute: limit("LIMIT_OPERATIONS_PER_MINUTE", 600_000, 0, 1_000_000_000),
  /** Mutations of one user per minute and process, counted by top-level field; 0 for no limit. */
  writesPerMinute: limit("LIMIT_WRITES_PER_MINUTE", 300_000, 0, 1_000_000_000),
  /** People whom one request of a user without approvals:request may notify by email or Slack; 0 for no limit. */
  recipientsPerRequest: limit("LIMIT_RECIPIENTS_PER_REQUEST", 100, 0, 1_000_000),
  /** People whom the requests and comments of such a user may notify per hour, in all processes; 0 for no limit. */
  recipientsPerHour: limit("LIMIT_RECIPIENTS_PER_HOUR", 1_000, 0, 1_000_000_000),
  /** Bytes that are buffered for a client that does not read them. */
  unreadBytes: limit("LIMIT_UNREAD_BYTES", 256 * MIB, 1_024, 1_024 * MIB),
  /**
   * The same for all clients together: the one with the most unread bytes is disconnected first. A quarter of the heap
   * limit.
   */
  unreadTotalBytes: limit("LIMIT_UNREAD_TOTAL_BYTES", quarterOfHeap(), 1_024, 1_024 * 1_024 * MIB),
  /** ms that an answer is buffered for a client that does not read it. */
  unreadMs: limit("LIMIT_UNREAD_MS", 30_000, 100, 3_600_000),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

/** @param read reads a whole number from the environment; returns the fallback if the variable is not set */
export function readLimits(read: (variable: string, fallback: number, from: number, to: number) => number): Limits {
  const entries = Object.entries(LIMITS).map(([name, { variable, fallback, from, to }]) => [
    name,
    read(variable, fallback, from, to),
  ]);
  return Object.fromEntries(entries);
}
