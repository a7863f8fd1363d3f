/** The public API of `countersign/orchestrator`. */

export type {
  JobAnswer,
  JobFailure,
  JobLog,
  JobResult,
  JobResults,
  JobStatus,
  JobSuccess,
  WorkflowFacts,
} from "../handler/job.ts";
export { ConflictError, type Issue, NotFoundError, ValidationError } from "../model/errors.ts";
export type {
  JobCondition,
  JobDefinition,
  JobMetadata,
  JobOf,
  JobRetries,
  JobRunStatus,
  RunIf,
  RunStatus,
  WorkflowDefinition,
  WorkflowRun,
  WorkflowRunJob,
} from "../model/runs.ts";
export type { CheckpointChanges } from "./checkpoints.ts";
export { JobTimedOutError, RunCancelledError } from "./errors.ts";
export { defineJob, type JobContext, type JobHandler } from "./jobs.ts";
export type { Concurrency, TypeLimit } from "./limits.ts";
export type { CancelOptions, OrchestratorOptions, RetryOptions, StartOptions } from "./options.ts";
export { createOrchestrator, type Orchestrator, orchestrator } from "./orchestrator.ts";
export type { FinalJobStatus, JobEnd, Run, RunResult } from "./run-result.ts";
export type { Missed, ScheduleOptions } from "./schedule-options.ts";
export type { Schedule } from "./schedule-views.ts";
export type { SubRunOutput } from "./sub-run-output.ts";
export type { SubWorkflowConfig } from "./sub-workflow.ts";
