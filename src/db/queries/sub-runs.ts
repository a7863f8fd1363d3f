/** Reads and cancels runs that jobs of other runs have started. */

import type { JobDefinition, RunState } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import { CANCEL_REASON } from "./run-owner.ts";
import type { RunOrigin } from "./run-starts.ts";
import { RUN_COLUMNS } from "./workflow-runs.ts";

/** Most ancestors of a run that are counted. */
const MOST_ABOVE = 100;

/** The facts that a run passes to a run that its job starts. */
export interface ParentRun extends Pick<RunOrigin, "orchestrator" | "startRoles" | "createdBy"> {
  priority: number;
  /** The job in the document. */
  job: JobDefinition;
  /** The number of this attempt of the job, from 1. */
  number: number;
  /** The workflows of the ancestors and of this run, from the top. */
  above: string[];
}

/** The run of a job that starts another run. */
export async function parentRunOf(db: Queryable, runId: string, jobId: string): Promise<ParentRun | undefined> {
  const { rows } = await db.query<ParentRun>({
    name: "parent-run-of",
    text: `with recursive up as (
             select r.id, r.parent_run_id, r.workflow_id, 1 as depth from workflow_runs r where r.id = $1
             union all
             select p.id, p.parent_run_id, p.workflow_id, up.depth + 1
               from up join workflow_runs p on p.id = up.parent_run_id where up.depth < ${MOST_ABOVE})
           select r.orchestrator, r.start_roles as "startRoles", r.created_by as "createdBy", r.priority,
                  (select d.job from jsonb_array_elements(r.definition -> 'jobs') d (job)
                    where d.job ->> 'id' = coalesce(j.item_of, j.job_id)) as job,
                  1 + (select count(*) from workflow_run_attempts a
                        where a.run_id = r.id and a.job_id = $2
                          and a.outcome in ('FAILED', 'TIMED_OUT', 'CANCELLED'))::int as number,
                  array(select up.workflow_id from up order by up.depth desc) as above
             from workflow_runs r join workflow_run_jobs j on j.run_id = r.id and j.job_id = $2 where r.id = $1`,
    values: [runId, jobId],
  });
  return rows[0];
}

/** The state of a run that a job has started. */
export interface SubRunState {
  id: string;
  status: string;
  /** Whether this job has started it. */
  isOwn: boolean;
  /** Why it has not succeeded, as a sentence or the start of one; null if unknown. */
  why: string | null;
  orchestrator: string;
}

/** Those of these runs that exist. */
export async function subRunStates(
  db: Queryable,
  ids: readonly string[],
  parent: { runId: string; jobId: string } | null = null,
): Promise<SubRunState[]> {
  const { rows } = await db.query<SubRunState>({
    name: "sub-run-states",
    text: `select r.id::text as id, r.status, r.orchestrator,
                  coalesce((r.parent_run_id, r.parent_job_id) = ($2::uuid, $3::text), false) as "isOwn",
                  coalesce(case when r.status = 'CANCELLED' then ${CANCEL_REASON} else r.reason end,
                           (select j.job_id || ' failed: ' || coalesce(j.error, j.reason, 'no reason was given')
                              from workflow_run_jobs j
                             where j.run_id = r.id and j.item_of is null and j.status = 'FAILED' and r.status = 'FAILED'
                               and r.definition -> 'jobs' -> j.position ->> 'allowFailure' is distinct from 'true'
                             order by j.position limit 1)) as why
             from workflow_runs r where r.id = any ($1::uuid[])`,
    values: [ids, parent?.runId, parent?.jobId],
  });
  return rows;
}

/** A job of a run that has ended, without its output. */
export interface SubRunJob {
  jobId: string;
  status: string;
  /** The length of its output as JSON text; null without output. */
  bytes: number | null;
}

/** The jobs of a run in the order of its document. */
export async function jobsOfSubRun(db: Queryable, runId: string): Promise<SubRunJob[]> {
  const { rows } = await db.query<SubRunJob>({
    name: "jobs-of-sub-run",
    text: `select j.job_id as "jobId", j.status, octet_length(j.output::text) as bytes
             from workflow_run_jobs j where j.run_id = $1 and j.item_of is null order by j.position`,
    values: [runId],
  });
  return rows;
}

/**
 * Requests the cancellation of the runs that a job has started. If a person has cancelled the job's run, that person has
 * cancelled these as well.
 * @returns the ids of those that have not ended
 */
export async function cancelSubRuns(
  db: Queryable,
  runId: string,
  jobId: string,
  reason: string | null,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with asked as (
       update workflow_runs c
          set cancel_requested_at = clock_timestamp(), cancel_reason = $3, cancelled_by = p.cancelled_by
         from workflow_runs p
        where p.id = $1 and c.parent_run_id = $1 and c.parent_job_id = $2 and c.status = 'RUNNING'
          and c.cancel_requested_at is null)
     select c.id::text as id from workflow_runs c
      where c.parent_run_id = $1 and c.parent_job_id = $2 and c.status = 'RUNNING'`,
    [runId, jobId, reason],
  );
  return rows.map(({ id }) => id);
}

/** The runs that jobs of these runs have started, oldest first. */
export async function runsStartedBy(db: Queryable, runIds: readonly string[]): Promise<RunState[]> {
  const text = `select ${RUN_COLUMNS} from workflow_runs r where r.parent_run_id = any ($1::uuid[])
                 order by r.created_at, r.id`;
  return (await db.query<RunState>({ name: "runs-started-by", text, values: [runIds] })).rows;
}
