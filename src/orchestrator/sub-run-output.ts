/** What a job that has started a run puts out once that run has ended. */

import type { Pool } from "../db/pool.ts";
import { outputsOfJobs } from "../db/queries/run-writes.ts";
import { jobsOfSubRun, type SubRunJob } from "../db/queries/sub-runs.ts";
import { MAX_JSON_BYTES } from "../model/json.ts";

/** The end of a run, as the job that has started it puts it out. */
export interface SubRunOutput {
  runId: string;
  status: string;
  /** Its jobs by id. `outputOmitted`: the output did not fit; the run has it. */
  jobs: Record<string, { status: string; output?: unknown; outputOmitted?: true }>;
}

/** Bytes that the name of a field, punctuation and a status may take for each job, besides its id. */
const AROUND = 80;

/**
 * The ids of the jobs whose outputs fit into one output together, the smallest first.
 * @param jobs in the order of the document
 */
export function fittingJobs(jobs: readonly SubRunJob[]): string[] {
  const around = jobs.reduce((sum, { jobId }) => sum + Buffer.byteLength(JSON.stringify(jobId)) + AROUND, AROUND * 2);
  let left = MAX_JSON_BYTES - around;
  const withOutput = jobs.flatMap(({ jobId, bytes }) => (bytes === null ? [] : [{ jobId, bytes }]));
  return withOutput
    .sort((a, b) => a.bytes - b.bytes)
    .flatMap(({ jobId, bytes }) => {
      left -= bytes;
      return left >= 0 ? [jobId] : [];
    });
}

/** Reads no more than one output may have. */
export async function subRunOutput(pool: Pool, runId: string, status: string): Promise<SubRunOutput> {
  const jobs = await jobsOfSubRun(pool, runId);
  const fitting = fittingJobs(jobs);
  const outputs = fitting.length === 0 ? {} : await outputsOfJobs(pool, runId, fitting);
  const shown = jobs.map(({ jobId, status: ended, bytes }) => {
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
  return { runId, status, jobs: Object.fromEntries(shown) };
}
