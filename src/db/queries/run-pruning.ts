/** What deletes ended runs, with everything that only they need. Requests and their audit log stay. */

import type { Queryable } from "../query.ts";
import { ENGINE_ID, ENGINE_SCHEMA, engineIdOf } from "./run-writes.ts";

/** The most days that ended runs are kept. */
export const MOST_DAYS = 36_500;

/** Which runs are deleted. */
export interface PruneFilter {
  /** Runs that ended more than this number of days ago, by the database's clock. */
  days: number;
  /** Only those of the processes with this name; null for all. */
  orchestrator: string | null;
}

/** An ended run. */
export interface OldRun {
  id: string;
  /** Its place among the ended runs. */
  place: string;
}

/** A checkpoint and the run that it was stored of. */
export interface CheckpointOfRun {
  id: string;
  runId: string;
}

/** Runs that are too old, and whose parent has ended: until then it may still look for them. `$1` is the number of days, `$2` the name of the orchestrator. */
const IS_OLD = `r.status <> 'RUNNING' and r.ended_at < now() - $1::float8 * interval '1 day'
            and ($2::text is null or r.orchestrator = $2)
            and not exists (select from workflow_runs p where p.id = r.parent_run_id and p.status = 'RUNNING')`;
const IS_OPEN = "q.status in ('PENDING', 'ESCALATED')";
/** The runs of whose current generation a living process has not let go. A process keeps earlier ones until it ends. */
const IN_USE = `select u.id::text as id
                  from workflow_runs u join ${ENGINE_SCHEMA}.workflow_status s on s.workflow_uuid = ${ENGINE_ID("u")}
                  join orchestrator_executors e on e.id::text = s.executor_id
                 where s.status in ('PENDING', 'ENQUEUED')`;

/** The engine's tables of workflows; none where no orchestrator was ever launched on this database. */
export async function engineTables(db: Queryable): Promise<string[]> {
  // Some of them have no foreign key to the engine's row of the workflow.
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
 * Locks the next old runs, the one that ended first before the others. Those that somebody is writing are left out.
 * @param after the place of the last run of the call before
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

/** Which of these runs have a request that somebody may still decide. */
export async function runsWithOpenRequests(db: Queryable, runIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select j.run_id::text as id from workflow_run_jobs j join approval_requests q on q.id = j.request_id
      where j.run_id = any ($1::uuid[]) and ${IS_OPEN}`,
    [runIds],
  );
  return rows.map(({ id }) => id);
}

/** Which of these runs a living process has not let go of: it has written the end, and its engine has not. */
export async function runsInUse(db: Queryable, runIds: readonly string[]): Promise<string[]> {
  const sql = `${IN_USE} and u.id = any ($1::uuid[])`;
  return (await db.query<{ id: string }>(sql, [runIds])).rows.map(({ id }) => id);
}

/** The checkpoints that were stored of these runs. */
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

/** Which of these checkpoints runs were started from. */
export async function usedCheckpoints(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const sql = `select distinct r.started_from_checkpoint::text as id from workflow_runs r
                where r.started_from_checkpoint = any ($1::uuid[])`;
  return (await db.query<{ id: string }>(sql, [ids])).rows.map(({ id }) => id);
}

/** Deletes what the engine keeps of all generations of these runs, which still exist. @param tables see `engineTables` */
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

/** Deletes runs. Their jobs, attempts, logs and slots follow them. */
export const deleteRuns = (db: Queryable, ids: readonly string[]) =>
  db.query("delete from workflow_runs where id = any ($1::uuid[])", [ids]);

/** Deletes checkpoints that no run was started from. */
export const deleteCheckpoints = (db: Queryable, ids: readonly string[]) =>
  db.query("delete from approval_checkpoints where id = any ($1::uuid[])", [ids]);

/** How many runs would be deleted now. */
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
     -- A run that stays keeps the one whose checkpoint it was started from, and that one its own.
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
