/**
 * The handler of the jobs that start a run of another workflow, and end like that run. The run's id is derived from the
 * job's, so each process that resumes the job finds the same run. A job that waits takes no queries.
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
import { workflowToStart } from "./registered.ts";
import { isRefusal, retryForever } from "./retry-forever.ts";
import type { ActiveRun } from "./run-result.ts";
import { RunWaits } from "./run-waits.ts";
import { type SubRunOutput, subRunOutput } from "./sub-run-output.ts";
import { inputOf, jobsOfInput, type SubWorkflowConfig } from "./sub-workflow.ts";

/** How deep runs may be nested below the topmost one. */
export const MOST_LEVELS = 10;

export interface SubRunSources {
  pool: Pool;
  hub: Hub;
  log: Pick<Logger, "debug" | "error" | "warn">;
  /** Starts a run, unless it has been started. */
  startRun: (runId: string) => Promise<void>;
}

type WithRetries = <T>(work: () => Promise<T>) => Promise<T>;
/** The run of a job, and the job. */
interface Caller {
  run: Pick<ActiveRun, "id" | "executionId">;
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

  /** Only the outputs for its input: a job may wait for months, and the outputs before it may be large. */
  loads(config: unknown): readonly string[] {
    return jobsOfInput(config);
  }

  /** @throws the reason of the aborted signal; the run continues */
  async execute(context: JobContext<SubWorkflowConfig>): Promise<JobAnswer<SubRunOutput>> {
    const signal = context.signal as AbortSignal;
    const { log } = this.#sources;
    signal.throwIfAborted();
    const stopped = () => (signal.aborted ? (signal.reason as Error) : null);
    const isFinal = (error: unknown) => isRefusal(error) || error instanceof CommandError;
    const withRetries: WithRetries = (work) => retryForever(work, { log, stopped, isFinal });
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {}); // The job may have ended before.
    try {
      const id = await this.#start(context, withRetries);
      // No run was started because the parent is cancelled, so this job will be aborted.
      const end = await (id === null ? aborted : Promise.race([this.#waits.wait(id), aborted]));
      return await this.#answer(context.config, end, withRetries);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const why = error instanceof ValidationError ? describeIssues(error.issues) : error.message;
      return { success: false, error: `The run could not be started: ${why}`, retryable: false };
    }
  }

  /**
   * Cancels the run of a running job.
   * @returns DECIDED if it has ended; null if it was not started
   */
  async cancelRun(
    caller: Caller,
    reason: string | null,
    withRetries: WithRetries,
  ): Promise<"CANCELLED" | "DECIDED" | null> {
    const { pool } = this.#sources;
    const running = await this.cancelAll(caller.run.id, caller.jobId, reason, withRetries);
    if (running.length > 0) return "CANCELLED";
    const parent = await withRetries(() => parentRunOf(pool, caller.run.id, caller.jobId));
    if (parent === undefined) return null;
    const [state] = await withRetries(() => subRunStates(pool, [idsOf(caller, parent).id]));
    return state === undefined ? null : "DECIDED";
  }

  /** Cancels all runs of a job. @returns the ids of those that have not ended */
  cancelAll(runId: string, jobId: string, reason: string | null, withRetries: WithRetries): Promise<string[]> {
    return withRetries(() => cancelSubRuns(this.#sources.pool, runId, jobId, reason));
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
   * @returns its id; null if it must not start, because the parent is cancelled
   * @throws CommandError if it cannot be started
   */
  async #start(context: JobContext<SubWorkflowConfig>, withRetries: WithRetries): Promise<string | null> {
    const { pool, startRun, log } = this.#sources;
    const run = { id: runIdOf(context.workflowId, context.executionId), executionId: context.executionId };
    const { jobId, config } = context;
    const parent = await withRetries(() => parentRunOf(pool, run.id, jobId));
    if (parent === undefined) return null;
    const ids = idsOf({ run, jobId, config }, parent);
    const look = async () => (await withRetries(() => subRunStates(pool, [ids.id], { runId: run.id, jobId })))[0];
    let state = await look();
    if (state === undefined) {
      if (parent.above.length > MOST_LEVELS) throw tooDeep([...parent.above, ids.name]);
      const terms = await withRetries(() => this.#terms(context, ids, parent));
      const job = { runId: run.id, jobId, outlastsCancellation: outlastsCancellation(parent.job) };
      const started: NewRun = { ...terms, ...ids, startedFromCheckpoint: null, taken: {}, parent: job };
      await withRetries(() => insertRun(pool, { ...started, priority: parent.priority }));
      state = await look();
    }
    if (state === undefined) return null;
    if (!state.isOwn) {
      const message = `execution ${JSON.stringify(ids.executionId)} of workflow ${JSON.stringify(ids.name)} was not started by this job`;
      throw new ValidationError([{ path: "", message }]);
    }
    if (state.status === "RUNNING" && state.orchestrator === parent.orchestrator) {
      startRun(ids.id).catch((error) => {
        // The next check for runs that no process has started finds it.
        log.warn({ err: error, runId: ids.id }, "a run could not be started at once");
      });
    }
    return ids.id;
  }

  /** The properties of the new run. @throws NotFoundError, ValidationError */
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

  async #answer(
    config: SubWorkflowConfig,
    end: SubRunState,
    withRetries: WithRetries,
  ): Promise<JobAnswer<SubRunOutput>> {
    const { id, status, why } = end;
    const output = await withRetries(() => subRunOutput(this.#sources.pool, id, status));
    if (status === "SUCCEEDED") return { success: true, output };
    const ended = `The run of ${JSON.stringify(nameOf(config))} ${status === "FAILED" ? "failed" : "was cancelled"}`;
    // A cancelled run is like a cancelled gate: it is not retried.
    return { success: false, output, error: why ? `${ended}: ${why}` : `${ended}.`, retryable: status === "FAILED" };
  }
}

const nameOf = ({ workflow }: SubWorkflowConfig): string => (typeof workflow === "string" ? workflow : workflow.id);

/** Identifies the run of a try. */
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

/** A job as `cancelRun` takes it. */
export const callerOf = (run: Caller["run"], { id, config }: JobDefinition): Caller => ({
  run,
  jobId: id,
  config: config as SubWorkflowConfig,
});
