/** Finds requests that a job has created without storing their id, because its process died in between. */

import type { Queryable } from "../query.ts";
import { OWNED, type Writer } from "./run-owner.ts";

/** Most requests of one user that are read. */
const MOST = 500;

/**
 * The newest requests that the user `r.created_by` had created by the end of the lost attempt. Each part uses an index.
 */
const OF_THE_SAME_USER = ["p.created_by <> p.requested_by", "p.requested_by = r.created_by"].map(
  (part) => `(select p.id, p.created_at from approval_requests p
               where p.created_by = r.created_by and ${part} and p.id <> r.id and p.created_at <= lost.ended_at
               order by p.created_at desc limit ${MOST})`,
);

/**
 * Stores the id of the request that a lost attempt of the job has created. It has the job's ids and was created during that
 * attempt, by a user as whom the same process has created a request for another job of the type. Nobody else can create
 * such a request. So it is found even if the service now has another user.
 * @returns its id; null if there is none
 */
export async function storeLostRequest(db: Queryable, { runId, token }: Writer, jobId: string): Promise<string | null> {
  const { rows } = await db.query<{ requestId: string }>({
    name: "store-lost-request",
    text: `with lost as materialized (
             select a.executor_id, a.started_at, a.ended_at, j.type, w.workflow_id, j.job_id, w.execution_id
               from workflow_run_jobs j
               join workflow_runs w on w.id = j.run_id
               join workflow_run_attempts a on a.run_id = j.run_id and a.job_id = j.job_id
              where j.run_id = $1 and j.job_id = $3 and a.outcome in ('LOST', 'HANDED_OVER')),
           found as (
             select r.id
               from lost
               join approval_requests r
                 on (r.workflow_id, r.job_id, r.execution_id) = (lost.workflow_id, lost.job_id, lost.execution_id)
                and r.created_at between lost.started_at and lost.ended_at
              where exists (
                select from (${OF_THE_SAME_USER.join(" union all ")}) p
                  join workflow_run_jobs k on k.request_id = p.id and k.type = lost.type
                  join workflow_run_attempts b on b.run_id = k.run_id and b.job_id = k.job_id
                 where b.executor_id = lost.executor_id
                   and p.created_at between b.started_at and coalesce(b.ended_at, 'infinity'))
              order by r.created_at desc limit 1)
           update workflow_run_jobs j set request_id = found.id from found
            where j.run_id = $1 and j.job_id = $3 and j.status = 'RUNNING' and j.request_id is null
              and j.deleted_request is null and ${OWNED}
           returning j.request_id::text as "requestId"`,
    values: [runId, token, jobId],
  });
  return rows[0]?.requestId ?? null;
}
