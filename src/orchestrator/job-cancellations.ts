/**
 * Cancels the requests of jobs that end without a decision, because their run was cancelled or they timed out, and the
 * runs that such jobs have started. A job does not end while its request is open. If the cancellation fails, the reason is
 * logged and stored, and it is repeated until it succeeds or the request is decided, also by the next process that
 * resumes the run.
 */

import type { Pool } from "../db/pool.ts";
import { type RequestOfJob, requestOfJob } from "../db/queries/job-requests.ts";
import type { Writer } from "../db/queries/run-owner.ts";
import { noteWaiting } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import { type Logger, oneLine } from "../log.ts";
import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { RunNotOwnedError } from "./errors.ts";
import type { Halt } from "./halt.ts";
import { storableText } from "./job-call.ts";
import { outageDelayOf, outageOf } from "./process-outages.ts";
import type { RequestWaits } from "./request-waits.ts";
import type { ActiveRun } from "./run-result.ts";
import { callerOf, type SubRuns } from "./sub-runs.ts";
import { after } from "./timeouts.ts";

export interface JobCancellationSources {
  pool: Pool;
  log: Pick<Logger, "warn">;
  requests: Pick<RequestWaits, "wait">;
  subRuns: Pick<SubRuns, "cancelRun" | "cancelAll" | "ended">;
  run: Pick<ActiveRun, "id" | "workflowId" | "executionId">;
  writer: Writer;
  /** Ends when the execution stops. */
  stopping: Halt;
  handlerOf: (type: string) => JobHandler | undefined;
  /** Repeats a read or a write of the database until it succeeds. */
  withRetries: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The result of one call of a handler's `cancel`. */
type Tried = "CANCELLED" | "DECIDED" | "NOT_FOUND" | Fault;
interface Fault {
  /** Why it is not cancelled, without a full stop. */
  why: string;
  error: unknown;
}

/** How long a handler's `cancel` may take, in ms. */
const ANSWER_MS = 30_000;
/** ms before `cancel` is called again for a job that may be about to ask. */
const LOOK_MS = { first: 200, most: 2_000 };

export class JobCancellations {
  readonly #sources: JobCancellationSources;

  constructor(sources: JobCancellationSources) {
    this.#sources = sources;
  }

  /**
   * Ends a job whose handler is running.
   * @returns null if the handler cannot end it, so that only its signal can
   */
  async ofRunning(
    job: JobDefinition,
    handler: JobHandler,
    reason: string | null,
    isRunning: () => boolean,
  ): Promise<"CANCELLED" | "DECIDED" | null> {
    const { subRuns, run, withRetries } = this.#sources;
    if (job.type === SUB_WORKFLOW) return subRuns.cancelRun(callerOf(run, job), reason, withRetries);
    if (handler.cancel === undefined) return null;
    let looks = 0;
    for (let failures = 0; isRunning(); ) {
      const request = await this.#look(job);
      const requestId = request?.requestId ?? null;
      const tried = await this.#try(job, handler, reason, requestId);
      if (tried === "CANCELLED" || tried === "DECIDED") return tried;
      if (requestId !== null && !request?.isOpen) return "DECIDED";
      if (tried === "NOT_FOUND") {
        if (requestId === null)
          await this.#sources.stopping.pause(Math.min(LOOK_MS.most, LOOK_MS.first * 1.5 ** looks++));
        else await this.#failed(job, request, notSeen(request), ++failures);
      } else if (requestId === null && tried.error !== null && outageOf(tried.error) === null) {
        this.#warn(job, requestId, tried);
        return null;
      } else {
        await this.#failed(job, request, tried, ++failures);
      }
    }
    return null;
  }

  /**
   * Resolves once no request of the job is open, and no run that it has started is running.
   * @param isAbandoned whether the job's handler ran in a dead process: its `cancel` is then called once in any case
   * @throws RunNotOwnedError
   */
  async untilRequestsAreClosed(job: JobDefinition, reason: string | null, isAbandoned = false): Promise<void> {
    if (job.type === SUB_WORKFLOW) return this.#untilRunHasEnded(job, reason);
    let isCalled = !isAbandoned;
    let isClaimed = false;
    for (let failures = 0; ; ) {
      const request = await this.#look(job);
      if (request === undefined || request.attempts === 0) return;
      const isOpen = request.isOpen || request.mayBeOpen;
      if (!isOpen && isCalled) return;
      isCalled = true;
      const tried = await this.#try(job, this.#sources.handlerOf(job.type), reason, request.requestId);
      if (!isOpen) {
        if (typeof tried !== "string" && tried.error !== null) this.#warn(job, null, tried);
        return;
      }
      // The handler knows its own requests: any other request with the job's ids is not its own.
      if (request.requestId === null && typeof tried === "string") return;
      const isDone = tried === "CANCELLED" || tried === "DECIDED";
      if (isDone && !isClaimed) isClaimed = true;
      else if (isDone) await this.#failed(job, request, { why: "it is still open", error: null }, ++failures);
      else await this.#failed(job, request, tried === "NOT_FOUND" ? notSeen(request) : tried, ++failures);
    }
  }

  /** Cancels the run that a job has started, and waits until it has ended. */
  async #untilRunHasEnded({ id }: JobDefinition, reason: string | null): Promise<void> {
    const { pool, run, writer, subRuns, stopping, withRetries } = this.#sources;
    const running = await subRuns.cancelAll(run.id, id, reason, withRetries);
    if (running.length === 0) return;
    const sentence = `The job ends when the run that it has started, ${running.join(", ")}, has ended.`;
    await withRetries(() => noteWaiting(pool, writer, id, { waitingFor: "CANCELLATION", reason: sentence }));
    await stopping.unlessOver(subRuns.ended(running));
    if (stopping.isOver) throw new RunNotOwnedError();
  }

  #look({ id }: JobDefinition): Promise<RequestOfJob | undefined> {
    const { pool, run, withRetries } = this.#sources;
    return withRetries(() => requestOfJob(pool, run.id, id));
  }

  async #try(
    job: JobDefinition,
    handler: JobHandler | undefined,
    reason: string | null,
    requestId: string | null,
  ): Promise<Tried> {
    if (handler === undefined) return { why: `this process has no handler for ${job.type}`, error: null };
    if (handler.cancel === undefined) return { why: "its handler has no cancel method", error: null };
    const { workflowId, executionId } = this.#sources.run;
    const args = [job.id, executionId, reason ?? undefined, workflowId, requestId ?? undefined] as const;
    const late = Promise.withResolvers<Fault>();
    const endTimer = after(ANSWER_MS, () =>
      late.resolve({ why: `there was no answer within ${ANSWER_MS / 1000} seconds`, error: null }),
    );
    const called = (async () => handler.cancel?.(...args))().then(() => "CANCELLED" as const, triedOf);
    const tried = await this.#sources.stopping.unlessOver(Promise.race([called, late.promise]));
    endTimer();
    if (tried === undefined) throw new RunNotOwnedError();
    return tried;
  }

  /** Logs and stores why a request is still open, and waits before the next try. */
  async #failed(job: JobDefinition, request: RequestOfJob | undefined, fault: Fault, failures: number): Promise<void> {
    const { pool, writer, withRetries, requests, stopping } = this.#sources;
    const requestId = request?.requestId ?? null;
    this.#warn(job, requestId, fault);
    const what = requestId === null ? "The request" : `The request ${requestId}`;
    const sentence = `${what} is not cancelled yet: ${fault.why}. The job ends when it is cancelled or decided.`;
    const waiting = { waitingFor: "CANCELLATION", reason: storableText(sentence) } as const;
    await withRetries(() => noteWaiting(pool, writer, job.id, waiting));
    const ending = new AbortController();
    const isFinal = requestId === null ? null : requests.wait(requestId, ending.signal).catch(() => {});
    const pause = stopping.pause(outageDelayOf(failures));
    await (isFinal === null ? pause : Promise.race([pause, isFinal]));
    ending.abort();
  }

  #warn({ id: jobId }: JobDefinition, requestId: string | null, { why, error }: Fault): void {
    const { workflowId, executionId } = this.#sources.run;
    const fields = { workflowId, executionId, jobId, ...(requestId !== null && { requestId }) };
    this.#sources.log.warn(
      { ...fields, ...(error !== null && { err: error }) },
      `a job could not be cancelled: ${why}`,
    );
  }
}

const notSeen = (request: RequestOfJob | undefined): Fault => ({
  why: `the user of this process may not see it; it was created by ${JSON.stringify(request?.createdBy ?? null)}`,
  error: null,
});

function triedOf(error: unknown): Tried {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ALREADY_DECIDED" || code === "EXPIRED") return "DECIDED";
  if (code === "NOT_FOUND") return "NOT_FOUND";
  return { why: oneLine(error).replace(/[.\s]+$/, ""), error: error ?? new Error("nothing was thrown") };
}
