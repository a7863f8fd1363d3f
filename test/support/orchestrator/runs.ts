/** Writes runs of workflows directly into the tables, as an orchestrator stores them. */

import { randomUUID } from "node:crypto";
import type { Pool } from "../../../src/db/pool.ts";
import type {
  AttemptOutcome,
  JobDefinition,
  JobRunStatus,
  JobWait,
  LogLevel,
  RunStatus,
} from "../../../src/model/runs.ts";

/** A job in the order of its run; PENDING unless it has another status. */
export interface JobRow {
  id: string;
  type?: string;
  dependencies?: readonly string[];
  status?: JobRunStatus;
  output?: unknown;
  error?: string;
  reason?: string;
  /** Further fields of the job in the document, as `when`. */
  rule?: Partial<JobDefinition>;
}

export interface RunRow {
  workflowId?: string;
  executionId?: string;
  jobs?: readonly JobRow[];
  startedFromCheckpoint?: string;
}

/** A release: a build, two gates, a deployment and an announcement. */
export const RELEASE: readonly JobRow[] = [
  { id: "build", status: "SUCCEEDED", output: { size: 42, secret: "of the build" } },
  { id: "security", type: "approval", dependencies: ["build"], status: "RUNNING" },
  { id: "approval", type: "approval", dependencies: ["build"], status: "RUNNING" },
  { id: "deploy", dependencies: ["security", "approval"] },
  { id: "tell", dependencies: ["deploy"] },
];

export interface MadeRun {
  id: string;
  workflowId: string;
  executionId: string;
}

/** Writes a run that is still running, with its jobs. */
export async function insertRun(pool: Pool, row: RunRow = {}): Promise<MadeRun> {
  const { workflowId = "release", executionId = randomUUID(), jobs = RELEASE, startedFromCheckpoint = null } = row;
  const id = randomUUID();
  const definition = {
    id: workflowId,
    jobs: jobs.map(({ id, dependencies = [], rule }) => ({ id, dependencies, ...rule })),
  };
  await pool.query(
    `insert into workflow_runs (id, workflow_id, execution_id, definition, started_from_checkpoint)
     values ($1, $2, $3, $4, $5)`,
    [id, workflowId, executionId, JSON.stringify(definition), startedFromCheckpoint],
  );
  await pool.query(
    `insert into workflow_run_jobs (run_id, job_id, position, type, dependencies, status, output, error, reason,
       attempts, started_at, ended_at)
     select $1, job ->> 'id', place - 1, coalesce(job ->> 'type', 'script'),
            array(select jsonb_array_elements_text(coalesce(job -> 'dependencies', '[]'))),
            status, job -> 'output', job ->> 'error', job ->> 'reason', (status <> 'PENDING')::int,
            case when status not in ('PENDING', 'SKIPPED') then now() end,
            case when status not in ('PENDING', 'RUNNING') then now() end
       from jsonb_array_elements($2) with ordinality given (job, place),
            lateral (select coalesce(job ->> 'status', 'PENDING') as status) known`,
    [id, JSON.stringify(jobs)],
  );
  return { id, workflowId, executionId };
}

/** Changes the status of a job, as its orchestrator would. */
export async function moveJob(
  pool: Pool,
  runId: string,
  jobId: string,
  status: JobRunStatus,
  more: Partial<JobRow> = {},
) {
  const { output = null, error = null, reason = null } = more;
  await pool.query(
    `update workflow_run_jobs set status = $3, output = $4, error = $5, reason = $6, attempts = attempts + 1,
            started_at = coalesce(started_at, now())
      where run_id = $1 and job_id = $2`,
    [runId, jobId, status, output === null ? null : JSON.stringify(output), error, reason],
  );
}

/** Stores which request a job has created, as its orchestrator would. */
export async function linkRequest(pool: Pool, runId: string, jobId: string, requestId: string): Promise<void> {
  const values = [runId, jobId, requestId];
  await pool.query("update workflow_run_jobs set request_id = $3 where run_id = $1 and job_id = $2", values);
}

/** Ends a run. */
export const endRun = (pool: Pool, id: string, status: RunStatus) =>
  pool.query("update workflow_runs set status = $2 where id = $1", [id, status]);

/** Stores a checkpoint before a job of a run; returns its id. */
export async function insertCheckpoint(pool: Pool, run: MadeRun, jobId: string, name: string): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `insert into approval_checkpoints (id, name, workflow_id, job_id, execution_id, state) values ($1, $2, $3, $4, $5, $6)`,
    [id, name, run.workflowId, jobId, run.executionId, { results: { build: "secret" } }],
  );
  return id;
}

/** Writes an attempt of a job, as its orchestrator would: started some seconds ago, and ended if it has an outcome. */
export async function insertAttempt(
  pool: Pool,
  runId: string,
  jobId: string,
  attempt: {
    number: number;
    outcome?: AttemptOutcome;
    error?: string;
    process?: string;
    secondsAgo?: number;
    seconds?: number;
  },
): Promise<void> {
  const { number, outcome = null, error = null, process = "worker-1:4711", secondsAgo = 60, seconds = 30 } = attempt;
  await pool.query(
    `insert into workflow_run_attempts (run_id, job_id, number, executor_id, process, started_at, ended_at, outcome, error)
     select $1, $2, $3, 'executor', $4, begun, case when $5::text is not null then begun + make_interval(secs => $8) end,
            $5, $6
       from (select now() - make_interval(secs => $7) as begun) t`,
    [runId, jobId, number, process, outcome, error, secondsAgo, seconds],
  );
}

/** A line as tests write it: level, message and fields. */
export type LogRow = readonly [level: LogLevel, message: string, fields?: object];

/** Appends lines to the log of a job, and notifies, as its orchestrator would. */
export async function insertLog(pool: Pool, runId: string, jobId: string, lines: readonly LogRow[], attempt = 1) {
  await pool.query(
    `with stored as (
       insert into workflow_run_logs (run_id, job_id, line, attempt, level, message, fields)
       select $1, $2, before + place, $4, line ->> 0, line ->> 1, nullif(line -> 2, 'null')
         from jsonb_array_elements($3::jsonb) with ordinality given (line, place),
              (select coalesce(max(line), 0) as before from workflow_run_logs where run_id = $1 and job_id = $2) b)
     select pg_notify('countersign', 'runlog:' || $1::text)`,
    [runId, jobId, JSON.stringify(lines), attempt],
  );
}

/** Stores what an open job waits for, as its orchestrator would. */
export const noteWaiting = (
  pool: Pool,
  runId: string,
  jobId: string,
  waitingFor: JobWait,
  reason: string,
  dueAt?: Date,
) =>
  pool.query(
    `update workflow_run_jobs set waiting_for = $3, waiting_reason = $4, due_at = $5 where run_id = $1 and job_id = $2`,
    [runId, jobId, waitingFor, reason, dueAt],
  );
