/** Fetches a token for each connection, and gives up if a new token is refused as well. */

import { type ClientError, UnauthenticatedError } from "./errors.ts";

/** A token, or a function that fetches one. The function is called before each connection. */
export type TokenSource = string | (() => string | Promise<string>);

/** The function that fetches tokens failed. */
export class TokenFailure extends Error {
  override readonly name = "TokenFailure";
}

const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
/** The timeout of a fetch, in ms. */
const FETCH_MS = 30_000;
/** A connection that ends earlier than this, in ms, does not prove that its token was valid. */
const PROVEN_MS = 5_000;
/** The number of short connections in a row that may end with a refusal. */
const MOST_REFUSALS = 10;
/** The number of refusals in a row of the same token: the function may have cached a token that has just expired. */
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

  /** Fetches the token of the next connection. `connectionParams` throws if this failed. */
  async fetch(signal: AbortSignal): Promise<void> {
    const source = this.#source;
    if (typeof source === "string") {
      this.#current = { token: source };
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    let ended = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no token within ${FETCH_MS} ms`)), FETCH_MS);
      ended = () => reject(new Error("the client was closed"));
    });
    signal.addEventListener("abort", ended);
    try {
      this.#current = { token: await Promise.race([(async () => source())(), late]) };
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
   * The error if a connection ended because of its token.
   * @param lastedMs how long the connection lasted; null if it was never acknowledged
   * @returns null if the token was not refused, or a new token may be accepted
   */
  refusal(event: object, lastedMs: number | null): ClientError | null {
    if (event instanceof TokenFailure) {
      return this.#everAccepted ? null : new UnauthenticatedError(event.message, { cause: event });
    }
    const { code, reason } = event as { code?: number; reason?: string };
    if (lastedMs !== null && lastedMs > PROVEN_MS) this.#refusals = 0;
    if (code !== FORBIDDEN && code !== UNAUTHORIZED) return null;
    const token = this.#current && "token" in this.#current ? this.#current.token : null;
    const allowed = lastedMs !== null ? MOST_REFUSALS : token === this.#refused ? MOST_REFUSALS_OF_ONE : 1;
    this.#refused = token;
    const refusedAgain = ++this.#refusals > allowed;
    if (typeof this.#source !== "string" && this.#everAccepted && !refusedAgain) return null;
    return new UnauthenticatedError(`The server refused the token${reason ? `: ${reason.replace(/\.$/, "")}` : ""}.`);
  }
}
