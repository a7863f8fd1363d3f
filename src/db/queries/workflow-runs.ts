/** Reads `workflow_runs` and `workflow_run_jobs`. The writes are in `run-writes.ts`. */

import type { JsonObject } from "../../model/approvals.ts";
import type { RunState, RunStatus, WorkflowDefinition, WorkflowRun, WorkflowRunJob } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";

/** Without the document, which may be long. */
export const RUN_COLUMNS = `r.id::text as id, r.version, r.workflow_id as "workflowId",
  r.execution_id as "executionId", r.status, r.cancel_requested_at as "cancelRequestedAt",
  r.cancel_reason as "cancelReason", r.cancelled_by as "cancelledBy", r.priority, r.generation,
  r.timeout_at as "timeoutAt", r.reason, r.started_from_checkpoint::text as "startedFromCheckpoint",
  r.created_by as "createdBy", r.start_roles as "startRoles", r.workflow_version as "workflowVersion", r.schedule,
  r.parent_run_id::text as "parentRunId", r.parent_job_id as "parentJobId",
  r.created_at as "createdAt", r.updated_at as "updatedAt", r.ended_at as "endedAt"`;

/** Without the output, which may be long. */
export const RUN_JOB_STATE_COLUMNS = `j.run_id::text as "runId", j.job_id as "jobId", j.position, j.type,
  j.dependencies, j.status, j.error, j.reason, j.attempts, j.started_at as "startedAt", j.ended_at as "endedAt",
  j.due_at as "dueAt", j.timeout_at as "timeoutAt", j.waiting_for as "waitingFor", j.waiting_reason as "waitingReason",
  j.item_count as "itemCount", j.item_index as "itemIndex"`;

export const RUN_JOB_COLUMNS = `${RUN_JOB_STATE_COLUMNS}, j.output`;

/** A filter for runs. All given conditions must be true. */
export interface RunFilter {
  statuses?: readonly RunStatus[] | null;
  workflowId?: string | null;
  executionId?: string | null;
}

/** A position in the list, newest first. */
export interface RunPosition {
  createdAt: Date;
  id: string;
}

/** The runs with these ids, in no order. Ids must be well-formed. */
export async function runsById(db: Queryable, ids: readonly string[]): Promise<RunState[]> {
  const sql = `select ${RUN_COLUMNS} from workflow_runs r where r.id = any ($1::uuid[])`;
  return (await db.query<RunState>({ name: "runs-by-id", text: sql, values: [ids] })).rows;
}

/** The run with this id, and its document. The id must be well-formed. */
export async function runInFull(db: Queryable, id: string): Promise<WorkflowRun | undefined> {
  const sql = `select ${RUN_COLUMNS}, r.definition from workflow_runs r where r.id = $1`;
  return (await db.query<WorkflowRun>(sql, [id])).rows[0];
}

/** The documents of these runs. */
export async function definitionsOfRuns(
  db: Queryable,
  ids: readonly string[],
): Promise<{ id: string; definition: WorkflowDefinition }[]> {
  const sql = "select r.id::text as id, r.definition from workflow_runs r where r.id = any ($1::uuid[])";
  const query = { name: "definitions-of-runs", text: sql, values: [ids] };
  return (await db.query<{ id: string; definition: WorkflowDefinition }>(query)).rows;
}

/** The inputs of these runs; `{}` for one without. */
export async function inputsOfRuns(
  db: Queryable,
  ids: readonly string[],
): Promise<{ id: string; input: JsonObject }[]> {
  const text =
    "select r.id::text as id, coalesce(r.input, '{}') as input from workflow_runs r where r.id = any ($1::uuid[])";
  return (await db.query<{ id: string; input: JsonObject }>({ name: "inputs-of-runs", text, values: [ids] })).rows;
}

/** The jobs of these runs without items, in the order of each run's document. */
export async function jobsOfRuns(db: Queryable, runIds: readonly string[]): Promise<WorkflowRunJob[]> {
  const sql = `select ${RUN_JOB_COLUMNS},
                      case when j.started_at is not null then
                        (select jsonb_build_object('checkpointId', c.id) from approval_checkpoints c
                          where c.workflow_id = r.workflow_id and c.job_id = j.job_id
                            and c.execution_id = r.execution_id) end as metadata
                 from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
                where j.run_id = any ($1::uuid[]) and j.item_of is null
                order by j.run_id, j.position`;
  return (await db.query<WorkflowRunJob>({ name: "jobs-of-runs", text: sql, values: [runIds] })).rows;
}
