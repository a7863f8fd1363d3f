/** The limits for one client: each with its variable, its default and its allowed values. */

import { getHeapStatistics } from "node:v8";
import { integer, type Variable } from "./variables/kinds.ts";

interface Limit {
  readonly variable: string;
  readonly fallback: number;
  readonly from: number;
  readonly to: number;
  /** What it limits, in Markdown. */
  readonly about: string;
  /** The default in words, if it depends on the machine. */
  readonly defaultInWords?: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const quarterOfHeap = (): number => Math.floor(getHeapStatistics().heap_size_limit / 4);

export const LIMITS = {
  /** Validation compares the fields of a selection in pairs; this limits the comparisons and the recursion. */
  tokens: {
    variable: "LIMIT_TOKENS",
    fallback: 5_000,
    from: 1,
    to: 100_000,
    about: "Tokens of a GraphQL document.",
  },
  /** GraphiQL's introspection has 15. */
  depth: {
    variable: "LIMIT_DEPTH",
    fallback: 16,
    from: 1,
    to: 1_000,
    about: "Levels of nested fields.",
  },
  aliases: {
    variable: "LIMIT_ALIASES",
    fallback: 50,
    from: 0,
    to: 100_000,
    about: "Aliases of an operation. A fragment counts each time it is used.",
  },
  rootFields: {
    variable: "LIMIT_ROOT_FIELDS",
    fallback: 20,
    from: 1,
    to: 100_000,
    about: "Root fields of an operation. An HTTP request has one operation.",
  },
  overlaps: {
    variable: "LIMIT_OVERLAPS",
    fallback: 100_000,
    from: 1_000,
    to: 100_000_000,
    about: "Pairs of fields at the same place of the response, which validation must compare, and their parent fields.",
  },
  /** `server/limits/cost.ts` estimates it. */
  cost: {
    variable: "LIMIT_COST",
    fallback: 50_000,
    from: 1,
    to: 1_000_000_000,
    about:
      "Fields in a response. They are estimated before the operation runs (a page counts as `first` or `last` items, other " +
      "lists of objects as five) and counted while it runs.",
  },
  answerBytes: {
    variable: "LIMIT_ANSWER_BYTES",
    fallback: 8 * MIB,
    from: 65_536,
    to: 1_024 * MIB,
    about:
      "Bytes of text and JSON in a response, or in one message of a subscription. The same number may be read for it.",
  },
  bodyBytes: {
    variable: "LIMIT_BODY_BYTES",
    fallback: 4 * MIB,
    from: 1_024,
    to: 256 * MIB,
    about: "Bytes of a body or of a WebSocket message.",
  },
  unauthenticatedBytes: {
    variable: "LIMIT_UNAUTHENTICATED_BYTES",
    fallback: 16 * KIB,
    from: 1_024,
    to: MIB,
    about: "Bytes that a client may send before it has authenticated, in a body or on a WebSocket.",
  },
  unauthenticatedMs: {
    variable: "LIMIT_UNAUTHENTICATED_MS",
    fallback: 10_000,
    from: 100,
    to: 300_000,
    about:
      "Milliseconds within which a client must send its headers, and without a valid token its body or its " +
      "`connection_init`.",
  },
  unauthenticatedSockets: {
    variable: "LIMIT_UNAUTHENTICATED_SOCKETS",
    fallback: 2_000,
    from: 1,
    to: 1_000_000,
    about: "Open WebSockets that have not authenticated. One more closes the oldest.",
  },
  /** All waits of a handler share one. */
  subscriptionsPerSocket: {
    variable: "LIMIT_SUBSCRIPTIONS_PER_SOCKET",
    fallback: 20_000,
    from: 1,
    to: 1_000_000,
    about: "Operations running on one WebSocket.",
  },
  connectionsPerViewer: {
    variable: "LIMIT_CONNECTIONS_PER_VIEWER",
    fallback: 20_000,
    from: 1,
    to: 1_000_000,
    about: "Open WebSockets, event streams and REST waits of one user.",
  },
  operationsPerMinute: {
    variable: "LIMIT_OPERATIONS_PER_MINUTE",
    fallback: 600_000,
    from: 0,
    to: 1_000_000_000,
    about: "Operations of one user. `0`: no limit.",
  },
  writesPerMinute: {
    variable: "LIMIT_WRITES_PER_MINUTE",
    fallback: 300_000,
    from: 0,
    to: 1_000_000_000,
    about: "Mutations of one user, counted by root field. `0`: no limit.",
  },
  recipientsPerRequest: {
    variable: "LIMIT_RECIPIENTS_PER_REQUEST",
    fallback: 100,
    from: 0,
    to: 1_000_000,
    about: "People whom one request may notify by email or Slack. `0`: no limit.",
  },
  recipientsPerHour: {
    variable: "LIMIT_RECIPIENTS_PER_HOUR",
    fallback: 1_000,
    from: 0,
    to: 1_000_000_000,
    about: "People whom one user's requests and comments notify by email or Slack within an hour. `0`: no limit.",
  },
  unreadBytes: {
    variable: "LIMIT_UNREAD_BYTES",
    fallback: 256 * MIB,
    from: 1_024,
    to: 1_024 * MIB,
    about: "Bytes that one client may leave unread before it is disconnected.",
  },
  unreadTotalBytes: {
    variable: "LIMIT_UNREAD_TOTAL_BYTES",
    fallback: quarterOfHeap(),
    from: 1_024,
    to: 1_024 * 1_024 * MIB,
    about: "Bytes that all clients together may leave unread. The client with the most is disconnected first.",
    defaultInWords: "a quarter of the heap's limit",
  },
  unreadMs: {
    variable: "LIMIT_UNREAD_MS",
    fallback: 30_000,
    from: 100,
    to: 3_600_000,
    about:
      "Milliseconds that a client may leave a response or an event stream unread. A WebSocket has its pings instead.",
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

/** A limit as an environment variable. */
export const variableOf = ({ variable: _, fallback, ...more }: Limit): Variable<number> =>
  integer({ ...more, default: fallback, example: String(fallback) });
