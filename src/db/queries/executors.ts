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

/** Gives a lease up; everybody is told. */
export async function giveUpLease(db: Queryable, executorId: string): Promise<void> {
  await db.query("update orchestrator_executors set lease_until = clock_timestamp() where id = $1", [executorId]);
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
