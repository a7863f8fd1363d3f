/** Leases of orchestrator processes, and runs that no process runs. */

import type { Queryable } from "../query.ts";
import { ENGINE_ID, ENGINE_SCHEMA, WAITS_OUTSIDE } from "./run-owner.ts";

/** A process that runs workflows. */
export interface Executor {
  executorId: string;
  /** Processes with the same name run the same runs. */
  name: string;
  /** The job types for which it has handlers. */
  types: readonly string[];
  /** The duration of its lease from now. */
  leaseMs: number;
}

/**
 * Takes or renews a lease. Other processes are notified if the types have changed, because they may wait for one of them.
 * @returns `isNew` if there was no lease, or if other processes have ended it
 */
export async function renewLease(
  db: Queryable,
  { executorId, name, types, leaseMs }: Executor,
): Promise<{ isNew: boolean }> {
  const { rows } = await db.query<{ isNew: boolean }>({
    name: "renew-lease",
    text: `with before as materialized (select types from orchestrator_executors where id = $1),
           renewed as (
             insert into orchestrator_executors (id, name, types, lease_until)
             values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
             on conflict (id) do update set types = excluded.types, lease_until = excluded.lease_until
             returning xmax = 0 as "isNew")
           select "isNew", case when (select types from before) is distinct from $3
                           then pg_notify('countersign', 'lease') end
             from renewed`,
    values: [executorId, name, types, leaseMs / 1000],
  });
  return { isNew: rows[0]?.isNew === true };
}

/**
 * Ends a lease early, and the attempts of this executor, whose runs others take over. The other processes are notified.
 */
export async function giveUpLease(db: Queryable, executorId: string): Promise<void> {
  // The column has whole milliseconds. Rounded up, the lease would not have expired yet, and no process would be
  // notified.
  await db.query(
    `with attempts as (
       update workflow_run_attempts set ended_at = clock_timestamp(), outcome = 'HANDED_OVER'
        where executor_id = $1::uuid::text and outcome is null)
     update orchestrator_executors set lease_until = clock_timestamp() - interval '1 millisecond' where id = $1::uuid`,
    [executorId],
  );
}

/** Deletes expired leases. @returns how many */
export async function removeLapsed(db: Queryable): Promise<number> {
  const { rowCount } = await db.query({
    name: "remove-lapsed",
    text: "delete from orchestrator_executors where lease_until <= clock_timestamp()",
  });
  return rowCount ?? 0;
}

/** Identifies the engine's runs that a process may take over. */
export interface EngineRuns {
  /** The name of the orchestrator. */
  name: string;
  /** The version of the code that can replay them. */
  version: string;
  /** The queue from which the engine takes runs that no process has. */
  queue: string;
}

/**
 * Gives the runs of executors without a lease to processes that have one, and ends the attempts of such executors. An
 * attempt is LOST, unless its job waits for an approval or a run: the wait continues in another process, and the job did
 * not cause the end of its process. It is one statement, so an executor that returns either keeps all its runs or has lost
 * all of them.
 * @returns the executors whose runs were taken over
 */
export async function takeOverLost(db: Queryable, { name, version, queue }: EngineRuns): Promise<string[]> {
  // Always in the same order, so that two processes that do this at once cannot deadlock.
  const { rows } = await db.query<{ id: string }>(
    `with lost as materialized (
       select a.run_id, a.job_id, a.number from workflow_run_attempts a
        where a.outcome is null
          and not exists (select from orchestrator_executors e where e.id::text = a.executor_id)
        order by a.run_id, a.job_id, a.number for update),
     attempts as (
       update workflow_run_attempts a set ended_at = clock_timestamp(),
              outcome = case when ${WAITS_OUTSIDE("j")} then 'HANDED_OVER' else 'LOST' end
         from lost join workflow_run_jobs j on j.run_id = lost.run_id and j.job_id = lost.job_id
        where (a.run_id, a.job_id, a.number) = (lost.run_id, lost.job_id, lost.number) and a.outcome is null),
     runs as materialized (
       select s.workflow_uuid from ${ENGINE_SCHEMA}.workflow_status s
        where s.status = 'PENDING' and s.application_name = $1 and s.application_version = $2
          and not exists (select from orchestrator_executors e where e.id::text = s.executor_id)
        order by s.workflow_uuid for update),
     handed as (
       update ${ENGINE_SCHEMA}.workflow_status s
          set status = 'ENQUEUED', queue_name = coalesce(s.queue_name, $3), owner_xid = null, started_at_epoch_ms = null,
              updated_at = (extract(epoch from now()) * 1000)::bigint
         from runs where s.workflow_uuid = runs.workflow_uuid and s.status = 'PENDING'
       returning s.executor_id)
     select distinct executor_id as id from handed`,
    [name, version, queue],
  );
  return rows.map(({ id }) => id);
}

/** The tokens of the executions that own these runs. */
export async function tokensOf(db: Queryable, runIds: readonly string[]): Promise<Map<string, string | null>> {
  const { rows } = await db.query<{ id: string; token: string | null }>(
    `select r.id::text as id, s.owner_xid as token
       from workflow_runs r join ${ENGINE_SCHEMA}.workflow_status s on s.workflow_uuid = ${ENGINE_ID("r")}
      where r.id = any ($1::uuid[])`,
    [runIds],
  );
  return new Map(rows.map(({ id, token }) => [id, token]));
}

/**
 * Runs that were stored or reopened for processes of this name but never reached the engine, because their process died in
 * between or no process existed. Runs that were stored in the last seconds are omitted, because their process starts them.
 */
export async function runsUnknownToEngine(db: Queryable, name: string): Promise<EngineRun[]> {
  const { rows } = await db.query<EngineRun>(
    `select r.id::text as id, r.generation, ${ENGINE_ID("r")} as "engineId" from workflow_runs r
      where r.status = 'RUNNING' and r.orchestrator = $1
        and (r.created_by is not null or r.generation > 1
             or r.created_at < clock_timestamp() - interval '5 seconds')
        and not exists (select from ${ENGINE_SCHEMA}.workflow_status s where s.workflow_uuid = ${ENGINE_ID("r")})
      limit 1000`,
    [name],
  );
  return rows;
}

/** A run to start in the engine. */
export interface EngineRun {
  id: string;
  generation: number;
  /** The engine's id of this generation of the run. */
  engineId: string;
}

/** The current generation of a run, and the name of the orchestrator that may run it. */
export async function engineRunOf(
  db: Queryable,
  runId: string,
): Promise<(EngineRun & { orchestrator: string }) | undefined> {
  const { rows } = await db.query<EngineRun & { orchestrator: string }>({
    name: "engine-run",
    text: `select r.id::text as id, r.generation, ${ENGINE_ID("r")} as "engineId", r.orchestrator
             from workflow_runs r where r.id = $1`,
    values: [runId],
  });
  return rows[0];
}
