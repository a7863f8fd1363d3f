/** Who runs workflows, and what nobody runs. */

import type { Queryable } from "./requests.ts";
import { ENGINE_SCHEMA } from "./run-writes.ts";

/** Takes a lease. @param ms how long it holds from now on */
export async function takeLease(db: Queryable, executorId: string, ms: number): Promise<void> {
  await db.query(
    "insert into orchestrator_executors (id, lease_until) values ($1, clock_timestamp() + make_interval(secs => $2))",
    [executorId, ms / 1000],
  );
}

/** Prolongs a lease. @returns false where it was over and others have gone on */
export async function renewLease(db: Queryable, executorId: string, ms: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "renew-lease",
    text: `update orchestrator_executors set lease_until = clock_timestamp() + make_interval(secs => $2)
            where id = $1`,
    values: [executorId, ms / 1000],
  });
  return rowCount === 1;
}

/** Ends a lease before its time, and the attempts that this executor leaves to others. The other processes are notified. */
export async function giveUpLease(db: Queryable, executorId: string): Promise<void> {
  await db.query(
    `with attempts as (
       update workflow_run_attempts set ended_at = clock_timestamp(), outcome = 'HANDED_OVER'
        where executor_id = $1::uuid::text and outcome is null)
     update orchestrator_executors set lease_until = clock_timestamp() where id = $1::uuid`,
    [executorId],
  );
}

/**
 * Ends the attempts of executors without a lease. They are LOST, except those of jobs that have asked for approval: the
 * wait goes on in another process, and the job is not to blame for the end of its process.
 */
export async function endLostAttempts(db: Queryable): Promise<void> {
  // In one order, so that two processes that do this at once never wait for each other.
  await db.query(
    `with lost as materialized (
       select a.run_id, a.job_id, a.number from workflow_run_attempts a
        where a.outcome is null
          and not exists (select from orchestrator_executors e where e.id::text = a.executor_id)
        order by a.run_id, a.job_id, a.number for update)
     update workflow_run_attempts a set ended_at = clock_timestamp(),
            outcome = case when j.request_id is null then 'LOST' else 'HANDED_OVER' end
       from lost join workflow_run_jobs j on j.run_id = lost.run_id and j.job_id = lost.job_id
      where (a.run_id, a.job_id, a.number) = (lost.run_id, lost.job_id, lost.number)`,
  );
}

/** Removes leases that are over. @returns how many */
export async function removeLapsed(db: Queryable): Promise<number> {
  const { rowCount } = await db.query({
    name: "remove-lapsed",
    text: "delete from orchestrator_executors where lease_until <= clock_timestamp()",
  });
  return rowCount ?? 0;
}

/** Executors without a lease that the engine still counts as running something. */
export async function lostExecutors(db: Queryable, application: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct s.executor_id as id from ${ENGINE_SCHEMA}.workflow_status s
      where s.status = 'PENDING' and s.application_name = $1
        and not exists (select from orchestrator_executors e where e.id::text = s.executor_id)`,
    [application],
  );
  return rows.map(({ id }) => id);
}

/**
 * Runs that were written and never reached the engine: their process died in between. Those of the last seconds are
 * left to it.
 */
export async function runsUnknownToEngine(db: Queryable): Promise<{ id: string; types: string[] }[]> {
  const { rows } = await db.query<{ id: string; types: string[] }>(
    `select r.id::text as id, array(select distinct j.type from workflow_run_jobs j where j.run_id = r.id) as types
       from workflow_runs r
      where r.status = 'RUNNING' and r.created_at < clock_timestamp() - interval '5 seconds'
        and not exists (select from ${ENGINE_SCHEMA}.workflow_status s where s.workflow_uuid = r.id::text)
      limit 1000`,
  );
  return rows;
}
