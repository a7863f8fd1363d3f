/** Moves runs from a process without a handler for a job to a process with one. */

import type { Queryable } from "../query.ts";
import type { EngineRuns } from "./executors.ts";
import { ENGINE_ID, ENGINE_SCHEMA, OWNED, WAITS_OUTSIDE, type Writer } from "./run-owner.ts";

/** Most runs that a process takes over at once, so that other processes take some as well. */
const AT_ONCE = 100;

/**
 * Stores that a job waits for a handler, and whether another process has one. The other processes are notified if this is
 * new.
 */
export async function noteMissingHandler(db: Queryable, { runId, token }: Writer, jobId: string): Promise<void> {
  await db.query({
    name: "note-missing-handler",
    text: `with found as materialized (
             select s.application_name as name,
                    exists (select from orchestrator_executors e
                             where e.name = s.application_name and e.lease_until > clock_timestamp()
                               and j.type = any (e.types)) as has_peer
               from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
               join ${ENGINE_SCHEMA}.workflow_status s on s.workflow_uuid = ${ENGINE_ID("r")}
              where j.run_id = $1 and j.job_id = $3),
           noted as (
             update workflow_run_jobs j
                set waiting_for = 'HANDLER',
                    waiting_reason = case when found.has_peer
                      then format('This process has no handler for the type "%s". The run goes to another process when '
                                  'its other jobs here have ended.', j.type)
                      else format('No process of the orchestrator "%s" has a handler for the type "%s".',
                                  found.name, j.type) end
               from found
              where j.run_id = $1 and j.job_id = $3 and j.status in ('PENDING', 'RUNNING') and ${OWNED}
                and (j.waiting_for is distinct from 'HANDLER'
                     or found.has_peer = (j.waiting_reason like 'No process of %'))
             returning 1)
           select pg_notify('countersign', 'lease') from noted`,
    values: [runId, token, jobId],
  });
}

/** Notifies the other processes, so that they look for runs that wait for a handler. */
export async function offerRuns(db: Queryable): Promise<void> {
  await db.query("select pg_notify('countersign', 'lease')");
}

/** A process that takes over runs. */
export interface Taker extends EngineRuns {
  executorId: string;
  /** The job types for which it has handlers. */
  types: readonly string[];
  /** The token of its executions, which owns the runs. */
  token: string;
}

/**
 * Takes over runs that wait for a handler in another process. A run in which the other process still runs a job stays there,
 * unless that job waits for a request or a run and this process also has a handler for it: a wait can continue anywhere.
 * @returns the engine's ids of the runs
 */
export async function takeWaitingRuns(db: Queryable, taker: Taker): Promise<string[]> {
  const { name, version, executorId, types, token } = taker;
  const { rows } = await db.query<{ id: string }>({
    name: "take-waiting-runs",
    text: `with wanted as materialized (
             select s.workflow_uuid, r.id
               from workflow_runs r join ${ENGINE_SCHEMA}.workflow_status s on s.workflow_uuid = ${ENGINE_ID("r")}
              where r.status = 'RUNNING' and s.status = 'PENDING' and s.application_name = $1
                and s.application_version = $2 and s.executor_id <> $3
                and exists (select from workflow_run_jobs j
                             where j.run_id = r.id and j.waiting_for = 'HANDLER' and j.type = any ($4::text[]))
                and not exists (select from workflow_run_jobs j
                                 where j.run_id = r.id and j.status = 'RUNNING' and j.waiting_for is null and j.item_count is null
                                   and (not ${WAITS_OUTSIDE("j")} or j.type <> all ($4::text[])))
              order by s.workflow_uuid limit ${AT_ONCE} for update of s skip locked),
           taken as (
             update ${ENGINE_SCHEMA}.workflow_status s
                set executor_id = $3, owner_xid = $5, updated_at = (extract(epoch from now()) * 1000)::bigint
               from wanted where s.workflow_uuid = wanted.workflow_uuid
             returning wanted.id, s.workflow_uuid),
           -- The process that had the run is notified of this change.
           jobs as (
             update workflow_run_jobs j set waiting_for = null, waiting_reason = null
               from taken where j.run_id = taken.id and j.waiting_for = 'HANDLER' and j.type = any ($4::text[]))
           select workflow_uuid as id from taken`,
    values: [name, version, executorId, types, token],
  });
  return rows.map(({ id }) => id);
}
