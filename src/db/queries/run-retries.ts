/** Reads and writes retries of failed jobs, and reads the facts that decide about a retry. */

import type { ApprovalStatus } from "../../model/approvals.ts";
import type { JobRunStatus, RunRetry, RunStatus, WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";

/** A job of a run in which a job is retried. */
export interface JobToRetry {
  jobId: string;
  status: JobRunStatus;
  /** Whether its handler was called. */
  wasCalled: boolean;
  /** The status of the request of the job or of one of its items; null without one. */
  request: ApprovalStatus | null;
  /** The checkpoint that was stored before it created its request. */
  checkpointId: string | null;
}

/** A run in which a job is retried. */
export interface RunToRetry {
  id: string;
  generation: number;
  status: RunStatus;
  /** Whether it ended because it timed out. */
  hasTimedOut: boolean;
  definition: WorkflowDefinition;
  /** In the order of the document. */
  jobs: JobToRetry[];
  /** The job of the last retry. */
  lastRetried: string | null;
}

/** The run with this id. The id must be well-formed. */
export async function runToRetry(db: Queryable, runId: string): Promise<RunToRetry | undefined> {
  const { rows } = await db.query<RunToRetry>(
    `select r.id::text as id, r.generation, r.status, r.reason is not null as "hasTimedOut", r.definition,
            (select t.job_id from workflow_run_retries t where t.run_id = r.id order by t.generation desc limit 1)
              as "lastRetried",
            (select jsonb_agg(jsonb_build_object(
                      'jobId', j.job_id, 'status', j.status, 'wasCalled', j.attempts > 0 or j.item_count > 0,
                      'request', (select a.status from workflow_run_jobs i join approval_requests a on a.id = i.request_id
                                   where i.run_id = r.id and (i.job_id = j.job_id or i.item_of = j.job_id)
                                   order by a.status in ('REJECTED', 'TIMEOUT', 'CANCELLED') desc limit 1),
                      'checkpointId', (select c.id from approval_checkpoints c
                                        where c.workflow_id = r.workflow_id and c.job_id = j.job_id
                                          and c.execution_id = r.execution_id)) order by j.position)
               from workflow_run_jobs j where j.run_id = r.id and j.item_of is null) as jobs
       from workflow_runs r where r.id = $1`,
    [runId],
  );
  return rows[0];
}

/** The parameters of a retry. */
export interface NewRetry {
  jobId: string;
  /** The jobs that run as well, because they did not run only because of the failure. */
  reopened: readonly string[];
  /** Whether the run stays cancelled or timed out. */
  keepsEnd: boolean;
  /** The person or program that retries it. */
  by: string | null;
}

/**
 * Reopens a failed job of a run, and notifies the processes that may continue the run.
 * @returns false if the run has changed since it was read, because a job was retried in the meantime
 */
export async function reopenJobs(
  db: Queryable,
  { id, generation }: Pick<RunToRetry, "id" | "generation">,
  { jobId, reopened, keepsEnd, by }: NewRetry,
): Promise<boolean> {
  const { rows } = await db.query<{ done: boolean }>("select countersign_retry_job($1, $2, $3, $4, $5, $6) as done", [
    ...[id, generation, jobId, reopened, keepsEnd, by],
  ]);
  return rows[0]?.done === true;
}

/** Most characters of the error before a retry that are returned. */
const MOST_OF_ERROR = 1_000;

/** The retries of these runs, in order. */
export async function retriesOfRuns(db: Queryable, runIds: readonly string[]): Promise<RunRetry[]> {
  const text = `select t.run_id::text as "runId", t.generation, t.job_id as "jobId", t.retried_by as "retriedBy",
                       t.retried_at as "retriedAt", left(t.job_error, ${MOST_OF_ERROR}) as "jobError",
                       t.run_status as "runStatus", left(t.run_reason, ${MOST_OF_ERROR}) as "runReason",
                       t.run_ended_at as "runEndedAt"
                  from workflow_run_retries t where t.run_id = any ($1::uuid[]) order by t.run_id, t.generation`;
  return (await db.query<RunRetry>({ name: "retries-of-runs", text, values: [runIds] })).rows;
}
