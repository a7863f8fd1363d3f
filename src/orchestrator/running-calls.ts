/** Calls the handlers of one execution of a run, and ends the calls early. */

import type { StartedJob } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { type CancelJob, endedByTimeout, JobCall, type StorableAnswer } from "./job-call.ts";
import type { JobCancellations } from "./job-cancellations.ts";
import { type ContextSources, contextOf } from "./job-context.ts";
import type { LogWriter } from "./log-writer.ts";
import { after, jobTimedOut } from "./timeouts.ts";

export interface CallSources {
  log: Pick<Logger, "warn">;
  /** Stores the log lines of jobs. */
  logs: LogWriter;
  /** How long a cancelled handler has to end, in ms. */
  cancelGraceMs: number;
}

/** The answer of a handler, and how often it had failed before. */
export type CallAnswer = StorableAnswer & { failuresBefore: number };

const timedOut = ({ timeoutMs }: JobDefinition): string => jobTimedOut(timeoutMs ?? 0);

/** The run whose jobs are called. */
export interface CallingRun {
  /** Made for each call, which releases them: a run that waits does not need them. */
  contextSources: () => ContextSources;
  readonly cancellations: JobCancellations;
}

export class RunningCalls {
  readonly #sources: CallSources;
  readonly #run: CallingRun;
  /** The current calls, in no order. */
  #calls: JobCall[] = [];
  #stopped: Error | null = null;
  #cancelled: { reason: string | null } | null = null;

  constructor(sources: CallSources, run: CallingRun) {
    this.#sources = sources;
    this.#run = run;
  }

  /** Ends all calls, now and in the future: another process calls the handlers again. */
  stop(why: Error): void {
    this.#stopped = why;
    for (const call of this.#calls) call.abort(why);
  }

  /** Cancels all calls, now and in the future, except those that outlast a cancellation. */
  cancel(reason: string | null): void {
    this.#cancelled = { reason };
    for (const call of this.#calls) if (!call.outlastsCancellation) void call.cancel(reason);
  }

  /** Calls a job's handler. @throws the error that `stop` was called with */
  call(handler: JobHandler, job: JobDefinition, started: StartedJob): Promise<CallAnswer> {
    const { msLeft, failures: failuresBefore } = started;
    const { logs, cancelGraceMs } = this.#sources;
    const sources = this.#run.contextSources();
    const log = logs.open({ runId: sources.run.id, jobId: job.id, attempt: started.attempts });
    const context = contextOf(sources, job, started, log);
    const cancelJob = this.#cancellationOf(handler, job);
    const isSubRun = job.type === SUB_WORKFLOW;
    // It ends when the run has ended, for any duration of its jobs.
    const graceMs = isSubRun ? Number.POSITIVE_INFINITY : cancelGraceMs;
    const call = new JobCall(handler, context, { cancelJob, graceMs });
    call.outlastsCancellation = outlastsCancellation(job);
    // It timed out before this process called it, and the handler has no request that may be decided.
    const mayHaveEnded = isSubRun || handler.cancel !== undefined;
    if (msLeft !== null && msLeft <= 0 && !mayHaveEnded)
      return Promise.resolve({ ...endedByTimeout(timedOut(job)), failuresBefore });
    const endTimer = msLeft === null ? null : after(msLeft, () => void call.timeOut(timedOut(job)));
    this.#calls.push(call);
    const running = call.run();
    if (this.#stopped !== null) call.abort(this.#stopped);
    if (this.#cancelled !== null && !call.outlastsCancellation) void call.cancel(this.#cancelled.reason);
    const close = () => {
      endTimer?.();
      this.#calls = this.#calls.filter((other) => other !== call);
      return log.close();
    };
    return running.then(
      async (answer) => {
        await close();
        return { ...answer, failuresBefore };
      },
      async (error) => {
        await close();
        throw error;
      },
    );
  }

  #cancellationOf(handler: JobHandler, job: JobDefinition): CancelJob {
    return async (reason, isRunning) => {
      try {
        return await this.#run.cancellations.ofRunning(job, handler, reason, isRunning);
      } catch (error) {
        // The process that takes over the run calls the job again, or ends it.
        if (this.#stopped === null)
          this.#sources.log.warn({ err: error, jobId: job.id }, "a job could not be cancelled");
        return null;
      }
    };
  }
}
