/**
 * Commands that a batch could not carry out, each in a transaction of its own: the culprit alone fails, and what waits
 * for a lock waits where it stops nobody else. Waits are short, and those that have waited least take their turn first.
 */

import { isBusy, isOutage, unavailable } from "../db/outages.ts";
import type { Job } from "./command-batch.ts";
import { NotCommitted } from "./commit-outcome.ts";

/** Most of these transactions at a time. */
const AT_A_TIME = 3;

export interface AsideOptions {
  /** Runs one command in a transaction and answers it. */
  run(job: Job): Promise<unknown>;
  /** The command has left. */
  done(job: Job): void;
}

export class Aside {
  readonly #options: AsideOptions;
  #waiting: Job[] = [];
  #running = 0;

  constructor(options: AsideOptions) {
    this.#options = options;
  }

  add(jobs: readonly Job[]): void {
    this.#waiting.push(...jobs);
    while (this.#running < AT_A_TIME && this.#waiting.length > 0) {
      this.#running += 1;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      job.attempts += 1;
      try {
        if (!job.answered) await this.#options.run(job);
      } catch (error) {
        if (isBusy(error) || error instanceof NotCommitted) {
          // The queue answers it when its time is over.
          this.#waiting.push(job);
          continue;
        }
        if (!job.answered) job.reject(isOutage(error) ? unavailable(error) : error);
      }
      this.#options.done(job);
    }
    this.#running -= 1;
  }

  /** The first of those with the fewest attempts. */
  #next(): Job | undefined {
    let found = 0;
    for (const [index, job] of this.#waiting.entries()) {
      if (job.attempts < (this.#waiting[found] as Job).attempts) found = index;
    }
    return this.#waiting.splice(found, 1)[0];
  }
}
