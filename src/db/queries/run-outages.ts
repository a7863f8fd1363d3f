/** Writes a job's row during an outage of its handler. */

import type { Queryable } from "../query.ts";
import { OWNED, type Writer } from "./run-owner.ts";
import type { Waiting } from "./run-writes.ts";

/**
 * Ends an attempt that does not count as a failure. The handler is called again after the given ms. Of a long outage only
 * the first and the last attempt are stored.
 */
export async function postponeJob(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  { error, delayMs, waitingFor, reason }: Waiting & { error: string; delayMs: number },
): Promise<void> {
  await db.query({
    name: "postpone-job",
    text: `with postponed as (
             update workflow_run_jobs
                set due_at = clock_timestamp() + make_interval(secs => $5), waiting_for = $6, waiting_reason = $7
              where run_id = $1 and job_id = $3 and status = 'RUNNING' and ${OWNED}
             returning attempts),
           ended as (
             update workflow_run_attempts a set ended_at = clock_timestamp(), outcome = 'FAILED', error = $4
               from postponed
              where a.run_id = $1 and a.job_id = $3 and a.outcome is null)
           delete from workflow_run_attempts a using postponed
            where a.run_id = $1 and a.job_id = $3 and a.number = postponed.attempts - 1 and a.error = $4
              and $4 = (select b.error from workflow_run_attempts b
                         where b.run_id = $1 and b.job_id = $3 and b.number < a.number
                         order by b.number desc limit 1)`,
    values: [runId, token, jobId, error, delayMs / 1000, waitingFor, reason],
  });
}
