/** Warns once in each outage, when the server cannot be reached while operations wait for it. */

/** Receives the warnings of a client, for example `console` or a logger. */
export interface ClientLogger {
  warn(message: string): void;
}

/** Attempts in a row that fail before the warning: a server that restarts is back within a few. */
const MOST_FAILURES = 5;
/** A shorter outage, in ms, causes no warning unless enough attempts have failed. */
const LONGEST_MS = 5_000;

export class Reachability {
  readonly #address: string;
  readonly #logger: ClientLogger | null;
  #outage: { since: number; failures: number; isLogged: boolean } | null = null;
  #lastReason: string | null = null;

  /** @param address of the server, without credentials */
  constructor(address: string, logger: ClientLogger | null) {
    this.#address = address;
    this.#logger = logger;
  }

  /** Why the last attempt failed; null if the server was reached since. */
  get lastReason(): string | null {
    return this.#lastReason;
  }

  /** An attempt to connect begins. */
  attempt(): void {
    this.#outage ??= { since: performance.now(), failures: 0, isLogged: false };
  }

  reached(): void {
    this.#outage = null;
    this.#lastReason = null;
  }

  /** An attempt failed. @param waiting the number of operations that wait for the server */
  failed(reason: string, waiting: number): void {
    const outage = this.#outage;
    this.#lastReason = reason;
    if (outage === null || waiting === 0) return;
    outage.failures += 1;
    const isOutage = outage.failures >= MOST_FAILURES || performance.now() - outage.since >= LONGEST_MS;
    if (!isOutage || outage.isLogged) return;
    outage.isLogged = true;
    const operations = waiting === 1 ? "1 operation is waiting" : `${waiting} operations are waiting`;
    this.#logger?.warn(
      `Countersign cannot be reached at ${this.#address}: ${reason || "no answer"}. ${operations}; the client tries again.`,
    );
  }
}
