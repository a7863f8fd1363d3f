/**
 * Writes the progress of runs and jobs. Outcomes are written once, and only by the execution that the engine considers the
 * owner of the run, because a process that was considered dead may still be alive.
 */

import type { AttemptOutcome, JobRunStatus, JobWait } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import { ENGINE_SCHEMA, MS_LEFT, OWNED, OWNED_RUN, OWNER, WAITS_OUTSIDE, type Writer } from "./run-owner.ts";
import { byJob, HAS_OUTPUT, type JobOutput, LOST } from "./run-reads.ts";

/** The process that calls a handler, as stored in the attempt's row. */
export interface Caller {
  executorId: string;
  /** The host and the process id. */
  process: string;
}

/** The facts for an attempt of a job. */
export interface StartedJob {
  /** The number of earlier failures of its handler. */
  failures: number;
  /** ms until the timeout of this try, by the database's clock; null without a timeout. */
  msLeft: number | null;
  /** The number of calls of its handler, including this one. */
  attempts: number;
  /** The request that an earlier call has created, even if it was deleted. */
  requestId: string | null;
  /** The entry of the list for which the job is called, and its position; null for a job without a list. */
  entry: { item: unknown; index: number } | null;
  /** The requested outputs of its dependencies. */
  results: Record<string, unknown>;
}

/** The parameters to start an attempt of a job. */
export interface JobStart {
  jobId: string;
  /** Ids of the jobs whose outputs are needed. */
  before: readonly string[];
  /** The attempt starts only if fewer than this number of attempts were lost with their process. */
  lossesBelow: number;
  /** The timeout of a try. A try that has already started keeps its timeout. */
  timeoutMs: number | null;
  /** Whether the job runs even if the run is being cancelled. */
  outlastsCancellation: boolean;
}

/**
 * Stores the start of an attempt, unless the job is final or not due, was lost too often, the run is being cancelled, or
 * another process owns it. An earlier attempt that is still open has ended with its process, or its process is alive but no
 * longer runs it.
 */
export async function startJob(
  db: Queryable,
  { runId, token }: Writer,
  caller: Caller,
  { jobId, before, lossesBelow, timeoutMs, outlastsCancellation }: JobStart,
): Promise<StartedJob | undefined> {
  const { rows } = await db.query<Omit<StartedJob, "results"> & JobOutput>({
    name: "start-job",
    // The job does not wait until this is on disk, because nothing depends on it. Each output is a separate row,
    // because all
    // together may exceed the size of one value.
    text: `with lazily as materialized (select set_config('synchronous_commit', 'off', true)),
           started as (
             update workflow_run_jobs j
                set status = 'RUNNING', attempts = j.attempts + 1,
                    started_at = coalesce(j.started_at, clock_timestamp()),
                    timeout_at = coalesce(j.timeout_at, clock_timestamp() + $8::float8 * interval '1 millisecond'),
                    due_at = null, waiting_for = null, waiting_reason = null
               from lazily, workflow_runs r
              where j.run_id = $1 and j.job_id = $3 and j.status in ('PENDING', 'RUNNING')
                and r.id = j.run_id and (r.cancel_requested_at is null or $9) and ${OWNED}
                and coalesce(j.due_at <= clock_timestamp(), true) and (select count(*) ${LOST}) < $7
             returning j.failures, j.attempts, j.generation, coalesce(j.request_id, j.deleted_request) as request_id,
                       j.type, j.item_index, j.item, ${MS_LEFT("j")} as "msLeft"),
           earlier as (
             update workflow_run_attempts a set ended_at = clock_timestamp(),
                    outcome = case when ${WAITS_OUTSIDE("started")}
                                     or exists (select from orchestrator_executors e where e.id::text = a.executor_id)
                              then 'HANDED_OVER' else 'LOST' end
               from started
              where a.run_id = $1 and a.job_id = $3 and a.outcome is null),
           attempt as (
             insert into workflow_run_attempts (run_id, job_id, number, generation, executor_id, process)
             select $1, $3, started.attempts, started.generation, $5, $6 from started)
           select started.failures, started.attempts, started.request_id::text as "requestId", started."msLeft",
                  case when started.item_index is not null
                    then jsonb_build_object('item', started.item, 'index', started.item_index) end as entry,
                  b.job_id as "jobId", b.output
             from started
             left join workflow_run_jobs b
               on b.run_id = $1 and b.job_id = any ($4::text[]) and ${HAS_OUTPUT}`,
    values: [
      ...[runId, token, jobId, before, caller.executorId, caller.process],
      ...[lossesBelow, timeoutMs, outlastsCancellation],
    ],
  });
  const [first] = rows;
  if (first === undefined) return undefined;
  const { failures, attempts, requestId, msLeft, entry } = first;
  return { failures, attempts, requestId, msLeft, entry, results: byJob(rows) };
}

/**
 * Stores the request of a job, unless the job already has one, has ended, or another process owns the run. A request that
 * was created well before the job started is not the job's, even if it was created with the job's key. The request is locked in
 * the meantime: a change of it that cannot know yet that the run waits for it is found after the notification of this write.
 * @returns whether the request is that of an earlier run with the same ids, and was decided before this run started
 */
export async function storeRequest(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  requestId: string,
): Promise<{ isOfEarlierRun: boolean }> {
  const { rows } = await db.query<{ isOfEarlierRun: boolean }>({
    name: "store-request-of-job",
    text: `with asked as materialized (
             select r.id, r.created_at, r.decided_at, r.workflow_id, r.job_id, r.execution_id
               from approval_requests r where r.id = $4 for share),
           noted as (
             update workflow_run_jobs j set request_id = asked.id from asked
              where j.run_id = $1 and j.job_id = $3 and j.status = 'RUNNING' and j.request_id is null
                and asked.created_at >= j.started_at - interval '1 second' and ${OWNED})
           select greatest(asked.created_at, asked.decided_at) < w.created_at - interval '1 second'
                  and asked.decided_at is not null as "isOfEarlierRun"
             from asked join workflow_runs w
               on (w.workflow_id, w.execution_id) = (asked.workflow_id, asked.execution_id)
            where w.id = $1 and asked.job_id = $3`,
    values: [runId, token, jobId, requestId],
  });
  return { isOfEarlierRun: rows[0]?.isOfEarlierRun === true };
}

/**
 * Stores a request that an earlier call of the job has created without storing its id. It has the job's ids and was created
 * after the job started.
 * @returns whether it is now the job's request
 */
export async function reclaimRequest(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  requestId: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update workflow_run_jobs j set request_id = r.id
       from approval_requests r, workflow_runs w
      where j.run_id = $1 and j.job_id = $3 and j.status = 'RUNNING' and j.attempts > 1
        and (j.request_id is null or j.request_id = r.id) and r.id = $4 and w.id = j.run_id
        and (r.workflow_id, r.job_id, r.execution_id) = (w.workflow_id, j.job_id, w.execution_id)
        and r.created_at >= j.started_at and ${OWNED}`,
    [runId, token, jobId, requestId],
  );
  return rowCount === 1;
}

/** The outcome of a job to write. */
export interface JobWrite {
  status: JobRunStatus;
  /** JSON text; null without output. */
  output: string | null;
  error: string | null;
  reason: string | null;
  /** The outcome of its last attempt, if it differs. */
  attempt?: AttemptOutcome;
}

/** Ends the open attempt of the job in `ended`. */
const ATTEMPT_ENDED = `attempt as (
             update workflow_run_attempts a
                set ended_at = clock_timestamp(), outcome = ended.status, error = ended.error from ended
              where a.run_id = $1 and a.job_id = $3 and a.outcome is null)`;

/**
 * The engine's step of a job that has ended, as the engine stores it. The number of the step is the position of the job.
 * @param jobs the query that selects the columns `position`, `job_id`, `status`, `error` and `reason` of the jobs
 */
const STEPS_STORED = (jobs: string): string => `insert into ${ENGINE_SCHEMA}.operation_outputs
                    (workflow_uuid, function_id, function_name, output, serialization, started_at_epoch_ms,
                     completed_at_epoch_ms, application_name)
             select owner.workflow_uuid, j.position, j.job_id,
                    jsonb_strip_nulls(jsonb_build_object('status', j.status, 'error', j.error, 'reason', j.reason)),
                    'portable_json', now.ms, now.ms, owner.application_name
               from (${jobs}) j, owner, (select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms) now
             on conflict do nothing`;

/**
 * Writes the outcome of a job and its open attempt, once, and the engine's step of the job. An item of a list has no step.
 * @returns false if it has already ended or another process
 * owns the run
 */
export async function endJob(db: Queryable, { runId, token }: Writer, jobId: string, end: JobWrite): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "end-job",
    text: `with ${OWNER},
           ended as (
             update workflow_run_jobs set status = $4, output = $5::jsonb, error = $6, reason = $7,
                    due_at = null, waiting_for = null, waiting_reason = null
              where run_id = $1 and job_id = $3 and status in ('PENDING', 'RUNNING') and exists (select from owner)
             returning coalesce($8, status) as status, error, position, item_of),
           ${ATTEMPT_ENDED},
           step as (
             ${STEPS_STORED("select position, $3 as job_id, $4 as status, $6 as error, $7 as reason from ended where item_of is null")})
           select from ended`,
    values: [runId, token, jobId, end.status, end.output, end.error, end.reason, end.attempt],
  });
  return rowCount === 1;
}

/** Stores the engine's steps of the jobs that have ended without one: they were taken over from another run or generation. */
export async function storeMissingSteps(db: Queryable, { runId, token }: Writer): Promise<void> {
  await db.query(
    `with ${OWNER}
     ${STEPS_STORED(`select position, job_id, status, error, reason from workflow_run_jobs
                      where run_id = $1 and item_of is null and status not in ('PENDING', 'RUNNING')`)}`,
    [runId, token],
  );
}

/** Stores that an attempt failed and that the handler is called again after the given ms. */
export async function failAttempt(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  { error, delayMs, attempt }: { error: string; delayMs: number; attempt: AttemptOutcome },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with due as materialized (select clock_timestamp() + make_interval(secs => $6) as at),
     ended as (
       update workflow_run_jobs
          set failures = failures + 1, error = $4, timeout_at = null, due_at = due.at, waiting_for = 'RETRY',
              waiting_reason = 'The last attempt failed. The next one starts at '
                || to_char(due.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '.'
         from due
        where run_id = $1 and job_id = $3 and status = 'RUNNING' and ${OWNED}
       returning $5::text as status, error),
     ${ATTEMPT_ENDED}
     select from ended`,
    [runId, token, jobId, error, attempt, delayMs / 1000],
  );
  return rowCount === 1;
}

/** What an open job waits for, apart from its dependencies and people. */
export interface Waiting {
  waitingFor: JobWait;
  /** The same, as a sentence for people. */
  reason: string;
}

/** Stores what an open job waits for, until it starts or ends. */
export async function noteWaiting(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  { waitingFor, reason }: Waiting,
): Promise<void> {
  await db.query({
    name: "note-waiting",
    text: `update workflow_run_jobs set waiting_for = $4, waiting_reason = $5
            where run_id = $1 and job_id = $3 and status in ('PENDING', 'RUNNING') and ${OWNED}
              and (waiting_for, waiting_reason) is distinct from ($4, $5)`,
    values: [runId, token, jobId, waitingFor, reason],
  });
}

/** Writes the outcome of a run, once. A run whose jobs were cancelled because it timed out has FAILED. */
export async function endRun(db: Queryable, { runId, token }: Writer, status: string): Promise<void> {
  await db.query({
    name: "end-run",
    text: `update workflow_runs set status = case when $3 = 'CANCELLED' and reason is not null then 'FAILED' else $3 end
            where id = $1 and status = 'RUNNING' and ${OWNED_RUN}`,
    values: [runId, token, status],
  });
}

/** Ends a run that cannot continue, with all its open jobs. */
export async function failRun(db: Queryable, { runId, token }: Writer, error: string): Promise<void> {
  await db.query(
    `with jobs as (
       update workflow_run_jobs
          set status = 'FAILED', error = $3, due_at = null, waiting_for = null, waiting_reason = null
        where run_id = $1 and status in ('PENDING', 'RUNNING') and ${OWNED}
       returning job_id),
     attempts as (
       update workflow_run_attempts a set ended_at = clock_timestamp(), outcome = 'FAILED', error = $3 from jobs
        where a.run_id = $1 and a.job_id = jobs.job_id and a.outcome is null)
     update workflow_runs set status = 'FAILED'
      where id = $1 and status = 'RUNNING' and ${OWNED_RUN} and (select count(*) from jobs) >= 0`,
    [runId, token, error],
  );
}
