/**
 * Withdraws the requests of jobs that are to end without a decision: their run was cancelled, or they timed out. Such a
 * job does not end while its request is open. The same for runs that jobs have started. What prevents that is logged and stored, and the withdrawal is repeated
 * until it succeeds or somebody decides, also by the next process that resumes the run.
 */

import type { Pool } from "../db/pool.ts";
import { type RequestOfJob, requestOfJob } from "../db/queries/run-withdrawals.ts";
import { noteWaiting, type Writer } from "../db/queries/run-writes.ts";
import type { JobHandler } from "../handler/job.ts";
import { type Logger, oneLine } from "../log.ts";
import { type JobDefinition, SUB_WORKFLOW } from "../model/runs.ts";
import { NotOursError } from "./errors.ts";
import type { Halt } from "./halt.ts";
import { said } from "./job-call.ts";
import { outageDelayOf, outageOf } from "./process-outages.ts";
import type { RequestWaits } from "./request-waits.ts";
import { callerOf, type SubRuns } from "./sub-runs.ts";
import { after } from "./timeouts.ts";
import type { RunOnItsWay } from "./words.ts";

export interface WithdrawalSources {
  pool: Pool;
  log: Pick<Logger, "warn">;
  requests: Pick<RequestWaits, "wait">;
  subRuns: Pick<SubRuns, "withdraw" | "cancelAll" | "ended">;
  run: Pick<RunOnItsWay, "id" | "workflowId" | "executionId">;
  writer: Writer;
  /** Ends when the run is left to other processes. */
  leaving: Halt;
  handlerOf: (type: string) => JobHandler | undefined;
  /** Repeats a read or a write of the database until it succeeds. */
  persist: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What came of one call of a handler's `cancel`. */
type Tried = "WITHDRAWN" | "DECIDED" | "NOT_FOUND" | Fault;
interface Fault {
  /** Why it is not withdrawn, without a full stop. */
  why: string;
  error: unknown;
}

/** What a handler's `cancel` may take, in ms. */
const ANSWER_MS = 30_000;
/** Before `cancel` is called again for a job that is perhaps just about to ask, in ms. */
const LOOK_MS = { first: 200, most: 2_000 };

export class Withdrawals {
  readonly #sources: WithdrawalSources;

  constructor(sources: WithdrawalSources) {
    this.#sources = sources;
  }

  /**
   * Has a job end early whose handler is running.
   * @returns null where the handler cannot end it, so that only its signal is left
   */
  async ofRunning(
    job: JobDefinition,
    handler: JobHandler,
    reason: string | null,
    isRunning: () => boolean,
  ): Promise<"WITHDRAWN" | "DECIDED" | null> {
    const { subRuns, run, persist } = this.#sources;
    if (job.type === SUB_WORKFLOW) return subRuns.withdraw(callerOf(run, job), reason, persist);
    if (handler.cancel === undefined) return null;
    let looks = 0;
    for (let failures = 0; isRunning(); ) {
      const asked = await this.#look(job);
      const requestId = asked?.requestId ?? null;
      const tried = await this.#try(job, handler, reason, requestId);
      if (tried === "WITHDRAWN" || tried === "DECIDED") return tried;
      if (requestId !== null && !asked?.isOpen) return "DECIDED";
      if (tried === "NOT_FOUND") {
        if (requestId === null)
          await this.#sources.leaving.pause(Math.min(LOOK_MS.most, LOOK_MS.first * 1.5 ** looks++));
        else await this.#failed(job, asked, notSeen(asked), ++failures);
      } else if (requestId === null && tried.error !== null && outageOf(tried.error) === null) {
        this.#warn(job, requestId, tried);
        return null;
      } else {
        await this.#failed(job, asked, tried, ++failures);
      }
    }
    return null;
  }

  /**
   * Resolves once no request of the job is open, and no run that it has started goes on.
   * @param isAbandoned whether the job's handler ran in a process that is gone: then it is called once in any case
   * @throws NotOursError
   */
  async untilNoneIsOpen(job: JobDefinition, reason: string | null, isAbandoned = false): Promise<void> {
    if (job.type === SUB_WORKFLOW) return this.#untilRunHasEnded(job, reason);
    let isCalled = !isAbandoned;
    let isClaimed = false;
    for (let failures = 0; ; ) {
      const asked = await this.#look(job);
      if (asked === undefined || asked.attempts === 0) return;
      const isOpen = asked.isOpen || asked.mayBeOpen;
      if (!isOpen && isCalled) return;
      isCalled = true;
      const tried = await this.#try(job, this.#sources.handlerOf(job.type), reason, asked.requestId);
      if (!isOpen) {
        if (typeof tried !== "string" && tried.error !== null) this.#warn(job, null, tried);
        return;
      }
      // The handler knows its own requests: another one with the job's ids is somebody else's.
      if (asked.requestId === null && typeof tried === "string") return;
      const isDone = tried === "WITHDRAWN" || tried === "DECIDED";
      if (isDone && !isClaimed) isClaimed = true;
      else if (isDone) await this.#failed(job, asked, { why: "it is still open", error: null }, ++failures);
      else await this.#failed(job, asked, tried === "NOT_FOUND" ? notSeen(asked) : tried, ++failures);
    }
  }

  /** Asks the run that a job has started to end, and waits until it has. */
  async #untilRunHasEnded({ id }: JobDefinition, reason: string | null): Promise<void> {
    const { pool, run, writer, subRuns, leaving, persist } = this.#sources;
    const running = await subRuns.cancelAll(run.id, id, reason, persist);
    if (running.length === 0) return;
    const sentence = `The job ends when the run that it has started, ${running.join(", ")}, has ended.`;
    await persist(() => noteWaiting(pool, writer, id, { waitingFor: "CANCELLATION", reason: sentence }));
    await leaving.unlessOver(subRuns.ended(running));
    if (leaving.isOver) throw new NotOursError();
  }

  #look({ id }: JobDefinition): Promise<RequestOfJob | undefined> {
    const { pool, run, persist } = this.#sources;
    return persist(() => requestOfJob(pool, run.id, id));
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
    const called = (async () => handler.cancel?.(...args))().then(() => "WITHDRAWN" as const, triedOf);
    const tried = await this.#sources.leaving.unlessOver(Promise.race([called, late.promise]));
    endTimer();
    if (tried === undefined) throw new NotOursError();
    return tried;
  }

  /** Logs and stores why a request is still open, and waits until it is worth another try. */
  async #failed(job: JobDefinition, asked: RequestOfJob | undefined, fault: Fault, failures: number): Promise<void> {
    const { pool, writer, persist, requests, leaving } = this.#sources;
    const requestId = asked?.requestId ?? null;
    this.#warn(job, requestId, fault);
    const what = requestId === null ? "The request" : `The request ${requestId}`;
    const sentence = `${what} is not withdrawn yet: ${fault.why}. The job ends when it is withdrawn or decided.`;
    const waiting = { waitingFor: "CANCELLATION", reason: said(sentence) } as const;
    await persist(() => noteWaiting(pool, writer, job.id, waiting));
    const ending = new AbortController();
    const isFinal = requestId === null ? null : requests.wait(requestId, ending.signal).catch(() => {});
    const pause = leaving.pause(outageDelayOf(failures));
    await (isFinal === null ? pause : Promise.race([pause, isFinal]));
    ending.abort();
  }

  #warn({ id: jobId }: JobDefinition, requestId: string | null, { why, error }: Fault): void {
    const { workflowId, executionId } = this.#sources.run;
    const fields = { workflowId, executionId, jobId, ...(requestId !== null && { requestId }) };
    this.#sources.log.warn(
      { ...fields, ...(error !== null && { err: error }) },
      `a job could not be withdrawn: ${why}`,
    );
  }
}

const notSeen = (asked: RequestOfJob | undefined): Fault => ({
  why: `the user of this process does not see it; it was created by ${JSON.stringify(asked?.createdBy ?? null)}`,
  error: null,
});

function triedOf(error: unknown): Tried {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ALREADY_DECIDED" || code === "EXPIRED") return "DECIDED";
  if (code === "NOT_FOUND") return "NOT_FOUND";
  return { why: oneLine(error).replace(/[.\s]+$/, ""), error: error ?? new Error("nothing was thrown") };
}
