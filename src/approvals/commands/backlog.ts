/**
 * The commands that are not answered yet, in order of arrival. One command per key is in flight at a time, their total
 * number is limited, and each is answered within a limited time even if the database does not respond.
 */

import { UnavailableError } from "../../model/errors.ts";
import { mark } from "../../model/marks.ts";
import type { Command, PendingCommand } from "./command.ts";

/** Most commands that wait for an answer at a time. This limits the memory they use. */
const MAX_OPEN = 20_000;
/** ms after which a command that was not executed is answered with an error. */
const ANSWER_WITHIN_MS = 9_000;

export interface BacklogStats {
  /** Commands without an answer. */
  waiting: number;
  /** How many of them wait for a row that another transaction has locked. */
  locked: number;
  /** How long the oldest has waited, in ms; 0 if there is none. */
  oldestMs: number;
  /** The same for commands that do not wait for a locked row. */
  unexplainedMs: number;
}

export interface BacklogOptions {
  maxOpen?: number;
  answerWithinMs?: number;
}

export class Backlog {
  readonly #maxOpen: number;
  readonly #answerWithinMs: number;
  /** Oldest first. */
  readonly #open = new Set<PendingCommand>();
  readonly #keysInFlight = new Set<string>();
  #waiting: PendingCommand[] = [];

  constructor({ maxOpen = MAX_OPEN, answerWithinMs = ANSWER_WITHIN_MS }: BacklogOptions = {}) {
    this.#maxOpen = maxOpen;
    this.#answerWithinMs = answerWithinMs;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws UnavailableError if too many are open */
  add(command: Command, resolve: PendingCommand["resolve"], reject: PendingCommand["reject"]): void {
    if (this.#open.size >= this.#maxOpen) {
      throw new UnavailableError(`${this.#open.size} commands already wait for the database. Try again.`);
    }
    const late = setTimeout(() => pending.reject(new UnavailableError(TOO_LATE)), this.#answerWithinMs);
    const settle = () => {
      pending.answered = true;
      clearTimeout(late);
      this.#open.delete(pending);
    };
    const pending: PendingCommand = {
      command,
      since: performance.now(),
      attempts: 0,
      resolve: (outcome) => {
        settle();
        resolve(outcome);
      },
      reject: (error) => {
        settle();
        reject(error);
      },
    };
    this.#open.add(pending);
    this.#waiting.push(pending);
    mark("queued");
  }

  /** Takes the next batch: the oldest commands whose keys are free. Their keys are in use until `done`. */
  take(most: number): PendingCommand[] {
    const batch: PendingCommand[] = [];
    const later: PendingCommand[] = [];
    for (const pending of this.#waiting) {
      if (pending.answered) continue;
      const fits = batch.length < most && !this.#keysInFlight.has(pending.command.key);
      if (fits) this.#keysInFlight.add(pending.command.key);
      (fits ? batch : later).push(pending);
    }
    this.#waiting = later;
    return batch;
  }

  /** Frees the key of a command for the next command with it. */
  done(pending: PendingCommand): void {
    this.#keysInFlight.delete(pending.command.key);
  }

  stats(): BacklogStats {
    let locked = 0;
    let unexplained: PendingCommand | undefined;
    const blocked = new Set<string>();
    for (const pending of this.#open) {
      if (pending.isLocked) blocked.add(pending.command.key);
      // Later commands with the same key wait for the same row.
      if (blocked.has(pending.command.key)) locked += 1;
      else unexplained ??= pending;
    }
    const [oldest] = this.#open;
    const ageOf = (pending: PendingCommand | undefined) =>
      pending === undefined ? 0 : performance.now() - pending.since;
    return { waiting: this.#open.size, locked, oldestMs: ageOf(oldest), unexplainedMs: ageOf(unexplained) };
  }
}

const TOO_LATE =
  "The database did not respond in time. You can safely repeat a decision, a cancellation or a new request.";
