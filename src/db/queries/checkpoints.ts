/** Rows of `approval_checkpoints`. */

import type { ApprovalCheckpoint, CheckpointState } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import type { RunOrigin } from "./run-starts.ts";

const COLUMNS = `c.id::text as id, c.name, c.workflow_id as "workflowId", c.job_id as "jobId",
  c.execution_id as "executionId", c.state, c.created_at as "createdAt"`;

/** A checkpoint of a run, whose outputs are read from the run's rows. */
export type NewCheckpoint = Omit<ApprovalCheckpoint, "createdAt" | "state"> & {
  runId: string;
  state: Omit<CheckpointState, "results">;
};

/**
 * Stores a checkpoint with the outputs of all jobs of the run that have succeeded. The outputs do not leave the database.
 * If the job of this execution already has a checkpoint, that one stays.
 */
export async function saveCheckpoint(db: Queryable, checkpoint: NewCheckpoint): Promise<void> {
  const { id, name, workflowId, jobId, executionId, state, runId } = checkpoint;
  await db.query(
    `insert into approval_checkpoints (id, name, workflow_id, job_id, execution_id, state)
     select $1, $2, $3, $4, $5, $6::jsonb || jsonb_build_object('results', coalesce(
              (select jsonb_object_agg(j.job_id, j.output) from workflow_run_jobs j
                where j.run_id = $7 and j.item_of is null and j.status = 'SUCCEEDED'), '{}'))
      where not exists (select from approval_checkpoints where id = $1)
     on conflict do nothing`,
    [id, name, workflowId, jobId, executionId, JSON.stringify(state), runId],
  );
}

/** The checkpoint with this id. The id must be well-formed. */
export async function checkpointById(db: Queryable, id: string): Promise<ApprovalCheckpoint | undefined> {
  const sql = `select ${COLUMNS} from approval_checkpoints c where c.id = $1`;
  return (await db.query<ApprovalCheckpoint>(sql, [id])).rows[0];
}

/** Whether a checkpoint with this id exists. The id must be well-formed. */
export async function isCheckpoint(db: Queryable, id: string): Promise<boolean> {
  const sql = "select from approval_checkpoints where id = $1";
  return (await db.query({ name: "is-checkpoint", text: sql, values: [id] })).rowCount === 1;
}

/** The run whose checkpoint it is. */
export async function runIdOfCheckpoint(
  db: Queryable,
  { workflowId, executionId }: Pick<ApprovalCheckpoint, "workflowId" | "executionId">,
): Promise<string | undefined> {
  const sql = "select id::text as id from workflow_runs where workflow_id = $1 and execution_id = $2";
  return (await db.query<{ id: string }>(sql, [workflowId, executionId])).rows[0]?.id;
}

/**
 * Reads what a run that is started from a checkpoint takes over from the run of the checkpoint. The document may be a
 * different one.
 */
export async function originOfCheckpoint(
  db: Queryable,
  { workflowId, executionId }: Pick<ApprovalCheckpoint, "workflowId" | "executionId">,
): Promise<Omit<RunOrigin, "createdBy"> | undefined> {
  const sql = `select orchestrator, input, workflow_version as "workflowVersion", start_roles as "startRoles"
                 from workflow_runs where workflow_id = $1 and execution_id = $2`;
  return (await db.query<Omit<RunOrigin, "createdBy">>(sql, [workflowId, executionId])).rows[0];
}
