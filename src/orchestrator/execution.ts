/**
 * One process's way through a run. A job's step is called when those before it have ended, under a number that is its
 * place in the document, so that it is the same at every replay. What waits holds a few objects and asks nothing of the
 * database.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobDefinition, WorkflowRun } from "../approvals/workflow-run-model.ts";
import type { Pool } from "../db/pool.ts";
import {
  beginJob,
  endJob,
  endRun,
  failAttempt,
  type JobSeen,
  type JobWrite,
  seeJob,
  type Writer,
} from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import { runCheckpoints } from "./checkpoints.ts";
import { NotOursError } from "./errors.ts";
import type { Handlers } from "./handlers.ts";
import { JobCall } from "./job-call.ts";
import { idempotencyKeyOf } from "./keys.ts";
import { ancestorsOf, dependenciesOf } from "./order.ts";
import { persistently } from "./persistent.ts";
import { delayOf, retriesOf } from "./retries.ts";
import { blockedBy, type FinalJobStatus, type JobOutcome, statusOf } from "./words.ts";

export interface ExecutionSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn" | "error">;
  handlers: Handlers;
  /** Runs a step durably. */
  step: <T>(step: { runId: string; number: number; name: string }, work: () => Promise<T>) => Promise<T>;
}

export class Execution {
  readonly #sources: ExecutionSources;
  readonly #run: WorkflowRun;
  readonly #writer: Writer;
  readonly #calls = new Set<JobCall>();
  readonly #outcomes = new Map<string, JobOutcome>();
  readonly #begun = new Set<string>();
  readonly #steps: Promise<unknown>[] = [];
  /** Calls something where the engine counts it as the run's, not as part of one of its steps. */
  readonly #inRun = AsyncLocalStorage.snapshot();
  readonly #allEnded = Promise.withResolvers<void>();
  /** Rejects once the run is to be left to others. */
  readonly #leaving = Promise.withResolvers<never>();
  readonly #cancelling = Promise.withResolvers<void>();
  #left: Error | null = null;
  #cancelled: { reason: string | null } | null = null;

  /** To be made where the engine runs the run. */
  constructor(sources: ExecutionSources, run: WorkflowRun, token: string) {
    this.#sources = sources;
    this.#run = run;
    this.#writer = { runId: run.id, token };
    this.#leaving.promise.catch(() => {});
    if (run.cancelRequestedAt !== null) this.cancel(run.cancelReason);
  }

  /** Goes through the run to its end. @throws NotOursError when it is left to others */
  async follow(): Promise<void> {
    try {
      this.#beginReady();
      await this.#allEnded.promise;
      await Promise.all(this.#steps);
      const status = statusOf([...this.#outcomes.values()]);
      await this.#persist(() => endRun(this.#sources.pool, this.#writer, status));
    } catch (error) {
      throw this.#left ?? error;
    } finally {
      // None of them writes anything once this has ended.
      await Promise.allSettled(this.#steps);
    }
  }

  /** Stops; whoever goes on with the run finds everything as it is. */
  leave(): void {
    this.#left = new NotOursError();
    this.#leaving.reject(this.#left);
    for (const call of this.#calls) call.abort(this.#left);
  }

  /** Ends what is running and begins nothing more; the reason is in the run's row. */
  cancel(reason: string | null): void {
    if (this.#cancelled !== null) return;
    this.#cancelled = { reason };
    this.#cancelling.resolve();
    for (const call of this.#calls) void call.cancel(reason);
  }

  /** Calls the steps of all jobs whose turn it is. */
  #beginReady(): void {
    for (const [number, job] of this.#run.definition.jobs.entries()) {
      if (this.#begun.has(job.id)) continue;
      const before = dependenciesOf(job).map((id) => [id, this.#outcomes.get(id)] as const);
      // One that was no success is enough: the job is not run, whatever becomes of the others.
      const blocked = before.flatMap(([id, end]) => (end && end.status !== "SUCCEEDED" ? [blockedBy(id, end)] : []))[0];
      if (blocked === undefined && before.some(([, end]) => end === undefined)) continue;
      this.#begun.add(job.id);
      const work = () => (blocked === undefined ? this.#job(job) : this.#end(job, blocked));
      const step = this.#inRun(() => this.#sources.step({ runId: this.#run.id, number, name: job.id }, work));
      this.#steps.push(step);
      step.then((outcome) => this.#know(job, outcome), this.#allEnded.reject);
    }
  }

  /** What a job came to is known; the jobs behind it do not wait until the engine has noted it as well. */
  #know(job: JobDefinition, outcome: JobOutcome): void {
    if (this.#left !== null || this.#outcomes.has(job.id)) return;
    this.#outcomes.set(job.id, outcome);
    if (this.#outcomes.size === this.#run.definition.jobs.length) this.#allEnded.resolve();
    else this.#beginReady();
  }

  async #job(job: JobDefinition): Promise<JobOutcome> {
    const handler = await this.#unlessLeft(this.#sources.handlers.of(job.type));
    const needed = ancestorsOf(this.#run.definition.jobs, job.id);
    for (;;) {
      const begun = await this.#persist(() => beginJob(this.#sources.pool, this.#writer, job.id, needed));
      if (begun === undefined) return this.#notBegun(job, handler);
      const { success, output, error } = await this.#call(handler, job, begun.results);
      if (success) return this.#end(job, { status: "SUCCEEDED" }, output);
      const why = error ?? "";
      if (this.#cancelled !== null) return this.#end(job, { ...this.#whyCancelled(), error: why }, output);
      const failures = begun.failures + 1;
      const retries = retriesOf(job);
      if (failures >= retries.attempts) return this.#end(job, { status: "FAILED", error: why }, output);
      await this.#persist(() => failAttempt(this.#sources.pool, this.#writer, job.id, why));
      await this.#unlessLeft(this.#pause(delayOf(retries, failures)));
    }
  }

  async #call(handler: JobHandler, job: JobDefinition, results: Record<string, unknown>) {
    const { id: runId, workflowId, executionId } = this.#run;
    const call = new JobCall(
      handler,
      {
        ...{ jobId: job.id, workflowId, executionId, type: job.type, config: job.config ?? {}, results },
        dependencies: dependenciesOf(job),
        idempotencyKey: idempotencyKeyOf(runId, job.id),
        checkpoints: runCheckpoints(this.#sources.pool, this.#run),
      },
      this.#sources.log,
    );
    this.#calls.add(call);
    try {
      const running = call.run();
      if (this.#cancelled !== null) void call.cancel(this.#cancelled.reason);
      return await this.#unlessLeft(running);
    } finally {
      this.#calls.delete(call);
    }
  }

  /** The job is final already, or its run is to end. @throws NotOursError */
  async #notBegun(job: JobDefinition, handler: JobHandler): Promise<JobOutcome> {
    const seen = await this.#persist(() => seeJob(this.#sources.pool, this.#writer, job.id));
    if (!seen?.owned) throw new NotOursError();
    if (isOpen(seen) && seen.isCancelling) {
      // It may have asked before its process died.
      const { workflowId, executionId } = this.#run;
      await handler.cancel?.(job.id, executionId, seen.cancelReason ?? undefined, workflowId).catch((error) => {
        this.#sources.log.debug({ err: error, jobId: job.id, executionId }, "there was nothing to withdraw");
      });
    }
    this.#cancelled ??= { reason: seen.cancelReason };
    return this.#end(job, this.#whyCancelled());
  }

  #whyCancelled(): JobOutcome {
    const reason = this.#cancelled?.reason;
    return { status: "CANCELLED", reason: reason ? `The run was cancelled: ${reason}` : "The run was cancelled." };
  }

  /** Writes the outcome, or adopts the one that was written before. @throws NotOursError */
  async #end(job: JobDefinition, outcome: JobOutcome, output: string | null = null): Promise<JobOutcome> {
    const { status, error = null, reason = null } = outcome;
    const write: JobWrite = { status, output, error, reason };
    const known = (await this.#persist(() => endJob(this.#sources.pool, this.#writer, job.id, write)))
      ? outcome
      : await this.#endBefore(job);
    this.#know(job, known);
    return known;
  }

  async #endBefore(job: JobDefinition): Promise<JobOutcome> {
    const seen = await this.#persist(() => seeJob(this.#sources.pool, this.#writer, job.id));
    if (!seen?.owned || isOpen(seen)) throw new NotOursError();
    return {
      status: seen.status as FinalJobStatus,
      ...(seen.error !== null && { error: seen.error }),
      ...(seen.reason !== null && { reason: seen.reason }),
    };
  }

  #unlessLeft<T>(work: T | Promise<T>): Promise<T> {
    return Promise.race([this.#leaving.promise, work]);
  }

  async #pause(ms: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([sleep(ms, undefined, { signal: over.signal }).catch(() => {}), this.#cancelling.promise]);
    over.abort();
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persistently(work, { log: this.#sources.log, left: () => this.#left });
  }
}

const isOpen = ({ status }: JobSeen): boolean => status === "PENDING" || status === "RUNNING";
