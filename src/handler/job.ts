/** What an orchestrator and a job's handler know of each other. */

import type { Issue } from "../model/errors.ts";
import type { CheckpointStore } from "./checkpoints.ts";
import type { GateRequest } from "./gateway.ts";

/** Outputs of jobs by job id. */
export type JobResults = Readonly<Record<string, unknown>>;

/** One run of one job, as any orchestrator may describe it. `Results` are the outputs of earlier jobs by job id. */
export interface JobContext<Config = unknown, Results = JobResults> {
  jobId: string;
  workflowId: string;
  executionId: string;
  /** The job's type, by which its handler was found. */
  type: string;
  config: Config;
  /** The input that the run was started with; `{}` without one. */
  input?: Readonly<Record<string, unknown>>;
  /** Of a job with `forEach`: the entry of its list that this call is for. */
  item?: unknown;
  /** Of a job with `forEach`: the place of the entry in the list, from 0. */
  index?: number;
  /** Ids of the jobs that came before. */
  dependencies: readonly string[];
  /** Outputs of earlier jobs by job id; a whole JobResult stands for its output. */
  results: Results;
  /** Loads the output of one earlier job, where the orchestrator does not put all of them into `results`. */
  result?(jobId: string): Promise<unknown>;
  /** Loads the outputs of all earlier jobs. */
  allResults?(): Promise<Results>;
  /** Aborting it ends the wait. */
  signal?: AbortSignal;
  /**
   * The same for every call of this job in this execution, in whichever process: what a job does outside is to carry it,
   * so that it takes hold once although a job whose process was killed is called again.
   */
  idempotencyKey?: string;
  /** Where the orchestrator keeps checkpoints; a handler that was given a store of its own uses that. */
  checkpoints?: CheckpointStore;
  /**
   * To be called by a handler that asks for approval, as soon as the request is there and before it waits, also where it
   * found the request again. The orchestrator keeps which request the job has asked: the run is shown with it, and to
   * those who may see it. Where nobody calls it the run shows no gate.
   */
  asked?(requestId: string): Promise<void>;
  /**
   * The id of the request that an earlier call of this job has asked, as the orchestrator stores it. A handler that finds
   * it here waits for that request and does not ask again, whatever its configuration or its user is now.
   */
  request?: string;
  /**
   * Waits until a request is final. The orchestrator waits on its own database, so it needs no token, and thousands of
   * waits share one connection. Left out where there is no orchestrator.
   * @throws an error with code NOT_FOUND where the database has no such request, or the reason of the aborted signal
   */
  waitForRequest?(requestId: string, signal?: AbortSignal): Promise<GateRequest>;
  /**
   * Whether a request with this job's ids was created by an earlier call of this job whose process ended before
   * `asked` was done; then the orchestrator stores it as the job's request. The caller must have checked that its own
   * user created the request. Only there if the job was called before and has no stored request.
   */
  askedBefore?(requestId: string): Promise<boolean>;
  /** The job's own log, which is stored with the run and shown. The orchestrator always sets it. */
  log?: JobLog;
}

/**
 * A log that never throws and never waits. A job stores up to 10,000 lines; a message and its fields have up to 4,000
 * characters each, longer ones are cut. Values that JSON cannot carry become text.
 */
export interface JobLog {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export interface JobResult<Output = unknown> {
  success: boolean;
  output?: Output;
  /** Why it was no success, in a sentence. */
  error?: string;
  /**
   * `false`: the failure is final, and another call could only bring the same, so the job is not retried. An error that
   * the handler throws may carry the same field. Left out or true: the job is retried as its document says.
   */
  retryable?: boolean;
  /** Facts for logs and programs. */
  metadata: Record<string, unknown>;
}

/** What a handler may answer with: a job that has no facts to tell leaves them out. */
export type JobAnswer<Output = unknown> = Omit<JobResult<Output>, "metadata"> & Partial<Pick<JobResult, "metadata">>;

/** How far a job is. */
export interface JobStatus {
  status: string;
  /** From 0 to 1. */
  progress: number;
  /** The same for people. */
  message: string;
}

/** What a handler may know of a workflow before it runs. */
export interface WorkflowFacts {
  /** The ids of all of its jobs. */
  jobIds: readonly string[];
}

/** What runs the jobs of a type. */
export interface JobHandler<Config = unknown, Output = unknown> {
  readonly type: string;
  execute(context: JobContext<Config>): Promise<JobAnswer<Output>>;
  /**
   * Ids of the jobs whose outputs `results` must have. Without it, or where it returns undefined, `results` has those of
   * the job's direct dependencies. The handler loads all others itself, with `context.result`.
   */
  loads?(config: unknown): readonly string[] | undefined;
  /**
   * Every fault of a job's configuration; an empty list where it is right.
   * @param workflow what is known of the workflow that the job is part of
   */
  validate?(config: unknown, workflow?: WorkflowFacts): Issue[];
  getStatus?(jobId: string, executionId: string, workflowId?: string): Promise<JobStatus>;
  /**
   * Has a running `execute` end early; rejects with code NOT_FOUND where there is nothing to end yet. An orchestrator
   * calls it again after other errors.
   * @param requestId the job's request, where the orchestrator knows it
   */
  cancel?(
    jobId: string,
    executionId: string,
    reason?: string,
    workflowId?: string,
    requestId?: string,
  ): Promise<unknown>;
}
