/** The GraphQL client that other programs import: one socket for all operations, with automatic reconnect. */

import type { DocumentNode } from "graphql";
import { print } from "graphql/language/printer.js";
import { LONGEST_TIMER_MS } from "../model/durations.ts";
import { backOff } from "./backoff.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { WaitedRequest } from "./documents.ts";
import { ConnectionFailedError, ResponseFailedError } from "./errors.ts";
import type { Document, Operations, RequestOptions } from "./operations.ts";
import { type WaitOptions, waitForRequest } from "./wait.ts";

/** The options of `createClient`. Only `url` and `token` are required. */
export type ClientOptions = ConnectionOptions;

/** A client of one server. All its operations share one socket. */
export interface Client extends Operations {
  /**
   * Waits until a request is final. No decision is lost: the wait continues over lost connections and restarts of the
   * server, for as long as it takes.
   * @throws ResponseFailedError with code NOT_FOUND if the request is unknown or the token's user may not see it; and
   *   the errors of `subscribe`
   *
   * @example
   * const { status, decidedBy } = await client.waitForRequest(id);
   */
  waitForRequest(id: string, options?: WaitOptions): Promise<WaitedRequest>;
  /** Rejects all running operations and closes the socket. */
  close(): Promise<void>;
}

/** The longest message that the server accepts, in bytes. A longer one would close the socket for all operations. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Codes of temporary failures: internal errors of the server and an unavailable database. */
const TEMPORARY: ReadonlySet<string> = new Set(["INTERNAL_SERVER_ERROR", "UNAVAILABLE"]);
/** The user has too many operations at present. */
const RATE_LIMITED = "RATE_LIMITED";
/** The default of `requestTimeoutMs`. */
const REQUEST_TIMEOUT_MS = 60_000;
const RETRY = { firstMs: 100, mostMs: 3_000 };
/** How long a query or mutation is retried while the server fails, in ms. */
const GIVE_UP_AFTER_MS = 5 * 60_000;

const texts = new WeakMap<DocumentNode, string>();

function textOf(document: DocumentNode | string): string {
  if (typeof document === "string") return document;
  let text = texts.get(document);
  if (text === undefined) {
    text = print(document);
    texts.set(document, text);
  }
  return text;
}

/**
 * Creates a client. The first operation opens its socket; an idle socket is closed.
 * @param options `url` is the http(s) address of `/graphql`; `token` is a string or a function that fetches a new token
 * @throws TypeError for an option that is not valid
 *
 * @example
 * const client = createClient({ url: "https://approvals.company.com/graphql", token: process.env.COUNTERSIGN_TOKEN ?? "" });
 * const { status, comment } = await client.waitForRequest(requestId);
 * await client.close();
 */
export function createClient(options: ClientOptions): Client {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  checkTimeout("requestTimeoutMs", requestTimeoutMs);
  const connection = new Connection(options);

  /** Retries an operation while the server fails, with growing pauses, for at most `giveUpAfterMs`. */
  async function runWithRetries(run: () => Promise<void>, signal: AbortSignal | undefined, giveUpAfterMs: number) {
    const since = performance.now();
    for (let failures = 1; ; failures++) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof ResponseFailedError)) throw error;
        // An operation over the rate limit was not run, so it is always safe to send it again.
        const isRateLimited = error.code === RATE_LIMITED;
        const mostMs = isRateLimited ? Math.max(giveUpAfterMs, GIVE_UP_AFTER_MS) : giveUpAfterMs;
        if (!(isRateLimited || TEMPORARY.has(error.code)) || performance.now() - since > mostMs) throw error;
        const stop = signal ? AbortSignal.any([signal, connection.closing]) : connection.closing;
        await backOff(RETRY, failures, stop);
      }
    }
  }

  const client: Client = {
    async request<Result, Variables extends object>(
      document: Document<Result, Variables>,
      variables: Variables,
      { signal, idempotent = false, timeoutMs = requestTimeoutMs }: RequestOptions = {},
    ): Promise<Result> {
      checkTimeout("timeoutMs", timeoutMs);
      const query = textOf(document);
      if (Buffer.byteLength(JSON.stringify({ query, variables })) > MAX_MESSAGE_BYTES - 1_000) {
        throw new ConnectionFailedError("The operation is longer than the 4 MiB that the server accepts.");
      }
      const repeatable = idempotent || !/^\s*mutation\b/m.test(query);
      const results: Result[] = [];
      const next = (data: unknown) => results.push(data as Result) > 0;
      const current = () => variables as Record<string, unknown>;
      const run = () => connection.run({ query, variables: current, repeatable, signal, next, timeoutMs });
      await runWithRetries(run, signal, repeatable ? GIVE_UP_AFTER_MS : 0);
      if (results.length === 0) throw new ConnectionFailedError("The server completed the operation without a result.");
      return results[0] as Result;
    },

    subscribe(document, variables, { signal, next }) {
      const query = textOf(document);
      const current = typeof variables === "function" ? (variables as () => object) : () => variables;
      const run = () =>
        connection.run({
          query,
          variables: current as () => Record<string, unknown>,
          repeatable: true,
          signal,
          next: next as (data: unknown) => unknown,
        });
      return runWithRetries(run, signal, Number.POSITIVE_INFINITY);
    },

    waitForRequest: (id, waitOptions = {}) => waitForRequest(client, id, waitOptions),
    close: () => connection.close(),
  };
  return client;
}

function checkTimeout(name: string, ms: number | null): void {
  if (ms === null || (typeof ms === "number" && ms > 0 && ms <= LONGEST_TIMER_MS)) return;
  throw new TypeError(`${name} must be a number of milliseconds from 1 to ${LONGEST_TIMER_MS}, or null, not ${ms}`);
}
