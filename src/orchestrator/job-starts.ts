/** Starts the jobs of a run: with a handler and a slot, when they are due, and alone if they were lost before. */

import type { Pool } from "../db/pool.ts";
import { noteMissingHandler, offerRuns } from "../db/queries/hand-over.ts";
import { storeLostRequest } from "../db/queries/lost-requests.ts";
import type { Writer } from "../db/queries/run-owner.ts";
import { type JobState, readJobState } from "../db/queries/run-reads.ts";
import {
  type Caller,
  type JobStart,
  noteWaiting,
  type StartedJob,
  startJob,
  type Waiting,
} from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import type { JobDefinition } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { RunNotOwnedError } from "./errors.ts";
import type { Halt } from "./halt.ts";
import { handlerOf } from "./hand-over.ts";
import type { Handlers } from "./handlers.ts";
import { type ReadyJob, untilReady } from "./job-readiness.ts";
import type { JobGraph } from "./order.ts";
import { loadedFor } from "./results.ts";
import { retriesOf } from "./retries.ts";
import { isOpenJob, type JobOutcome, outcomeOf } from "./run-result.ts";
import type { RunSlots } from "./run-slots.ts";
import type { Release, Suspects } from "./suspects.ts";

export interface StartSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn">;
  handlers: Handlers;
  /** The process that attempts are stored with. */
  caller: Caller;
  suspects: Suspects;
}

/** The run whose jobs start. */
export interface StartedRun {
  readonly writer: Writer;
  readonly graph: JobGraph;
  readonly slots: RunSlots;
  /** @throws RunNotOwnedError */
  withRetries<T>(work: () => Promise<T>): Promise<T>;
  haltOf(job: JobDefinition): Halt;
  /** The error with which the execution stopped, if it has. */
  readonly stopped: Error | null;
  /** Ends a job that cannot start because its run was cancelled. */
  endCancelled(job: JobDefinition, state: JobState): Promise<JobOutcome>;
}

export class JobStarts {
  readonly #sources: StartSources;
  readonly #run: StartedRun;
  #missingHandlers = 0;

  constructor(sources: StartSources, run: StartedRun) {
    this.#sources = sources;
    this.#run = run;
  }

  /** Whether a job waits for a handler that this process does not have. */
  get isMissingHandler(): boolean {
    return this.#missingHandlers > 0;
  }

  /** Another process may take over a run that waits for a handler, once its other jobs in this process have ended or wait. */
  offer(): void {
    const { pool, log } = this.#sources;
    if (this.isMissingHandler) offerRuns(pool).catch((err) => log.debug({ err }, "no other process was notified"));
  }

  /** The job's handler, once there is one; null if the run is cancelled before. @throws RunNotOwnedError */
  async handlerOf(job: JobDefinition): Promise<JobHandler | null> {
    const { pool, log, handlers } = this.#sources;
    const run = this.#run;
    const note = () => run.withRetries(() => noteMissingHandler(pool, run.writer, job.id));
    this.#missingHandlers++;
    const handler = await handlerOf(job, { handlers, log, halt: run.haltOf(job), note });
    this.#missingHandlers--;
    if (run.stopped !== null) throw run.stopped;
    return handler ?? null;
  }

  /** Starts a job as soon as it may start. @returns its outcome if it cannot start. @throws RunNotOwnedError */
  async start(job: JobDefinition, handler: JobHandler): Promise<JobOutcome | (ReadyJob & { started: StartedJob })> {
    const { graph, slots } = this.#run;
    const options = { before: loadedFor(handler, graph, job.id), timeoutMs: job.timeoutMs ?? null };
    for (let alone: Release | undefined; ; ) {
      const lossesBelow = alone === undefined ? 1 : retriesOf(job).losses;
      const start = { jobId: job.id, ...options, lossesBelow, outlastsCancellation: outlastsCancellation(job) };
      await slots.take(job, this.#run.haltOf(job));
      const started = await this.#startJob(start).catch((error) => {
        alone?.();
        throw error;
      });
      if (started !== undefined) return { started, alone };
      alone?.();
      slots.free(job.id);
      const ready = await this.#untilReady(job);
      if ("status" in ready) return ready;
      alone = ready.alone;
    }
  }

  async #startJob(start: JobStart): Promise<StartedJob | undefined> {
    const { pool, caller } = this.#sources;
    const run = this.#run;
    const started = await run.withRetries(() => startJob(pool, run.writer, caller, start));
    if (started === undefined || started.attempts === 1 || started.requestId !== null) return started;
    return { ...started, requestId: await run.withRetries(() => storeLostRequest(pool, run.writer, start.jobId)) };
  }

  /** Waits until a job can start. @returns its outcome if it never can. @throws RunNotOwnedError */
  async #untilReady(job: JobDefinition): Promise<JobOutcome | ReadyJob> {
    const { pool, suspects } = this.#sources;
    const run = this.#run;
    const state = await run.withRetries(() => readJobState(pool, run.writer, job.id));
    if (!state?.owned) throw new RunNotOwnedError();
    if (!isOpenJob(state)) return outcomeOf(state);
    if (state.isCancelling && !outlastsCancellation(job)) return run.endCancelled(job, state);
    const note = (waiting: Waiting) => run.withRetries(() => noteWaiting(pool, run.writer, job.id, waiting));
    return untilReady(job, state, { suspects, halt: run.haltOf(job), note });
  }
}
