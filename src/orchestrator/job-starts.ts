/** How the jobs of a run begin: with a handler and a slot, when they are due, and alone if they were lost before. */

import type { Pool } from "../db/pool.ts";
import { noteMissingHandler, offerRuns } from "../db/queries/hand-over.ts";
import { storeLostRequest } from "../db/queries/lost-requests.ts";
import {
  type BegunJob,
  beginJob,
  type Caller,
  type JobBegin,
  type JobSeen,
  noteWaiting,
  seeJob,
  type Waiting,
  type Writer,
} from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import type { JobDefinition } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { NotOursError } from "./errors.ts";
import type { Halt } from "./halt.ts";
import { handlerOf } from "./hand-over.ts";
import type { Handlers } from "./handlers.ts";
import { type Turn, turnOf } from "./job-turn.ts";
import type { JobGraph } from "./order.ts";
import { loadedFor } from "./results.ts";
import { retriesOf } from "./retries.ts";
import type { RunSlots } from "./run-slots.ts";
import type { Release, Suspects } from "./suspects.ts";
import { isOpenJob, type JobOutcome, outcomeOf } from "./words.ts";

export interface StartSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn">;
  handlers: Handlers;
  /** What attempts are stored under. */
  caller: Caller;
  suspects: Suspects;
}

/** The run whose jobs begin. */
export interface StartedRun {
  writer: Writer;
  graph: JobGraph;
  slots: RunSlots;
  /** @throws NotOursError */
  persist: <T>(work: () => Promise<T>) => Promise<T>;
  haltOf: (job: JobDefinition) => Halt;
  /** Why the run is left to others, if it is. */
  left: () => Error | null;
  /** Ends a job that cannot begin because its run was cancelled. */
  endCancelled: (job: JobDefinition, seen: JobSeen) => Promise<JobOutcome>;
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

  /** A run that waits for a handler may go to another process once its other jobs here have ended, or wait. */
  offer(): void {
    const { pool, log } = this.#sources;
    if (this.isMissingHandler) offerRuns(pool).catch((err) => log.debug({ err }, "no other process was notified"));
  }

  /** The job's handler, once there is one; null where the run is cancelled before. @throws NotOursError */
  async handlerOf(job: JobDefinition): Promise<JobHandler | null> {
    const { pool, log, handlers } = this.#sources;
    const { writer, persist, haltOf, left } = this.#run;
    const note = () => persist(() => noteMissingHandler(pool, writer, job.id));
    this.#missingHandlers++;
    const handler = await handlerOf(job, { handlers, log, halt: haltOf(job), note });
    this.#missingHandlers--;
    const why = left();
    if (why !== null) throw why;
    return handler ?? null;
  }

  /** Begins a job as soon as its turn comes. @returns how it ended where it cannot be begun. @throws NotOursError */
  async begin(job: JobDefinition, handler: JobHandler): Promise<JobOutcome | (Turn & { begun: BegunJob })> {
    const { graph, slots, haltOf } = this.#run;
    const options = { before: loadedFor(handler, graph, job.id), timeoutMs: job.timeoutMs ?? null };
    for (let alone: Release | undefined; ; ) {
      const lossesBelow = alone === undefined ? 1 : retriesOf(job).losses;
      const begin = { jobId: job.id, ...options, lossesBelow, outlastsCancellation: outlastsCancellation(job) };
      await slots.take(job, haltOf(job));
      const begun = await this.#begun(begin).catch((error) => {
        alone?.();
        throw error;
      });
      if (begun !== undefined) return { begun, alone };
      alone?.();
      slots.free(job.id);
      const turn = await this.#turnOf(job);
      if ("status" in turn) return turn;
      alone = turn.alone;
    }
  }

  async #begun(begin: JobBegin): Promise<BegunJob | undefined> {
    const { pool, caller } = this.#sources;
    const { writer, persist } = this.#run;
    const begun = await persist(() => beginJob(pool, writer, caller, begin));
    if (begun === undefined || begun.attempts === 1 || begun.requestId !== null) return begun;
    return { ...begun, requestId: await persist(() => storeLostRequest(pool, writer, begin.jobId)) };
  }

  /** How a job ended that cannot be begun; otherwise waits until it can be. @throws NotOursError */
  async #turnOf(job: JobDefinition): Promise<JobOutcome | Turn> {
    const { pool, suspects } = this.#sources;
    const { writer, persist, haltOf, endCancelled } = this.#run;
    const seen = await persist(() => seeJob(pool, writer, job.id));
    if (!seen?.owned) throw new NotOursError();
    if (!isOpenJob(seen)) return outcomeOf(seen);
    if (seen.isCancelling && !outlastsCancellation(job)) return endCancelled(job, seen);
    const note = (waiting: Waiting) => persist(() => noteWaiting(pool, writer, job.id, waiting));
    return turnOf(job, seen, { suspects, halt: haltOf(job), note });
  }
}
