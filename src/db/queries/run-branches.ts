/** The jobs that the conditions of another job look at. */

import type { JobRunStatus } from "../../approvals/workflow-run-model.ts";
import type { Queryable } from "./requests.ts";

/** How these jobs of a run stand, with their outputs, by id. */
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
