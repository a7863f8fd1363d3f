/** The runs that this process is going through. */

import { hostname } from "node:os";
import DataLoader from "dataloader";
import type { Pool } from "../db/pool.ts";
import { tokensOf } from "../db/queries/executors.ts";
import { cancelledOf, timeOutRun } from "../db/queries/run-cancels.ts";
import { failRun, type RunToFollow, runsToFollow } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import type { Hub } from "../hub/hub.ts";
import { type Logger, oneLine } from "../log.ts";
import type { AtMost } from "./at-most.ts";
import { Documents } from "./documents.ts";
import { type EngineTurn, isNotOurs, step } from "./engine.ts";
import { startStored } from "./engine-starts.ts";
import { NotOursError } from "./errors.ts";
import { Execution, type ExecutionSources } from "./execution.ts";
import type { Handlers } from "./handlers.ts";
import { said } from "./job-call.ts";
import { LogWriter } from "./log-writer.ts";
import { persistently } from "./persistent.ts";
import { OutageReports } from "./process-outages.ts";
import { RequestWaits } from "./request-waits.ts";
import type { Slots } from "./slots.ts";
import { SubRuns } from "./sub-runs.ts";
import { Suspects } from "./suspects.ts";
import { onTime, runTimedOut } from "./timeouts.ts";
import { onItsWay } from "./words.ts";

/** Runs of one read: their documents may be large. */
const READ_AT_ONCE = 100;
/** What writes that are under way at the end are waited for, in ms. */
const SETTLE_WITHIN_MS = 5_000;
const RETRY_MS = 500;
/** Between two looks for runs that are to end although no word of it came, in ms. */
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
  /** In front of the database. */
  line: AtMost;
}

export class Executions {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #sources: ExecutionSources;
  readonly #hub: Hub;
  readonly #requests: RequestWaits;
  /** Runs that begin at once are read together. */
  readonly #reads: DataLoader<string, RunToFollow | undefined>;
  readonly #subRuns: SubRuns;
  readonly #running = new Map<string, { execution: Execution; done: Promise<void> }>();
  readonly #unsubscribe: (() => void)[] = [];
  #left: Error | null = null;

  constructor({ pool, hub, log, handlers, slots, executorId, cancelGraceMs, line }: ExecutionsOptions) {
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
      ...{ pool, log, handlers, slots, step, caller, cancelGraceMs, line, requests: this.#requests },
      subRuns: this.#subRuns,
      ...{ suspects: new Suspects(), logs: new LogWriter(pool, log), outages: new OutageReports(log) },
    };
  }

  /** Has runs end when they are asked to, until they are left. */
  listen(): void {
    const hub = this.#hub;
    this.#unsubscribe.push(
      hub.onRuns((changes) => {
        const missing = changes.filter(({ id }) => this.#running.get(id)?.execution.isMissingHandler);
        if (missing.length > 0) void this.#leaveHandedOver(missing.map(({ id }) => id));
        const asked = changes.filter(({ status }) => status === "CANCELLING").map(({ id }) => id);
        void this.#cancel(asked.filter((id) => this.#running.has(id)));
      }),
      // A run of this process that starts again has another document: its next generation goes on with that.
      hub.onStart(({ id }) => {
        if (this.#running.has(id)) void this.#leaveHandedOver([id]);
      }),
      hub.onResync(() => void this.#cancel([...this.#running.keys()])),
      this.#sources.slots.listen(hub),
    );
    const timer = setInterval(() => void this.#cancel([...this.#running.keys()]), LOOK_MS).unref();
    this.#unsubscribe.push(() => clearInterval(timer));
  }

  /** Goes through a run, as the engine has it. @throws NotOursError when it is left to others */
  async run({ runId, generation, token }: EngineTurn): Promise<void> {
    const read = () => this.#reads.load(runId);
    let run = await this.#persist(read);
    // The engine did not note the end of an earlier generation, which has ended all the same.
    if (run !== undefined && run.generation !== generation) return;
    // An older execution in this process, whose run went to others and came back.
    this.#running.get(runId)?.execution.leave();
    if (run !== undefined && run.msLeft !== null && run.msLeft <= 0 && !run.isCancelling) {
      await this.#timeOut(run);
      run = await this.#persist(read);
    }
    if (run === undefined) throw new NotOursError("there is no such run");
    if (run.status !== "RUNNING") return;
    const execution = new Execution(this.#sources, onItsWay(run), token);
    if (run.isCancelling) execution.cancel(run.cancelReason, run.hasTimedOut);
    const { definition } = run;
    const endTimer =
      run.msLeft === null ? () => {} : onTime(run.msLeft, () => this.#timeOut({ id: runId, definition }));
    const done = execution.follow(run);
    const entry = { execution, done };
    this.#running.set(runId, entry);
    try {
      await done;
    } catch (error) {
      if (this.#left !== null || isNotOurs(error)) throw error;
      this.#log.error({ err: error, runId }, "a run could not go on, which should never happen");
      const fail = () => failRun(this.#pool, { runId, token }, `It could not go on: ${said(oneLine(error))}`);
      await this.#persist(fail);
    } finally {
      endTimer();
      if (this.#running.get(runId) === entry) this.#running.delete(runId);
    }
  }

  /** Leaves the runs that other processes have taken over. @param runIds of runs of this process; default: all of them */
  async leaveTaken(runIds: readonly string[] = [...this.#running.keys()]): Promise<void> {
    // A run that begins meanwhile is not asked about.
    const asked = runIds.map((id) => [id, this.#running.get(id)?.execution] as const);
    if (asked.length === 0) return;
    const tokens = await tokensOf(this.#pool, runIds);
    for (const [id, execution] of asked) if (execution && tokens.get(id) !== execution.token) execution.leave();
  }

  /** If this fails, the next round of the lease finds the same. */
  async #leaveHandedOver(runIds: readonly string[]): Promise<void> {
    await this.leaveTaken(runIds).catch((error) => {
      this.#log.debug({ err: error }, "the database did not return who runs some runs");
    });
  }

  /** Leaves all of them to others, and resolves when nothing of them is being written any more. */
  async leave(): Promise<void> {
    this.#left = new NotOursError();
    for (const end of this.#unsubscribe) end();
    const all = [...this.#running.values()];
    for (const { execution } of all) execution.leave();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SETTLE_WITHIN_MS);
    await Promise.race([Promise.allSettled(all.map(({ done }) => done)), late]);
    clearTimeout(timer);
    this.#requests.close();
    this.#subRuns.close();
    this.#sources.logs.stop();
    await this.#sources.slots.close().catch((error) => {
      this.#log.debug({ err: error }, "the slots could not be given back; they end with the lease");
    });
  }

  /** Has a run end whose time is over; its jobs end as those of a cancelled run do. @returns the ms that are left */
  async #timeOut({ id, definition }: Pick<RunToFollow, "id" | "definition">): Promise<number | null> {
    const reason = runTimedOut(definition.timeoutMs ?? 0);
    const left = await this.#persist(() => timeOutRun(this.#pool, id, reason));
    if (left === null) await this.#cancel([id]);
    return left;
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persistently(work, { log: this.#log, left: () => this.#left, line: this.#sources.line });
  }

  async #cancel(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0 || this.#left !== null) return;
    try {
      for (const { id, reason, hasTimedOut } of await cancelledOf(this.#pool, runIds)) {
        this.#running.get(id)?.execution.cancel(reason, hasTimedOut);
      }
    } catch (error) {
      this.#log.debug({ err: error }, "it could not be read which runs are to end; trying again");
      setTimeout(() => void this.#cancel(runIds), RETRY_MS).unref();
    }
  }
}
