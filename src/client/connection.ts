/**
 * One WebSocket with reconnect. graphql-ws implements the protocol. This module decides when to reconnect, with which
 * token, and which operations may be sent twice.
 */

import { createClient, type Client as Protocol, type TerminatedCloseEvent } from "graphql-ws/client";
import type { WebSocket } from "ws";
import { type BackoffLimits, backOff } from "./backoff.ts";
import {
  ClientClosedError,
  type ClientError,
  ConnectionLostError,
  RequestTimeoutError,
  type ResponseError,
  ResponseFailedError,
} from "./errors.ts";
import { type ClientLogger, Reachability } from "./reachability.ts";
import { fatalReason } from "./refusals.ts";
import { shownAddress, socketAddress, socketClass } from "./socket.ts";
import { TokenFailure, type TokenSource, Tokens } from "./tokens.ts";

export interface ConnectionOptions {
  /** The http(s) address of `/graphql`. */
  url: string | URL;
  /** A token, or a function that fetches a new one before each connection. */
  token: TokenSource;
  /**
   * ms that the server may take to answer a query or a mutation, including the time to connect. null: no limit. Waits
   * and subscriptions have none. Default: 60,000.
   */
  requestTimeoutMs?: number | null;
  /**
   * Receives one warning in each outage, when the server cannot be reached while operations wait. null: no warnings.
   * Default: `console`.
   */
  logger?: ClientLogger | null;
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
  /** ms until it rejects with RequestTimeoutError. Default: no limit. */
  timeoutMs?: number | null;
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
  readonly #address: string;
  readonly #reachability: Reachability;
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
    this.#address = shownAddress(options.url);
    this.#reachability = new Reachability(this.#address, options.logger === undefined ? console : options.logger);
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
    const { signal, timeoutMs = null } = operation;
    const attempt = { sent: false };
    if (timeoutMs === null) return this.#run(operation, attempt);
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    const timer = setTimeout(() => {
      const mayHaveRun = attempt.sent && !operation.repeatable;
      stop.abort(new RequestTimeoutError(this.#address, timeoutMs, this.#reachability.lastReason, mayHaveRun));
    }, timeoutMs);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.#run({ ...operation, signal: stop.signal }, attempt);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async #run(operation: Operation, attempt: { sent: boolean }): Promise<void> {
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
    clearTimeout(this.#idle);
    const payload = {
      query: operation.query,
      // graphql-ws reads the variables when it writes the message, so the read shows that the operation was sent.
      get variables() {
        attempt.sent = true;
        return operation.variables();
      },
    };
    let end = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#running.add(reject);
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
      end = () => {
        signal?.removeEventListener("abort", abort);
        this.#running.delete(reject);
        dispose();
      };
    });
    try {
      await ended;
    } finally {
      end();
    }
  }

  /** Waits and fetches a token before each socket. It must not throw: graphql-ws would never settle. */
  async #beforeConnecting(address: string): Promise<string> {
    const { connectTimeoutMs = 10_000, backoff = DEFAULT_BACKOFF } = this.#options;
    await backOff(backoff, this.#failures, this.#closing.signal).catch(() => {});
    this.#reachability.attempt();
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
    this.#reachability.reached();
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
    const why = reasonOf(event);
    if (lastedMs === null && error === null) this.#reachability.failed(why, this.#running.size);
    this.#options.onLost?.(why);
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

/** Why a connection ended or could not be opened, for logs. */
function reasonOf(event: object): string {
  if (event instanceof TokenFailure) return event.message;
  const { code, reason, message } = event as { code?: number; reason?: string; message?: string };
  return [code, reason || message].filter(Boolean).join(" ");
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
