/** The results of runs and jobs as programs read them, and the state that an execution needs of its run. */

import type { JsonObject } from "../model/approvals.ts";
import type { JobMetadata, JobRunStatus, RunStatus, WorkflowRun, WorkflowRunJob } from "../model/runs.ts";
import { storableText } from "./job-call.ts";

/** The statuses with which a job ends. */
export type FinalJobStatus = Exclude<JobRunStatus, "PENDING" | "RUNNING">;

/** How a job ended. */
export interface JobEnd<Output = unknown> {
  status: FinalJobStatus;
  /** Its output. */
  output?: Output;
  /** Why it failed, as its handler reported it. */
  error?: string;
  /** Why it was skipped, cancelled or taken over. */
  reason?: string;
  /** Data for programs: for a gate with `createCheckpoint`, the id of its checkpoint. */
  metadata?: JobMetadata;
}

/** How a run ended. `Outputs` are the types of the outputs by job id. */
export interface RunResult<Outputs = Record<string, unknown>> {
  status: Exclude<RunStatus, "RUNNING">;
  /** By job id, in the order of the document. */
  jobs: { [JobId in keyof Outputs]: JobEnd<Outputs[JobId]> };
}

/** A run, active or ended. */
export interface Run {
  /** A UUID, derived from workflow id and execution id. */
  readonly id: string;
  readonly workflowId: string;
  readonly executionId: string;
  /**
   * Resolves once the run has ended, in whichever process it runs. The wait takes no queries. `Outputs` names the types of
   * the outputs by job id; they are not checked.
   * @throws NotFoundError if the run was deleted; Error once the orchestrator is shut down
   */
  result<Outputs = Record<string, unknown>>(): Promise<RunResult<Outputs>>;
}

/** The properties of a run that its execution needs. */
export interface ActiveRun
  extends Pick<WorkflowRun, "id" | "workflowId" | "executionId" | "definition" | "priority" | "createdAt"> {
  /** The input of the run. */
  input: JsonObject;
  /** Ids of the jobs that have asked for approval. */
  asked: readonly string[];
}

/** Picks these properties from a row. */
export const activeRunOf = (run: ActiveRun): ActiveRun => {
  const { id, workflowId, executionId, definition, input, priority, createdAt, asked } = run;
  return { id, workflowId, executionId, definition, input, priority, createdAt, asked };
};

/** The outcome of a job as its run needs it; the output stays in its row. */
export type JobOutcome = Pick<JobEnd, "status" | "reason"> & { error?: string };

/** The result of a job, from its row. */
export function endOf(job: WorkflowRunJob): JobEnd {
  const { status, output, error, reason, metadata } = job;
  return {
    status: status as FinalJobStatus,
    ...(output !== null && { output }),
    ...(error !== null && { error }),
    ...(reason !== null && { reason }),
    ...(metadata !== null && { metadata }),
  };
}

/** The outcome of a job, from its row. */
export const outcomeOf = ({
  status,
  error,
  reason,
}: Pick<WorkflowRunJob, "status" | "error" | "reason">): JobOutcome => ({
  status: status as FinalJobStatus,
  ...(error !== null && { error }),
  ...(reason !== null && { reason }),
});

export const isOpenJob = ({ status }: Pick<WorkflowRunJob, "status">): boolean =>
  status === "PENDING" || status === "RUNNING";

/** Why a run is cancelled. */
export interface Cancellation {
  reason: string | null;
  /** Whether the run timed out, rather than being cancelled. */
  hasTimedOut: boolean;
}

/** The outcome of a job whose run is cancelled or timed out. */
export function cancelledOutcome(cancellation: Cancellation | null): JobOutcome {
  const { reason = null, hasTimedOut = false } = cancellation ?? {};
  if (hasTimedOut && reason) return { status: "CANCELLED", reason: storableText(reason) };
  return {
    status: "CANCELLED",
    reason: reason ? storableText(`The run was cancelled: ${reason}`) : "The run was cancelled.",
  };
}
