/** What a job's handler is called with. */

import type { Pool } from "../db/pool.ts";
import { type BegunJob, keepRequest, outputsOfJobs, reclaimRequest, type Writer } from "../db/queries/run-writes.ts";
import type { JobContext } from "../handler/job.ts";
import { isRequestId } from "../model/request-id.ts";
import type { JobDefinition } from "../model/runs.ts";
import { RunCheckpoints } from "./checkpoints.ts";
import { DecidedBeforeError } from "./errors.ts";
import type { CallLog } from "./job-log.ts";
import { idempotencyKeyOf } from "./keys.ts";
import { dependenciesOf, type JobGraph } from "./order.ts";
import type { RequestWaits } from "./request-waits.ts";
import { resultsOf } from "./results.ts";
import type { RunOnItsWay } from "./words.ts";

/** What of the run the contexts of its jobs are made of. */
export interface ContextSources {
  pool: Pool;
  requests: Pick<RequestWaits, "wait">;
  run: RunOnItsWay;
  graph: JobGraph;
  writer: Writer;
  /** Repeats a read or a write of the database until it succeeds. */
  persist: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called once a job has asked, and when it waits for what it has asked. */
  onAsked: (job: JobDefinition) => void;
}

/** The context of one call; everything in it belongs to this call. */
export function contextOf(
  { pool, requests, run, graph, writer, persist, onAsked }: ContextSources,
  job: JobDefinition,
  { results, requestId, attempts, entry }: BegunJob,
  log: CallLog,
): Omit<JobContext, "signal"> {
  const jobId = job.id;
  const load = (ids: readonly string[]) => persist(() => outputsOfJobs(pool, run.id, ids));
  return {
    ...{ jobId, workflowId: run.workflowId, executionId: run.executionId, type: job.type },
    ...resultsOf({ graph, jobId, load }, results),
    input: structuredClone(run.input),
    ...{ config: structuredClone(job.config ?? {}), dependencies: [...dependenciesOf(job)] },
    idempotencyKey: idempotencyKeyOf(run.id, jobId),
    checkpoints: new RunCheckpoints(pool, run, persist),
    async asked(id) {
      if (!isRequestId(id)) throw new TypeError(`asked: ${JSON.stringify(id)} is no id of a request`);
      const { isOfEarlierRun } = await persist(() => keepRequest(pool, writer, jobId, id));
      if (isOfEarlierRun) throw new DecidedBeforeError(id);
      onAsked(job);
    },
    waitForRequest(id, signal) {
      onAsked(job);
      return requests.wait(id, signal);
    },
    // No accessor: with one the object takes more memory than with the functions, and thousands of jobs wait with theirs.
    log: log.handle,
    ...entry,
    ...(requestId !== null && { request: requestId }),
    ...(requestId === null &&
      attempts > 1 && {
        askedBefore: async (id: string) =>
          isRequestId(id) && (await persist(() => reclaimRequest(pool, writer, jobId, id))),
      }),
  };
}
