/** Rows of `workflow_schedules`. */

import type { JsonObject } from "../../model/approvals.ts";
import type { WorkflowDefinition } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import type { Page } from "./find-page.ts";
import { ENGINE_SCHEMA } from "./run-owner.ts";

/** A schedule as a program defines it. */
export interface NewSchedule {
  name: string;
  cron: string;
  timezone: string;
  workflowId: string;
  workflowVersion: number | null;
  definition: WorkflowDefinition | null;
  input: JsonObject | null;
  priority: number;
  missed: "skip" | "run";
}

/** A schedule without its document. */
export interface StoredSchedule extends Omit<NewSchedule, "definition"> {
  orchestrator: string;
  hasDefinition: boolean;
  pausedAt: Date | null;
  /** Ticks before this time are ignored. */
  since: Date;
  checkedUntil: Date;
  lastTick: Date | null;
  lastError: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** The time of the database's clock. */
  now: Date;
}

const COLUMNS = `s.orchestrator, s.name, s.cron, s.timezone, s.workflow_id as "workflowId",
  s.workflow_version as "workflowVersion", s.definition is not null as "hasDefinition", s.input, s.priority, s.missed,
  s.paused_at as "pausedAt", s.since, s.checked_until as "checkedUntil", s.last_tick as "lastTick",
  s.last_error as "lastError", s.created_at as "createdAt", s.updated_at as "updatedAt", clock_timestamp() as now`;

/** Stores or replaces a schedule. If its times change, its earlier ticks no longer count. */
export async function storeSchedule(db: Queryable, orchestrator: string, schedule: NewSchedule): Promise<void> {
  const { name, cron, timezone, workflowId, workflowVersion, definition, input, priority, missed } = schedule;
  await db.query(
    `insert into workflow_schedules as s (orchestrator, name, cron, timezone, workflow_id, workflow_version, definition,
                                          input, priority, missed)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (orchestrator, name) do update
       set cron = excluded.cron, timezone = excluded.timezone, workflow_id = excluded.workflow_id,
           workflow_version = excluded.workflow_version, definition = excluded.definition, input = excluded.input,
           priority = excluded.priority, missed = excluded.missed, updated_at = clock_timestamp(),
           since = case when (s.cron, s.timezone) = (excluded.cron, excluded.timezone)
                        then s.since else clock_timestamp() end`,
    [
      ...[orchestrator, name, cron, timezone, workflowId, workflowVersion, definition && JSON.stringify(definition)],
      ...[input && JSON.stringify(input), priority, missed],
    ],
  );
}

/** @returns whether it existed */
export async function deleteSchedule(db: Queryable, orchestrator: string, name: string): Promise<boolean> {
  const sql = "delete from workflow_schedules where orchestrator = $1 and name = $2";
  return ((await db.query(sql, [orchestrator, name])).rowCount ?? 0) > 0;
}

/** Pauses or resumes a schedule. Ticks during the pause never count. @returns whether the schedule exists */
export async function pauseSchedule(
  db: Queryable,
  orchestrator: string,
  name: string,
  isPaused: boolean,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update workflow_schedules
        set paused_at = case when $3 then coalesce(paused_at, clock_timestamp()) end,
            since = case when not $3 and paused_at is not null then clock_timestamp() else since end
      where orchestrator = $1 and name = $2`,
    [orchestrator, name, isPaused],
  );
  return (rowCount ?? 0) > 0;
}

/** The schedules of an orchestrator, by name. */
export async function schedulesOf(db: Queryable, orchestrator: string): Promise<StoredSchedule[]> {
  const text = `select ${COLUMNS} from workflow_schedules s where s.orchestrator = $1 order by s.name`;
  return (await db.query<StoredSchedule>({ name: "schedules-of", text, values: [orchestrator] })).rows;
}

/** A position in the list of all schedules. */
export type SchedulePosition = Pick<StoredSchedule, "orchestrator" | "name">;

/**
 * The schedules of all orchestrators, by the orchestrator's name and their own.
 * @param after the position before the
 * page
 */
export async function listSchedules(
  db: Queryable,
  after: SchedulePosition | null,
  first: number,
): Promise<Page<StoredSchedule>> {
  const { rows } = await db.query<StoredSchedule>(
    `select ${COLUMNS} from workflow_schedules s
      where $1::text is null or (s.orchestrator, s.name) > ($1, $2)
      order by s.orchestrator, s.name limit $3`,
    [after?.orchestrator ?? null, after?.name ?? null, first + 1],
  );
  return { items: rows.slice(0, first), hasNextPage: rows.length > first };
}

/** A schedule and its document. */
export async function scheduleInFull(
  db: Queryable,
  orchestrator: string,
  name: string,
): Promise<(StoredSchedule & Pick<NewSchedule, "definition">) | undefined> {
  const text = `select ${COLUMNS}, s.definition from workflow_schedules s where s.orchestrator = $1 and s.name = $2`;
  const query = { name: "schedule-in-full", text, values: [orchestrator, name] };
  return (await db.query<StoredSchedule & Pick<NewSchedule, "definition">>(query)).rows[0];
}

/** Stores that all ticks before a time have reached the engine. */
export async function noteChecked(db: Queryable, orchestrator: string, name: string, until: Date): Promise<void> {
  await db.query(
    `update workflow_schedules set checked_until = $3 where orchestrator = $1 and name = $2 and checked_until < $3`,
    [orchestrator, name, until],
  );
}

/** Stores the result of a tick, unless a later one is stored. @param error null if it started a run */
export async function noteTick(
  db: Queryable,
  orchestrator: string,
  { name, tick, error }: { name: string; tick: Date; error: string | null },
): Promise<void> {
  await db.query(
    `update workflow_schedules set last_tick = $3, last_error = $4
      where orchestrator = $1 and name = $2 and (last_tick is null or last_tick <= $3)`,
    [orchestrator, name, tick, error],
  );
}

/** The job types for which live processes of an orchestrator have handlers. */
export async function typesOfProcesses(db: Queryable, orchestrator: string): Promise<string[]> {
  const { rows } = await db.query<{ type: string }>(
    `select distinct unnest(e.types) as type from orchestrator_executors e
      where e.name = $1 and e.lease_until > clock_timestamp()`,
    [orchestrator],
  );
  return rows.map(({ type }) => type);
}

/** Deletes the engine's rows of ticks that ended more than a day ago. */
export async function deleteOldTicks(db: Queryable, orchestrator: string): Promise<void> {
  await db.query(
    `delete from ${ENGINE_SCHEMA}.workflow_status s
      where s.schedule_name is not null and s.application_name = $1
        and s.status in ('SUCCESS', 'ERROR', 'CANCELLED')
        and s.updated_at < (extract(epoch from now() - interval '1 day') * 1000)::bigint`,
    [orchestrator],
  );
}
