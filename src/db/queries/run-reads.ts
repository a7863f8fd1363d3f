/** Reads runs and jobs for the execution of a run, and the outputs of its jobs. */

import type { JsonObject } from "../../model/approvals.ts";
import type { JobRunStatus, RunStatus, WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import { CANCEL_REASON, ENGINE_ID, ENGINE_SCHEMA, MS_LEFT, OWNED, type Writer } from "./run-owner.ts";

/** Attempts that were lost with their process since the job `j` was last retried. */
export const LOST = `from workflow_run_attempts a
             where a.run_id = j.run_id and a.job_id = j.job_id and a.generation = j.generation and a.outcome = 'LOST'`;

/** Whether a dependency has an output: a succeeded job, even if it is null, or a failed job with an output. */
export const HAS_OUTPUT = "(b.status = 'SUCCEEDED' or b.output is not null)";

/** The output of one job; no job if none has one. */
export interface JobOutput {
  jobId: string | null;
  output: unknown;
}

/** The outputs by job id. */
export const byJob = (rows: readonly JobOutput[]): Record<string, unknown> =>
  Object.fromEntries(rows.flatMap(({ jobId, output }) => (jobId === null ? [] : [[jobId, output]])));

/** A run, as its execution needs it. */
export interface RunToFollow {
  id: string;
  /** Starts at 1 and grows by one with each retry of a job. */
  generation: number;
  workflowId: string;
  executionId: string;
  definition: WorkflowDefinition;
  input: JsonObject;
  status: RunStatus;
  isCancelling: boolean;
  cancelReason: string | null;
  /** Whether it is ending because it has timed out. */
  hasTimedOut: boolean;
  /** ms until its timeout, by the database's clock; null without a timeout. */
  msLeft: number | null;
  priority: number;
  createdAt: Date;
  /** Ids of the jobs that have created a request. */
  asked: string[];
  /** The jobs that have ended, by id. */
  ended: Record<string, { status: JobRunStatus; error: string | null; reason: string | null }>;
  /** The positions in the document of the jobs whose end the engine has stored. */
  noted: number[];
}

/** The runs with these ids, in the order of the ids; undefined for an unknown id. Ids must be well-formed. */
export async function runsToFollow(db: Queryable, runIds: readonly string[]): Promise<(RunToFollow | undefined)[]> {
  const { rows } = await db.query<RunToFollow>({
    name: "runs-to-follow",
    text: `select r.id::text as id, r.generation, r.workflow_id as "workflowId", r.execution_id as "executionId",
                  r.definition,
                  coalesce(r.input, '{}') as input, r.priority, r.created_at as "createdAt",
                  array(select j.job_id from workflow_run_jobs j
                         where j.run_id = r.id and j.request_id is not null) as asked,
                  r.status, r.cancel_requested_at is not null as "isCancelling", ${CANCEL_REASON} as "cancelReason",
                  r.reason is not null as "hasTimedOut", ${MS_LEFT("r")} as "msLeft",
                  (select coalesce(jsonb_object_agg(j.job_id,
                            jsonb_build_object('status', j.status, 'error', j.error, 'reason', j.reason)), '{}')
                     from workflow_run_jobs j
                    where j.run_id = r.id and j.item_of is null and j.status not in ('PENDING', 'RUNNING')) as ended,
                  array(select o.function_id from ${ENGINE_SCHEMA}.operation_outputs o
                         where o.workflow_uuid = ${ENGINE_ID("r")}) as noted
             from workflow_runs r where r.id = any ($1::uuid[])`,
    values: [runIds],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return runIds.map((id) => byId.get(id));
}

/** A job, as the execution of its run needs it. */
export interface JobState {
  status: JobRunStatus;
  error: string | null;
  reason: string | null;
  owned: boolean;
  isCancelling: boolean;
  cancelReason: string | null;
  hasTimedOut: boolean;
  /** ms until the job may start; 0 if it may start now. */
  dueInMs: number;
  /** The processes that died while they ran the job. */
  lostWith: string[];
  /** The duration of the longest of these attempts; null without one. */
  longestLossMs: number | null;
}

/** Reads why a job could not start or end. */
export async function readJobState(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
): Promise<JobState | undefined> {
  const { rows } = await db.query<JobState>(
    `select j.status, j.error, j.reason, ${OWNED} as owned, r.cancel_requested_at is not null as "isCancelling",
            ${CANCEL_REASON} as "cancelReason", r.reason is not null as "hasTimedOut",
            greatest(0, ceil(extract(epoch from j.due_at - clock_timestamp()) * 1000))::float8 as "dueInMs",
            array(select coalesce(a.process, '?') ${LOST} order by a.number) as "lostWith",
            (select ceil(extract(epoch from max(a.ended_at - a.started_at)) * 1000)::float8 ${LOST}) as "longestLossMs"
       from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
      where j.run_id = $1 and j.job_id = $3`,
    [runId, token, jobId],
  );
  return rows[0];
}

/** Outputs of some jobs of a run, in the order of its document. */
export async function outputsOfJobs(
  db: Queryable,
  runId: string,
  jobIds: readonly string[],
): Promise<Record<string, unknown>> {
  const { rows } = await db.query<JobOutput>({
    name: "outputs-of-jobs",
    text: `select b.job_id as "jobId", b.output from workflow_run_jobs b
            where b.run_id = $1 and b.job_id = any ($2::text[]) and ${HAS_OUTPUT} order by b.position`,
    values: [runId, jobIds],
  });
  return byJob(rows);
}
