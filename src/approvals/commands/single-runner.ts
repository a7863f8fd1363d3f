/**
 * Runs commands that failed in a batch, each in its own transaction. Only the command at fault fails, and a command
 * that waits for a lock blocks no other. Waits are short, and commands with the fewest attempts run first.
 */

import { isContention, isOutage, unavailable } from "../../db/outages.ts";
import type { PendingCommand } from "./command.ts";
import { NotCommitted } from "./commit-outcome.ts";

/** Most transactions at a time. */
const MAX_RUNNING = 3;

export interface SingleRunnerOptions {
  /** Runs one command in a transaction and answers it. */
  run(pending: PendingCommand): Promise<unknown>;
  /** Called when the command needs no further attempt. */
  done(pending: PendingCommand): void;
}

export class SingleRunner {
  readonly #options: SingleRunnerOptions;
  #waiting: PendingCommand[] = [];
  #running = 0;

  constructor(options: SingleRunnerOptions) {
    this.#options = options;
  }

  add(commands: readonly PendingCommand[]): void {
    this.#waiting.push(...commands);
    while (this.#running < MAX_RUNNING && this.#waiting.length > 0) {
      this.#running += 1;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    for (let pending = this.#next(); pending !== undefined; pending = this.#next()) {
      pending.attempts += 1;
      try {
        if (!pending.answered) await this.#options.run(pending);
      } catch (error) {
        if (isContention(error) || error instanceof NotCommitted) {
          // The queue rejects the command when its time limit is reached.
          this.#waiting.push(pending);
          continue;
        }
        if (!pending.answered) pending.reject(isOutage(error) ? unavailable(error) : error);
      }
      this.#options.done(pending);
    }
    this.#running -= 1;
  }

  /** The oldest command among those with the fewest attempts. */
  #next(): PendingCommand | undefined {
    let found = 0;
    for (const [index, pending] of this.#waiting.entries()) {
      if (pending.attempts < (this.#waiting[found] as PendingCommand).attempts) found = index;
    }
    return this.#waiting.splice(found, 1)[0];
  }
}
