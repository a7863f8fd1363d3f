/** Makes the context with which a job's handler is called. */

import type { Pool } from "../db/pool.ts";
import type { Writer } from "../db/queries/run-owner.ts";
import { outputsOfJobs } from "../db/queries/run-reads.ts";
import { reclaimRequest, type StartedJob, storeRequest } from "../db/queries/run-writes.ts";
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
import type { ActiveRun } from "./run-result.ts";

/** The parts of the run from which the contexts of its jobs are made. */
export interface ContextSources {
  pool: Pool;
  requests: Pick<RequestWaits, "wait">;
  run: ActiveRun;
  graph: JobGraph;
  writer: Writer;
  /** Repeats a read or a write of the database until it succeeds. */
  withRetries: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called once a job has asked for approval, and when it waits for the decision. */
  onAsked: (job: JobDefinition) => void;
}

/** The context of one call; everything in it belongs to this call. */
export function contextOf(
  { pool, requests, run, graph, writer, withRetries, onAsked }: ContextSources,
  job: JobDefinition,
  { results, requestId, attempts, entry }: StartedJob,
  log: CallLog,
): Omit<JobContext, "signal"> {
  const jobId = job.id;
  const load = (ids: readonly string[]) => withRetries(() => outputsOfJobs(pool, run.id, ids));
  return {
    jobId,
    workflowId: run.workflowId,
    executionId: run.executionId,
    type: job.type,
    ...resultsOf({ graph, jobId, load }, results),
    input: structuredClone(run.input),
    config: structuredClone(job.config ?? {}),
    dependencies: [...dependenciesOf(job)],
    idempotencyKey: idempotencyKeyOf(run.id, jobId),
    checkpoints: new RunCheckpoints(pool, run, withRetries),
    async asked(id) {
      if (!isRequestId(id)) throw new TypeError(`asked: ${JSON.stringify(id)} is not the id of a request`);
      const { isOfEarlierRun } = await withRetries(() => storeRequest(pool, writer, jobId, id));
      if (isOfEarlierRun) throw new DecidedBeforeError(id);
      onAsked(job);
    },
    waitForRequest(id, signal) {
      onAsked(job);
      return requests.wait(id, signal);
    },
    // Not an accessor, which would take more memory than the functions: thousands of jobs wait with their contexts.
    log: log.jobLog,
    ...entry,
    ...(requestId !== null && { request: requestId }),
    ...(requestId === null &&
      attempts > 1 && {
        askedBefore: async (id: string) =>
          isRequestId(id) && (await withRetries(() => reclaimRequest(pool, writer, jobId, id))),
      }),
  };
}
