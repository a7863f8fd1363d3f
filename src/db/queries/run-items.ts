/** Reads and writes the items of a job with `forEach`. Each item is a row, like a job. */

import type { Json } from "../../model/approvals.ts";
import type { JobRunStatus } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import type { RunJobState } from "./run-lists.ts";
import { OWNED, type Writer } from "./run-owner.ts";
import { RUN_JOB_STATE_COLUMNS } from "./workflow-runs.ts";

/** The state of a job's items. */
export interface StoredItems {
  /** Null until they are stored. */
  count: number | null;
  /** The items that have started or ended, by index. */
  started: { index: number; status: JobRunStatus; error: string | null; reason: string | null }[];
}

/** Reads the state of a job's items. */
export async function itemsOfJob(db: Queryable, runId: string, jobId: string): Promise<StoredItems> {
  const { rows } = await db.query<StoredItems>({
    name: "items-of-job",
    text: `select j.item_count as count,
                  (select coalesce(jsonb_agg(jsonb_build_object('index', i.item_index, 'status', i.status,
                            'error', i.error, 'reason', i.reason) order by i.item_index), '[]')
                     from workflow_run_jobs i
                    where i.run_id = j.run_id and i.item_of = j.job_id and i.status <> 'PENDING') as started
             from workflow_run_jobs j where j.run_id = $1 and j.job_id = $2`,
    values: [runId, jobId],
  });
  return rows[0] ?? { count: null, started: [] };
}

/**
 * Stores the items of a job, once, and that the job runs.
 * @param ids the ids of the items, in the order of the list
 * @returns whether they are stored: not if the job has ended, its run is being cancelled, or another process owns the run
 */
export async function storeItems(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  {
    ids,
    list,
    outlastsCancellation,
  }: { ids: readonly string[]; list: readonly unknown[]; outlastsCancellation: boolean },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with job as (
       update workflow_run_jobs j
          set status = 'RUNNING', started_at = coalesce(j.started_at, clock_timestamp()),
              item_count = cardinality($4::text[]), waiting_for = null, waiting_reason = null
         from workflow_runs r
        where j.run_id = $1 and j.job_id = $3 and j.status in ('PENDING', 'RUNNING') and j.item_count is null
          and r.id = j.run_id and (r.cancel_requested_at is null or $6) and ${OWNED}
       returning j.run_id, j.job_id, j.position, j.type, j.dependencies),
     items as (
       insert into workflow_run_jobs (run_id, job_id, position, type, dependencies, item_of, item_index, item)
       select job.run_id, i.id, job.position, job.type, job.dependencies, job.job_id, i.place - 1,
              $5::jsonb -> (i.place - 1)::int
         from job, unnest($4::text[]) with ordinality i(id, place))
     select from job`,
    [runId, token, jobId, ids, JSON.stringify(list), outlastsCancellation],
  );
  return rowCount === 1;
}

/** Ends the items of a job that have not started. */
export async function endPendingItems(
  db: Queryable,
  { runId, token }: Writer,
  jobId: string,
  { status, reason }: { status: JobRunStatus; reason: string | null },
): Promise<void> {
  await db.query(
    `update workflow_run_jobs set status = $4, reason = $5, due_at = null, waiting_for = null, waiting_reason = null
      where run_id = $1 and item_of = $3 and status = 'PENDING' and ${OWNED}`,
    [runId, token, jobId, status, reason],
  );
}

/** The total length of the outputs of a job's items as JSON text. */
export async function bytesOfItems(db: Queryable, runId: string, jobId: string): Promise<number> {
  const sql = `select coalesce(sum(coalesce(octet_length(output::text), 4) + 1), 0)::float8 as bytes
                 from workflow_run_jobs where run_id = $1 and item_of = $2`;
  return (await db.query<{ bytes: number }>(sql, [runId, jobId])).rows[0]?.bytes ?? 0;
}

/** The outputs of a job's items in the order of the list; null for an item without output. */
export async function outputsOfItems(db: Queryable, runId: string, jobId: string): Promise<unknown[]> {
  const sql = "select output from workflow_run_jobs where run_id = $1 and item_of = $2 order by item_index";
  return (await db.query<{ output: unknown }>(sql, [runId, jobId])).rows.map(({ output }) => output);
}

/** An item of a job. */
export type ItemState = RunJobState & { itemOf: string; item: Json };

/** The items of the jobs of these runs, in the order of each job's list. */
export async function itemsOfRuns(db: Queryable, runIds: readonly string[]): Promise<ItemState[]> {
  const text = `select ${RUN_JOB_STATE_COLUMNS}, j.item_of as "itemOf", j.item
                  from workflow_run_jobs j where j.run_id = any ($1::uuid[]) and j.item_of is not null
                 order by j.run_id, j.position, j.item_index`;
  return (await db.query<ItemState>({ name: "items-of-runs", text, values: [runIds] })).rows;
}

/** The number of a job's items with a status. */
export interface ItemCount {
  runId: string;
  jobId: string;
  status: JobRunStatus;
  count: number;
}

/** The numbers of items by status, for the jobs of these runs. */
export async function itemCountsOfRuns(db: Queryable, runIds: readonly string[]): Promise<ItemCount[]> {
  const text = `select j.run_id::text as "runId", j.item_of as "jobId", j.status, count(*)::int as count
                  from workflow_run_jobs j where j.run_id = any ($1::uuid[]) and j.item_of is not null
                 group by j.run_id, j.item_of, j.status
                 order by array_position(array['SUCCEEDED', 'RUNNING', 'PENDING', 'FAILED', 'SKIPPED', 'CANCELLED'], j.status)`;
  return (await db.query<ItemCount>({ name: "item-counts-of-runs", text, values: [runIds] })).rows;
}
