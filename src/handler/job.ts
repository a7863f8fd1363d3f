/** The interface between an orchestrator and the handlers of its jobs. */

import type { Issue } from "../model/errors.ts";
import type { CheckpointStore } from "./checkpoints.ts";
import type { GateRequest } from "./gateway.ts";

/** Outputs of jobs by job id. */
export type JobResults = Readonly<Record<string, unknown>>;

/**
 * One call of a job's handler, independent of the orchestrator. `Results` are the outputs of earlier jobs by job id.
 */
export interface JobContext<Config = unknown, Results = JobResults> {
  jobId: string;
  workflowId: string;
  executionId: string;
  /** The job's type, which selects its handler. */
  type: string;
  config: Config;
  /** The input of the run; `{}` without one. */
  input?: Readonly<Record<string, unknown>>;
  /** For a job with `forEach`: the entry of its list that this call is for. */
  item?: unknown;
  /** For a job with `forEach`: the index of the entry in the list, from 0. */
  index?: number;
  /** Ids of the jobs that came before this one. */
  dependencies: readonly string[];
  /** Outputs of earlier jobs by job id. A whole JobResult counts as its output. */
  results: Results;
  /** Loads the output of one earlier job, if the orchestrator does not put all of them into `results`. */
  result?(jobId: string): Promise<unknown>;
  /** Loads the outputs of all earlier jobs. */
  allResults?(): Promise<Results>;
  /** Aborting it ends the wait. */
  signal?: AbortSignal;
  /**
   * The same for every call of this job in this execution, in any process. A job should send it with calls to other
   * systems, so that they take effect once even if the job is called again after its process was killed.
   */
  idempotencyKey?: string;
  /** The orchestrator's store of checkpoints. A handler with its own store uses that instead. */
  checkpoints?: CheckpointStore;
  /**
   * A handler that asks for approval must call it as soon as the request exists and before it waits, also if it found
   * an existing request. The orchestrator stores the request of the job and shows it with the run, to viewers who may
   * see the request. Without this call the run shows no gate.
   */
  asked?(requestId: string): Promise<void>;
  /**
   * The id of the request that an earlier call of this job created, as stored by the orchestrator. The handler must
   * wait for this request and not create another, even if its configuration or its user has changed.
   */
  request?: string;
  /**
   * Waits until a request is final. The orchestrator waits on its own database, so it needs no token, and thousands of
   * waits share one connection. Undefined without an orchestrator.
   * @throws an error with code NOT_FOUND if the database has no such request, or the reason of the aborted signal
   */
  waitForRequest?(requestId: string, signal?: AbortSignal): Promise<GateRequest>;
  /**
   * Whether a request with this job's ids was created by an earlier call of this job whose process ended before `asked`
   * had completed. If so, the orchestrator stores it as the job's request. The caller must have checked that its own
   * user created the request. Defined only if the job was called before and has no stored request.
   */
  askedBefore?(requestId: string): Promise<boolean>;
  /** The job's log, which is stored and shown with the run. The orchestrator always sets it. */
  log?: JobLog;
}

/**
 * A log that never throws and never waits. A job stores up to 10,000 lines; a message and its fields have up to 4,000
 * characters each; longer ones are cut. Values that JSON cannot represent become text.
 */
export interface JobLog {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** The result of a job that succeeded. */
export type JobSuccess<Output = unknown> = {
  success: true;
  error?: never;
  retryable?: never;
  /** Facts for logs and programs. */
  metadata: Record<string, unknown>;
} & (unknown extends Output ? { output?: Output } : { output: Output });

/** The result of a job that failed. */
export interface JobFailure<Output = unknown> {
  success: false;
  /** The output, if there is one all the same, such as the outcome of a rejected request. */
  output?: Output;
  /** Why the job failed, in one sentence. */
  error: string;
  /**
   * `false`: the failure is final, because another call would fail as well, so the job is not retried. An error that
   * the handler throws may have the same field. Undefined or true: the job is retried as its document specifies.
   */
  retryable?: boolean;
  /** Facts for logs and programs. */
  metadata: Record<string, unknown>;
}

/**
 * The result of a job. TypeScript knows the output of a success and the error of a failure once `success` is checked.
 *
 * @example
 * const result: JobResult<ApprovalResult> = await approval.execute(context);
 * if (!result.success) throw new Error(result.error);
 * console.log(result.output.decidedBy);
 */
export type JobResult<Output = unknown> = JobSuccess<Output> | JobFailure<Output>;

/** What a handler may return: a result whose fields other than `success` are optional. */
export interface JobAnswer<Output = unknown> {
  success: boolean;
  output?: Output;
  /** Why the job failed, in one sentence. */
  error?: string;
  /** `false`: the failure is final. Undefined or true: the job is retried as its document specifies. */
  retryable?: boolean;
  metadata?: Record<string, unknown>;
}

/** The progress of a job. */
export interface JobStatus {
  status: string;
  /** From 0 to 1. */
  progress: number;
  /** The progress as a sentence. */
  message: string;
}

/** The facts about a workflow that a handler can use in validation, before the workflow runs. */
export interface WorkflowFacts {
  /** The ids of all its jobs. */
  jobIds: readonly string[];
}

/** Runs the jobs of one type. */
export interface JobHandler<Config = unknown, Output = unknown> {
  readonly type: string;
  execute(context: JobContext<Config>): Promise<JobAnswer<Output>>;
  /**
   * Ids of the jobs whose outputs `results` must have. Without this method, or if it returns undefined, `results` has
   * the outputs of the job's direct dependencies. The handler loads all others with `context.result`.
   */
  loads?(config: unknown): readonly string[] | undefined;
  /**
   * All faults of a job's configuration; an empty list if it is valid.
   * @param workflow facts about the workflow of the job
   */
  validate?(config: unknown, workflow?: WorkflowFacts): Issue[];
  getStatus?(jobId: string, executionId: string, workflowId?: string): Promise<JobStatus>;
  /**
   * Cancels a running `execute`. Rejects with code NOT_FOUND if there is nothing to cancel yet. An orchestrator calls
   * it again after other errors.
   * @param requestId the job's request, if the orchestrator knows it
   */
  cancel?(
    jobId: string,
    executionId: string,
    reason?: string,
    workflowId?: string,
    requestId?: string,
  ): Promise<unknown>;
}
