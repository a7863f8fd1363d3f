/**
 * One WebSocket that comes back. graphql-ws speaks the protocol; when to try again, with which token, and what may be
 * sent twice is decided here, for each operation by itself.
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
  /** ms between two pings; default 10,000. */
  keepAliveMs?: number;
  /** ms that a pong may take before the connection counts as dead; default 5,000. */
  pongTimeoutMs?: number;
  /** ms from opening a socket to the server's acknowledgement; default 10,000. */
  connectTimeoutMs?: number;
  /**
   * ms without any operation after which the socket is closed, to be opened again by the next; default 1,000. Until then
   * it keeps a process from ending by itself.
   */
  idleMs?: number;
  /** Waits between attempts to connect; by default 50 ms, doubled up to 3,000. */
  backoff?: BackoffLimits;
  /** Told why a connection ended or could not be made; for logs. */
  onLost?: (reason: string) => void;
  /** Told of each connection that was made; for logs. */
  onConnected?: () => void;
}

export interface Operation {
  query: string;
  /** Read each time the operation is sent, so that it can go on where it was. */
  variables: () => Record<string, unknown>;
  /** Whether it may be sent again after it was sent and the connection was lost. */
  repeatable: boolean;
  /** Takes each message; returning true ends the operation. */
  next: (data: unknown) => unknown;
  signal?: AbortSignal;
}

const DEFAULT_BACKOFF: BackoffLimits = { firstMs: 50, mostMs: 3_000 };
/** A connection that stood for this long makes up for the failures before it. */
const STABLE_MS = 5_000;
const NORMAL_CLOSURE = 1000;
/** Said when the client is closed; graphql-ws uses the normal closure for a socket that is unused for the moment. */
const GOING_AWAY = 1001;
/** What the server may take to answer that, in ms. */
const CLOSING_MS = 1_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #protocol: Protocol;
  readonly #tokens: Tokens;
  readonly #closing = new AbortController();
  readonly #running = new Set<(error: ClientError) => void>();
  /** What is to be done about the events that ended connections: an error for every operation, or null to try again. */
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
        made: (socket) => {
          this.#socket = socket;
        },
        unused: (close) => {
          clearTimeout(this.#idle);
          this.#idle = setTimeout(close, this.#closing.signal.aborted ? 0 : idleMs);
        },
      }),
      connectionParams: () => this.#tokens.connectionParams(),
      // Its own repetition would send mutations twice and knows nothing of tokens.
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

  /** Aborted by `close`, with ClientClosedError. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs an operation until the server completes it, over as many connections as that takes.
   * @throws ClientError, what `next` threw, or the reason of the aborted signal
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

  /** Rejects what is running with ClientClosedError and ends the socket. */
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
      // Read while the message is written, which tells what was sent from what still waits for a connection.
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

  /** What happens before each socket: the wait, and a token. It must not throw, or graphql-ws never settles. */
  async #beforeConnecting(address: string): Promise<string> {
    const { connectTimeoutMs = 10_000, backoff = DEFAULT_BACKOFF } = this.#options;
    await backOff(backoff, this.#failures, this.#closing.signal).catch(() => {});
    await this.#tokens.fetch(this.#closing.signal);
    // Nobody is left to connect for.
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
    // Its close would otherwise be taken for that of the next socket.
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.terminate();
  }

  #closed(event: CloseEvent | TerminatedCloseEvent): void {
    // After a normal closure graphql-ws would send everything again by itself; 4499 leaves that to `run`.
    if (event.code === NORMAL_CLOSURE) this.#protocol.terminate();
    this.#lost(event);
  }

  /** Once for each connection, before any operation hears of its end. */
  #lost(event: object): void {
    clearTimeout(this.#deadline);
    if (!this.#attempting) return void (this.#verdicts.has(event) || this.#verdicts.set(event, null));
    this.#attempting = false;
    const stoodMs = this.#connectedAt === null ? null : performance.now() - this.#connectedAt;
    this.#connectedAt = null;
    if (stoodMs !== null && stoodMs > STABLE_MS) this.#failures = 0;
    // The socket that nobody needed any more was closed here.
    if (this.#running.size > 0) this.#failures++;
    const error = this.#tokens.refusal(event, stoodMs) ?? fatalReason(event, this.#tokens.everAccepted);
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

  /** Ends the socket without waiting for the other side. */
  #drop(): void {
    const socket = this.#socket;
    this.#protocol.terminate();
    socket?.terminate();
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
