/** The calls of handlers that one execution of a run waits for, and how all of them end early. */

import type { BegunJob } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { endedByTimeout, JobCall, type KeptAnswer, type Withdrawal } from "./job-call.ts";
import { type ContextSources, contextOf } from "./job-context.ts";
import type { LogWriter } from "./log-writer.ts";
import { after, jobTimedOut } from "./timeouts.ts";
import type { Withdrawals } from "./withdrawals.ts";

export interface CallSources {
  log: Pick<Logger, "warn">;
  /** Stores what jobs log. */
  logs: LogWriter;
  /** How long a cancelled handler has to end, in ms. */
  cancelGraceMs: number;
}

export class RunningCalls {
  readonly #sources: CallSources;
  readonly #contextSources: ContextSources;
  readonly #withdrawals: () => Withdrawals;
  /** In no order. */
  #calls: JobCall[] = [];
  #left: Error | null = null;
  #cancelled: { reason: string | null } | null = null;

  constructor(sources: CallSources, contextSources: ContextSources, withdrawals: () => Withdrawals) {
    this.#sources = sources;
    this.#contextSources = contextSources;
    this.#withdrawals = withdrawals;
  }

  /** Ends all of them, also those to come: another process calls the handlers again. */
  leave(why: Error): void {
    this.#left = why;
    for (const call of this.#calls) call.abort(why);
  }

  /** Has all of them end, also those to come, except those that outlast a cancellation. */
  cancel(reason: string | null): void {
    this.#cancelled = { reason };
    for (const call of this.#calls) if (!call.outlastsCancellation) void call.cancel(reason);
  }

  /** Calls a job's handler. @throws the error that `leave` was called with */
  call(handler: JobHandler, job: JobDefinition, begun: BegunJob): Promise<KeptAnswer> {
    const { msLeft } = begun;
    const { logs, cancelGraceMs } = this.#sources;
    const log = logs.open({ runId: this.#contextSources.run.id, jobId: job.id, attempt: begun.attempts });
    const context = contextOf(this.#contextSources, job, begun, log);
    const withdrawal = this.#withdrawalOf(handler, job);
    const isSubRun = job.type === SUB_WORKFLOW;
    // It ends when the run has ended, however long the jobs of that take.
    const graceMs = isSubRun ? Number.POSITIVE_INFINITY : cancelGraceMs;
    const call = new JobCall(handler, context, { withdrawal, graceMs });
    call.outlastsCancellation = outlastsCancellation(job);
    const reason = jobTimedOut(job.timeoutMs ?? 0);
    // Its time was over before this process came to it, and the handler has no request that may be decided.
    const mayHaveEnded = isSubRun || handler.cancel !== undefined;
    if (msLeft !== null && msLeft <= 0 && !mayHaveEnded) return Promise.resolve(endedByTimeout(reason));
    const endTimer = msLeft === null ? () => {} : after(msLeft, () => void call.timeOut(reason));
    this.#calls.push(call);
    const answer = call.run();
    if (this.#left !== null) call.abort(this.#left);
    if (this.#cancelled !== null && !call.outlastsCancellation) void call.cancel(this.#cancelled.reason);
    return answer.finally(async () => {
      endTimer();
      this.#calls = this.#calls.filter((other) => other !== call);
      await log.close();
    });
  }

  #withdrawalOf(handler: JobHandler, job: JobDefinition): Withdrawal {
    return async (reason, isRunning) => {
      try {
        return await this.#withdrawals().ofRunning(job, handler, reason, isRunning);
      } catch (error) {
        // The job is called again, or ended, by the process that has the run then.
        if (this.#left === null) this.#sources.log.warn({ err: error, jobId: job.id }, "a job could not be withdrawn");
        return null;
      }
    };
  }
}
