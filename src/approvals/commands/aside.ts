/**
 * Runs commands that a batch could not carry out, each in its own transaction. Only the command at fault fails, and a
 * command that waits for a lock blocks no other. Waits are short; commands with the fewest attempts run first.
 */

import { isContention, isOutage, unavailable } from "../../db/outages.ts";
import type { Job } from "./batch.ts";
import { NotCommitted } from "./commit-outcome.ts";

/** Most of these transactions at a time. */
const AT_A_TIME = 3;

export interface AsideOptions {
  /** Runs one command in a transaction and answers it. */
  run(job: Job): Promise<unknown>;
  /** Called when the command needs no further attempt. */
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
        if (isContention(error) || error instanceof NotCommitted) {
          // The queue rejects it when its time is over.
          this.#waiting.push(job);
          continue;
        }
        if (!job.answered) job.reject(isOutage(error) ? unavailable(error) : error);
      }
      this.#options.done(job);
    }
    this.#running -= 1;
  }

  /** The oldest command among those with the fewest attempts. */
  #next(): Job | undefined {
    let found = 0;
    for (const [index, job] of this.#waiting.entries()) {
      if (job.attempts < (this.#waiting[found] as Job).attempts) found = index;
    }
    return this.#waiting.splice(found, 1)[0];
  }
}
