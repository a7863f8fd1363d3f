/** The words for runs of workflows, as rows and types; every layer may import them. */

import type { Json, JsonObject } from "./approvals.ts";

export const RUN_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const;
/** RUNNING is open; the others are final. */
export type RunStatus = (typeof RUN_STATUSES)[number];

export const JOB_STATUSES = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "SKIPPED", "CANCELLED"] as const;
/** PENDING waits for the jobs before it. SKIPPED was not run because of how those ended, or because of a condition. */
export type JobRunStatus = (typeof JOB_STATUSES)[number];

export const ATTEMPT_OUTCOMES = ["SUCCEEDED", "FAILED", "LOST", "HANDED_OVER", "CANCELLED", "TIMED_OUT"] as const;
/** How one call of a job's handler ended. LOST: its process died. HANDED_OVER: its process gave the run to another. */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const JOB_WAITS = ["HANDLER", "RETRY", "TOKEN", "SLOT", "CANCELLATION"] as const;
/** What an open job waits for, other than the jobs before it and people. */
export type JobWait = (typeof JOB_WAITS)[number];

/** The type of the jobs that start a run of another workflow, which the orchestrator runs itself. */
export const SUB_WORKFLOW = "workflow";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** How much a line of a job's log matters. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a job is tried again where its handler throws or is no success. */
export interface JobRetries {
  /** How often its handler is called at most, 1 to 100; default 1. */
  attempts?: number;
  /** ms before the second attempt, 0 to 1 day; default 1,000. */
  delayMs?: number;
  /** What each further delay is multiplied by, 1 to 10; default 2. */
  backoff?: number;
  /** The job has failed after its process died this often while it ran, 1 to 100; default 3. */
  losses?: number;
}

export const RUN_IFS = ["succeeded", "failed", "always"] as const;
/** How the jobs before a job must have ended for the job to run. */
export type RunIf = (typeof RUN_IFS)[number];

/** A condition of a job, on the jobs before it or on the run's input. */
export interface JobCondition {
  /** A dot path: into outputs as in `results.gate.status`, to a status as in `jobs.build.status`, or into the `input`. */
  field: string;
  /** As in automatic conditions, in either spelling: `==` or `EQ`. */
  operator: string;
  /** A JSON value. */
  value: unknown;
}

/** The list that a job runs over. */
export interface ForEach {
  /** At most 1,000 entries, or the dot path of a list: `results.plan.regions`, `input.regions`. */
  items: string | readonly unknown[];
  /** How many entries the job runs for at once, 1 to 100; default 10. */
  concurrency?: number | null;
  /** Runs the job for the other entries although it has failed for one. The job has failed all the same. */
  continueOnError?: boolean | null;
}

/** One job of a workflow's document. */
export interface JobDefinition<Type extends string = string, Config = unknown> {
  id: string;
  /** By which its handler is found. */
  type: Type;
  /** Ids of the jobs that must have ended before it, and have succeeded unless `runIf` or `when` says otherwise. */
  dependencies?: readonly string[] | null;
  /**
   * succeeded, the default: all dependencies have succeeded. failed: one of them has failed, or was skipped after a job
   * that has. always: all of them have ended, however they did, also where the run is cancelled.
   */
  runIf?: RunIf | null;
  /** All of them must hold; where one does not, or cannot be evaluated, the job is skipped. */
  when?: readonly JobCondition[] | null;
  /**
   * The id of the job that this one undoes. It runs after all other jobs, where that job has succeeded and the run has
   * not.
   */
  compensates?: string | null;
  /** Its failure does not make the run FAILED. To the jobs behind it, it has failed all the same. */
  allowFailure?: boolean | null;
  /** Runs the job once for each entry of a list; its output is the list of their outputs. */
  forEach?: ForEach | null;
  /** What its handler needs; for the types of this project as their handlers document it. */
  config?: Config;
  retries?: JobRetries | null;
  /** ms that one try may take, from its first call on; 1 to 10 years. A job that takes longer has FAILED. */
  timeoutMs?: number | null;
}

/** Jobs by the configurations of their types. `config` may be left out where all of its fields may. */
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
  /** How many of its runs may have a running handler at once, in all processes; default: no limit. */
  concurrency?: number | null;
  jobs: readonly Job[];
  /** ms that a run may take, from its start on; 1 to 10 years. A run that takes longer has FAILED. */
  timeoutMs?: number | null;
}

/** A version of a workflow that can be started by name. */
export interface RegisteredWorkflow {
  /** The id of the workflow in the document. */
  name: string;
  /** From 1. A version never changes. */
  version: number;
  /** The JSON Schema (2020-12) of the input of a run; null where any object is taken. */
  inputSchema: JsonObject | null;
  /** The roles whose holders may start a run. Those of the newest version apply to all versions. */
  startRoles: readonly string[];
  /** The name of the processes that run it. */
  orchestrator: string;
  /** The user whose token registered it; null where an orchestrator did. */
  createdBy: string | null;
  createdAt: Date;
}

/** A run as it is stored. Its version grows by one with every change of it or of one of its jobs. */
export interface WorkflowRun {
  /** Made of workflow id and execution id, a UUID. */
  id: string;
  version: number;
  workflowId: string;
  executionId: string;
  definition: WorkflowDefinition;
  status: RunStatus;
  /** Since when it is asked to end; null where nobody has asked. */
  cancelRequestedAt: Date | null;
  cancelReason: string | null;
  /** The person or program that cancelled it, where that was named. */
  cancelledBy: string | null;
  /** When the run has run out of time; null without a time-out. */
  timeoutAt: Date | null;
  /** Why the run ended as it did, where its jobs do not say so. */
  reason: string | null;
  /** The user whose token started it; null where an orchestrator did. */
  createdBy: string | null;
  /** The roles whose holders may see and cancel it. */
  startRoles: readonly string[];
  /** The registered version of its document; null for a document that is not registered. */
  workflowVersion: number | null;
  /** The name of the schedule that started it; null for any other run. */
  schedule: string | null;
  /** The checkpoint that its first jobs were taken over from. */
  startedFromCheckpoint: string | null;
  /** Its jobs get slots before those of runs with a lower number; then the older run comes first. −100 to 100. */
  priority: number;
  /** The run whose job has started this one; null for a run that was started otherwise, or whose parent is deleted. */
  parentRunId: string | null;
  /** The job of that run. */
  parentJobId: string | null;
  /** 1, and one more with each retry of a failed job. */
  generation: number;
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
}

/** A run without its document, which may be long. */
export type RunState = Omit<WorkflowRun, "definition">;

/** A retry of a failed job, with how the run and the job stood before. */
export interface RunRetry {
  runId: string;
  /** The generation of the run that the retry began, from 2. */
  generation: number;
  jobId: string;
  /** The person or program that retried the job, where it was named. */
  retriedBy: string | null;
  retriedAt: Date;
  /** Why the job had failed. */
  jobError: string | null;
  runStatus: RunStatus;
  /** Why the run had ended as it did, or was cancelled. */
  runReason: string | null;
  runEndedAt: Date;
}

/** What changes when a run is moved to another version of its document, by the ids of jobs. */
export interface MovePlan {
  added: string[];
  removed: string[];
  changed: string[];
}

/** A move of a run to another version of its document. */
export interface RunMove extends MovePlan {
  runId: string;
  /** The generation of the run that the move began. */
  generation: number;
  /** The person or program that moved it, where it was named. */
  movedBy: string | null;
  movedAt: Date;
  /** The registered versions; null for a document that is not registered. */
  fromVersion: number | null;
  toVersion: number | null;
}

/** A job of a run. Its row keeps the id of the request that it has asked, if it asks for approval. */
export interface WorkflowRunJob {
  runId: string;
  jobId: string;
  /** The place in the document, from 0. */
  position: number;
  type: string;
  dependencies: string[];
  status: JobRunStatus;
  output: Json | null;
  /** Why it was no success, in the words of its handler. */
  error: string | null;
  /** Why it was skipped, cancelled or taken over. */
  reason: string | null;
  /** How often its handler was called, restarts included. */
  attempts: number;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Its handler is not called again before this time. */
  dueAt: Date | null;
  /** When its current try times out; null without a time-out. */
  timeoutAt: Date | null;
  /** What it waits for while it is open, other than the jobs before it and people. */
  waitingFor: JobWait | null;
  /** The same as a sentence. */
  waitingReason: string | null;
  /** How many items it has, once they are stored; null for a job without `forEach`. */
  itemCount: number | null;
  /** Of an item: its place in the list, from 0. */
  itemIndex: number | null;
  /** Facts for programs; null where there are none. */
  metadata: JobMetadata | null;
}

/** Facts about a job for programs. */
export interface JobMetadata {
  /** The checkpoint that was saved before the job asked. */
  checkpointId: string;
}

/** A line of a job's log. */
export interface LogLine {
  /** From 1, over all attempts of the job. */
  line: number;
  attempt: number;
  level: LogLevel;
  message: string;
  fields: JsonObject | null;
  createdAt: Date;
}

/** The state of a run before it asked; belongs to the request with the same workflow, job and execution. */
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
  /** The gate's configuration. */
  config: unknown;
  dependencies: readonly string[];
  /** Outputs of the jobs that had succeeded. */
  results: Readonly<Record<string, unknown>>;
  /** The document of the run; null where the one who kept it knew none. */
  workflow: WorkflowDefinition | null;
}
