/**
 * Runs the jobs of one run in one process. The row of a job stores its outcome, once, and the same write stores the
 * engine's step. A job that waits takes a few objects, and no queries.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Pool } from "../db/pool.ts";
import { jobViews } from "../db/queries/run-branches.ts";
import { postponeJob } from "../db/queries/run-outages.ts";
import type { Writer } from "../db/queries/run-owner.ts";
import { type JobState, type RunToFollow, readJobState } from "../db/queries/run-reads.ts";
import { endJob, endRun, failAttempt, type JobWrite, storeMissingSteps } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import { type Logger, oneLine } from "../log.ts";
import type { AttemptOutcome, JobDefinition } from "../model/runs.ts";
import { Branches, type DueJob, outlastsCancellation } from "./branches.ts";
import { RunNotOwnedError } from "./errors.ts";
import { type ForEachSources, runForEach } from "./for-each.ts";
import { Halt } from "./halt.ts";
import { storableText } from "./job-call.ts";
import { JobCancellations } from "./job-cancellations.ts";
import { jobsNamedBy, whyNot } from "./job-conditions.ts";
import type { ContextSources } from "./job-context.ts";
import { JobStarts, type StartedRun, type StartSources } from "./job-starts.ts";
import { JobGraph } from "./order.ts";
import { type OutageReports, outageDelayOf, type ProcessOutage, waitingOf } from "./process-outages.ts";
import type { RequestWaits } from "./request-waits.ts";
import { delayOf, retriesOf } from "./retries.ts";
import { isRefusal, retryForever } from "./retry-forever.ts";
import {
  type ActiveRun,
  type Cancellation,
  cancelledOutcome,
  isOpenJob,
  type JobOutcome,
  outcomeOf,
} from "./run-result.ts";
import { RunSlots } from "./run-slots.ts";
import { type CallAnswer, type CallingRun, type CallSources, RunningCalls } from "./running-calls.ts";
import type { Semaphore } from "./semaphore.ts";
import type { Slots } from "./slots.ts";
import type { SubRuns } from "./sub-runs.ts";

export interface ExecutionSources extends CallSources, StartSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn" | "error">;
  slots: Slots;
  outages: OutageReports;
  requests: Pick<RequestWaits, "wait">;
  /** Limits the concurrent uses of the database. */
  semaphore: Semaphore;
  subRuns: SubRuns;
}

/** Calls something outside the engine's context: the calls of handlers are not steps of the run. */
const outside = AsyncLocalStorage.snapshot();

/** One small object for each run: thousands of them wait in a process. */
export class Execution implements StartedRun, CallingRun {
  readonly #sources: ExecutionSources;
  readonly #run: ActiveRun;
  readonly writer: Writer;
  readonly slots: RunSlots;
  readonly graph: JobGraph;
  readonly #branches: Branches;
  readonly #starts: JobStarts;
  readonly #calls: RunningCalls;
  readonly #ended = Promise.withResolvers<void>();
  /** How many jobs run in this execution. */
  #active = 0;
  /** Called when no job runs any longer; null while nothing waits for that. */
  #onIdle: (() => void) | null = null;
  /** The pauses of the jobs that end with a cancelled run. */
  readonly #halt = new Halt();
  /** The pauses of the jobs that outlast a cancellation. */
  readonly #stopping = new Halt();
  #stopped: Error | null = null;
  #failure: Error | null = null;
  #cancelled: Cancellation | null = null;
  /** Made when the first job is cancelled: most runs never need it. */
  #cancellationsIfAny: JobCancellations | null = null;

  constructor(sources: ExecutionSources, run: ActiveRun, token: string) {
    this.#sources = sources;
    this.#run = run;
    this.graph = JobGraph.of(run.definition.jobs);
    this.#branches = new Branches(this.graph);
    this.writer = { runId: run.id, token };
    this.slots = new RunSlots(sources.slots, run, token);
    this.#starts = new JobStarts(sources, this);
    this.#calls = new RunningCalls(sources, this);
  }

  /** The token that marks its writes. */
  get token(): string {
    return this.writer.token;
  }

  /** The error with which it was stopped; null while it runs. */
  get stopped(): Error | null {
    return this.#stopped;
  }

  /** The parts from which the context of a job is made. */
  contextSources(): ContextSources {
    const { pool, requests, outages } = this.#sources;
    return {
      pool,
      requests,
      run: this.#run,
      graph: this.graph,
      writer: this.writer,
      withRetries: (work) => this.withRetries(work),
      onAsked: (job) => {
        outages.end(job);
        this.slots.asked(job.id);
        this.#starts.offer();
      },
    };
  }

  /** Whether a job waits for a handler that this process does not have. */
  get isMissingHandler(): boolean {
    return this.#starts.isMissingHandler;
  }

  /**
   * Runs all jobs that have not ended.
   * @param run the jobs that have ended, by id, and the places of those whose end the engine has recorded
   * @throws RunNotOwnedError if the execution is stopped
   */
  follow(run: Pick<RunToFollow, "ended" | "noted">): Promise<void> {
    this.#active++;
    this.#begin(run)
      .catch((error) => this.#fail(error))
      .finally(() => this.#leave());
    // Not an async function, whose frame would take more memory while the run waits.
    return this.#ended.promise.then(
      () => this.#finish(null),
      (error) => this.#finish(error),
    );
  }

  async #begin({ ended, noted }: Pick<RunToFollow, "ended" | "noted">): Promise<void> {
    let isStepMissing = false;
    for (const [place, { id }] of this.#run.definition.jobs.entries()) {
      const end = Object.hasOwn(ended, id) ? ended[id] : undefined;
      if (end === undefined) continue;
      this.#branches.end(place, outcomeOf(end));
      isStepMissing ||= !noted.includes(place);
    }
    if (isStepMissing) await this.withRetries(() => storeMissingSteps(this.#sources.pool, this.writer));
    if (this.#stopped === null) this.#continue();
  }

  /** @param failure why the jobs have not all ended; null if they have */
  async #finish(failure: Error | null): Promise<void> {
    try {
      if (failure !== null) throw failure;
      await this.withRetries(() => endRun(this.#sources.pool, this.writer, this.#branches.status));
    } catch (error) {
      throw this.#failure ?? this.#stopped ?? error;
    } finally {
      // No job may write anything after the end.
      if (this.#active > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    }
  }

  /** Stops. The process that resumes the run finds all its jobs as they are. */
  stop(): void {
    this.#stopped ??= new RunNotOwnedError();
    this.#halt.end();
    this.#stopping.end();
    this.#ended.reject(this.#stopped);
    this.#calls.stop(this.#stopped);
  }

  /** Ends the running jobs, and starts only jobs that outlast a cancellation. The run's row has the reason. */
  cancel(reason: string | null, hasTimedOut: boolean): void {
    if (this.#cancelled !== null) return;
    this.#cancelled = { reason, hasTimedOut };
    this.#halt.end();
    this.#calls.cancel(reason);
  }

  /** Starts all jobs that are due. Ends if all jobs have ended. */
  #continue(): void {
    for (const due of this.#branches.due()) {
      this.#active++;
      outside(() => this.#runDue(due)).then(
        () => this.#leave(),
        (error) => {
          this.#fail(error);
          this.#leave();
        },
      );
    }
    if (this.#branches.isOver) this.#ended.resolve();
  }

  #leave(): void {
    if (--this.#active === 0) this.#onIdle?.();
  }

  /** Whether a job must end, or must not start, because its run is cancelled. */
  #isCancelled(job: JobDefinition): boolean {
    return this.#cancelled !== null && !outlastsCancellation(job);
  }

  /** The jobs that conditions name have ended, so every process gets the same result. */
  async #conditionsFail({ when }: JobDefinition): Promise<JobOutcome | null> {
    if (when == null) return null;
    const views = await this.withRetries(() => jobViews(this.#sources.pool, this.#run.id, jobsNamedBy(when)));
    const reason = whyNot(when, views, this.#run.input);
    return reason === null ? null : { status: "SKIPPED", reason: storableText(reason) };
  }

  /** Stops because a job could not continue: mostly another process owns the run. */
  #fail(error: Error): void {
    if (this.#stopped === null) this.#failure = error;
    this.stop();
  }

  /** Takes the outcome of a job, and starts the jobs that depend on it. */
  #record(place: number, outcome: JobOutcome): void {
    if (this.#stopped !== null) return;
    this.#branches.end(place, outcome);
    this.#continue();
    this.#starts.offer();
  }

  /** Ends a job as its branch decides, or runs it. */
  #runDue({ place, job, outcome }: DueJob): Promise<unknown> {
    const record = (known: JobOutcome) => this.#record(place, known);
    return outcome === null ? this.#tried(job, this.#ran(job), record) : this.#end(job, outcome).then(record);
  }

  /** If the database refuses a statement of a job, the job has failed and not the run: the other jobs continue. */
  #tried(
    job: JobDefinition,
    work: Promise<JobOutcome>,
    record: (known: JobOutcome) => void = () => {},
  ): Promise<JobOutcome> {
    const recorded = (known: JobOutcome) => {
      record(known);
      return known;
    };
    const free = () => {
      this.#sources.outages.end(job);
      this.slots.free(job.id);
    };
    // Not an async function, whose frame would take more memory while the job waits.
    return work.then(
      (known) => {
        try {
          return recorded(known);
        } finally {
          free();
        }
      },
      (error) => this.#refused(job, error).then(recorded).finally(free),
    );
  }

  /** Ends a job that the database refuses. @throws an error that is not a refusal */
  async #refused(job: JobDefinition, error: unknown): Promise<JobOutcome> {
    if (!isRefusal(error)) throw error;
    this.#sources.log.error({ err: error, jobId: job.id }, "the database refused what a job needs");
    const why = `The database refused what it needs: ${oneLine(error)}`;
    return this.#end(job, { status: "FAILED", error: storableText(why) });
  }

  #ran(job: JobDefinition): Promise<JobOutcome> {
    return job.when == null && job.forEach == null ? this.#job(job) : this.#ranIfDue(job);
  }

  /** Runs a job that has conditions, or a list. */
  async #ranIfDue(job: JobDefinition): Promise<JobOutcome> {
    const skipped = this.#isCancelled(job) ? null : await this.#conditionsFail(job);
    if (skipped !== null) return this.#end(job, skipped);
    if (job.forEach == null) return this.#job(job);
    const { outcome, output } = await runForEach(job, job.forEach, this.#forEachOf(job));
    return this.#end(job, outcome, output);
  }

  #forEachOf(job: JobDefinition): ForEachSources {
    const { pool } = this.#sources;
    return {
      pool,
      run: this.#run,
      writer: this.writer,
      withRetries: (work) => this.withRetries(work),
      cancelled: () => (this.#isCancelled(job) ? cancelledOutcome(this.#cancelled) : null),
      runItem: (item) => this.#tried(item, this.#job(item)),
      outcomeIfNotStarted: async () => {
        const state = await this.withRetries(() => readJobState(pool, this.writer, job.id));
        if (!state?.owned) throw new RunNotOwnedError();
        return isOpenJob(state) ? this.endCancelled(job, state) : outcomeOf(state);
      },
    };
  }

  /** Runs a job, or an item of one, to its end. */
  async #job(job: JobDefinition): Promise<JobOutcome> {
    const handler = await this.#starts.handlerOf(job);
    if (handler === null) return this.#endRunning(job);
    const retries = retriesOf(job);
    for (let outages = 0; ; ) {
      const attempt = await this.#attempt(job, handler);
      if ("status" in attempt) return this.#end(job, attempt);
      const { success, output, error, retryable, isTimeout, outage, failuresBefore } = await attempt.answer;
      if (success) return this.#end(job, { status: "SUCCEEDED" }, output);
      const why = error ?? "";
      if (this.#isCancelled(job)) return this.#endRunning(job, why, output);
      if (isTimeout) await this.cancellations.untilRequestsAreClosed(job, why);
      if (outage) {
        await this.#postpone(job, outage, outageDelayOf(++outages));
        continue;
      }
      const failures = failuresBefore + 1;
      const ended = isTimeout ? "TIMED_OUT" : "FAILED";
      if (!retryable || failures >= retries.attempts)
        return this.#end(job, { status: "FAILED", error: why }, output, ended);
      const failed = { error: why, delayMs: delayOf(retries, failures), attempt: ended } as const;
      await this.withRetries(() => failAttempt(this.#sources.pool, this.writer, job.id, failed));
      this.slots.free(job.id);
      this.#starts.offer();
      await this.haltOf(job).pause(failed.delayMs);
    }
  }

  /**
   * Starts a job and calls its handler. It does not wait for the answer: the handler may wait for months, and the results in
   * `started` may be large.
   * @returns its outcome if it cannot start
   */
  async #attempt(job: JobDefinition, handler: JobHandler): Promise<JobOutcome | { answer: Promise<CallAnswer> }> {
    const start = await this.#starts.start(job, handler);
    if ("status" in start) return start;
    const { started, alone } = start;
    const answer = this.#calls.call(handler, job, started);
    return { answer: alone === undefined ? answer : answer.finally(alone) };
  }

  /** Postpones a job that this process cannot do now. */
  async #postpone(job: JobDefinition, outage: ProcessOutage, delayMs: number): Promise<void> {
    const { pool, outages } = this.#sources;
    outages.report(job.type, outage, job);
    const { waitingFor, reason } = waitingOf(outage);
    const postponed = { waitingFor, reason: storableText(reason), error: storableText(oneLine(outage.error)), delayMs };
    await this.withRetries(() => postponeJob(pool, this.writer, job.id, postponed));
    this.slots.free(job.id);
    this.#starts.offer();
    await this.haltOf(job).pause(delayMs);
  }

  /** The outcome of a job that cannot start because its run was cancelled. It may have asked before its process died. */
  async endCancelled(job: JobDefinition, { cancelReason, hasTimedOut }: JobState): Promise<JobOutcome> {
    this.cancel(cancelReason, hasTimedOut); // The notification may have been lost.
    await this.cancellations.untilRequestsAreClosed(job, cancelReason, true);
    return cancelledOutcome(this.#cancelled);
  }

  /** Ends a job as CANCELLED once its request is no longer open. */
  async #endRunning(job: JobDefinition, error?: string, output?: string | null) {
    await this.cancellations.untilRequestsAreClosed(job, this.#cancelled?.reason ?? null);
    return this.#end(job, { ...cancelledOutcome(this.#cancelled), ...(error !== undefined && { error }) }, output);
  }

  get cancellations(): JobCancellations {
    const { pool, log, requests, subRuns, handlers } = this.#sources;
    this.#cancellationsIfAny ??= new JobCancellations({
      pool,
      log,
      requests,
      subRuns,
      run: this.#run,
      writer: this.writer,
      stopping: this.#stopping,
      handlerOf: (type) => handlers.byType.get(type),
      withRetries: (work) => this.withRetries(work),
    });
    return this.#cancellationsIfAny;
  }

  /** Writes the outcome, or returns the one that is already written. @throws RunNotOwnedError */
  async #end(
    job: JobDefinition,
    outcome: JobOutcome,
    output: string | null = null,
    attempt?: AttemptOutcome,
  ): Promise<JobOutcome> {
    const { status, error = null, reason = null } = outcome;
    const write: JobWrite = { status, output, error, reason, ...(attempt && { attempt }) };
    const isNew = await this.withRetries(() => endJob(this.#sources.pool, this.writer, job.id, write));
    return isNew ? outcome : this.#endBefore(job);
  }

  async #endBefore(job: JobDefinition): Promise<JobOutcome> {
    const state = await this.withRetries(() => readJobState(this.#sources.pool, this.writer, job.id));
    if (!state?.owned || isOpenJob(state)) throw new RunNotOwnedError();
    return outcomeOf(state);
  }

  haltOf(job: JobDefinition): Halt {
    return outlastsCancellation(job) ? this.#stopping : this.#halt;
  }

  withRetries<T>(work: () => Promise<T>): Promise<T> {
    const { log, semaphore } = this.#sources;
    return retryForever(work, { log, semaphore, stopped: () => this.#stopped, isFinal: isRefusal });
  }
}
