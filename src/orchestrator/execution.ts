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
import { JobStarts, type StartSources } from "./job-starts.ts";
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
import { type CallSources, RunningCalls } from "./running-calls.ts";
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
export class Execution {
  readonly #sources: ExecutionSources;
  readonly #run: ActiveRun;
  readonly #writer: Writer;
  readonly #slots: RunSlots;
  readonly #graph: JobGraph;
  readonly #branches: Branches;
  readonly #starts: JobStarts;
  readonly #calls: RunningCalls;
  #ended: PromiseWithResolvers<void> | null = null;
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
    this.#graph = JobGraph.of(run.definition.jobs);
    this.#branches = new Branches(this.#graph);
    this.#writer = { runId: run.id, token };
    this.#slots = new RunSlots(sources.slots, run, token);
    const { pool, requests, outages } = sources;
    const contextSources: ContextSources = {
      pool,
      requests,
      run,
      graph: this.#graph,
      writer: this.#writer,
      withRetries: (work) => this.#withRetries(work),
      onAsked: (job) => {
        outages.end(job);
        this.#slots.asked(job.id);
        this.#starts.offer();
      },
    };
    this.#starts = new JobStarts(sources, {
      writer: this.#writer,
      graph: this.#graph,
      slots: this.#slots,
      withRetries: (work) => this.#withRetries(work),
      haltOf: (job) => this.#haltOf(job),
      stopped: () => this.#stopped,
      endCancelled: (job, state) => this.#cancelledBefore(job, state),
    });
    this.#calls = new RunningCalls(sources, contextSources, () => this.#cancellations);
  }

  /** The token that marks its writes. */
  get token(): string {
    return this.#writer.token;
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
  async follow({ ended, noted }: Pick<RunToFollow, "ended" | "noted">): Promise<void> {
    const { pool } = this.#sources;
    try {
      let isStepMissing = false;
      for (const [place, { id }] of this.#run.definition.jobs.entries()) {
        const end = Object.hasOwn(ended, id) ? ended[id] : undefined;
        if (end === undefined) continue;
        this.#branches.end(place, outcomeOf(end));
        isStepMissing ||= !noted.includes(place);
      }
      if (isStepMissing) await this.#withRetries(() => storeMissingSteps(pool, this.#writer));
      this.#ended = Promise.withResolvers();
      if (this.#stopped !== null) this.#ended.reject(this.#stopped);
      else this.#continue();
      await this.#ended.promise;
      await this.#withRetries(() => endRun(pool, this.#writer, this.#branches.status));
    } catch (error) {
      throw this.#failure ?? this.#stopped ?? error;
    } finally {
      // No job may write anything after the end.
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        this.#leave(0);
      });
    }
  }

  /** Stops. The process that resumes the run finds all its jobs as they are. */
  stop(): void {
    this.#stopped ??= new RunNotOwnedError();
    this.#halt.end();
    this.#stopping.end();
    this.#ended?.reject(this.#stopped);
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
        () => this.#leave(1),
        (error) => {
          this.#fail(error);
          this.#leave(1);
        },
      );
    }
    if (this.#branches.isOver) this.#ended?.resolve();
  }

  /** @param jobs how many jobs no longer run */
  #leave(jobs: number): void {
    this.#active -= jobs;
    if (this.#active === 0) this.#onIdle?.();
  }

  /** Whether a job must end, or must not start, because its run is cancelled. */
  #isCancelled(job: JobDefinition): boolean {
    return this.#cancelled !== null && !outlastsCancellation(job);
  }

  /** The jobs that conditions name have ended, so every process gets the same result. */
  async #conditionsFail({ when }: JobDefinition): Promise<JobOutcome | null> {
    if (when == null) return null;
    const views = await this.#withRetries(() => jobViews(this.#sources.pool, this.#run.id, jobsNamedBy(when)));
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
  async #runDue({ place, job, outcome }: DueJob): Promise<void> {
    if (outcome !== null) this.#record(place, await this.#end(job, outcome));
    else
      await this.#tried(
        job,
        () => this.#ran(job),
        (known) => this.#record(place, known),
      );
  }

  /** If the database refuses a statement of a job, the job has failed and not the run: the other jobs continue. */
  async #tried(
    job: JobDefinition,
    work: () => Promise<JobOutcome>,
    record: (known: JobOutcome) => void = () => {},
  ): Promise<JobOutcome> {
    try {
      const known = await work();
      record(known);
      return known;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#sources.log.error({ err: error, jobId: job.id }, "the database refused what a job needs");
      const why = `The database refused what it needs: ${oneLine(error)}`;
      const known = await this.#end(job, { status: "FAILED", error: storableText(why) });
      record(known);
      return known;
    } finally {
      this.#sources.outages.end(job);
      this.#slots.free(job.id);
    }
  }

  async #ran(job: JobDefinition): Promise<JobOutcome> {
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
      writer: this.#writer,
      withRetries: (work) => this.#withRetries(work),
      cancelled: () => (this.#isCancelled(job) ? cancelledOutcome(this.#cancelled) : null),
      runItem: (item) => this.#tried(item, () => this.#job(item)),
      outcomeIfNotStarted: async () => {
        const state = await this.#withRetries(() => readJobState(pool, this.#writer, job.id));
        if (!state?.owned) throw new RunNotOwnedError();
        return isOpenJob(state) ? this.#cancelledBefore(job, state) : outcomeOf(state);
      },
    };
  }

  /** Runs a job, or an item of one, to its end. */
  async #job(job: JobDefinition): Promise<JobOutcome> {
    const handler = await this.#starts.handlerOf(job);
    if (handler === null) return this.#endCancelled(job);
    const retries = retriesOf(job);
    for (let outages = 0; ; ) {
      const start = await this.#starts.start(job, handler);
      if ("status" in start) return this.#end(job, start);
      const { started, alone } = start;
      const answer = await this.#calls.call(handler, job, started).finally(alone);
      const { success, output, error, retryable, isTimeout, outage } = answer;
      if (success) return this.#end(job, { status: "SUCCEEDED" }, output);
      const why = error ?? "";
      if (this.#isCancelled(job)) return this.#endCancelled(job, why, output);
      if (isTimeout) await this.#cancellations.untilRequestsAreClosed(job, why);
      if (outage) {
        await this.#postpone(job, outage, outageDelayOf(++outages));
        continue;
      }
      const failures = started.failures + 1;
      const attempt = isTimeout ? "TIMED_OUT" : "FAILED";
      if (!retryable || failures >= retries.attempts)
        return this.#end(job, { status: "FAILED", error: why }, output, attempt);
      const failed = { error: why, delayMs: delayOf(retries, failures), attempt } as const;
      await this.#withRetries(() => failAttempt(this.#sources.pool, this.#writer, job.id, failed));
      this.#slots.free(job.id);
      this.#starts.offer();
      await this.#haltOf(job).pause(failed.delayMs);
    }
  }

  /** Postpones a job that this process cannot do now. */
  async #postpone(job: JobDefinition, outage: ProcessOutage, delayMs: number): Promise<void> {
    const { pool, outages } = this.#sources;
    outages.report(job.type, outage, job);
    const { waitingFor, reason } = waitingOf(outage);
    const postponed = { waitingFor, reason: storableText(reason), error: storableText(oneLine(outage.error)), delayMs };
    await this.#withRetries(() => postponeJob(pool, this.#writer, job.id, postponed));
    this.#slots.free(job.id);
    this.#starts.offer();
    await this.#haltOf(job).pause(delayMs);
  }

  /** The outcome of a job that cannot start because its run was cancelled. It may have asked before its process died. */
  async #cancelledBefore(job: JobDefinition, { cancelReason, hasTimedOut }: JobState): Promise<JobOutcome> {
    this.cancel(cancelReason, hasTimedOut); // The notification may have been lost.
    await this.#cancellations.untilRequestsAreClosed(job, cancelReason, true);
    return cancelledOutcome(this.#cancelled);
  }

  /** Ends a job as CANCELLED once its request is no longer open. */
  async #endCancelled(job: JobDefinition, error?: string, output?: string | null) {
    await this.#cancellations.untilRequestsAreClosed(job, this.#cancelled?.reason ?? null);
    return this.#end(job, { ...cancelledOutcome(this.#cancelled), ...(error !== undefined && { error }) }, output);
  }

  get #cancellations(): JobCancellations {
    const { pool, log, requests, subRuns, handlers } = this.#sources;
    this.#cancellationsIfAny ??= new JobCancellations({
      pool,
      log,
      requests,
      subRuns,
      run: this.#run,
      writer: this.#writer,
      stopping: this.#stopping,
      handlerOf: (type) => handlers.byType.get(type),
      withRetries: (work) => this.#withRetries(work),
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
    const isNew = await this.#withRetries(() => endJob(this.#sources.pool, this.#writer, job.id, write));
    return isNew ? outcome : this.#endBefore(job);
  }

  async #endBefore(job: JobDefinition): Promise<JobOutcome> {
    const state = await this.#withRetries(() => readJobState(this.#sources.pool, this.#writer, job.id));
    if (!state?.owned || isOpenJob(state)) throw new RunNotOwnedError();
    return outcomeOf(state);
  }

  #haltOf(job: JobDefinition): Halt {
    return outlastsCancellation(job) ? this.#stopping : this.#halt;
  }

  #withRetries<T>(work: () => Promise<T>): Promise<T> {
    const { log, semaphore } = this.#sources;
    return retryForever(work, { log, semaphore, stopped: () => this.#stopped, isFinal: isRefusal });
  }
}
