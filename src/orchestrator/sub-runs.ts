/**
 * The jobs that start a run of another workflow, and end as that run ends. The run's id is made of the job's, so each
 * process that goes on with the job finds the same run. A job that waits is an entry in a map, and costs no query.
 */

import { checkedInput } from "../approvals/input-schema.ts";
import type { Pool } from "../db/pool.ts";
import { insertRun, type NewRun } from "../db/queries/run-starts.ts";
import { cancelSubRuns, type ParentRun, parentRunOf, type SubRunState, subRunStates } from "../db/queries/sub-runs.ts";
import { describeIssues } from "../handler/errors.ts";
import type { JobAnswer, JobContext, JobHandler } from "../handler/job.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import { CommandError, type Issue, ValidationError } from "../model/errors.ts";
import { type JobDefinition, SUB_WORKFLOW, type WorkflowDefinition } from "../model/runs.ts";
import { outlastsCancellation } from "./branches.ts";
import { runIdOf, subExecutionIdOf } from "./keys.ts";
import { isRefusal, persistently } from "./persistent.ts";
import { workflowToStart } from "./registered.ts";
import { RunWaits } from "./run-waits.ts";
import { type SubRunOutput, subRunOutput } from "./sub-run-output.ts";
import { inputOf, jobsOfInput, type SubWorkflowConfig } from "./sub-workflow.ts";
import type { RunOnItsWay } from "./words.ts";

/** How deep runs may be nested below the topmost one. */
export const MOST_LEVELS = 10;

export interface SubRunSources {
  pool: Pool;
  hub: Hub;
  log: Pick<Logger, "debug" | "error" | "warn">;
  /** Starts a run, unless it was started before. */
  startRun: (runId: string) => Promise<void>;
}

type Persist = <T>(work: () => Promise<T>) => Promise<T>;
/** The run of a job, and the job. */
interface Caller {
  run: Pick<RunOnItsWay, "id" | "executionId">;
  jobId: string;
  config: SubWorkflowConfig;
}

export class SubRuns implements JobHandler<SubWorkflowConfig, SubRunOutput> {
  readonly type = SUB_WORKFLOW;
  readonly #sources: SubRunSources;
  readonly #waits: RunWaits<SubRunState>;

  constructor(sources: SubRunSources) {
    this.#sources = sources;
    this.#waits = new RunWaits(sources.pool, sources.hub, async (pool, runs) =>
      (
        await subRunStates(
          pool,
          runs.map(({ id }) => id),
        )
      ).map((state) => [state.id, state] as const),
    );
  }

  /** A job may wait for months, and the outputs before it may be large. */
  loads(config: unknown): readonly string[] {
    return jobsOfInput(config);
  }

  /** @throws the reason of the aborted signal; the run goes on */
  async execute(context: JobContext<SubWorkflowConfig>): Promise<JobAnswer<SubRunOutput>> {
    const signal = context.signal as AbortSignal;
    const { log } = this.#sources;
    signal.throwIfAborted();
    const left = () => (signal.aborted ? (signal.reason as Error) : null);
    const isFinal = (error: unknown) => isRefusal(error) || error instanceof CommandError;
    const persist: Persist = (work) => persistently(work, { log, left, isFinal });
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {}); // The job may have ended before.
    try {
      const id = await this.#start(context, persist);
      // Without a run its parent is to end, and so is this job.
      const end = await (id === null ? aborted : Promise.race([this.#waits.wait(id), aborted]));
      return await this.#answer(context.config, end, persist);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const why = error instanceof ValidationError ? describeIssues(error.issues) : error.message;
      return { success: false, error: `The run could not be started: ${why}`, retryable: false };
    }
  }

  /**
   * Asks the run of a running job to end.
   * @returns DECIDED where it has ended; null where it was not started
   */
  async withdraw(caller: Caller, reason: string | null, persist: Persist): Promise<"WITHDRAWN" | "DECIDED" | null> {
    const { pool } = this.#sources;
    const running = await this.cancelAll(caller.run.id, caller.jobId, reason, persist);
    if (running.length > 0) return "WITHDRAWN";
    const parent = await persist(() => parentRunOf(pool, caller.run.id, caller.jobId));
    if (parent === undefined) return null;
    const [state] = await persist(() => subRunStates(pool, [idsOf(caller, parent).id]));
    return state === undefined ? null : "DECIDED";
  }

  /** Asks all runs of a job to end. @returns the ids of those that have not ended */
  cancelAll(runId: string, jobId: string, reason: string | null, persist: Persist): Promise<string[]> {
    return persist(() => cancelSubRuns(this.#sources.pool, runId, jobId, reason));
  }

  /** Resolves once these runs have ended. */
  async ended(runIds: readonly string[]): Promise<void> {
    await Promise.all(runIds.map((id) => this.#waits.wait(id)));
  }

  close(): void {
    this.#waits.close();
  }

  /**
   * Starts the run of this try, or finds it.
   * @returns its id; null where it must not be started, as the parent is to end
   * @throws CommandError where it cannot be started
   */
  async #start(context: JobContext<SubWorkflowConfig>, persist: Persist): Promise<string | null> {
    const { pool, startRun, log } = this.#sources;
    const run = { id: runIdOf(context.workflowId, context.executionId), executionId: context.executionId };
    const { jobId, config } = context;
    const parent = await persist(() => parentRunOf(pool, run.id, jobId));
    if (parent === undefined) return null;
    const ids = idsOf({ run, jobId, config }, parent);
    const look = async () => (await persist(() => subRunStates(pool, [ids.id], { runId: run.id, jobId })))[0];
    let state = await look();
    if (state === undefined) {
      if (parent.above.length > MOST_LEVELS) throw tooDeep([...parent.above, ids.name]);
      const terms = await persist(() => this.#terms(context, ids, parent));
      const job = { runId: run.id, jobId, outlastsCancellation: outlastsCancellation(parent.job) };
      const started: NewRun = { ...terms, ...ids, startedFromCheckpoint: null, taken: {}, parent: job };
      await persist(() => insertRun(pool, { ...started, priority: parent.priority }));
      state = await look();
    }
    if (state === undefined) return null;
    if (!state.isOwn) {
      const message = `execution ${JSON.stringify(ids.executionId)} of workflow ${JSON.stringify(ids.name)} was started otherwise`;
      throw new ValidationError([{ path: "", message }]);
    }
    if (state.status === "RUNNING" && state.orchestrator === parent.orchestrator) {
      startRun(ids.id).catch((error) => {
        // The next look for runs that no process has started finds it.
        log.warn({ err: error, runId: ids.id }, "a run could not be started at once");
      });
    }
    return ids.id;
  }

  /** What the run is started with. @throws NotFoundError, ValidationError */
  async #terms(
    context: JobContext<SubWorkflowConfig>,
    { executionId }: Ids,
    { orchestrator, startRoles, createdBy }: ParentRun,
  ): Promise<Pick<NewRun, "definition" | "origin">> {
    const { config } = context;
    const issues: Issue[] = [];
    const given = inputOf(config, context, issues);
    if (issues.length > 0) throw new ValidationError(issues);
    const inherited = { startRoles, createdBy };
    if (typeof config.workflow !== "string") {
      const input = await checkedInput(null, given);
      const definition = config.workflow as WorkflowDefinition;
      return { definition, origin: { ...inherited, orchestrator, input, workflowVersion: null } };
    }
    const { pool } = this.#sources;
    const { workflow } = await workflowToStart(pool, config.workflow, { version: config.version ?? null, executionId });
    const input = await checkedInput(workflow.inputSchema, given);
    const { definition, version: workflowVersion } = workflow;
    return { definition, origin: { ...inherited, orchestrator: workflow.orchestrator, input, workflowVersion } };
  }

  async #answer(config: SubWorkflowConfig, end: SubRunState, persist: Persist): Promise<JobAnswer<SubRunOutput>> {
    const { id, status, why } = end;
    const output = await persist(() => subRunOutput(this.#sources.pool, id, status));
    if (status === "SUCCEEDED") return { success: true, output };
    const ended = `The run of ${JSON.stringify(nameOf(config))} ${status === "FAILED" ? "failed" : "was cancelled"}`;
    // A run that was cancelled by itself is like a gate that was: nobody wants another one.
    return { success: false, output, error: why ? `${ended}: ${why}` : `${ended}.`, retryable: status === "FAILED" };
  }
}

const nameOf = ({ workflow }: SubWorkflowConfig): string => (typeof workflow === "string" ? workflow : workflow.id);

/** By which the run of a try is known. */
interface Ids {
  id: string;
  name: string;
  executionId: string;
}

function idsOf({ run, jobId, config }: Caller, { number }: Pick<ParentRun, "number">): Ids {
  const name = nameOf(config);
  const executionId = subExecutionIdOf(run, jobId, number);
  return { id: runIdOf(name, executionId), name, executionId };
}

const tooDeep = (names: readonly string[]): ValidationError => {
  const message = `runs can be nested ${MOST_LEVELS} levels deep, but this one would be deeper: ${names.join(" → ")}`;
  return new ValidationError([{ path: "", message }]);
};

/** A job as `withdraw` takes it. */
export const callerOf = (run: Caller["run"], { id, config }: JobDefinition): Caller => ({
  ...{ run, jobId: id, config: config as SubWorkflowConfig },
});
