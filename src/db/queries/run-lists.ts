/** Lists the runs that a viewer may see, and reads the data of runs: requests, outputs, checkpoints. */

import {
  type ApprovalRequest,
  type ApprovalStatus,
  type Json,
  seesEverything,
  type Viewer,
} from "../../model/approvals.ts";
import type { ApprovalCheckpoint, RunState, WorkflowRunJob } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import { findPage, type Page } from "./find-page.ts";
import { allOf, Parameters } from "./parameters.ts";
import { askedByJobsOf, readableBy, runReadableBy, startableBy } from "./rights.ts";
import { RUN_COLUMNS, RUN_JOB_STATE_COLUMNS, type RunFilter, type RunPosition } from "./workflow-runs.ts";

/** @param run the alias of the runs */
function nearOf(filter: RunFilter, before: RunPosition | null, run: string, parameters: Parameters): string[] {
  const conditions: string[] = [];
  const { statuses, workflowId, executionId } = filter;
  if (statuses != null) conditions.push(`${run}.status = any (${parameters.add(statuses)}::text[])`);
  if (workflowId != null) conditions.push(`${run}.workflow_id = ${parameters.add(workflowId)}`);
  if (executionId != null) conditions.push(`${run}.execution_id = ${parameters.add(executionId)}`);
  if (before !== null) {
    const place = `${parameters.add(before.createdAt)}::timestamptz, ${parameters.add(before.id)}::uuid`;
    conditions.push(`(${run}.created_at, ${run}.id) < (${place})`);
  }
  return conditions;
}

/**
 * The runs that the viewer may see, possibly more than once: those that the viewer has started or could start, and the runs
 * of requests that the viewer may see. They are looked up one by one, because the planner cannot know that most people see
 * few requests, and would read all runs.
 */
function readableRuns(viewer: Viewer, filter: RunFilter, before: RunPosition | null, parameters: Parameters): string {
  const started = startableBy(viewer, parameters, "run").map((branch) => {
    const where = allOf([branch, ...nearOf(filter, before, "run", parameters)]);
    return `select run.id, run.created_at from workflow_runs run where ${where} union all `;
  });
  return `${started.join("")}select w.id, w.created_at
            from approval_requests r,
                 lateral (select run.id, run.created_at
                            from workflow_run_jobs j join workflow_runs run on run.id = j.run_id
                           where j.request_id = r.id
                             and ${allOf(nearOf(filter, before, "run", parameters))} offset 0) w
           where ${readableBy(viewer, parameters, "gather")}`;
}

/** A page of the runs that the viewer may see, newest first. @param before the page starts after this one */
export function listVisibleRuns(
  db: Queryable,
  viewer: Viewer,
  filter: RunFilter,
  before: RunPosition | null,
  first: number,
): Promise<Page<RunState>> {
  const all = seesEverything(viewer);
  return findPage<RunState>(
    db,
    (parameters, way) => ({
      from: "workflow_runs r",
      columns: RUN_COLUMNS,
      order: "r.created_at desc, r.id desc",
      // Only the parameters that this way uses, because an unused parameter has no type.
      near: all || way === "walk" ? nearOf(filter, before, "r", parameters) : [],
      far: all ? [] : [way === "walk" ? runReadableBy(viewer, parameters) : "true"],
      fitting: all || way === "walk" ? "" : readableRuns(viewer, filter, before, parameters),
      repeats: true,
    }),
    first,
  );
}

/** The usual number of requests of a run. A count that finds more for each run reads all. */
const REQUESTS_OF_A_RUN = 5;

/** The number of runs that the viewer may see, counted up to `cap + 1`. */
export async function countVisibleRuns(db: Queryable, viewer: Viewer, filter: RunFilter, cap: number): Promise<number> {
  if (seesEverything(viewer)) {
    const { n } = await count(db, (parameters) => {
      const where = allOf(nearOf(filter, null, "r", parameters));
      return `select r.id from workflow_runs r where ${where} limit ${parameters.add(cap + 1)}`;
    });
    return n;
  }
  const near = await countNear(db, viewer, filter);
  if (near !== null) return Math.min(near, cap + 1);
  const readable = (parameters: Parameters) => readableRuns(viewer, filter, null, parameters);
  const most = cap * REQUESTS_OF_A_RUN;
  const { n, rows } = await count(db, (parameters) => `${readable(parameters)} limit ${parameters.add(most)}`);
  if (rows < most || n > cap) return Math.min(n, cap + 1);
  return Math.min((await count(db, readable)).n, cap + 1);
}

/** Most runs that are checked one by one after a filter. */
const FEW = 1_000;

/** The number of runs that match a filter and that the viewer may see; null if many runs match. */
async function countNear(db: Queryable, viewer: Viewer, filter: RunFilter): Promise<number | null> {
  if (filter.workflowId == null && filter.executionId == null) return null;
  const parameters = new Parameters();
  const where = allOf(nearOf(filter, null, "r", parameters));
  // Looked up one by one, so that the few runs are found by an index without other columns.
  const text = `select count(*)::int as looked, count(*) filter (where ${runReadableBy(viewer, parameters)})::int as n
                  from (select r.id from workflow_runs r where ${where} limit ${parameters.add(FEW + 1)}) few
                  join lateral (select * from workflow_runs run where run.id = few.id offset 0) r on true`;
  const { rows } = await db.query<{ looked: number; n: number }>(text, parameters.values);
  const [{ looked, n } = { looked: 0, n: 0 }] = rows;
  return looked > FEW ? null : n;
}

/** Counts rows with an id, and distinct ids. */
async function count(db: Queryable, rows: (parameters: Parameters) => string): Promise<{ n: number; rows: number }> {
  const parameters = new Parameters();
  // Materialised, so that the plan does not depend on how little of it is read.
  const text = `with found as materialized (${rows(parameters)})
                select count(distinct id)::int as n, count(*)::int as rows from found`;
  return (await db.query<{ n: number; rows: number }>(text, parameters.values)).rows[0] ?? { n: 0, rows: 0 };
}

/** A request of a run, with the facts that decide who may see it and whether the run waits for it. */
export interface RunRequest
  extends Pick<
    ApprovalRequest,
    | "id"
    | "jobId"
    | "requestedBy"
    | "createdBy"
    | "allowSelfApproval"
    | "allowedApprovers"
    | "notifyUsers"
    | "notifyRoles"
    | "escalateToUsers"
    | "escalationLevel"
    | "voters"
  > {
  runId: string;
  status: ApprovalStatus;
}

/** The requests that jobs of these runs have created, in the order of each run's document. */
export async function requestsOfRuns(db: Queryable, runIds: readonly string[]): Promise<RunRequest[]> {
  const text = `select j.run_id::text as "runId", r.id, j.job_id as "jobId", r.status, r.requested_by as "requestedBy",
                       r.created_by as "createdBy", r.allow_self_approval as "allowSelfApproval",
                       r.allowed_approvers as "allowedApprovers", r.notify_users as "notifyUsers",
                       r.notify_roles as "notifyRoles", r.escalate_to_users as "escalateToUsers",
                       r.escalation_level as "escalationLevel", r.voters
                  from ${askedByJobsOf("any ($1::uuid[])")}
                 order by j.run_id, j.position, j.item_index`;
  return (await db.query<RunRequest>({ name: "requests-of-runs", text, values: [runIds] })).rows;
}

/** The run of each of these requests, by the request's id. */
export async function runsOfRequests(
  db: Queryable,
  requestIds: readonly string[],
): Promise<(RunState & { requestId: string })[]> {
  const text = `select j.request_id::text as "requestId", ${RUN_COLUMNS}
                  from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
                 where j.request_id = any ($1::uuid[])`;
  return (await db.query<RunState & { requestId: string }>({ name: "runs-of-requests", text, values: [requestIds] }))
    .rows;
}

/** A job without its output, which may be long. */
export type RunJobState = Omit<WorkflowRunJob, "output">;

/** The jobs of these runs without items, in the order of each run's document. */
export async function jobStatesOfRuns(db: Queryable, runIds: readonly string[]): Promise<RunJobState[]> {
  const text = `select ${RUN_JOB_STATE_COLUMNS}
                  from workflow_run_jobs j where j.run_id = any ($1::uuid[]) and j.item_of is null
                 order by j.run_id, j.position`;
  return (await db.query<RunJobState>({ name: "job-states-of-runs", text, values: [runIds] })).rows;
}

/** The outputs of jobs of these runs. */
export async function outputsOfRuns(
  db: Queryable,
  runIds: readonly string[],
): Promise<{ runId: string; jobId: string; output: Json }[]> {
  const text = `select j.run_id::text as "runId", j.job_id as "jobId", j.output
                  from workflow_run_jobs j where j.run_id = any ($1::uuid[]) and j.output is not null`;
  return (await db.query({ name: "outputs-of-runs", text, values: [runIds] })).rows;
}

/** The bytes of JSON of a part of a run. */
export interface RunBytes {
  id: string;
  bytes: number;
}

/** The sizes of the documents of these runs. */
export const definitionBytesOfRuns = (db: Queryable, runIds: readonly string[]): Promise<RunBytes[]> =>
  bytesOf(
    db,
    "definition-bytes-of-runs",
    `select r.id::text as id, octet_length(r.definition::text) as bytes
       from workflow_runs r where r.id = any ($1::uuid[])`,
    runIds,
  );

/** The sizes of the inputs of these runs. */
export const inputBytesOfRuns = (db: Queryable, runIds: readonly string[]): Promise<RunBytes[]> =>
  bytesOf(
    db,
    "input-bytes-of-runs",
    `select r.id::text as id, octet_length(r.input::text) as bytes
       from workflow_runs r where r.id = any ($1::uuid[]) and r.input is not null`,
    runIds,
  );

/** The total sizes of the outputs of these runs. */
export const outputBytesOfRuns = (db: Queryable, runIds: readonly string[]): Promise<RunBytes[]> =>
  bytesOf(
    db,
    "output-bytes-of-runs",
    `select j.run_id::text as id, sum(octet_length(j.output::text)) as bytes
       from workflow_run_jobs j where j.run_id = any ($1::uuid[]) and j.output is not null group by j.run_id`,
    runIds,
  );

async function bytesOf(db: Queryable, name: string, text: string, runIds: readonly string[]): Promise<RunBytes[]> {
  return (await db.query<RunBytes>({ name, text, values: [runIds] })).rows;
}

/** A checkpoint without its state. */
export type CheckpointHead = Pick<ApprovalCheckpoint, "id" | "name" | "createdAt">;
const HEAD_COLUMNS = `c.id::text as id, c.name, c.created_at as "createdAt"`;

/** The checkpoints with these ids, in no order. Ids must be well-formed. */
export async function checkpointHeads(db: Queryable, ids: readonly string[]): Promise<CheckpointHead[]> {
  const text = `select ${HEAD_COLUMNS} from approval_checkpoints c where c.id = any ($1::uuid[])`;
  return (await db.query<CheckpointHead>({ name: "checkpoint-heads", text, values: [ids] })).rows;
}

/** The checkpoint that was stored before each of these requests, by the request's id. Only for requests of runs. */
export async function checkpointHeadsOfRequests(
  db: Queryable,
  requestIds: readonly string[],
): Promise<(CheckpointHead & { requestId: string })[]> {
  const text = `select j.request_id::text as "requestId", ${HEAD_COLUMNS}
                  from workflow_run_jobs j join workflow_runs w on w.id = j.run_id
                  join approval_checkpoints c
                    on c.workflow_id = w.workflow_id and c.job_id = j.job_id and c.execution_id = w.execution_id
                 where j.request_id = any ($1::uuid[])`;
  const query = { name: "checkpoint-heads-of-requests", text, values: [requestIds] };
  return (await db.query<CheckpointHead & { requestId: string }>(query)).rows;
}

/** The checkpoints that were stored before jobs of these runs created requests. */
export async function checkpointHeadsOfRuns(
  db: Queryable,
  runIds: readonly string[],
): Promise<(CheckpointHead & { runId: string; jobId: string })[]> {
  const text = `select w.id::text as "runId", c.job_id as "jobId", ${HEAD_COLUMNS}
                  from workflow_runs w
                  join approval_checkpoints c on c.workflow_id = w.workflow_id and c.execution_id = w.execution_id
                 where w.id = any ($1::uuid[])`;
  const query = { name: "checkpoint-heads-of-runs", text, values: [runIds] };
  return (await db.query<CheckpointHead & { runId: string; jobId: string }>(query)).rows;
}
