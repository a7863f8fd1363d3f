/** Reads the request of a job, which is cancelled if the job ends without a decision. */

import type { Queryable } from "../query.ts";
import { IS_OPEN } from "./requests.ts";

export interface RequestOfJob {
  /** The number of calls of the job's handler. */
  attempts: number;
  /** The id of the request in the job's row. */
  requestId: string | null;
  createdBy: string | null;
  /** Whether that request is open. */
  isOpen: boolean;
  /**
   * The row has no request, but someone has created an open one with the job's ids since the job started. It may be the
   * handler, if its process died before the row was written.
   */
  mayBeOpen: boolean;
}

/** The request of a job, as far as the database has it. */
export async function requestOfJob(db: Queryable, runId: string, jobId: string): Promise<RequestOfJob | undefined> {
  const { rows } = await db.query<RequestOfJob>({
    name: "request-of-job",
    text: `select j.attempts, j.request_id::text as "requestId",
                  (select r.created_by from approval_requests r where r.id = j.request_id) as "createdBy",
                  exists (select from approval_requests r where r.id = j.request_id and ${IS_OPEN}) as "isOpen",
                  j.request_id is null and exists (
                    select from approval_requests r
                     where r.execution_id = w.execution_id and r.workflow_id = w.workflow_id and r.job_id = j.job_id
                       and r.created_at >= j.started_at - interval '1 second' and ${IS_OPEN}) as "mayBeOpen"
             from workflow_run_jobs j join workflow_runs w on w.id = j.run_id
            where j.run_id = $1 and j.job_id = $2`,
    values: [runId, jobId],
  });
  return rows[0];
}
