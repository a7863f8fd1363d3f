/** Makes the output of a job that has started a run, once that run has ended. */

import type { Pool } from "../db/pool.ts";
import { outputsOfJobs } from "../db/queries/run-reads.ts";
import { jobsOfSubRun, type SubRunJob } from "../db/queries/sub-runs.ts";
import { MAX_JSON_BYTES } from "../model/json.ts";

/** The result of a run, as the output of the job that started it. */
export interface SubRunOutput {
  runId: string;
  status: string;
  /** Its jobs by id. `outputOmitted`: the output did not fit; the run has it. */
  jobs: Record<string, { status: string; output?: unknown; outputOmitted?: true }>;
}

/** Bytes for field names, punctuation and the status of each job, besides its id. */
const OVERHEAD = 80;

/**
 * The ids of the jobs whose outputs fit into one output together, the smallest first.
 * @param jobs in the order of the document
 */
export function fittingJobs(jobs: readonly SubRunJob[]): string[] {
  const overhead = jobs.reduce(
    (sum, { jobId }) => sum + Buffer.byteLength(JSON.stringify(jobId)) + OVERHEAD,
    OVERHEAD * 2,
  );
  let remaining = MAX_JSON_BYTES - overhead;
  const withOutput = jobs.flatMap(({ jobId, bytes }) => (bytes === null ? [] : [{ jobId, bytes }]));
  return withOutput
    .sort((a, b) => a.bytes - b.bytes)
    .flatMap(({ jobId, bytes }) => {
      remaining -= bytes;
      return remaining >= 0 ? [jobId] : [];
    });
}

/** The output of the job. It reads no more outputs than fit. */
export async function subRunOutput(pool: Pool, runId: string, status: string): Promise<SubRunOutput> {
  const jobs = await jobsOfSubRun(pool, runId);
  const fitting = fittingJobs(jobs);
  const outputs = fitting.length === 0 ? {} : await outputsOfJobs(pool, runId, fitting);
  const entries = jobs.map(({ jobId, status: ended, bytes }) => {
    const has = Object.hasOwn(outputs, jobId);
    return [
      jobId,
      {
        status: ended,
        ...(has && { output: outputs[jobId] }),
        ...(!has && bytes !== null && { outputOmitted: true as const }),
      },
    ] as const;
  });
  return { runId, status, jobs: Object.fromEntries(entries) };
}
