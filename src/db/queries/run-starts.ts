/** Stores runs before they start, and checks whether a stored run was started in the same way. */

import type { JsonObject } from "../../model/approvals.ts";
import type { WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";

export interface NewRun {
  id: string;
  definition: WorkflowDefinition;
  executionId: string;
  startedFromCheckpoint: string | null;
  /** Default: 0. */
  priority?: number | undefined;
  /** Outputs of jobs that are not run, by job id, and the reason. */
  taken: Readonly<Record<string, { output: unknown; reason: string }>>;
  /** The origin of the run. Default: an orchestrator with the default name. */
  origin?: Partial<RunOrigin>;
  /** The job in another run that starts it. */
  parent?: ParentJob;
}

/** A job that starts a run. */
export interface ParentJob {
  runId: string;
  jobId: string;
  /** Whether it starts the run even if its own run is being cancelled. */
  outlastsCancellation: boolean;
}

/** The origin of a run. */
export interface RunOrigin {
  /** The name of the orchestrator whose processes may run it. */
  orchestrator: string;
  input: JsonObject | null;
  /** The registered version of the document; null for a document that is not registered. */
  workflowVersion: number | null;
  startRoles: readonly string[];
  /** The user whose token starts it. Null if an orchestrator starts it, which passes the run to its engine itself. */
  createdBy: string | null;
  /** The schedule that starts it. */
  schedule: string | null;
}

/**
 * Writes a run with its jobs, unless it exists, or its parent's job no longer runs or is being cancelled. A later
 * cancellation of the parent finds the run.
 * @returns whether this call wrote it
 */
export async function insertRun(db: Queryable, run: NewRun): Promise<boolean> {
  const { id, definition, executionId, startedFromCheckpoint, taken, origin = {}, parent } = run;
  const {
    orchestrator = "countersign",
    input = null,
    workflowVersion = null,
    startRoles = [],
    createdBy = null,
    schedule = null,
  } = origin;
  // The processes that may run it are notified and start it, unless this process does.
  const { rowCount } = await db.query(
    `with parent as materialized (
       select from workflow_runs p join workflow_run_jobs j on j.run_id = p.id and j.job_id = $15
        where p.id = $14 and p.status = 'RUNNING' and (p.cancel_requested_at is null or $16) and j.status = 'RUNNING'
          for no key update of p),
     run as (
       insert into workflow_runs (id, workflow_id, execution_id, definition, started_from_checkpoint, timeout_at,
                                  orchestrator, input, workflow_version, start_roles, created_by, priority,
                                  schedule, parent_run_id, parent_job_id)
       select $1, $2, $3, $4, $5,
              clock_timestamp() + ($4::jsonb ->> 'timeoutMs')::float8 * interval '1 millisecond',
              $7, $8, $9, $10, $11, $12, $13, $14, $15
        where $14::uuid is null or exists (select from parent)
       on conflict do nothing
       returning id, orchestrator, created_by, parent_run_id),
     -- Makes the new run visible to subscribers of the parent. A trigger sets the version, which the API may not write.
     touched as (
       update workflow_runs p set cancel_requested_at = p.cancel_requested_at from run where p.id = run.parent_run_id),
     jobs as (
     insert into workflow_run_jobs (run_id, job_id, position, type, dependencies, status, output, reason, ended_at)
     select run.id, j.job ->> 'id', j.place - 1, j.job ->> 'type',
            array(select jsonb_array_elements_text(case when jsonb_typeof(j.job -> 'dependencies') = 'array'
                                                        then j.job -> 'dependencies' else '[]' end)
                  union all
                  select j.job ->> 'compensates'
                   where j.job ->> 'compensates' is not null
                     and not coalesce(j.job -> 'dependencies', '[]') ? (j.job ->> 'compensates')),
            case when t.given is null then 'PENDING' else 'SUCCEEDED' end,
            nullif(t.given -> 'output', 'null'), t.given ->> 'reason',
            case when t.given is not null then clock_timestamp() end
       from run, jsonb_array_elements($4::jsonb -> 'jobs') with ordinality j(job, place)
      cross join lateral (select $6::jsonb -> (j.job ->> 'id') as given) t)
     select case when created_by is not null or parent_run_id is not null
                 then pg_notify('countersign', concat_ws(':', 'start', id, orchestrator)) end
       from run`,
    [
      ...[id, definition.id, executionId, JSON.stringify(definition), startedFromCheckpoint, JSON.stringify(taken)],
      ...[orchestrator, input && JSON.stringify(input), workflowVersion, startRoles, createdBy],
      ...[run.priority ?? 0, schedule, parent?.runId, parent?.jobId, parent?.outlastsCancellation ?? false],
    ],
  );
  return (rowCount ?? 0) > 0;
}

/** Whether exactly these jobs of a run were not run, with these outputs. */
export async function hasTaken(db: Queryable, { id, taken }: Pick<NewRun, "id" | "taken">): Promise<boolean> {
  const { rows } = await db.query<{ same: boolean }>(
    `select not exists (
       select from (select job_id, coalesce(output, 'null') as output from workflow_run_jobs
                     where run_id = $1 and status = 'SUCCEEDED' and started_at is null and item_of is null) j
         full join (select key as job_id, coalesce(value -> 'output', 'null') as output
                      from jsonb_each($2::jsonb)) t using (job_id)
        where j.output is distinct from t.output) as same`,
    [id, JSON.stringify(taken)],
  );
  return rows[0]?.same === true;
}

/** Whether a run was started with this input. */
export async function hasInput(db: Queryable, runId: string, input: JsonObject | null): Promise<boolean> {
  const sql = "select coalesce(input, '{}') = $2::jsonb as same from workflow_runs where id = $1";
  return (await db.query<{ same: boolean }>(sql, [runId, JSON.stringify(input ?? {})])).rows[0]?.same === true;
}
