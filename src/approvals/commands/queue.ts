/**
 * Runs commands in batches, one transaction for each batch. Commands that arrive while earlier ones are in flight are
 * collected and run together on one connection: two round trips for the batch, one NOTIFY, one flush of the log. A
 * single command is a batch of one and runs at once. A batch never waits for a locked row: if a row is locked, or if
 * the database rejects the batch, the commands concerned run one by one.
 */

import { isContention, isDatabaseUnavailable, unavailable } from "../../db/outages.ts";
import type { ApprovalRequest } from "../../model/approvals.ts";
import { changesAnything } from "../effects.ts";
import { Backlog, type BacklogOptions, type BacklogStats } from "./backlog.ts";
import type { Command, Outcome, PendingCommand } from "./command.ts";
import { NotCommitted } from "./commit-outcome.ts";
import { clockCommand, DUE, type Due } from "./due.ts";
import { SingleRunner } from "./single-runner.ts";
import { type TransactionOptions, transact } from "./transaction.ts";

export interface CommandQueueOptions extends TransactionOptions, BacklogOptions {
  /** Most commands of one transaction; 1 turns batching off. Default: 200. */
  maxBatch?: number;
  /** Most transactions at a time, not counting those of commands that run one by one. Default: 2. */
  maxInFlight?: number;
}

export interface CommandStats extends BacklogStats {
  /** How many ms ago a command was last executed. */
  idleMs: number;
}

/** The results for requests that were due. */
export interface DueOutcome {
  changed: ApprovalRequest[];
  failed: unknown[];
}

export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #backlog: Backlog;
  readonly #singleRunner: SingleRunner;
  #inFlight = 0;
  #scheduled = false;
  #progressAt = performance.now();

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options);
    this.#singleRunner = new SingleRunner({
      run: (pending) => this.#run([pending], true),
      done: (pending) => {
        this.#backlog.done(pending);
        if (!this.#backlog.isEmpty) this.#schedule();
      },
    });
  }

  /** @throws UnavailableError if the database does not execute it in time */
  execute(command: Command): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#backlog.add(command, resolve, reject);
      this.#schedule();
    });
  }

  /**
   * Applies what is due to up to `limit` requests in one transaction. If the database rejects them together, each is
   * executed alone, so that a single request does not block all others.
   * @returns the requests that were changed, and the errors of those that were not
   */
  async executeDue(due: Due, limit: number): Promise<DueOutcome> {
    try {
      const applied = await transact(this.#options, { due, limit });
      const changed = applied.filter(({ effects }) => changesAnything(effects)).map(({ effects }) => effects.request);
      return { changed, failed: [] };
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
    }
    const rows = await DUE[due].lock(this.#options.pool, limit);
    const results = await Promise.allSettled(rows.map(({ id }) => this.execute(clockCommand(id, due).command)));
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return {
      changed: done.filter((outcome) => outcome.changed).map((outcome) => outcome.request),
      failed: results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])),
    };
  }

  /** Statistics of the commands that are not executed yet. */
  stats(): CommandStats {
    return { ...this.#backlog.stats(), idleMs: performance.now() - this.#progressAt };
  }

  /** Starts batches at the end of this turn, so that commands of the same turn share one. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    const { maxBatch = 200, maxInFlight = 2 } = this.#options;
    while (this.#inFlight < maxInFlight && !this.#backlog.isEmpty) {
      const batch = this.#backlog.take(maxBatch);
      if (batch.length === 0) return;
      this.#inFlight += 1;
      void this.#runBatch(batch).then((rest) => {
        this.#inFlight -= 1;
        for (const pending of batch) if (!rest.has(pending)) this.#backlog.done(pending);
        this.#singleRunner.add([...rest]);
        this.#startBatches();
      });
    }
  }

  /** @returns the commands that must run one by one; all others are answered */
  async #runBatch(batch: readonly PendingCommand[]): Promise<Set<PendingCommand>> {
    try {
      await this.#run(batch, false);
    } catch (error) {
      if (isDatabaseUnavailable(error) && !(error instanceof NotCommitted)) reject(batch, unavailable(error));
      // A retry alone would fail in the same way.
      else if (batch.length === 1 && !isContention(error) && !(error instanceof NotCommitted)) reject(batch, error);
    }
    return new Set(batch.filter((pending) => !pending.answered));
  }

  async #run(commands: readonly PendingCommand[], waits: boolean): Promise<void> {
    await transact(this.#options, { commands, waits });
    this.#progressAt = performance.now();
  }
}

function reject(batch: readonly PendingCommand[], error: unknown): void {
  for (const pending of batch) if (!pending.answered) pending.reject(error);
}
