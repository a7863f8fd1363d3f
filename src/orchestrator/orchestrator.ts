/** Runs workflow documents durably: if the process of a run dies, another one resumes the run. */

import { checkedInput } from "../approvals/input-schema.ts";
import { loadConfig } from "../config/config.ts";
import { checkpointById, originOfCheckpoint } from "../db/queries/checkpoints.ts";
import { requestCancel } from "../db/queries/run-cancels.ts";
import type { NewRun, RunOrigin } from "../db/queries/run-starts.ts";
import { jobsOfRuns, runInFull, runsById } from "../db/queries/workflow-runs.ts";
import type { JobResults } from "../handler/job.ts";
import { createLogger, type Logger } from "../log.ts";
import { NotFoundError, ValidationError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import type { RunStatus, WorkflowDefinition, WorkflowRun, WorkflowRunJob } from "../model/runs.ts";
import { type CheckpointChanges, checkedChanges, jobsTakenOver, undoneIn } from "./checkpoints.ts";
import { checkedCancellation, checkedDocument, checkedWorkflow } from "./document.ts";
import { startRun } from "./engine.ts";
import { startStored } from "./engine-starts.ts";
import { excerpt } from "./excerpt.ts";
import { Handlers } from "./handlers.ts";
import { CANCEL_GRACE_MS } from "./job-call.ts";
import type { JobHandler } from "./jobs.ts";
import { runIdOf } from "./keys.ts";
import { Limits } from "./limits.ts";
import { type MoveTarget, moveRun, registeredTarget } from "./move.ts";
import { startWhenNotified } from "./notified-starts.ts";
import {
  addressOf,
  type CancelOptions,
  checkOptions,
  type MoveOptions,
  type OrchestratorOptions,
  type RetryOptions,
  type StartOptions,
} from "./options.ts";
import { closeParts, openParts, type Parts } from "./parts.ts";
import { checkedTerms, storeWorkflow, type WorkflowTerms, workflowToStart } from "./registered.ts";
import { retryJob } from "./retry.ts";
import type { Run, RunResult } from "./run-result.ts";
import { AT_ONCE } from "./runner.ts";
import { type CheckedSchedule, checkedSchedule, type ScheduleOptions } from "./schedule-options.ts";
import { type Schedule, scheduleViews } from "./schedule-views.ts";
import { Semaphore } from "./semaphore.ts";
import { documentOfRun, findSameRun, storeRun } from "./store-run.ts";

/** The properties of a new run besides its document. */
interface StartDetails extends Pick<NewRun, "executionId" | "startedFromCheckpoint" | "origin" | "priority"> {
  taken: (definition: WorkflowDefinition) => NewRun["taken"];
}

/** How long `cancel` waits for the end of the run, in ms. */
const CANCEL_WITHIN_MS = 5_000;

/**
 * Creates an orchestrator. It does not connect; `launch` does.
 * @throws TypeError without a database, and for an invalid option
 *
 * @example
 * const orchestrator = createOrchestrator({ databaseUrl: "postgres://localhost/approvals" });
 * orchestrator.registerHandler("approval", new ApprovalHandler({ url, token }));
 * await orchestrator.launch();
 */
export function createOrchestrator(options: OrchestratorOptions = {}): Orchestrator {
  checkOptions(options);
  return new Orchestrator(options);
}

/**
 * Runs workflow documents, durably: any process of the same name resumes a run after a crash or a deployment.
 *
 * @example
 * const jobs = [{ id: "approval", type: "approval", config: { title: "Deploy?", notifyUsers: ["bob@company.com"] } }];
 * const run = await orchestrator.start({ id: "release", jobs }, { executionId: "release-7" });
 * const { status } = await run.result();
 */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #name: string;
  readonly #leaseMs: number;
  readonly #maxBlockedMs: number;
  readonly #limits: Limits;
  readonly #handlers = new Handlers();
  readonly #starts = new Semaphore(AT_ONCE);
  #logger: Logger | undefined;
  #parts: Parts | null = null;
  /** Settles when the current launch has ended; null without one. */
  #launching: Promise<void> | null = null;
  #state = "not launched";
  /** The schedules that were set, or removed (null), before the launch. */
  readonly #scheduled = new Map<string, ScheduleOptions | null>();

  /** Reads the environment at `launch`. */
  constructor(options: OrchestratorOptions = {}) {
    this.#options = options;
    this.#name = options.name ?? "countersign";
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#maxBlockedMs = options.maxBlockedMs ?? 300_000;
    this.#limits = new Limits(options.concurrency);
  }

  get #log(): Logger {
    this.#logger ??=
      this.#options.log ?? createLogger(process.env.LOG_LEVEL ? loadConfig(process.env).logLevel : "warn", 2);
    return this.#logger;
  }

  /**
   * Runs jobs of this type with the handler. Call it before `launch`, which resumes runs immediately.
   * @throws TypeError if the type already has a handler, or the handler names another type
   */
  registerHandler<Config = unknown, Output = unknown, Results = JobResults>(
    type: string,
    handler: JobHandler<Config, Output, Results>,
  ): void {
    this.#handlers.register(type, handler);
    this.#parts?.keeper.publish();
  }

  /**
   * Connects, and resumes the runs that no process is running.
   * @throws Error in one line if the database cannot be reached or lacks a migration; TypeError without a database
   */
  async launch(): Promise<void> {
    if (this.#parts !== null || this.#launching !== null) throw new Error("the orchestrator is already launched");
    this.#launching = this.#launch();
    try {
      await this.#launching;
    } finally {
      this.#launching = null;
    }
  }

  async #launch(): Promise<void> {
    const parts = await openParts({
      url: addressOf(this.#options),
      log: this.#log,
      name: this.#name,
      handlers: this.#handlers,
      limits: this.#limits,
      leaseMs: this.#leaseMs,
      maxBlockedMs: this.#maxBlockedMs,
      cancelGraceMs: this.#options.cancelGraceMs ?? CANCEL_GRACE_MS,
      retention: this.#options.retention,
    });
    this.#parts = parts;
    const { pool, hub } = parts;
    const startRun = (runId: string) => startStored(pool, runId, this.#name);
    startWhenNotified({ hub, name: this.#name, log: this.#log, startRun });
    this.#parts.leases.start();
    try {
      await this.#storeScheduled();
    } catch (error) {
      await this.#stop();
      this.#state = "not launched";
      throw error;
    }
    this.#parts.schedules.start();
    this.#parts.retention?.start();
    const unknown = this.#limits.types.filter((type) => !this.#handlers.byType.has(type));
    if (unknown.length > 0)
      this.#log.warn({ types: unknown }, "concurrency names types without a handler in this process");
  }

  /**
   * Starts a run, or returns the one with the same ids and document, even if its handlers are no longer registered.
   * @throws ValidationError with `issues`, every fault at once; ConflictError if the ids belong to another document
   */
  async start(workflow: WorkflowDefinition, { executionId, input, priority }: StartOptions): Promise<Run> {
    const origin = { ...this.#origin, input: input == null ? null : await checkedInput(null, input) };
    return this.#start(workflow, { executionId, priority, startedFromCheckpoint: null, taken: () => ({}), origin });
  }

  /**
   * Registers a workflow under the id in its document, so that people and programs can start it by name. It becomes a new
   * version, unless it is the same as the newest one.
   * @throws ValidationError with `issues`, every fault of the document, the schema and the roles
   */
  async registerWorkflow(
    workflow: WorkflowDefinition,
    terms: WorkflowTerms = {},
  ): Promise<{ name: string; version: number; created: boolean }> {
    const { pool } = await this.#ready();
    const definition = checkedWorkflow(workflow, this.#handlers.byType);
    const checked = { ...(await checkedTerms(terms)), orchestrator: this.#name, createdBy: null };
    const stored = await storeWorkflow(pool, { name: definition.id, definition, ...checked });
    return { name: definition.id, version: stored.workflow.version, created: stored.created };
  }

  /**
   * Starts a run of a registered workflow, or returns the one with the same execution id.
   * @throws NotFoundError; ValidationError for an input that does not fit the schema, or as `start`
   */
  async startWorkflow(
    name: string,
    { executionId, version = null, input, priority }: StartOptions & { version?: number | null },
  ): Promise<Run> {
    const { pool } = await this.#ready();
    const { newest, workflow } = await workflowToStart(pool, name, { version, executionId });
    const origin = {
      ...this.#origin,
      input: await checkedInput(workflow.inputSchema, input),
      workflowVersion: workflow.version,
      startRoles: newest.startRoles,
    };
    const how = { executionId, priority, startedFromCheckpoint: null, taken: () => ({}), origin };
    return this.#start(workflow.definition, how);
  }

  /**
   * Starts another run of a workflow from the state before one of its gates, with changed input. Jobs that had succeeded
   * by then are taken over with their outputs, if they and all jobs before them have not changed and were not compensated
   * since.
   * @param checkpointId the checkpoint of the gate's request, as `jobs.GATE.metadata.checkpointId` of the run's result
   * @throws NotFoundError; or as `start`, ConflictError also for another checkpoint or other results
   */
  async startFromCheckpoint(checkpointId: string, options: StartOptions & CheckpointChanges): Promise<Run> {
    const { executionId, priority, ...changes } = options;
    const { pool } = await this.#ready();
    const checkpoint = isRequestId(checkpointId) ? await checkpointById(pool, checkpointId) : undefined;
    if (checkpoint === undefined) throw new NotFoundError("checkpoint");
    const { workflow, results } = checkedChanges(checkpoint, changes);
    const undone = await undoneIn(pool, checkpoint);
    const taken = (definition: WorkflowDefinition) => jobsTakenOver(checkpoint, definition, results, undone);
    const origin = { ...this.#origin, ...(await originOfCheckpoint(pool, checkpoint)), orchestrator: this.#name };
    return this.#start(workflow, { executionId, priority, startedFromCheckpoint: checkpointId, taken, origin });
  }

  /** A run that any process has started; null if there is none. */
  async find(workflowId: string, executionId: string): Promise<Run | null> {
    const { pool } = await this.#ready();
    const id = runIdOf(workflowId, executionId);
    return (await runsById(pool, [id])).length === 0 ? null : this.#runOf(id, workflowId, executionId);
  }

  /** A run and its jobs as they are now; null if there is none. */
  async inspect(workflowId: string, executionId: string): Promise<(WorkflowRun & { jobs: WorkflowRunJob[] }) | null> {
    const { pool } = await this.#ready();
    const id = runIdOf(workflowId, executionId);
    const [run, jobs] = await Promise.all([runInFull(pool, id), jobsOfRuns(pool, [id])]);
    return run === undefined ? null : { ...run, jobs };
  }

  /**
   * Cancels a run, in whichever process it runs. Requests of jobs that wait for approval are cancelled, jobs that have not
   * started are CANCELLED, and running jobs end as their handlers do.
   * @param reason at most 100,000 characters. The jobs and the people who were asked can read it. Blank: no reason
   * @returns the run's status once it has ended; RUNNING if that takes more than 5 seconds
   * @throws NotFoundError; ValidationError for a reason or a name that cannot be stored, before anything is cancelled
   */
  async cancel(
    workflowId: string,
    executionId: string,
    reason?: string | null,
    options: CancelOptions = {},
  ): Promise<RunStatus> {
    const { pool, waits } = await this.#ready();
    const cancellation = checkedCancellation(reason, options?.by);
    const id = runIdOf(workflowId, executionId);
    const found = await requestCancel(pool, id, cancellation);
    if (found === undefined) throw new NotFoundError("workflow run");
    if (found.status !== "RUNNING") return found.status as RunStatus;
    const { promise: late, resolve } = Promise.withResolvers<RunStatus>();
    const timer = setTimeout(resolve, CANCEL_WITHIN_MS, "RUNNING");
    try {
      return await Promise.race([waits.wait(id).then(({ status }) => status), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Retries one failed job of a run that has ended, in place. The job and those that were SKIPPED because of it run again;
   * all others stay as they are. The run is RUNNING again when this resolves, and `result` of the returned run waits for
   * its next end.
   * @throws NotFoundError; ValidationError for a job that is not in the document, or a name that cannot be stored;
   * ConflictError if the job cannot be retried, with what to do instead
   */
  async retry(workflowId: string, executionId: string, jobId: string, { by = null }: RetryOptions = {}): Promise<Run> {
    const { pool } = await this.#ready();
    const id = runIdOf(workflowId, executionId);
    await retryJob(pool, id, { jobId, by });
    await startStored(pool, id, this.#name);
    return this.#runOf(id, workflowId, executionId);
  }

  /**
   * Starts a run of a workflow at the times of a cron expression, once in all processes of this name. The schedule is
   * stored; a schedule with the same name is replaced. Before the launch, only the checks without the database and the
   * handlers run, and `launch` stores it.
   * @throws ValidationError with `issues`, every fault
   */
  async schedule(name: string, options: ScheduleOptions): Promise<void> {
    if (this.#parts === null && this.#state === "shut down") await this.#ready();
    const schedule = checkedSchedule(name, options, this.#parts && this.#handlers.byType);
    if (this.#parts === null) this.#scheduled.set(name, structuredClone(options));
    else await this.#parts.schedules.store(schedule);
  }

  /** Deletes a schedule; the runs that it has started continue. @returns whether there was one; false before the launch */
  async unschedule(name: string): Promise<boolean> {
    if (this.#parts !== null) return this.#parts.schedules.remove(name);
    if (this.#state === "shut down") await this.#ready();
    this.#scheduled.set(name, null);
    return false;
  }

  /** The schedules of the processes with this name, by name. */
  async schedules(): Promise<Schedule[]> {
    return scheduleViews((await this.#ready()).pool, this.#name);
  }

  /**
   * Pauses a schedule. No process starts runs for it until it is resumed, also after a restart. Ticks while it is paused
   * are not missed ticks: no run is ever started for them.
   * @throws NotFoundError
   */
  async pauseSchedule(name: string): Promise<void> {
    if (!(await (await this.#ready()).schedules.pause(name, true))) throw new NotFoundError("schedule");
  }

  /** @throws NotFoundError */
  async resumeSchedule(name: string): Promise<void> {
    if (!(await (await this.#ready()).schedules.pause(name, false))) throw new NotFoundError("schedule");
  }

  /**
   * Moves a run that has not ended to another version of its document. Jobs that have started or ended must be the same in
   * both; others may be changed, added or removed. The process that runs it continues with the new document, and jobs
   * that wait for approval wait for the same request.
   * @throws NotFoundError; ValidationError for a wrong document or version; ConflictError if the run cannot be moved,
   * with the names of the jobs that prevent it
   */
  async move(workflowId: string, executionId: string, options: MoveOptions = {}): Promise<Run> {
    const { pool } = await this.#ready();
    const { workflow, version = null, by = null } = options ?? {};
    if (workflow != null && version !== null) {
      throw new ValidationError([{ path: "version", message: "must be omitted if workflow is given" }]);
    }
    const id = runIdOf(workflowId, executionId);
    const target = workflow == null ? null : this.#documentToMoveTo(workflow, workflowId, executionId);
    await moveRun(pool, id, () => target ?? registeredTarget(pool, workflowId, version), by);
    await startStored(pool, id, this.#name);
    return this.#runOf(id, workflowId, executionId);
  }

  #documentToMoveTo(workflow: WorkflowDefinition, workflowId: string, executionId: string): MoveTarget {
    const definition = checkedDocument(workflow, { executionId }, this.#handlers.byType);
    if (definition.id !== workflowId) {
      const message = `must be that of the run, ${excerpt(workflowId)}, not ${excerpt(definition.id)}`;
      throw new ValidationError([{ path: "id", message }]);
    }
    return { definition, workflowVersion: null, inputSchema: null };
  }

  /** Stops. Any process that registers the same handlers resumes the runs immediately. */
  async shutdown(): Promise<void> {
    await this.#launching?.catch(() => {}); // The caller of `launch` gets the error.
    await this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.#parts === null) return;
    const parts = this.#parts;
    this.#parts = null;
    this.#state = "shut down";
    await closeParts(parts, this.#log);
  }

  /** Stores the schedules that were set before the launch. @throws ValidationError */
  async #storeScheduled(): Promise<void> {
    const { schedules } = await this.#ready();
    const checked: CheckedSchedule[] = [];
    for (const [name, options] of this.#scheduled) {
      if (options !== null) checked.push(checkedSchedule(name, options, this.#handlers.byType));
    }
    for (const schedule of checked) await schedules.store(schedule);
    for (const [name, options] of this.#scheduled) if (options === null) await schedules.remove(name);
    this.#scheduled.clear();
  }

  async #ready(): Promise<Parts> {
    if (this.#parts === null) throw new Error(`the orchestrator is ${this.#state}`);
    return this.#parts;
  }

  /** The origin of a run that this process starts. */
  get #origin(): RunOrigin {
    return {
      orchestrator: this.#name,
      input: null,
      workflowVersion: null,
      startRoles: [],
      createdBy: null,
      schedule: null,
    };
  }

  async #start(workflow: WorkflowDefinition, how: StartDetails): Promise<Run> {
    const { executionId } = how;
    const { definition, isRefused } = await this.#document(workflow, how);
    const { pool } = await this.#ready();
    const id = runIdOf(definition.id, executionId);
    const run: NewRun = { ...how, id, definition, taken: how.taken(definition) };
    await this.#starts.run(async () => {
      const { status, isNew } = await (isRefused ? findSameRun : storeRun)(pool, run);
      if (isNew) await startRun({ id, generation: 1, engineId: id });
      else if (status === "RUNNING" && !isRefused) await startStored(pool, id, this.#name);
    });
    return this.#runOf(id, definition.id, executionId);
  }

  /** The document as it is stored. The document of an existing run counts even if it would be refused now. */
  async #document(workflow: unknown, options: Pick<NewRun, "executionId" | "priority">) {
    const { executionId } = options;
    try {
      return { definition: checkedDocument(workflow, options, this.#handlers.byType), isRefused: false };
    } catch (error) {
      const definition = this.#parts && (await documentOfRun(this.#parts.pool, workflow, executionId));
      if (!definition) throw error;
      return { definition, isRefused: true };
    }
  }

  #runOf(id: string, workflowId: string, executionId: string): Run {
    const result = async (): Promise<RunResult> => (await this.#ready()).waits.wait(id);
    return { id, workflowId, executionId, result: result as Run["result"] };
  }
}

/** The process's own orchestrator, on DATABASE_URL, for programs that need only one. */
export const orchestrator = new Orchestrator();
