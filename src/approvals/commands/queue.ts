/**
 * The commands that are not answered yet, in order of arrival. One command per key is in flight at a time, their total
 * number is bounded, and each is answered within a bounded time even if the database does not respond.
 */

import { UnavailableError } from "../../model/errors.ts";
import type { Command, Job } from "./batch.ts";

/** Most commands that wait for their answer at a time, which bounds the memory they take. */
const MOST_OPEN = 20_000;
/** ms after which a command that was not carried out is answered. */
const ANSWER_WITHIN_MS = 9_000;

export interface QueueStats {
  /** Commands without an answer. */
  waiting: number;
  /** How many of them wait for a row that another transaction has locked. */
  locked: number;
  /** How long the oldest has waited, in ms; 0 if there is none. */
  oldestMs: number;
  /** The same for those that wait for no locked row. */
  unexplainedMs: number;
}

export interface QueueOptions {
  mostOpen?: number;
  answerWithinMs?: number;
}

export class CommandQueue {
  readonly #mostOpen: number;
  readonly #answerWithinMs: number;
  /** Oldest first. */
  readonly #open = new Set<Job>();
  readonly #keysInFlight = new Set<string>();
  #waiting: Job[] = [];

  constructor({ mostOpen = MOST_OPEN, answerWithinMs = ANSWER_WITHIN_MS }: QueueOptions = {}) {
    this.#mostOpen = mostOpen;
    this.#answerWithinMs = answerWithinMs;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws UnavailableError where too many are open */
  add(command: Command, resolve: Job["resolve"], reject: Job["reject"]): void {
    if (this.#open.size >= this.#mostOpen) {
      throw new UnavailableError(`${this.#open.size} commands already wait for the database. Try again.`);
    }
    const late = setTimeout(() => job.reject(new UnavailableError(TOO_LATE)), this.#answerWithinMs);
    const settle = () => {
      job.answered = true;
      clearTimeout(late);
      this.#open.delete(job);
    };
    const job: Job = {
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
    this.#open.add(job);
    this.#waiting.push(job);
  }

  /** The next batch: the oldest commands whose keys are free. Their keys are taken until `done`. */
  take(most: number): Job[] {
    const batch: Job[] = [];
    const later: Job[] = [];
    for (const job of this.#waiting) {
      if (job.answered) continue;
      const fits = batch.length < most && !this.#keysInFlight.has(job.command.key);
      if (fits) this.#keysInFlight.add(job.command.key);
      (fits ? batch : later).push(job);
    }
    this.#waiting = later;
    return batch;
  }

  /** The next command with this key may go. */
  done(job: Job): void {
    this.#keysInFlight.delete(job.command.key);
  }

  stats(): QueueStats {
    let locked = 0;
    let unexplained: Job | undefined;
    const blocked = new Set<string>();
    for (const job of this.#open) {
      if (job.isLocked) blocked.add(job.command.key);
      // Later commands with the same key wait for the same row.
      if (blocked.has(job.command.key)) locked += 1;
      else unexplained ??= job;
    }
    const [oldest] = this.#open;
    const ageOf = (job: Job | undefined) => (job === undefined ? 0 : performance.now() - job.since);
    return { waiting: this.#open.size, locked, oldestMs: ageOf(oldest), unexplainedMs: ageOf(unexplained) };
  }
}

const TOO_LATE =
  "The database did not respond in time. You can safely repeat a decision, a cancellation or a new request.";
