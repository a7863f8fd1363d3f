/** The types of workflow runs, for all layers. */

import type { Json, JsonObject } from "./approvals.ts";

export const RUN_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const;
/** RUNNING is open; the others are final. */
export type RunStatus = (typeof RUN_STATUSES)[number];

export const JOB_STATUSES = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED"] as const;
/** PENDING: waits for its dependencies. SKIPPED: not run because of their outcome or a condition. */
export type JobRunStatus = (typeof JOB_STATUSES)[number];

export const ATTEMPT_OUTCOMES = ["SUCCEEDED", "FAILED", "LOST", "HANDED_OVER", "CANCELLED", "TIMED_OUT"] as const;
/** The outcome of an attempt. LOST: its process died. HANDED_OVER: another process took over the run. */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const JOB_WAITS = ["HANDLER", "RETRY", "TOKEN", "SLOT", "CANCELLATION"] as const;
/** What an open job waits for, apart from its dependencies and people. */
export type JobWait = (typeof JOB_WAITS)[number];

/** The built-in type of jobs that start a run of another workflow. */
export const SUB_WORKFLOW = "workflow";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** The level of a line in a job's log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a job is retried if its handler throws or fails. */
export interface JobRetries {
  /** The most calls of its handler, 1 to 100. Default: 1. */
  attempts?: number;
  /** ms before the second attempt, 0 to 1 day. Default: 1,000. */
  delayMs?: number;
  /** The factor by which each further delay grows, 1 to 10. Default: 2. */
  backoff?: number;
  /** The job fails after its process has died this often while it ran, 1 to 100. Default: 3. */
  losses?: number;
}

export const RUN_IFS = ["succeeded", "failed", "always"] as const;
/** How the dependencies of a job must have ended for the job to run. */
export type RunIf = (typeof RUN_IFS)[number];

/** A condition of a job, about its dependencies or the run's input. */
export interface JobCondition {
  /** A dot path into outputs (`results.gate.status`), to a status (`jobs.build.status`), or into the `input`. */
  field: string;
  /** An operator of automatic conditions, in either spelling: `==` or `EQ`. */
  operator: string;
  /** A JSON value. */
  value: unknown;
}

/** The list for whose entries a job runs. */
export interface ForEach {
  /** At most 1,000 entries, or the dot path of a list: `results.plan.regions`, `input.regions`. */
  items: string | readonly unknown[];
  /** The most entries that run at once, 1 to 100. Default: 10. */
  concurrency?: number | null;
  /** Whether to continue with the other entries after a failure. The job still fails. */
  continueOnError?: boolean | null;
}

/** A job in the document of a workflow. */
export interface JobDefinition<Type extends string = string, Config = unknown> {
  id: string;
  /** Selects its handler. */
  type: Type;
  /**
   * Ids of the jobs that must have ended before it. They must have succeeded unless `runIf` or `when` states otherwise.
   */
  dependencies?: readonly string[] | null;
  /**
   * succeeded (default): all dependencies have succeeded. failed: one of them has failed, or was skipped after a failed
   * job. always: all of them have ended, with any outcome, even if the run is cancelled.
   */
  runIf?: RunIf | null;
  /** All conditions must be true. If one is false or cannot be evaluated, the job is skipped. */
  when?: readonly JobCondition[] | null;
  /**
   * The id of the job that this one undoes. It runs after all other jobs if that job has succeeded and the run has not.
   */
  compensates?: string | null;
  /** Whether its failure does not make the run FAILED. For the jobs that depend on it, it has failed. */
  allowFailure?: boolean | null;
  /** Runs the job for each entry of a list. Its output is the list of their outputs. */
  forEach?: ForEach | null;
  /** The configuration for its handler. */
  config?: Config;
  retries?: JobRetries | null;
  /**
   * Timeout of the job in ms, from the first call of its handler; 1 to 10 years. A job that takes longer has FAILED.
   */
  timeoutMs?: number | null;
}

/** Jobs by the configurations of their types. `config` may be omitted if all of its fields may. */
export type JobOf<Configs> = {
  [Type in keyof Configs & string]: JobDefinition<Type, Configs[Type]> &
    (object extends Configs[Type] ? unknown : { config: Configs[Type] });
}[keyof Configs & string];

/**
 * The document that describes a workflow. TypeScript checks the configurations of a typed one:
 * `WorkflowDefinition<JobOf<{ build: { branch: string }; approval: ApprovalJobConfig }>>`.
 */
export interface WorkflowDefinition<Job extends JobDefinition = JobDefinition> {
  id: string;
  /** How many of its runs may have a running handler at once, in all processes. Default: no limit. */
  concurrency?: number | null;
  jobs: readonly Job[];
  /** Timeout of a run in ms, from its start; 1 to 10 years. A run that takes longer has FAILED. */
  timeoutMs?: number | null;
}

/** A version of a workflow that can be started by name. */
export interface RegisteredWorkflow {
  /** The id of the workflow in the document. */
  name: string;
  /** The version number, from 1. A version never changes. */
  version: number;
  /** The JSON Schema (2020-12) of the input of a run; null if any object is accepted. */
  inputSchema: JsonObject | null;
  /** The roles whose holders may start a run. Those of the newest version apply to all versions. */
  startRoles: readonly string[];
  /** The name of the orchestrator that runs it. */
  orchestrator: string;
  /** The user whose token registered it; null if an orchestrator registered it. */
  createdBy: string | null;
  createdAt: Date;
}

/** A stored run. Its version grows by one with each change of it or of one of its jobs. */
export interface WorkflowRun {
  /** A UUID, computed from workflow id and execution id. */
  id: string;
  version: number;
  workflowId: string;
  executionId: string;
  definition: WorkflowDefinition;
  status: RunStatus;
  /** When its cancellation was requested; null if it was not. */
  cancelRequestedAt: Date | null;
  cancelReason: string | null;
  /** The person or program that cancelled it, if named. */
  cancelledBy: string | null;
  /** When the run times out; null without a timeout. */
  timeoutAt: Date | null;
  /** Why the run ended as it did, if its jobs do not show it. */
  reason: string | null;
  /** The user whose token started it; null if an orchestrator started it. */
  createdBy: string | null;
  /** The roles whose holders may see and cancel it. */
  startRoles: readonly string[];
  /** The registered version of its document; null for a document that is not registered. */
  workflowVersion: number | null;
  /** The name of the schedule that started it; null for any other run. */
  schedule: string | null;
  /** The checkpoint from which its first jobs were taken over. */
  startedFromCheckpoint: string | null;
  /**
   * From −100 to 100. Its jobs get slots before those of runs with a lower priority, and of newer runs with the same
   * one.
   */
  priority: number;
  /** The run whose job started this one; null if no job started it, or if the parent is deleted. */
  parentRunId: string | null;
  /** The job in the parent run. */
  parentJobId: string | null;
  /** Starts at 1 and grows by one with each retry of a failed job. */
  generation: number;
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
}

/** A run without its document, which may be long. */
export type RunState = Omit<WorkflowRun, "definition">;

/** A retry of a failed job, with the previous state of the run and the job. */
export interface RunRetry {
  runId: string;
  /** The generation of the run that the retry started, from 2. */
  generation: number;
  jobId: string;
  /** The person or program that retried the job, if named. */
  retriedBy: string | null;
  retriedAt: Date;
  /** Why the job had failed. */
  jobError: string | null;
  runStatus: RunStatus;
  /** Why the run had ended, or why it was cancelled. */
  runReason: string | null;
  runEndedAt: Date;
}

/** The changes when a run is moved to another version of its document: ids of jobs. */
export interface MovePlan {
  added: string[];
  removed: string[];
  changed: string[];
}

/** A move of a run to another version of its document. */
export interface RunMove extends MovePlan {
  runId: string;
  /** The generation of the run that the move started. */
  generation: number;
  /** The person or program that moved it, if named. */
  movedBy: string | null;
  movedAt: Date;
  /** The registered versions; null for a document that is not registered. */
  fromVersion: number | null;
  toVersion: number | null;
}

/** A job of a run. Its row stores the id of its approval request, if it has one. */
export interface WorkflowRunJob {
  runId: string;
  jobId: string;
  /** The position in the document, from 0. */
  position: number;
  type: string;
  dependencies: string[];
  status: JobRunStatus;
  output: Json | null;
  /** Why it failed: the error of its handler. */
  error: string | null;
  /** Why it was skipped, cancelled or taken over. */
  reason: string | null;
  /** The number of calls of its handler, including restarts. */
  attempts: number;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Its handler is not called again before this time. */
  dueAt: Date | null;
  /** When its current try times out; null without a timeout. */
  timeoutAt: Date | null;
  /** What it waits for while it is open, apart from its dependencies and people. */
  waitingFor: JobWait | null;
  /** The same, as a sentence. */
  waitingReason: string | null;
  /** The number of its items when they are stored; null for a job without `forEach`. */
  itemCount: number | null;
  /** For an item: its position in the list, from 0. */
  itemIndex: number | null;
  /** Metadata for programs; null if there is none. */
  metadata: JobMetadata | null;
}

/** Metadata of a job for programs. */
export interface JobMetadata {
  /** The checkpoint that was stored before the job created its request. */
  checkpointId: string;
}

/** A line in the log of a job. */
export interface LogLine {
  /** The line number, from 1, over all attempts of the job. */
  line: number;
  attempt: number;
  level: LogLevel;
  message: string;
  fields: JsonObject | null;
  createdAt: Date;
}

/** The state of a run before it created a request. Belongs to the request with the same workflow, job and execution. */
export interface ApprovalCheckpoint {
  id: string;
  name: string;
  workflowId: string;
  jobId: string;
  executionId: string;
  state: CheckpointState;
  createdAt: Date;
}

export interface CheckpointState {
  /** The configuration of the gate. */
  config: unknown;
  dependencies: readonly string[];
  /** The outputs of the jobs that had succeeded. */
  results: Readonly<Record<string, unknown>>;
  /** The document of the run; null if the program that stored the checkpoint had none. */
  workflow: WorkflowDefinition | null;
}
