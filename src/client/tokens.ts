/** The token of a connection: fetched for each one, and given up when a fresh one is refused as well. */

import { type ClientError, UnauthenticatedError } from "./errors.ts";

/** A token, or a function that fetches a fresh one; it is called before each connection. */
export type TokenSource = string | (() => string | Promise<string>);

/** The function that fetches tokens failed. */
export class TokenFailure extends Error {
  override readonly name = "TokenFailure";
}

const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
/** A fetch that takes longer has failed, in ms. */
const FETCH_MS = 30_000;
/** A connection that ends earlier than this, in ms, does not show that its token was good. */
const TRUSTED_MS = 5_000;
/** So many short connections in a row, each ended by a refusal, are no coincidence. */
const MOST_REFUSALS = 10;
/** A function that keeps its tokens may give out one that expires on the way; so often it is asked once more. */
const MOST_REFUSALS_OF_ONE = 5;

export class Tokens {
  readonly #source: TokenSource;
  #current: { token: string } | { failure: TokenFailure } | null = null;
  #everAccepted = false;
  #refusals = 0;
  #refused: string | null = null;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** Whether the server ever accepted a connection. */
  get everAccepted(): boolean {
    return this.#everAccepted;
  }

  /** Fetches the token of the next connection; a failure is kept for `connectionParams`. */
  async fetch(signal: AbortSignal): Promise<void> {
    const source = this.#source;
    if (typeof source === "string") {
      this.#current = { token: source };
      return;
    }
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no token within ${FETCH_MS} ms`)), FETCH_MS);
    const ended = () => late.reject(new Error("the client was closed"));
    signal.addEventListener("abort", ended);
    try {
      this.#current = { token: await Promise.race([(async () => source())(), late.promise]) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#current = { failure: new TokenFailure(`A token could not be fetched: ${reason}`, { cause }) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", ended);
    }
  }

  /** The payload of `connection_init`. @throws TokenFailure */
  connectionParams(): { Authorization: string } {
    if (this.#current === null) throw new TokenFailure("There is no token.");
    if ("failure" in this.#current) throw this.#current.failure;
    return { Authorization: `Bearer ${this.#current.token}` };
  }

  /** The server acknowledged a connection. */
  accepted(): void {
    this.#everAccepted = true;
  }

  /**
   * What the end of a connection says about its token.
   * @param stoodMs how long the connection stood, null when it was never acknowledged
   * @returns null when there is nothing wrong with it, or a fresh one is worth trying
   */
  refusal(event: object, stoodMs: number | null): ClientError | null {
    if (event instanceof TokenFailure) {
      return this.#everAccepted ? null : new UnauthenticatedError(event.message, { cause: event });
    }
    const { code, reason } = event as { code?: number; reason?: string };
    if (stoodMs !== null && stoodMs > TRUSTED_MS) this.#refusals = 0;
    if (code !== FORBIDDEN && code !== UNAUTHORIZED) return null;
    const token = this.#current && "token" in this.#current ? this.#current.token : null;
    const most = stoodMs !== null ? MOST_REFUSALS : token === this.#refused ? MOST_REFUSALS_OF_ONE : 1;
    this.#refused = token;
    const refusedAgain = ++this.#refusals > most;
    if (typeof this.#source !== "string" && this.#everAccepted && !refusedAgain) return null;
    return new UnauthenticatedError(`The server refused the token${reason ? `: ${reason}` : ""}.`);
  }
}
