/**
 * One process's way through a run. A job's row says what it came to, once; its step is the engine's note of that, made
 * as soon as the row is written, under a number that is the job's place in the document, so that it is the same at every
 * replay. What waits holds a few objects and asks nothing of the database.
 */

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { Pool } from "../db/pool.ts";
import { jobViews } from "../db/queries/run-branches.ts";
import { postponeJob } from "../db/queries/run-outages.ts";
import {
  endJob,
  endRun,
  failAttempt,
  type JobSeen,
  type JobWrite,
  type RunToFollow,
  seeJob,
  type Writer,
} from "../db/queries/run-writes.ts";
import { type Logger, oneLine } from "../log.ts";
import type { AttemptOutcome, JobDefinition } from "../model/runs.ts";
import type { AtMost } from "./at-most.ts";
import { Branches, outlastsCancellation } from "./branches.ts";
import { NotOursError } from "./errors.ts";
import { type ForEachSources, runForEach } from "./for-each.ts";
import { Halt } from "./halt.ts";
import { said } from "./job-call.ts";
import { jobsNamedBy, whyNot } from "./job-conditions.ts";
import type { ContextSources } from "./job-context.ts";
import { JobStarts, type StartSources } from "./job-starts.ts";
import { JobGraph } from "./order.ts";
import { isRefusal, persistently } from "./persistent.ts";
import { type OutageReports, outageDelayOf, type ProcessOutage, waitingOf } from "./process-outages.ts";
import type { RequestWaits } from "./request-waits.ts";
import { delayOf, retriesOf } from "./retries.ts";
import { RunSlots } from "./run-slots.ts";
import { type CallSources, RunningCalls } from "./running-calls.ts";
import type { Slots } from "./slots.ts";
import type { SubRuns } from "./sub-runs.ts";
import { Withdrawals } from "./withdrawals.ts";
import { type Cancellation, isOpenJob, type JobOutcome, outcomeOf, type RunOnItsWay, whyCancelled } from "./words.ts";

export interface ExecutionSources extends CallSources, StartSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn" | "error">;
  slots: Slots;
  outages: OutageReports;
  requests: Pick<RequestWaits, "wait">;
  /** In front of the database. */
  line: AtMost;
  subRuns: SubRuns;
  /** Has the engine note what a step came to. */
  step: <T>(step: { runId: string; number: number; name: string }, work: () => Promise<T>) => Promise<T>;
}

/** Calls something where the engine knows of nothing: what handlers do is no part of the run's own steps. */
const outside = AsyncLocalStorage.snapshot();

/** One small object for each run: thousands of them wait in a process. */
export class Execution {
  readonly #sources: ExecutionSources;
  readonly #run: RunOnItsWay;
  readonly #writer: Writer;
  readonly #slots: RunSlots;
  readonly #graph: JobGraph;
  readonly #branches: Branches;
  readonly #steps: Promise<unknown>[] = [];
  /** Calls something where the engine counts it as the run's. */
  readonly #inRun = new AsyncResource("countersign-run");
  readonly #starts: JobStarts;
  readonly #calls: RunningCalls;
  #ended: PromiseWithResolvers<void> | null = null;
  /** Of the jobs that end with a cancelled run, and of those that outlast it. */
  readonly #halt = new Halt();
  readonly #leaving = new Halt();
  #left: Error | null = null;
  #failure: Error | null = null;
  #cancelled: Cancellation | null = null;
  /** Made when the first job is withdrawn: most runs never need it. */
  #withdrawalsMade: Withdrawals | null = null;

  /** To be made where the engine runs the run. */
  constructor(sources: ExecutionSources, run: RunOnItsWay, token: string) {
    this.#sources = sources;
    this.#run = run;
    this.#graph = JobGraph.of(run.definition.jobs);
    this.#branches = new Branches(this.#graph);
    this.#writer = { runId: run.id, token };
    this.#slots = new RunSlots(sources.slots, run, token);
    const { pool, requests, outages } = sources;
    const contextSources: ContextSources = {
      ...{ pool, requests, run, graph: this.#graph, writer: this.#writer },
      persist: (work) => this.#persist(work),
      onAsked: (job) => {
        outages.end(job);
        this.#slots.asked(job.id);
        this.#starts.offer();
      },
    };
    this.#starts = new JobStarts(sources, {
      ...{ writer: this.#writer, graph: this.#graph, slots: this.#slots },
      persist: (work) => this.#persist(work),
      haltOf: (job) => this.#haltOf(job),
      left: () => this.#left,
      endCancelled: (job, seen) => this.#cancelledBefore(job, seen),
    });
    this.#calls = new RunningCalls(sources, contextSources, () => this.#withdrawals);
  }

  /** Marks its writes. */
  get token(): string {
    return this.#writer.token;
  }

  /** Whether a job waits for a handler that this process does not have. */
  get isMissingHandler(): boolean {
    return this.#starts.isMissingHandler;
  }

  /**
   * Goes through the run to its end.
   * @param before the jobs that have ended before, by id, and those whose end the engine has noted, by place
   * @throws NotOursError when it is left to others
   */
  async follow({ ended, noted }: Pick<RunToFollow, "ended" | "noted">): Promise<void> {
    this.#ended = Promise.withResolvers();
    try {
      for (const [number, { id }] of this.#run.definition.jobs.entries()) {
        const end = Object.hasOwn(ended, id) ? ended[id] : undefined;
        if (end === undefined) continue;
        this.#branches.end(number, outcomeOf(end));
        if (!noted.includes(number)) this.#note(number, Promise.resolve(outcomeOf(end)));
      }
      this.#goOn();
      await this.#ended.promise;
      // The engine's notes may take long on a busy database, and nobody who waits for the run needs them.
      await this.#persist(() => endRun(this.#sources.pool, this.#writer, this.#branches.status));
      await Promise.all(this.#steps);
    } catch (error) {
      throw this.#failure ?? this.#left ?? error;
    } finally {
      // None of them writes anything once this has ended.
      await Promise.allSettled(this.#steps);
    }
  }

  /** Stops; whoever goes on with the run finds everything as it is. */
  leave(): void {
    this.#left ??= new NotOursError();
    this.#halt.end();
    this.#leaving.end();
    this.#ended?.reject(this.#left);
    this.#calls.leave(this.#left);
  }

  /** Ends what is running, and begins only what outlasts a cancellation; the reason is in the run's row. */
  cancel(reason: string | null, hasTimedOut: boolean): void {
    if (this.#cancelled !== null) return;
    this.#cancelled = { reason, hasTimedOut };
    this.#halt.end();
    this.#calls.cancel(reason);
  }

  /** Begins all jobs whose turn it is; ends where there is none left. */
  #goOn(): void {
    for (const { place, job, outcome } of this.#branches.due()) {
      const run = () => (outcome === null ? this.#ran(place, job) : this.#end(job, outcome).then(this.#knower(place)));
      this.#note(place, outside(run));
    }
    if (this.#branches.isOver) this.#ended?.resolve();
  }

  /** Whether a job is to end, or not to begin, because its run is cancelled. */
  #isCancelled(job: JobDefinition): boolean {
    return this.#cancelled !== null && !outlastsCancellation(job);
  }

  /** The jobs that conditions name have ended, so that every process finds the same. */
  async #conditionsFail({ when }: JobDefinition): Promise<JobOutcome | null> {
    if (when == null) return null;
    const views = await this.#persist(() => jobViews(this.#sources.pool, this.#run.id, jobsNamedBy(when)));
    const reason = whyNot(when, views, this.#run.input);
    return reason === null ? null : { status: "SKIPPED", reason: said(reason) };
  }

  /** Has the engine note what a job comes to. */
  #note(number: number, outcome: Promise<JobOutcome>): void {
    const step = { runId: this.#run.id, number, name: this.#run.definition.jobs[number]?.id ?? "" };
    const noted = outcome.then((known) =>
      this.#inRun.runInAsyncScope(() => this.#sources.step(step, async () => known)),
    );
    this.#steps.push(noted);
    noted.catch((error) => this.#stop(error));
  }

  /** The engine refused: mostly somebody else runs the run. */
  #stop(error: Error): void {
    if (this.#left === null) this.#failure = error;
    this.leave();
  }

  /** What a job came to is known; the jobs behind it do not wait until the engine has noted it as well. */
  #know(number: number, outcome: JobOutcome): void {
    if (this.#left !== null) return;
    this.#branches.end(number, outcome);
    this.#goOn();
    this.#starts.offer();
  }

  readonly #knower = (number: number) => (known: JobOutcome) => {
    this.#know(number, known);
    return known;
  };

  /** A job that the database refuses has failed, rather than its run: what does not need it goes on. */
  async #tried(
    job: JobDefinition,
    work: () => Promise<JobOutcome>,
    know: (known: JobOutcome) => JobOutcome = (known) => known,
  ): Promise<JobOutcome> {
    try {
      return know(await work());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#sources.log.error({ err: error, jobId: job.id }, "the database refused what a job needs");
      const why = `The database refused what it needs: ${oneLine(error)}`;
      return know(await this.#end(job, { status: "FAILED", error: said(why) }));
    } finally {
      this.#sources.outages.end(job);
      this.#slots.free(job.id);
    }
  }

  #ran(number: number, job: JobDefinition): Promise<JobOutcome> {
    const work = async () => {
      const skipped = this.#isCancelled(job) ? null : await this.#conditionsFail(job);
      if (skipped !== null) return this.#end(job, skipped);
      if (job.forEach == null) return this.#job(job);
      const { outcome, output } = await runForEach(job, job.forEach, this.#forEachOf(job));
      return this.#end(job, outcome, output);
    };
    return this.#tried(job, work, this.#knower(number));
  }

  #forEachOf(job: JobDefinition): ForEachSources {
    const { pool } = this.#sources;
    return {
      ...{ pool, run: this.#run, writer: this.#writer, persist: (work) => this.#persist(work) },
      cancelled: () => (this.#isCancelled(job) ? whyCancelled(this.#cancelled) : null),
      runItem: (item) => this.#tried(item, () => this.#job(item)),
      whyNotBegun: async () => {
        const seen = await this.#persist(() => seeJob(pool, this.#writer, job.id));
        if (!seen?.owned) throw new NotOursError();
        return isOpenJob(seen) ? this.#cancelledBefore(job, seen) : outcomeOf(seen);
      },
    };
  }

  /** Runs a job, or an item of one, to its end. */
  async #job(job: JobDefinition): Promise<JobOutcome> {
    const handler = await this.#starts.handlerOf(job);
    if (handler === null) return this.#endCancelled(job);
    const retries = retriesOf(job);
    for (let outages = 0; ; ) {
      const turn = await this.#starts.begin(job, handler);
      if ("status" in turn) return this.#end(job, turn);
      const { begun, alone } = turn;
      const answer = await this.#calls.call(handler, job, begun).finally(alone);
      const { success, output, error, retryable, isTimeout, outage } = answer;
      if (success) return this.#end(job, { status: "SUCCEEDED" }, output);
      const why = error ?? "";
      if (this.#isCancelled(job)) return this.#endCancelled(job, why, output);
      if (isTimeout) await this.#withdrawals.untilNoneIsOpen(job, why);
      if (outage) {
        await this.#postpone(job, outage, outageDelayOf(++outages));
        continue;
      }
      const failures = begun.failures + 1;
      const attempt = isTimeout ? "TIMED_OUT" : "FAILED";
      if (!retryable || failures >= retries.attempts)
        return this.#end(job, { status: "FAILED", error: why }, output, attempt);
      const failed = { error: why, delayMs: delayOf(retries, failures), attempt } as const;
      await this.#persist(() => failAttempt(this.#sources.pool, this.#writer, job.id, failed));
      this.#slots.free(job.id);
      this.#starts.offer();
      await this.#haltOf(job).pause(failed.delayMs);
    }
  }

  /** Has a job called again that this process cannot do at present. */
  async #postpone(job: JobDefinition, outage: ProcessOutage, delayMs: number): Promise<void> {
    const { pool, outages } = this.#sources;
    outages.report(job.type, outage, job);
    const { waitingFor, reason } = waitingOf(outage);
    const postponed = { waitingFor, reason: said(reason), error: said(oneLine(outage.error)), delayMs };
    await this.#persist(() => postponeJob(pool, this.#writer, job.id, postponed));
    this.#slots.free(job.id);
    this.#starts.offer();
    await this.#haltOf(job).pause(delayMs);
  }

  /** A job that cannot begin because its run was cancelled. It may have asked before its process died. */
  async #cancelledBefore(job: JobDefinition, { cancelReason, hasTimedOut }: JobSeen): Promise<JobOutcome> {
    this.cancel(cancelReason, hasTimedOut); // Whatever kept the word of it from coming here.
    await this.#withdrawals.untilNoneIsOpen(job, cancelReason, true);
    return whyCancelled(this.#cancelled);
  }

  /** Ends a job as CANCELLED once its request is not open any more. */
  async #endCancelled(job: JobDefinition, error?: string, output?: string | null) {
    await this.#withdrawals.untilNoneIsOpen(job, this.#cancelled?.reason ?? null);
    return this.#end(job, { ...whyCancelled(this.#cancelled), ...(error !== undefined && { error }) }, output);
  }

  get #withdrawals(): Withdrawals {
    const { pool, log, requests, subRuns, handlers } = this.#sources;
    this.#withdrawalsMade ??= new Withdrawals({
      ...{ pool, log, requests, subRuns, run: this.#run, writer: this.#writer, leaving: this.#leaving },
      handlerOf: (type) => handlers.byType.get(type),
      persist: (work) => this.#persist(work),
    });
    return this.#withdrawalsMade;
  }

  /** Writes the outcome, or adopts the one that was written before. @throws NotOursError */
  async #end(
    job: JobDefinition,
    outcome: JobOutcome,
    output: string | null = null,
    attempt?: AttemptOutcome,
  ): Promise<JobOutcome> {
    const { status, error = null, reason = null } = outcome;
    const write: JobWrite = { status, output, error, reason, ...(attempt && { attempt }) };
    const isNew = await this.#persist(() => endJob(this.#sources.pool, this.#writer, job.id, write));
    return isNew ? outcome : this.#endBefore(job);
  }

  async #endBefore(job: JobDefinition): Promise<JobOutcome> {
    const seen = await this.#persist(() => seeJob(this.#sources.pool, this.#writer, job.id));
    if (!seen?.owned || isOpenJob(seen)) throw new NotOursError();
    return outcomeOf(seen);
  }

  #haltOf(job: JobDefinition): Halt {
    return outlastsCancellation(job) ? this.#leaving : this.#halt;
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    const { log, line } = this.#sources;
    return persistently(work, { log, line, left: () => this.#left, isFinal: isRefusal });
  }
}
