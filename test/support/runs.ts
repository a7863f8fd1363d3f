/** Runs of workflows as an orchestrator keeps them, written straight into the tables. */

import { randomUUID } from "node:crypto";
import type { JobDefinition, JobRunStatus, RunStatus } from "../../src/approvals/workflow-run-model.ts";
import type { Pool } from "../../src/db/pool.ts";

/** A job in the order of its run; PENDING unless it says otherwise. */
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

/** A release: built, then looked at by two, then deployed and told of. */
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

/** Writes a run that goes on, with its jobs. */
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

/** Brings a job to another status, as its orchestrator would. */
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

/** Notes which request a job has asked, as its orchestrator would. */
export async function noteAsked(pool: Pool, runId: string, jobId: string, requestId: string): Promise<void> {
  const values = [runId, jobId, requestId];
  await pool.query("update workflow_run_jobs set request_id = $3 where run_id = $1 and job_id = $2", values);
}

/** Brings a run to its end. */
export const endRun = (pool: Pool, id: string, status: RunStatus) =>
  pool.query("update workflow_runs set status = $2 where id = $1", [id, status]);

/** Keeps a checkpoint before a job of a run; returns its id. */
export async function insertCheckpoint(pool: Pool, run: MadeRun, jobId: string, name: string): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `insert into approval_checkpoints (id, name, workflow_id, job_id, execution_id, state) values ($1, $2, $3, $4, $5, $6)`,
    [id, name, run.workflowId, jobId, run.executionId, { results: { build: "secret" } }],
  );
  return id;
}
