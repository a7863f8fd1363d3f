/** Deletes ended runs, with everything that only they need. Requests and their audit log stay. */

import type { Queryable } from "../query.ts";
import { ENGINE_ID, ENGINE_SCHEMA, engineIdOf } from "./run-owner.ts";

/** The most days that ended runs can be stored. */
export const MOST_DAYS = 36_500;

/** A filter for the runs to delete. */
export interface PruneFilter {
  /** Runs that ended more than this number of days ago, by the database's clock. */
  days: number;
  /** Only runs of this orchestrator; null for all. */
  orchestrator: string | null;
}

/** An ended run. */
export interface OldRun {
  id: string;
  /** Its position among the ended runs. */
  place: string;
}

/** A checkpoint and its run. */
export interface CheckpointOfRun {
  id: string;
  runId: string;
}

/**
 * Old runs whose parent has ended, because a parent may still read them. `$1` is the number of days, `$2` the name of
 * the orchestrator.
 */
const IS_OLD = `r.status <> 'RUNNING' and r.ended_at < now() - $1::float8 * interval '1 day'
            and ($2::text is null or r.orchestrator = $2)
            and not exists (select from workflow_runs p where p.id = r.parent_run_id and p.status = 'RUNNING')`;
const IS_OPEN = "q.status in ('PENDING', 'ESCALATED')";
/** The runs whose current generation a live process still uses. A process keeps earlier generations until it ends. */
const IN_USE = `select u.id::text as id
                  from workflow_runs u join ${ENGINE_SCHEMA}.workflow_status s on s.workflow_uuid = ${ENGINE_ID("u")}
                  join orchestrator_executors e on e.id::text = s.executor_id
                 where s.status in ('PENDING', 'ENQUEUED')`;

/** The engine's tables of workflows. Empty if no orchestrator has ever been launched on this database. */
export async function engineTables(db: Queryable): Promise<string[]> {
  // Some tables have no foreign key to the engine's row of the workflow.
  const { rows } = await db.query<{ name: string }>(
    `select c.relname::text as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'workflow_uuid' and not a.attisdropped
      where n.nspname = $1 and c.relkind in ('r', 'p')
      order by c.relname`,
    [ENGINE_SCHEMA],
  );
  return rows.map(({ name }) => name);
}

/**
 * Locks the next old runs, in the order in which they ended. Runs that another transaction has locked are skipped.
 * @param after the position of the last run of the previous call
 */
export async function lockOldRuns(
  db: Queryable,
  { days, orchestrator }: PruneFilter,
  after: string | null,
  limit: number,
): Promise<OldRun[]> {
  const { rows } = await db.query<OldRun>(
    `select r.id::text as id, r.ended_at::text || ',' || r.id as place from workflow_runs r
      where ${IS_OLD}
        and (r.ended_at, r.id) > (coalesce(split_part($3, ',', 1), '-infinity')::timestamptz,
                                  coalesce(split_part($3, ',', 2), '00000000-0000-0000-0000-000000000000')::uuid)
      order by r.ended_at, r.id limit $4 for update skip locked`,
    [days, orchestrator, after, limit],
  );
  return rows;
}

/** Which of these runs have an open request. */
export async function runsWithOpenRequests(db: Queryable, runIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select j.run_id::text as id from workflow_run_jobs j join approval_requests q on q.id = j.request_id
      where j.run_id = any ($1::uuid[]) and ${IS_OPEN}`,
    [runIds],
  );
  return rows.map(({ id }) => id);
}

/** Which of these runs a live process still uses: it has written the outcome, but its engine has not. */
export async function runsInUse(db: Queryable, runIds: readonly string[]): Promise<string[]> {
  const sql = `${IN_USE} and u.id = any ($1::uuid[])`;
  return (await db.query<{ id: string }>(sql, [runIds])).rows.map(({ id }) => id);
}

/** The checkpoints of these runs. */
export async function checkpointsOfRuns(db: Queryable, runIds: readonly string[]): Promise<CheckpointOfRun[]> {
  const { rows } = await db.query<CheckpointOfRun>(
    `select c.id::text as id, j.run_id::text as "runId"
       from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
       join approval_checkpoints c on (c.workflow_id, c.job_id, c.execution_id)
                                    = (r.workflow_id, j.job_id, r.execution_id)
      where j.run_id = any ($1::uuid[])`,
    [runIds],
  );
  return rows;
}

/** The checkpoints from which runs were started, among these. */
export async function usedCheckpoints(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const sql = `select distinct r.started_from_checkpoint::text as id from workflow_runs r
                where r.started_from_checkpoint = any ($1::uuid[])`;
  return (await db.query<{ id: string }>(sql, [ids])).rows.map(({ id }) => id);
}

/** Deletes the engine's rows of all generations of these runs, which still exist. @param tables see `engineTables` */
export async function deleteFromEngine(db: Queryable, tables: readonly string[], runIds: readonly string[]) {
  const { rows } = await db.query<{ id: string }>(
    `select ${engineIdOf("r.id", "g.generation")} as id
       from workflow_runs r cross join lateral generate_series(1, r.generation) g (generation)
      where r.id = any ($1::uuid[])`,
    [runIds],
  );
  const engineIds = rows.map(({ id }) => id);
  for (const table of tables) {
    await db.query(`delete from ${ENGINE_SCHEMA}."${table}" where workflow_uuid = any ($1::text[])`, [engineIds]);
  }
}

/** Deletes runs. Their jobs, attempts, logs and slots are deleted with them. */
export const deleteRuns = (db: Queryable, ids: readonly string[]) =>
  db.query("delete from workflow_runs where id = any ($1::uuid[])", [ids]);

/** Deletes checkpoints from which no run was started. */
export const deleteCheckpoints = (db: Queryable, ids: readonly string[]) =>
  db.query("delete from approval_checkpoints where id = any ($1::uuid[])", [ids]);

/** The number of runs that would be deleted now. */
export async function countOldRuns(
  db: Queryable,
  { days, orchestrator }: PruneFilter,
  tables: readonly string[],
): Promise<number> {
  const notInUse = tables.includes("workflow_status") ? `and r.id::text not in (${IN_USE})` : "";
  const { rows } = await db.query<{ count: number }>(
    `with recursive due as materialized (
       select r.id, r.workflow_id, r.execution_id from workflow_runs r
        where ${IS_OLD} ${notInUse}
          and r.id not in (select j.run_id from approval_requests q join workflow_run_jobs j on j.request_id = q.id
                            where ${IS_OPEN})),
     -- A run that stays needs the run of the checkpoint that it was started from, recursively.
     kept (checkpoint) as (
       select r.started_from_checkpoint from workflow_runs r
        where r.started_from_checkpoint is not null and r.id not in (select id from due)
       union
       select r.started_from_checkpoint
         from kept join approval_checkpoints c on c.id = kept.checkpoint
         join workflow_runs r on (r.workflow_id, r.execution_id) = (c.workflow_id, c.execution_id)
        where r.started_from_checkpoint is not null)
     select count(*)::int as count from due
      where (workflow_id, execution_id) not in (
              select c.workflow_id, c.execution_id from kept join approval_checkpoints c on c.id = kept.checkpoint)`,
    [days, orchestrator],
  );
  return rows[0]?.count ?? 0;
}
