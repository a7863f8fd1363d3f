/** Reads the jobs of a run that other jobs use in their conditions or undo. */

import type { JobRunStatus } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";

/** The status and output of these jobs of a run, by id. */
export async function jobViews(
  db: Queryable,
  runId: string,
  jobIds: readonly string[],
): Promise<Record<string, { status: JobRunStatus; output: unknown }>> {
  const { rows } = await db.query<{ jobId: string; status: JobRunStatus; output: unknown }>({
    name: "job-views",
    text: `select job_id as "jobId", status, output from workflow_run_jobs
            where run_id = $1 and job_id = any ($2::text[])`,
    values: [runId, jobIds],
  });
  return Object.fromEntries(rows.map(({ jobId, ...view }) => [jobId, view]));
}

/** Which of these jobs of a run had at least one attempt. */
export async function jobsCalled(db: Queryable, runId: string, jobIds: readonly string[]): Promise<string[]> {
  const sql = `select job_id as "jobId" from workflow_run_jobs
                where run_id = $1 and job_id = any ($2::text[]) and started_at is not null`;
  return (await db.query<{ jobId: string }>(sql, [runId, jobIds])).rows.map(({ jobId }) => jobId);
}
