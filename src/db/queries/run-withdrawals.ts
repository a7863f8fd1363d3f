/** The request of a job that is to end without a decision. */

import type { Queryable } from "../query.ts";
import { IS_OPEN } from "./requests.ts";

export interface RequestOfJob {
  /** How often the job's handler was called. */
  attempts: number;
  /** The request that the job's row names. */
  requestId: string | null;
  createdBy: string | null;
  /** Whether that request is open. */
  isOpen: boolean;
  /**
   * The row names none, but somebody has created an open one with the job's ids since the job began: perhaps the handler,
   * whose process ended before the row was written.
   */
  mayBeOpen: boolean;
}

/** What a job has asked, so far as the database tells. */
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
