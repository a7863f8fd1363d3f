/** What one client may ask for: each limit with its variable, its default and the values that it may have. */

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
  /** Tokens of a document. Validation compares the fields of a selection pair by pair; this bounds it, and recursion. */
  tokens: limit("LIMIT_TOKENS", 5_000, 1, 100_000),
  /** Fields below each other; GraphiQL's introspection has 15. */
  depth: limit("LIMIT_DEPTH", 16, 1, 1_000),
  /** Aliases of an operation, fragments counted wherever they are used. */
  aliases: limit("LIMIT_ALIASES", 50, 0, 100_000),
  /** Fields at the top of an operation: how much one operation may do. */
  rootFields: limit("LIMIT_ROOT_FIELDS", 20, 1, 100_000),
  /** Pairs of fields at the same place of the answer, which validation compares, and the fields that lead to them. */
  overlaps: limit("LIMIT_OVERLAPS", 100_000, 1_000, 100_000_000),
  /** Fields that the answer may hold: estimated before it is made (`server/limits/cost.ts`), then counted. */
  cost: limit("LIMIT_COST", 50_000, 1, 1_000_000_000),
  /** Bytes of texts and JSON that an answer, or a message of a subscription, may hold; as many are read for it. */
  answerBytes: limit("LIMIT_ANSWER_BYTES", 8 * MIB, 65_536, 1_024 * MIB),
  /** Bytes of a request's body, or of a WebSocket message. */
  bodyBytes: limit("LIMIT_BODY_BYTES", 4 * MIB, 1_024, 256 * MIB),
  /** Bytes of what a client may send before it has authenticated: a body, or the messages of a WebSocket. */
  unauthenticatedBytes: limit("LIMIT_UNAUTHENTICATED_BYTES", 16 * KIB, 1_024, MIB),
  /** ms within which a client that has not authenticated must have sent its request, or its `connection_init`. */
  unauthenticatedMs: limit("LIMIT_UNAUTHENTICATED_MS", 10_000, 100, 300_000),
  /** WebSockets that are open and have not authenticated; one more ends the oldest. */
  unauthenticatedSockets: limit("LIMIT_UNAUTHENTICATED_SOCKETS", 2_000, 1, 1_000_000),
  /** Operations that run on one WebSocket at a time; a handler's waits all share one. */
  subscriptionsPerSocket: limit("LIMIT_SUBSCRIPTIONS_PER_SOCKET", 20_000, 1, 1_000_000),
  /** WebSockets, event streams and waits over REST that one user may hold open in a process. */
  connectionsPerViewer: limit("LIMIT_CONNECTIONS_PER_VIEWER", 20_000, 1, 1_000_000),
  /** Operations of one user in a minute and a process; 0 for any number. */
  operationsPerMinute: limit("LIMIT_OPERATIONS_PER_MINUTE", 600_000, 0, 1_000_000_000),
  /** Mutations of one user in a minute and a process, each field at the top counted; 0 for any number. */
  writesPerMinute: limit("LIMIT_WRITES_PER_MINUTE", 300_000, 0, 1_000_000_000),
  /** People whom one request may name and notify by mail or Slack, of a user without approvals:request; 0 for any number. */
  recipientsPerRequest: limit("LIMIT_RECIPIENTS_PER_REQUEST", 100, 0, 1_000_000),
  /** People whom such a user's requests and comments may notify so within an hour, in all processes; 0 for any number. */
  recipientsPerHour: limit("LIMIT_RECIPIENTS_PER_HOUR", 1_000, 0, 1_000_000_000),
  /** Bytes that may wait for a client to read them. */
  unreadBytes: limit("LIMIT_UNREAD_BYTES", 256 * MIB, 1_024, 1_024 * MIB),
  /** The same of all clients together: the one that has left most unread is cut first. A quarter of the heap's limit. */
  unreadTotalBytes: limit("LIMIT_UNREAD_TOTAL_BYTES", quarterOfHeap(), 1_024, 1_024 * 1_024 * MIB),
  /** ms that an answer may wait for a client to read it. */
  unreadMs: limit("LIMIT_UNREAD_MS", 30_000, 100, 3_600_000),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

/** @param read takes a whole number from the environment, or the fallback where the variable is not set */
export function readLimits(read: (variable: string, fallback: number, from: number, to: number) => number): Limits {
  const entries = Object.entries(LIMITS).map(([name, { variable, fallback, from, to }]) => [
    name,
    read(variable, fallback, from, to),
  ]);
  return Object.fromEntries(entries);
}
