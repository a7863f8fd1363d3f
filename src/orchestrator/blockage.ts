/** Whether the event loop of a thread is blocked, as another thread sees it: by a counter that the loop increments. */

export interface BlockageOptions {
  /** A loop that does not run for so many ms is blocked. */
  blockedMs: number;
  /** After so many ms it is blocked for too long. */
  mostMs: number;
  /** The time between two looks, in ms. */
  everyMs: number;
}

/** What has changed since the last look: the loop is blocked, is blocked for too long, or runs again. */
export interface BlockageChange {
  what: "blocked" | "too long" | "over";
  /** For how long the loop has not run. */
  ms: number;
}

/** A look that comes so many looks too late: the looking thread was suspended itself, mostly with its whole process. */
const LATE_LOOKS = 4;
/** The least of that, in ms: on a busy machine every thread is late. */
const LATE_MS = 1_000;

export class Blockage {
  readonly #options: BlockageOptions;
  #count: number;
  #since: number;
  #lastLook: number;
  #state: "running" | "blocked" | "too long" = "running";

  constructor(options: BlockageOptions, count: number, now: number) {
    this.#options = options;
    this.#count = count;
    this.#since = now;
    this.#lastLook = now;
  }

  get isTooLong(): boolean {
    return this.#state === "too long";
  }

  /** @param count what the loop has counted to. @param now in ms, by a clock that never goes back */
  look(count: number, now: number): BlockageChange | null {
    const { blockedMs, mostMs, everyMs } = this.#options;
    const wasSuspended = now - this.#lastLook > Math.max(LATE_MS, LATE_LOOKS * everyMs);
    const ms = now - this.#since;
    this.#lastLook = now;
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
