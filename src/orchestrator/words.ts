/** The words of a run as programs read them. */

import type { JsonObject } from "../model/approvals.ts";
import type { JobMetadata, JobRunStatus, RunStatus, WorkflowRun, WorkflowRunJob } from "../model/runs.ts";
import { said } from "./job-call.ts";

export type FinalJobStatus = Exclude<JobRunStatus, "PENDING" | "RUNNING">;

/** How a job ended. */
export interface JobEnd<Output = unknown> {
  status: FinalJobStatus;
  /** What it put out. */
  output?: Output;
  /** Why it was no success, in the words of its handler. */
  error?: string;
  /** Why it was skipped, cancelled or taken over. */
  reason?: string;
  /** Facts for programs: of a gate with `createCheckpoint`, the id of its checkpoint. */
  metadata?: JobMetadata;
}

/** How a run ended. `Outputs` are the types of the outputs by job id. */
export interface RunResult<Outputs = Record<string, unknown>> {
  status: Exclude<RunStatus, "RUNNING">;
  /** By job id, in the order of the document. */
  jobs: { [JobId in keyof Outputs]: JobEnd<Outputs[JobId]> };
}

/** A run on its way, or ended. */
export interface Run {
  /** Made of workflow id and execution id, a UUID. */
  readonly id: string;
  readonly workflowId: string;
  readonly executionId: string;
  /**
   * Resolves once the run has ended, wherever it runs. It asks nothing of the database while it waits. `Outputs` names
   * the types of the outputs by job id; nothing checks them.
   * @throws NotFoundError where the run was deleted; Error once the orchestrator is shut down
   */
  result<Outputs = Record<string, unknown>>(): Promise<RunResult<Outputs>>;
}

/** What a run that goes on has to know of itself. */
export interface RunOnItsWay
  extends Pick<WorkflowRun, "id" | "workflowId" | "executionId" | "definition" | "priority" | "createdAt"> {
  /** The input that it was started with. */
  input: JsonObject;
  /** Ids of the jobs that have asked for approval. */
  asked: readonly string[];
}

/** What of a run's row the run goes on with. */
export const onItsWay = (run: RunOnItsWay): RunOnItsWay => {
  const { id, workflowId, executionId, definition, input, priority, createdAt, asked } = run;
  return { id, workflowId, executionId, definition, input, priority, createdAt, asked };
};

/** What of a job the run goes on with; its output stays in its row. */
export type JobOutcome = Pick<JobEnd, "status" | "reason"> & { error?: string };

/** A job's row as it is told. */
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

/** The same as the run goes on with it. */
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

/** Why a run ends early. */
export interface Cancellation {
  reason: string | null;
  /** The run ran out of time: nobody cancelled it. */
  hasTimedOut: boolean;
}

/** How a job ends whose run ends early. */
export function whyCancelled(cancellation: Cancellation | null): JobOutcome {
  const { reason = null, hasTimedOut = false } = cancellation ?? {};
  if (hasTimedOut && reason) return { status: "CANCELLED", reason: said(reason) };
  return { status: "CANCELLED", reason: reason ? said(`The run was cancelled: ${reason}`) : "The run was cancelled." };
}
