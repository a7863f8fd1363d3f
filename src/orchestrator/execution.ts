/**
 * One process's way through a run. All steps are called at once, in the order of the document, so that each has the same
 * number at every replay; inside its step each job waits for those before it. What waits holds a few objects and asks
 * nothing of the database.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { JobDefinition, WorkflowRun } from "../approvals/workflow-run-model.ts";
import type { Pool } from "../db/pool.ts";
import { beginJob, endJob, endRun, failAttempt, type JobWrite, seeJob, type Writer } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Logger } from "../log.ts";
import { runCheckpoints } from "./checkpoints.ts";
import { NotOursError } from "./errors.ts";
import type { Handlers } from "./handlers.ts";
import { JobCall } from "./job-call.ts";
import { idempotencyKeyOf } from "./keys.ts";
import { ancestorsOf, dependenciesOf, inOrder } from "./order.ts";
import { persistently } from "./persistent.ts";
import { delayOf, retriesOf } from "./retries.ts";
import { blockedBy, type FinalJobStatus, type JobOutcome, statusOf } from "./words.ts";

export interface ExecutionSources {
  pool: Pool;
  log: Pick<Logger, "debug" | "warn" | "error">;
  handlers: Handlers;
  /** Runs a step durably. */
  step: <T>(runId: string, name: string, work: () => Promise<T>) => Promise<T>;
}

interface Before {
  id: string;
  outcome: Promise<JobOutcome>;
}

export class Execution {
  readonly #sources: ExecutionSources;
  readonly #run: WorkflowRun;
  readonly #writer: Writer;
  readonly #calls = new Set<JobCall>();
  /** Rejects once the run is to be left to others. */
  readonly #leaving = Promise.withResolvers<never>();
  readonly #cancelling = Promise.withResolvers<void>();
  #left: Error | null = null;
  #cancelled: { reason: string | null } | null = null;

  constructor(sources: ExecutionSources, run: WorkflowRun, token: string) {
    this.#sources = sources;
    this.#run = run;
    this.#writer = { runId: run.id, token };
    this.#leaving.promise.catch(() => {});
    if (run.cancelRequestedAt !== null) this.cancel(run.cancelReason);
  }

  /** Goes through the run to its end. @throws NotOursError when it is left to others */
  async follow(): Promise<void> {
    const outcomes = new Map<string, Promise<JobOutcome>>();
    for (const job of inOrder(this.#run.definition.jobs)) {
      const before = dependenciesOf(job).map((id) => ({ id, outcome: outcomes.get(id) as Promise<JobOutcome> }));
      outcomes.set(
        job.id,
        this.#sources.step(this.#run.id, job.id, () => this.#job(job, before)),
      );
    }
    // All of them, so that none is left behind whose failure nobody hears.
    const settled = await Promise.allSettled(outcomes.values());
    const ends = settled.map((end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    await this.#persist(() => endRun(this.#sources.pool, this.#writer, statusOf(ends)));
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

  async #job(job: JobDefinition, before: readonly Before[]): Promise<JobOutcome> {
    const blocked = await firstBlocked(before);
    if (blocked !== null) return this.#end(job, blocked);
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
    if (seen.status === "RUNNING" && seen.isCancelling) {
      // It had asked before its process died.
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
    if (await this.#persist(() => endJob(this.#sources.pool, this.#writer, job.id, write))) return outcome;
    const seen = await this.#persist(() => seeJob(this.#sources.pool, this.#writer, job.id));
    if (!seen?.owned || seen.status === "PENDING" || seen.status === "RUNNING") throw new NotOursError();
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

/** Null once all of them have succeeded; as soon as one of them has not, what that makes of the job behind it. */
function firstBlocked(before: readonly Before[]): Promise<JobOutcome | null> | null {
  if (before.length === 0) return null;
  return new Promise((resolve, reject) => {
    let left = before.length;
    for (const { id, outcome } of before) {
      outcome.then((end) => {
        if (end.status !== "SUCCEEDED") resolve(blockedBy(id, end));
        else if (--left === 0) resolve(null);
      }, reject);
    }
  });
}
