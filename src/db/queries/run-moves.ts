/** Moves runs to another version of their document. */

import type { JsonObject } from "../../model/approvals.ts";
import type { JobRunStatus, MovePlan, RunMove, RunStatus, WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";

/** A job of a run to move. */
export interface JobToMove {
  jobId: string;
  status: JobRunStatus;
  /** Whether its handler was already called, or it has created a request. */
  wasCalled: boolean;
}

/** A run before it is moved. */
export interface RunToMove {
  id: string;
  /** Grows with each change of the run and its jobs. */
  version: number;
  status: RunStatus;
  isCancelling: boolean;
  definition: WorkflowDefinition;
  workflowVersion: number | null;
  input: JsonObject;
  /** In the order of the document. */
  jobs: JobToMove[];
}

/** The run with this id. The id must be well-formed. */
export async function runToMove(db: Queryable, runId: string): Promise<RunToMove | undefined> {
  const { rows } = await db.query<RunToMove>(
    `select r.id::text as id, r.version, r.status, r.cancel_requested_at is not null as "isCancelling", r.definition,
            r.workflow_version as "workflowVersion", coalesce(r.input, '{}') as input,
            (select coalesce(jsonb_agg(jsonb_build_object(
                      'jobId', j.job_id, 'status', j.status,
                      'wasCalled', j.attempts > 0 or j.request_id is not null) order by j.position), '[]')
               from workflow_run_jobs j where j.run_id = r.id) as jobs
       from workflow_runs r where r.id = $1`,
    [runId],
  );
  return rows[0];
}

/** The parameters of a move. */
export interface NewMove extends MovePlan {
  definition: WorkflowDefinition;
  /** The registered version; null for a document that is not registered. */
  workflowVersion: number | null;
  /** The person or program that moves it. */
  by: string | null;
}

/**
 * Moves a run, and notifies the processes that may continue it.
 * @returns false if the run has changed since it was read
 */
export async function storeMove(
  db: Queryable,
  { id, version }: Pick<RunToMove, "id" | "version">,
  { definition, workflowVersion, added, removed, changed, by }: NewMove,
): Promise<boolean> {
  const { rows } = await db.query<{ done: boolean }>(
    "select countersign_move_run($1, $2, $3, $4, $5, $6, $7, $8) as done",
    [id, version, JSON.stringify(definition), workflowVersion, added, removed, changed, by],
  );
  return rows[0]?.done === true;
}

/** The moves of these runs, in order. */
export async function movesOfRuns(db: Queryable, runIds: readonly string[]): Promise<RunMove[]> {
  const text = `select m.run_id::text as "runId", m.generation, m.moved_by as "movedBy", m.moved_at as "movedAt",
                       m.from_version as "fromVersion", m.to_version as "toVersion", m.added, m.removed, m.changed
                  from workflow_run_moves m where m.run_id = any ($1::uuid[]) order by m.run_id, m.generation`;
  return (await db.query<RunMove>({ name: "moves-of-runs", text, values: [runIds] })).rows;
}

/** The documents that a run had before it was moved, oldest first. */
export async function earlierDefinitions(db: Queryable, runId: string): Promise<WorkflowDefinition[]> {
  const sql =
    "select m.from_definition as definition from workflow_run_moves m where m.run_id = $1 order by m.generation";
  return (await db.query<{ definition: WorkflowDefinition }>(sql, [runId])).rows.map(({ definition }) => definition);
}
