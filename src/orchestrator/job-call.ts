/** One call of a job's handler: what it is given, what its answer comes to, and how it is ended early. */

import { describeIssues } from "../handler/errors.ts";
import type { JobAnswer, JobContext, JobHandler } from "../handler/job.ts";
import { oneLine } from "../log.ts";
import type { Issue } from "../model/errors.ts";
import { cutText, storable } from "../model/json.ts";
import { JobTimedOutError, RunCancelledError } from "./errors.ts";
import { outputText } from "./outputs.ts";
import { outageOf, type ProcessOutage } from "./process-outages.ts";
import { after, exactly } from "./timeouts.ts";

/** A handler's answer as it can be kept. */
export interface KeptAnswer {
  success: boolean;
  /** JSON text; null where it put out nothing. */
  output: string | null;
  error: string | null;
  /** Whether another call of the handler may succeed. */
  retryable: boolean;
  /** Whether its time-out ended it. */
  isTimeout?: boolean;
  /** What kept this process from doing the job, if it was that. */
  outage?: ProcessOutage | null;
}

/** Ends a running job through its handler. @returns null where only its signal is left */
export type Withdrawal = (reason: string | null, isRunning: () => boolean) => Promise<"WITHDRAWN" | "DECIDED" | null>;

/** The default time that a cancelled handler has to end, in ms. */
export const CANCEL_GRACE_MS = 30_000;
/** A timed-out handler that ignores its signal for so many ms is left behind: the run goes on without its answer. */
const LEAVE_AFTER_MS = 5_000;
const MAX_ERROR = 10_000;

export class JobCall {
  readonly #handler: JobHandler;
  readonly #context: JobContext;
  readonly #withdrawal: Withdrawal;
  readonly #graceMs: number;
  readonly #aborting = new AbortController();
  /** It goes on when its run is cancelled. */
  outlastsCancellation = false;
  /** Ends `run` with an error; null once it has ended. */
  #fail: ((error: Error) => void) | null = null;
  /** Ends `run` with an answer. */
  #answer: (answer: KeptAnswer) => void = () => {};
  /** Why it is ended, once its time-out has passed. After its signal or its withdrawal no success counts. */
  #timedOut: { reason: string; isFinal: boolean; isWithdrawn: boolean } | null = null;

  /** @param graceMs that a cancelled handler has to end, after its `cancel` and again after its signal */
  constructor(
    handler: JobHandler,
    context: Omit<JobContext, "signal">,
    { withdrawal, graceMs }: { withdrawal: Withdrawal; graceMs: number },
  ) {
    this.#handler = handler;
    this.#context = context;
    this.#context.signal = this.#aborting.signal;
    this.#withdrawal = withdrawal;
    this.#graceMs = graceMs;
  }

  /** Calls the handler; what it throws is a failure. @throws the reason of `abort` */
  run(): Promise<KeptAnswer> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      const end = (answer: KeptAnswer) => {
        this.#fail = null;
        const over = this.#timedOut;
        const isLate = over !== null && (over.isFinal || over.isWithdrawn || !answer.success);
        resolve(isLate ? timedOut(answer, over.reason) : answer);
      };
      this.#answer = end;
      const failed = (thrown: unknown) => {
        const error = reasonOf(oneLine(thrown));
        const outage = outageOf(thrown);
        end({ success: false, output: null, error, retryable: isRetryable(thrown), outage });
      };
      const answering = (async () => this.#handler.execute(this.#context))();
      answering.then((answer) => end(kept(answer))).catch(failed);
    });
  }

  /** Ends it without a word to the outside: the job will be called again elsewhere. */
  abort(reason: Error): void {
    this.#fail?.(reason);
    this.#fail = null;
    this.#aborting.abort(reason);
  }

  /**
   * Has it end early: through its handler, which withdraws what it asked for; without that by the signal alone.
   * It may just be about to ask, so that there is nothing to withdraw yet. A handler that ignores its signal is left
   * behind: the run goes on without its answer.
   */
  async cancel(reason: string | null): Promise<void> {
    const stop = () => {
      this.#aborting.abort(new RunCancelledError(reason ?? "the run was cancelled"));
      after(this.#graceMs, () => this.#fail && this.#answer(leftBehind(this.#graceMs)));
    };
    await this.#withdraw(reason, stop);
  }

  /**
   * The same when its time-out has passed. A request that was decided before counts as decided. A handler that has
   * nothing to withdraw, whatever the reason, is stopped once the grace is over.
   */
  async timeOut(reason: string): Promise<void> {
    const over = { reason, isFinal: false, isWithdrawn: false };
    this.#timedOut = over;
    const stop = () => {
      if (this.#fail === null || over.isFinal) return;
      over.isFinal = true;
      this.#aborting.abort(new JobTimedOutError(reason));
      const leave = () => this.#fail && this.#answer(endedByTimeout(reason));
      after(Math.min(LEAVE_AFTER_MS, this.#graceMs), leave);
    };
    after(this.#graceMs, () => this.#timedOut !== null && stop());
    const outcome = await this.#withdraw(reason, stop);
    if (outcome === "WITHDRAWN") over.isWithdrawn = true;
    if (outcome === "DECIDED") this.#timedOut = null;
  }

  async #withdraw(reason: string | null, stop: () => void): Promise<"WITHDRAWN" | "DECIDED" | null> {
    const outcome = await this.#withdrawal(reason, () => this.#fail !== null);
    if (outcome === null) stop();
    else after(this.#graceMs, () => this.#fail && stop());
    return outcome;
  }
}

/** The answer of a job that has given none within its time. */
export const endedByTimeout = (error: string): KeptAnswer => ({
  ...{ success: false, output: null, error, retryable: true, isTimeout: true },
});

/** The answer of a cancelled job that has given none. */
const leftBehind = (ms: number): KeptAnswer => {
  const error = `The handler ignored its signal: it did not end within ${exactly(ms)} of its cancellation.`;
  return { success: false, output: null, error, retryable: false };
};

/** What an answer is worth that came after the time-out. */
const timedOut = ({ success, output, retryable }: KeptAnswer, error: string): KeptAnswer => ({
  ...{ success: false, output: success ? null : output, error, retryable, isTimeout: true },
});

/** A text as PostgreSQL can keep it. */
export const said = (text: string): string => cutText(storable(text), MAX_ERROR);

function kept(answer: JobAnswer): KeptAnswer {
  if (typeof answer !== "object" || answer === null || typeof answer.success !== "boolean") {
    const error = "its handler answered no { success: true or false }";
    return { success: false, output: null, error, retryable: true };
  }
  const { success, output, error } = answer;
  const retryable = isRetryable(answer);
  const issues: Issue[] = [];
  const text = outputText({ path: "answer", name: "output" }, output, issues);
  const why = success ? null : reasonOf(error);
  if (issues.length === 0) return { success, output: text, error: why, retryable };
  const fault = `its output cannot be kept: ${describeIssues(issues)}`;
  return { success: false, output: null, error: said(why === null ? fault : `${why}; ${fault}`), retryable };
}

/** Whether a failure, answered or thrown, may be retried: unless it says `retryable: false`. Anything can be thrown. */
function isRetryable(failure: unknown): boolean {
  try {
    return (failure as { retryable?: unknown } | null | undefined)?.retryable !== false;
  } catch {
    return true; // The field cannot be read.
  }
}

/** Why it was no success, whatever stands for that. */
function reasonOf(error: unknown): string {
  const text = typeof error === "string" ? error : error == null ? "" : oneLine(error);
  return said(text.trim() === "" ? "it was no success" : text);
}
