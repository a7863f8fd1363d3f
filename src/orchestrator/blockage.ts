/** Detects from another thread that an event loop is blocked: the loop increments a counter, which then stands still. */

export interface BlockageOptions {
  /** A loop that has not run for this many ms is blocked. */
  blockedMs: number;
  /** After this many ms it is blocked for too long. */
  mostMs: number;
  /** The time between two checks, in ms. */
  everyMs: number;
}

/** What has changed since the last check: the loop is blocked, is blocked for too long, or runs again. */
export interface BlockageChange {
  what: "blocked" | "too long" | "over";
  /** For how long the loop has not run. */
  ms: number;
}

/** A check that is this many intervals late: the checking thread itself was suspended, mostly with its whole process. */
const LATE_CHECKS = 4;
/** The minimum of that, in ms: on a busy machine every thread is late. */
const LATE_MS = 1_000;

export class Blockage {
  readonly #options: BlockageOptions;
  #count: number;
  #since: number;
  #lastCheck: number;
  #state: "running" | "blocked" | "too long" = "running";

  constructor(options: BlockageOptions, count: number, now: number) {
    this.#options = options;
    this.#count = count;
    this.#since = now;
    this.#lastCheck = now;
  }

  get isTooLong(): boolean {
    return this.#state === "too long";
  }

  /** @param count the value of the loop's counter. @param now in ms, by a monotonic clock */
  check(count: number, now: number): BlockageChange | null {
    const { blockedMs, mostMs, everyMs } = this.#options;
    const wasSuspended = now - this.#lastCheck > Math.max(LATE_MS, LATE_CHECKS * everyMs);
    const ms = now - this.#since;
    this.#lastCheck = now;
    if (count !== this.#count || wasSuspended) {
      const wasBlocked = this.#state !== "running" && count !== this.#count;
      this.#count = count;
      this.#since = now;
      if (!wasBlocked) return null;
      this.#state = "running";
      return { what: "over", ms };
    }
    if (ms >= mostMs && this.#state !== "too long") this.#state = "too long";
    else if (ms >= blockedMs && this.#state === "running") this.#state = "blocked";
    else return null;
    return { what: this.#state, ms };
  }
}
