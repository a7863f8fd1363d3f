/** Deletes runs that ended long ago, with everything that only they need. Requests and their audit log stay. */

import type { Queryable } from "./requests.ts";
import { ENGINE_SCHEMA } from "./run-writes.ts";

/** The most days that ended runs are kept. */
export const MOST_DAYS = 36_500;

/** Which runs are deleted. */
export interface PruneFilter {
  /** Runs that ended more than this number of days ago, by the database's clock. */
  days: number;
  /** Only those of the processes with this name; null for all. */
  orchestrator: string | null;
}

/** Ends of runs that are too old. `$1` is the number of days, `$2` the name of the orchestrator. */
const IS_OLD = `r.status <> 'RUNNING' and r.ended_at < clock_timestamp() - $1::float8 * interval '1 day'
            and ($2::text is null or r.orchestrator = $2)`;

/** A request that somebody may still decide keeps its run. */
const HAS_OPEN_REQUEST = `exists (select from workflow_run_jobs j join approval_requests q on q.id = j.request_id
                    where j.run_id = r.id and q.status in ('PENDING', 'ESCALATED'))`;

/** Runs that were started from one of its checkpoints: which of its jobs were undone is known from its rows only. */
const STARTED_FROM = (run: string) => `select s.id
                     from workflow_run_jobs j
                     join approval_checkpoints c on (c.workflow_id, c.job_id, c.execution_id)
                                                  = (${run}.workflow_id, j.job_id, ${run}.execution_id)
                     join workflow_runs s on s.started_from_checkpoint = c.id
                    where j.run_id = ${run}.id`;

/** The engine's tables of workflows; none where no orchestrator was ever launched on this database. */
export async function engineTables(db: Queryable): Promise<string[]> {
  // Those without a foreign key to the engine's own row of the workflow are among them; the others follow that row.
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

/** Whether a process that is alive has not let go of the run yet. */
const isInUse = (tables: readonly string[]): string =>
  tables.includes("workflow_status")
    ? `exists (select from ${ENGINE_SCHEMA}.workflow_status s
                 join orchestrator_executors e on e.id::text = s.executor_id
                where s.workflow_uuid = r.id::text and s.status in ('PENDING', 'ENQUEUED'))`
    : "false";

/**
 * Deletes the oldest runs that may be deleted, in one statement, and so all that belongs to a run or nothing. Rows that
 * somebody else is writing are left for later.
 * @param tables the engine's, see `engineTables`
 * @param limit most runs to delete
 * @returns how many were deleted
 */
export async function deleteOldRuns(
  db: Queryable,
  { days, orchestrator }: PruneFilter,
  tables: readonly string[],
  limit: number,
): Promise<number> {
  const ofEngine = tables.map(
    (table, index) => `engine_${index} as (
       delete from ${ENGINE_SCHEMA}."${table}" t using due where t.workflow_uuid = due.id::text)`,
  );
  const { rows } = await db.query<{ count: number }>(
    `with due as materialized (
       select r.id, r.workflow_id, r.execution_id from workflow_runs r
        where ${IS_OLD} and not ${HAS_OPEN_REQUEST} and not ${isInUse(tables)}
          and not exists (${STARTED_FROM("r")})
        order by r.ended_at, r.id limit $3 for update of r skip locked),
     ${ofEngine.map((statement) => `${statement},`).join("\n     ")}
     checkpoints as (
       delete from approval_checkpoints c using due, workflow_run_jobs j
        where j.run_id = due.id
          and (c.workflow_id, c.job_id, c.execution_id) = (due.workflow_id, j.job_id, due.execution_id)),
     -- Jobs, attempts, logs and slots follow their run.
     runs as (delete from workflow_runs r using due where r.id = due.id)
     select count(*)::int as count from due`,
    [days, orchestrator, limit],
  );
  return rows[0]?.count ?? 0;
}

/** How many runs repeated calls of `deleteOldRuns` would delete now. */
export async function countOldRuns(
  db: Queryable,
  { days, orchestrator }: PruneFilter,
  tables: readonly string[],
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `with recursive due as materialized (
       select r.id, r.workflow_id, r.execution_id from workflow_runs r
        where ${IS_OLD} and not ${HAS_OPEN_REQUEST} and not ${isInUse(tables)}),
     -- A run that stays keeps the one whose checkpoint it was started from, and that one its own.
     kept (checkpoint) as (
       select r.started_from_checkpoint from workflow_runs r
        where r.started_from_checkpoint is not null and not exists (select from due where due.id = r.id)
       union
       select r.started_from_checkpoint
         from kept join approval_checkpoints c on c.id = kept.checkpoint
         join workflow_runs r on (r.workflow_id, r.execution_id) = (c.workflow_id, c.execution_id)
        where r.started_from_checkpoint is not null)
     select count(*)::int as count from due
      where not exists (select from kept join approval_checkpoints c on c.id = kept.checkpoint
                         where (c.workflow_id, c.execution_id) = (due.workflow_id, due.execution_id))`,
    [days, orchestrator],
  );
  return rows[0]?.count ?? 0;
}
