/** The executions of this process: the runs whose jobs it runs. */

import { hostname } from "node:os";
import DataLoader from "dataloader";
import type { Pool } from "../db/pool.ts";
import { tokensOf } from "../db/queries/executors.ts";
import { cancelledOf, timeOutRun } from "../db/queries/run-cancels.ts";
import { type RunToFollow, runsToFollow } from "../db/queries/run-reads.ts";
import { failRun } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Hub } from "../hub/hub.ts";
import { type Logger, oneLine } from "../log.ts";
import { Documents } from "./documents.ts";
import { type AssignedRun, isRunNotOwned } from "./engine.ts";
import { startStored } from "./engine-starts.ts";
import { RunNotOwnedError } from "./errors.ts";
import { Execution, type ExecutionSources } from "./execution.ts";
import type { Handlers } from "./handlers.ts";
import { storableText } from "./job-call.ts";
import { LogWriter } from "./log-writer.ts";
import { OutageReports } from "./process-outages.ts";
import { RequestWaits } from "./request-waits.ts";
import { retryForever } from "./retry-forever.ts";
import { activeRunOf } from "./run-result.ts";
import type { Semaphore } from "./semaphore.ts";
import type { Slots } from "./slots.ts";
import { SubRuns } from "./sub-runs.ts";
import { Suspects } from "./suspects.ts";
import { onTime, runTimedOut } from "./timeouts.ts";

/** Runs of one read: their documents may be large. */
const READ_AT_ONCE = 100;
/** How long `stop` waits for writes that have started, in ms. */
const SETTLE_WITHIN_MS = 5_000;
const RETRY_MS = 500;
/** ms between two checks for cancelled runs whose notification was lost. */
const LOOK_MS = 20_000;

export interface ExecutionsOptions {
  pool: Pool;
  hub: Hub;
  log: Logger;
  handlers: Handlers;
  slots: Slots;
  executorId: string;
  /** How long a cancelled handler has to end, in ms. */
  cancelGraceMs: number;
  /** Limits the concurrent uses of the database. */
  semaphore: Semaphore;
}

export class Executions {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #sources: ExecutionSources;
  readonly #hub: Hub;
  readonly #requests: RequestWaits;
  /** Runs that start at the same time are read together. */
  readonly #reads: DataLoader<string, RunToFollow | undefined>;
  readonly #subRuns: SubRuns;
  readonly #running = new Map<string, { execution: Execution; done: Promise<void> }>();
  readonly #unsubscribe: (() => void)[] = [];
  #stopped: Error | null = null;

  constructor({ pool, hub, log, handlers, slots, executorId, cancelGraceMs, semaphore }: ExecutionsOptions) {
    this.#pool = pool;
    this.#hub = hub;
    this.#log = log;
    this.#requests = new RequestWaits(pool, hub, log);
    this.#subRuns = new SubRuns({ pool, hub, log, startRun: (runId) => startStored(pool, runId, null) });
    handlers.runSubWorkflowsWith(this.#subRuns as JobHandler);
    const documents = new Documents();
    const readMany = async (ids: readonly string[]) =>
      (await runsToFollow(pool, ids)).map((run) => run && { ...run, definition: documents.shared(run.definition) });
    this.#reads = new DataLoader(readMany, { cache: false, maxBatchSize: READ_AT_ONCE });
    const caller = { executorId, process: `${hostname()}:${process.pid}` };
    this.#sources = {
      pool,
      log,
      handlers,
      slots,
      caller,
      cancelGraceMs,
      semaphore,
      requests: this.#requests,
      subRuns: this.#subRuns,
      suspects: new Suspects(),
      logs: new LogWriter(pool, log),
      outages: new OutageReports(log),
    };
  }

  /** Cancels runs when their cancellation is requested, until `stop`. */
  listen(): void {
    const hub = this.#hub;
    this.#unsubscribe.push(
      hub.onRuns((changes) => {
        const missing = changes.filter(({ id }) => this.#running.get(id)?.execution.isMissingHandler);
        if (missing.length > 0) void this.#stopHandedOver(missing.map(({ id }) => id));
        const cancelling = changes.filter(({ status }) => status === "CANCELLING").map(({ id }) => id);
        void this.#cancel(cancelling.filter((id) => this.#running.has(id)));
      }),
      // A run of this process that starts again has another document: its next generation continues with that.
      hub.onStart(({ id }) => {
        if (this.#running.has(id)) void this.#stopHandedOver([id]);
      }),
      hub.onResync(() => void this.#cancel([...this.#running.keys()])),
      this.#sources.slots.listen(hub),
    );
    const timer = setInterval(() => void this.#cancel([...this.#running.keys()]), LOOK_MS).unref();
    this.#unsubscribe.push(() => clearInterval(timer));
  }

  /** Runs a generation of a run for the engine. @throws RunNotOwnedError if another process owns it, or this one stops */
  async run({ runId, generation, token }: AssignedRun): Promise<void> {
    const read = () => this.#reads.load(runId);
    let run = await this.#withRetries(read);
    // The engine may have missed the end of an earlier generation, which has ended all the same.
    if (run !== undefined && run.generation !== generation) return;
    // An older execution in this process, whose run another process took over before it came back.
    this.#running.get(runId)?.execution.stop();
    if (run !== undefined && run.msLeft !== null && run.msLeft <= 0 && !run.isCancelling) {
      await this.#timeOut(run);
      run = await this.#withRetries(read);
    }
    if (run === undefined) throw new RunNotOwnedError("there is no such run");
    if (run.status !== "RUNNING") return;
    const execution = new Execution(this.#sources, activeRunOf(run), token);
    if (run.isCancelling) execution.cancel(run.cancelReason, run.hasTimedOut);
    // Not awaited: the run may wait for months, and what was read of it is not needed in the meantime.
    return this.#follow(execution, run);
  }

  /** @throws as `run` */
  #follow(execution: Execution, run: RunToFollow): Promise<void> {
    const { id, definition, msLeft } = run;
    const endTimer = msLeft === null ? null : onTime(msLeft, () => this.#timeOut({ id, definition }));
    const entry = { execution, done: execution.follow(run) };
    this.#running.set(id, entry);
    const forget = () => {
      endTimer?.();
      if (this.#running.get(id) === entry) this.#running.delete(id);
    };
    return entry.done.then(forget, (error) => this.#failRun(id, execution.token, error).finally(forget));
  }

  /** Ends a run whose execution has failed. @throws the error if the execution was stopped */
  async #failRun(runId: string, token: string, error: unknown): Promise<void> {
    if (this.#stopped !== null || isRunNotOwned(error)) throw error;
    this.#log.error({ err: error, runId }, "a run could not continue, which should never happen");
    const why = `The run could not continue: ${storableText(oneLine(error))}`;
    await this.#withRetries(() => failRun(this.#pool, { runId, token }, why));
  }

  /** Stops the executions whose runs other processes have taken over. @param runIds of runs of this process. Default: all of them */
  async stopTakenOver(runIds: readonly string[] = [...this.#running.keys()]): Promise<void> {
    // A run that starts in the meantime is not checked.
    const executions = runIds.map((id) => [id, this.#running.get(id)?.execution] as const);
    if (executions.length === 0) return;
    const tokens = await tokensOf(this.#pool, runIds);
    for (const [id, execution] of executions) if (execution && tokens.get(id) !== execution.token) execution.stop();
  }

  /** If this fails, the next round of the leases does it. */
  async #stopHandedOver(runIds: readonly string[]): Promise<void> {
    await this.stopTakenOver(runIds).catch((error) => {
      this.#log.debug({ err: error }, "the owners of some runs could not be read");
    });
  }

  /** Stops all executions. Resolves when they no longer write anything. */
  async stop(): Promise<void> {
    this.#stopped = new RunNotOwnedError();
    for (const end of this.#unsubscribe) end();
    const all = [...this.#running.values()];
    for (const { execution } of all) execution.stop();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SETTLE_WITHIN_MS);
    await Promise.race([Promise.allSettled(all.map(({ done }) => done)), late]);
    clearTimeout(timer);
    this.#requests.close();
    this.#subRuns.close();
    this.#sources.logs.stop();
    await this.#sources.slots.close().catch((error) => {
      this.#log.debug({ err: error }, "the slots could not be released; they expire with the lease");
    });
  }

  /** Ends a run that has timed out; its jobs end like those of a cancelled run. @returns the ms until the time-out, if it is too early */
  async #timeOut({ id, definition }: Pick<RunToFollow, "id" | "definition">): Promise<number | null> {
    const reason = runTimedOut(definition.timeoutMs ?? 0);
    const msLeft = await this.#withRetries(() => timeOutRun(this.#pool, id, reason));
    if (msLeft === null) await this.#cancel([id]);
    return msLeft;
  }

  #withRetries<T>(work: () => Promise<T>): Promise<T> {
    return retryForever(work, { log: this.#log, stopped: () => this.#stopped, semaphore: this.#sources.semaphore });
  }

  async #cancel(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0 || this.#stopped !== null) return;
    try {
      for (const { id, reason, hasTimedOut } of await cancelledOf(this.#pool, runIds)) {
        this.#running.get(id)?.execution.cancel(reason, hasTimedOut);
      }
    } catch (error) {
      this.#log.debug({ err: error }, "the cancelled runs could not be read; trying again");
      setTimeout(() => void this.#cancel(runIds), RETRY_MS).unref();
    }
  }
}
