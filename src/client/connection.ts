/**
 * One WebSocket with reconnect. graphql-ws implements the protocol. This module decides when to reconnect, with which
 * token, and which operations may be sent twice.
 */

import { createClient, type Client as Protocol, type TerminatedCloseEvent } from "graphql-ws";
import type { WebSocket } from "ws";
import { type BackoffLimits, backOff } from "./backoff.ts";
import {
  ClientClosedError,
  type ClientError,
  ConnectionLostError,
  type ResponseError,
  ResponseFailedError,
} from "./errors.ts";
import { fatalReason } from "./refusals.ts";
import { socketAddress, socketClass } from "./socket.ts";
import { TokenFailure, type TokenSource, Tokens } from "./tokens.ts";

export interface ConnectionOptions {
  /** The http(s) address of `/graphql`. */
  url: string | URL;
  token: TokenSource;
  /** ms between two pings. Default: 10,000. */
  keepAliveMs?: number;
  /** ms that a pong may take before the connection counts as lost. Default: 5,000. */
  pongTimeoutMs?: number;
  /** ms from opening a socket to the server's acknowledgement. Default: 10,000. */
  connectTimeoutMs?: number;
  /**
   * ms without any operation after which the socket is closed. The next operation opens it again. An open socket
   * prevents the process from exiting. Default: 1,000.
   */
  idleMs?: number;
  /** Waits between attempts to connect. Default: 50 ms, doubled up to 3,000. */
  backoff?: BackoffLimits;
  /** Called with the reason if a connection was lost or could not be opened; for logs. */
  onLost?: (reason: string) => void;
  /** Called after each connection was opened; for logs. */
  onConnected?: () => void;
}

export interface Operation {
  query: string;
  /** Called each time the operation is sent, so that it can resume where it was. */
  variables: () => Record<string, unknown>;
  /** Whether the operation may be sent again if the connection was lost after it was sent. */
  repeatable: boolean;
  /** Called with each result. Returning true ends the operation. */
  next: (data: unknown) => unknown;
  signal?: AbortSignal;
}

const DEFAULT_BACKOFF: BackoffLimits = { firstMs: 50, mostMs: 3_000 };
/** A connection that lasted this long resets the count of failures. */
const STABLE_MS = 5_000;
const NORMAL_CLOSURE = 1000;
/** The close code for a closed client. graphql-ws uses the normal closure for a socket that is currently unused. */
const GOING_AWAY = 1001;
/** How long the server may take to answer the close, in ms. */
const CLOSING_MS = 1_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #protocol: Protocol;
  readonly #tokens: Tokens;
  readonly #closing = new AbortController();
  readonly #running = new Set<(error: ClientError) => void>();
  /** What follows from the event that ended a connection: an error for all operations, or null to reconnect. */
  readonly #verdicts = new WeakMap<object, ClientError | null>();
  #socket: WebSocket | null = null;
  #attempting = false;
  #connectedAt: number | null = null;
  #failures = 0;
  #deadline: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    const { keepAliveMs = 10_000, pongTimeoutMs = 5_000, idleMs = 1_000 } = options;
    const address = socketAddress(options.url);
    this.#options = options;
    this.#tokens = new Tokens(options.token);
    this.#protocol = createClient({
      url: () => this.#beforeConnecting(address),
      webSocketImpl: socketClass({
        created: (socket) => {
          this.#socket = socket;
        },
        unused: (close) => {
          clearTimeout(this.#idle);
          this.#idle = setTimeout(close, this.#closing.signal.aborted ? 0 : idleMs);
        },
      }),
      connectionParams: () => this.#tokens.connectionParams(),
      // The retries of graphql-ws would send mutations twice and do not refresh tokens.
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      on: {
        connected: () => this.#connected(),
        ping: (received) => {
          if (!received) this.#dropAfter(pongTimeoutMs);
        },
        pong: (received) => {
          if (received) clearTimeout(this.#deadline);
        },
        error: (error) => this.#failed(error as object),
        closed: (event) => this.#closed(event as CloseEvent),
      },
    });
  }

  /** Aborted by `close` with ClientClosedError. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs an operation until the server completes it, over any number of connections.
   * @throws ClientError, an error that `next` threw, or the reason of the aborted signal
   */
  async run(operation: Operation): Promise<void> {
    const attempt = { sent: false };
    for (;;) {
      try {
        return await this.#once(operation, attempt);
      } catch (error) {
        if (!isObject(error) || !this.#verdicts.has(error)) throw error;
        const fatal = this.#verdicts.get(error);
        if (fatal) throw fatal;
        if (attempt.sent && !operation.repeatable) throw new ConnectionLostError();
      }
    }
  }

  /** Rejects all running operations with ClientClosedError and closes the socket. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ClientClosedError());
    for (const reject of [...this.#running]) reject(this.#closing.signal.reason);
    clearTimeout(this.#idle);
    const socket = this.#socket;
    if (socket === null || socket.readyState === socket.CLOSED) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    if (socket.readyState === socket.CONNECTING) this.#drop();
    else {
      this.#dropAfter(CLOSING_MS);
      socket.close(GOING_AWAY);
    }
    await closed;
    clearTimeout(this.#idle);
  }

  async #once(operation: Operation, attempt: { sent: boolean }): Promise<void> {
    const { signal } = operation;
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#running.add(reject);
    clearTimeout(this.#idle);
    const payload = {
      query: operation.query,
      // graphql-ws reads the variables when it writes the message, so the read shows that the operation was sent.
      get variables() {
        attempt.sent = true;
        return operation.variables();
      },
    };
    const dispose = this.#protocol.subscribe(payload, {
      next: (result) => {
        try {
          if (result.errors?.length) throw new ResponseFailedError(result.errors as readonly ResponseError[]);
          if (operation.next(result.data) === true) resolve();
        } catch (error) {
          reject(error);
        }
      },
      error: (error) => reject(Array.isArray(error) ? new ResponseFailedError(error) : error),
      complete: resolve,
    });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#running.delete(reject);
      dispose();
    }
  }

  /** Waits and fetches a token before each socket. It must not throw: graphql-ws would never settle. */
  async #beforeConnecting(address: string): Promise<string> {
    const { connectTimeoutMs = 10_000, backoff = DEFAULT_BACKOFF } = this.#options;
    await backOff(backoff, this.#failures, this.#closing.signal).catch(() => {});
    await this.#tokens.fetch(this.#closing.signal);
    // The client was closed, so there is nothing to connect for.
    if (this.#closing.signal.aborted) return new Promise(() => {});
    this.#attempting = true;
    this.#dropAfter(connectTimeoutMs);
    return address;
  }

  #connected(): void {
    clearTimeout(this.#deadline);
    this.#connectedAt = performance.now();
    this.#tokens.accepted();
    this.#options.onConnected?.();
  }

  #failed(error: object): void {
    this.#lost(error);
    // Otherwise its close event would count as that of the next socket.
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.terminate();
  }

  #closed(event: CloseEvent | TerminatedCloseEvent): void {
    // After a normal closure graphql-ws would send all operations again. `terminate` leaves that to `run`.
    if (event.code === NORMAL_CLOSURE) this.#protocol.terminate();
    this.#lost(event);
  }

  /** Called once for each connection, before its operations are rejected. */
  #lost(event: object): void {
    clearTimeout(this.#deadline);
    if (!this.#attempting) return void (this.#verdicts.has(event) || this.#verdicts.set(event, null));
    this.#attempting = false;
    const lastedMs = this.#connectedAt === null ? null : performance.now() - this.#connectedAt;
    this.#connectedAt = null;
    if (lastedMs !== null && lastedMs > STABLE_MS) this.#failures = 0;
    // If no operation is running, the client closed the idle socket itself.
    if (this.#running.size > 0) this.#failures++;
    const error = this.#tokens.refusal(event, lastedMs) ?? fatalReason(event, this.#tokens.everAccepted);
    this.#verdicts.set(event, error);
    const { code, reason, message } = event as { code?: number; reason?: string; message?: string };
    this.#options.onLost?.(
      event instanceof TokenFailure ? event.message : [code, reason || message].filter(Boolean).join(" "),
    );
  }

  #dropAfter(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#drop(), ms);
  }

  /** Closes the socket without waiting for the server. */
  #drop(): void {
    const socket = this.#socket;
    this.#protocol.terminate();
    socket?.terminate();
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
