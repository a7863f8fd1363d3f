/**
 * Runs suspects one at a time: jobs whose process died while they ran. One of them may have killed the process, and the
 * others only ran at the same time. They must not be lost again with that job.
 */

import type { Halt } from "./halt.ts";

/**
 * The next job starts when a job has run alone for as long as it had run when it was lost, and at the latest after this
 * many ms: some jobs run for days.
 */
const MOST_ALONE_MS = 30_000;

/** Lets the next job start; a second call does nothing. */
export type Release = () => void;

export class Suspects {
  #isTaken = false;
  #waiting: (() => void)[] = [];

  /** Whether another suspect runs. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /**
   * Waits until the job may run alone.
   * @param aloneMs how long it had run when it was lost
   * @returns undefined if the execution stops or the run is cancelled before
   */
  async enter(halt: Halt, aloneMs: number): Promise<Release | undefined> {
    while (this.#isTaken && !halt.isOver) {
      const free = Promise.withResolvers<void>();
      this.#waiting.push(free.resolve);
      await halt.unlessOver(free.promise);
      this.#waiting = this.#waiting.filter((waiter) => waiter !== free.resolve);
    }
    // It may have been woken when its run was halted, so the next one is woken.
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
