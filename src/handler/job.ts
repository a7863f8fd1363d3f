/** What an orchestrator and a job's handler know of each other. */

import type { Issue } from "../errors.ts";

/** One run of one job. */
export interface JobContext {
  jobId: string;
  workflowId: string;
  executionId: string;
  /** The job's type, by which its handler was found. */
  type: string;
  config: unknown;
  /** Ids of the jobs that came before. */
  dependencies: readonly string[];
  /** Outputs of earlier jobs by job id; a whole JobResult stands for its output. */
  results: Readonly<Record<string, unknown>>;
  /** Aborting it ends the wait. */
  signal?: AbortSignal;
}

export interface JobResult<Output = unknown> {
  success: boolean;
  output?: Output;
  /** Why it was no success, in a sentence. */
  error?: string;
  /** Facts for logs and programs. */
  metadata: Record<string, unknown>;
}

/** How far a job is. */
export interface JobStatus {
  status: string;
  /** From 0 to 1. */
  progress: number;
  /** The same for people. */
  message: string;
}

/** What runs the jobs of a type. */
export interface JobHandler {
  readonly type: string;
  execute(context: JobContext): Promise<JobResult>;
  /** Every fault of a job's configuration; an empty list where it is right. */
  validate?(config: unknown): Issue[];
  getStatus?(jobId: string, executionId: string): Promise<JobStatus>;
  cancel?(jobId: string, executionId: string, reason?: string): Promise<unknown>;
}
