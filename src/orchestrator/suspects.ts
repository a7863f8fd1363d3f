/**
 * Jobs whose process died while they ran. One of them may have killed it, and the others only ran beside it. A process
 * runs them one at a time, so that the innocent ones are not lost with the same job again.
 */

import type { Halt } from "./halt.ts";

/**
 * A job that has run alone for as long as it ran when it was lost lets the next one begin, and after this many ms at the
 * latest: some jobs run for days.
 */
const MOST_ALONE_MS = 30_000;

/** Lets the next one begin; a second call does nothing. */
export type Release = () => void;

export class Suspects {
  #isTaken = false;
  #waiting: (() => void)[] = [];

  /** Whether another one runs. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /**
   * Waits for the turn of a job.
   * @param aloneMs how long it ran when it was lost
   * @returns undefined when the run is left or cancelled before
   */
  async enter(halt: Halt, aloneMs: number): Promise<Release | undefined> {
    while (this.#isTaken && !halt.isOver) {
      const free = Promise.withResolvers<void>();
      this.#waiting.push(free.resolve);
      await halt.unlessOver(free.promise);
      this.#waiting = this.#waiting.filter((other) => other !== free.resolve);
    }
    // It may have been woken just as its run was halted.
    if (halt.isOver) this.#waiting[0]?.();
    return halt.isOver ? undefined : this.#take(Math.min(aloneMs, MOST_ALONE_MS));
  }

  #take(aloneMs: number): Release {
    this.#isTaken = true;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      clearTimeout(timer);
      this.#isTaken = false;
      this.#waiting[0]?.();
    };
    const timer = setTimeout(release, aloneMs).unref();
    return release;
  }
}
