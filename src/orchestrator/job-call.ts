/** One call of a job's handler: the context, the answer, and the early end. */

import { describeIssues } from "../handler/errors.ts";
import type { JobAnswer, JobContext, JobHandler } from "../handler/job.ts";
import { oneLine } from "../log.ts";
import type { Issue } from "../model/errors.ts";
import { cutText, storable } from "../model/json.ts";
import { JobTimedOutError, RunCancelledError } from "./errors.ts";
import { outputText } from "./outputs.ts";
import { outageOf, type ProcessOutage } from "./process-outages.ts";
import { after, exactly } from "./timeouts.ts";

/** The answer of a handler in the form in which it is stored. */
export interface StorableAnswer {
  success: boolean;
  /** JSON text; null without an output. */
  output: string | null;
  error: string | null;
  /** Whether another call of the handler may succeed. */
  retryable: boolean;
  /** Whether its time-out ended it. */
  isTimeout?: boolean;
  /** The outage that prevents this process from doing the job, if there is one. */
  outage?: ProcessOutage | null;
}

/** Ends a running job through its handler. @returns null if only its signal can end it */
export type CancelJob = (reason: string | null, isRunning: () => boolean) => Promise<"CANCELLED" | "DECIDED" | null>;

/** The default time that a cancelled handler has to end, in ms. */
export const CANCEL_GRACE_MS = 30_000;
/** A timed-out handler that ignores its signal for this many ms is abandoned: the run continues without its answer. */
const GIVE_UP_AFTER_MS = 5_000;
const MAX_ERROR = 10_000;

export class JobCall {
  readonly #handler: JobHandler;
  /** Null once the handler is called. */
  #context: JobContext | null;
  readonly #cancelJob: CancelJob;
  readonly #graceMs: number;
  readonly #aborting = new AbortController();
  /** Whether it continues when its run is cancelled. */
  outlastsCancellation = false;
  /** Ends `run` with an error; null once it has ended. */
  #fail: ((error: Error) => void) | null = null;
  /** Ends `run` with an answer. */
  #resolve: (answer: StorableAnswer) => void = () => {};
  /** Why it is ended, once it has timed out. After its signal or its cancellation no success counts. */
  #timedOut: { reason: string; isFinal: boolean; isCancelled: boolean } | null = null;

  /** @param graceMs the time that a cancelled handler has to end, after its `cancel` and again after its signal */
  constructor(
    handler: JobHandler,
    context: Omit<JobContext, "signal">,
    { cancelJob, graceMs }: { cancelJob: CancelJob; graceMs: number },
  ) {
    this.#handler = handler;
    this.#context = Object.assign(context, { signal: this.#aborting.signal });
    this.#cancelJob = cancelJob;
    this.#graceMs = graceMs;
  }

  /** Calls the handler. If the handler throws, the call has failed. @throws the reason of `abort` */
  run(): Promise<StorableAnswer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#fail = reject;
      this.#execute().then(
        (answer) => this.#answered(answer),
        (error) => this.#failed(error),
      );
    });
  }

  /** Calls the handler. Nothing but the handler refers to its context from then on, because it may wait for months. */
  #execute(): Promise<JobAnswer> {
    const context = this.#context as JobContext;
    this.#context = null;
    try {
      return Promise.resolve(this.#handler.execute(context));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #answered(answer: JobAnswer): void {
    try {
      this.#end(storableAnswer(answer));
    } catch (error) {
      this.#failed(error); // A field of the answer cannot be read.
    }
  }

  #failed(thrown: unknown): void {
    const error = reasonOf(oneLine(thrown));
    this.#end({ success: false, output: null, error, retryable: isRetryable(thrown), outage: outageOf(thrown) });
  }

  #end(answer: StorableAnswer): void {
    this.#fail = null;
    const over = this.#timedOut;
    const isLate = over !== null && (over.isFinal || over.isCancelled || !answer.success);
    this.#resolve(isLate ? timedOut(answer, over.reason) : answer);
  }

  /** Ends the call without cancelling the job, which another process will call again. */
  abort(reason: Error): void {
    this.#fail?.(reason);
    this.#fail = null;
    this.#aborting.abort(reason);
  }

  /**
   * Ends the call early: through its handler, which cancels its request, or by the signal alone. The handler may be
   * about to ask, so there may be no request yet. A handler that ignores its signal is abandoned: the run continues
   * without its answer.
   */
  async cancel(reason: string | null): Promise<void> {
    const stop = () => {
      this.#aborting.abort(new RunCancelledError(reason ?? "the run was cancelled"));
      after(this.#graceMs, () => this.#fail && this.#end(ignoredSignal(this.#graceMs)));
    };
    await this.#endThroughHandler(reason, stop);
  }

  /**
   * Ends the call because it has timed out. A request that is already decided counts as decided. A handler that has
   * nothing to cancel gets its signal once the grace period is over.
   */
  async timeOut(reason: string): Promise<void> {
    const over = { reason, isFinal: false, isCancelled: false };
    this.#timedOut = over;
    const stop = () => {
      if (this.#fail === null || over.isFinal) return;
      over.isFinal = true;
      this.#aborting.abort(new JobTimedOutError(reason));
      const giveUp = () => this.#fail && this.#end(endedByTimeout(reason));
      after(Math.min(GIVE_UP_AFTER_MS, this.#graceMs), giveUp);
    };
    after(this.#graceMs, () => this.#timedOut !== null && stop());
    const outcome = await this.#endThroughHandler(reason, stop);
    if (outcome === "CANCELLED") over.isCancelled = true;
    if (outcome === "DECIDED") this.#timedOut = null;
  }

  async #endThroughHandler(reason: string | null, stop: () => void): Promise<"CANCELLED" | "DECIDED" | null> {
    const outcome = await this.#cancelJob(reason, () => this.#fail !== null);
    if (outcome === null) stop();
    else after(this.#graceMs, () => this.#fail && stop());
    return outcome;
  }
}

/** The answer of a job that timed out. */
export const endedByTimeout = (error: string): StorableAnswer => ({
  success: false,
  output: null,
  error,
  retryable: true,
  isTimeout: true,
});

/** The answer of a cancelled job whose handler does not end. */
const ignoredSignal = (ms: number): StorableAnswer => {
  const error = `The handler ignored its signal: it did not end within ${exactly(ms)} of its cancellation.`;
  return { success: false, output: null, error, retryable: false };
};

/** An answer that came after the time-out. */
const timedOut = ({ success, output, retryable }: StorableAnswer, error: string): StorableAnswer => ({
  success: false,
  output: success ? null : output,
  error,
  retryable,
  isTimeout: true,
});

/** A text that PostgreSQL can store, cut to the length of an error. */
export const storableText = (text: string): string => cutText(storable(text), MAX_ERROR);

function storableAnswer(answer: JobAnswer): StorableAnswer {
  if (typeof answer !== "object" || answer === null || typeof answer.success !== "boolean") {
    const error = "its handler did not return { success: true } or { success: false }";
    return { success: false, output: null, error, retryable: true };
  }
  const { success, output, error } = answer;
  const retryable = isRetryable(answer);
  const issues: Issue[] = [];
  const text = outputText({ path: "answer", name: "output" }, output, issues);
  const why = success ? null : reasonOf(error);
  if (issues.length === 0) return { success, output: text, error: why, retryable };
  const fault = `its output cannot be stored: ${describeIssues(issues)}`;
  return { success: false, output: null, error: storableText(why === null ? fault : `${why}; ${fault}`), retryable };
}

/** Whether a failure, returned or thrown, may be retried: it does not have `retryable: false`. Anything can be thrown. */
function isRetryable(failure: unknown): boolean {
  try {
    return (failure as { retryable?: unknown } | null | undefined)?.retryable !== false;
  } catch {
    return true; // The field cannot be read.
  }
}

/** The error as text, whatever its type. */
function reasonOf(error: unknown): string {
  const text = typeof error === "string" ? error : error == null ? "" : oneLine(error);
  return storableText(text.trim() === "" ? "no reason was given" : text);
}
