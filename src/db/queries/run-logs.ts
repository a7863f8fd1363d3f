/** Writes `workflow_run_logs`. */

import type { LogLevel } from "../../model/runs.ts";
import { RUN_LOG_PAYLOAD } from "../payloads.ts";
import type { Queryable } from "../query.ts";

/** Most lines of one job. One more line states that the rest was dropped. */
export const MAX_LINES = 10_000;
const FULL = "The log of this job is full: it has 10,000 lines. Later lines are not stored.";

/** An attempt of a job. */
export interface Call {
  runId: string;
  jobId: string;
  attempt: number;
}

/** A line before it is stored. */
export interface NewLogLine {
  call: Call;
  level: LogLevel;
  message: string;
  /** A JSON object as text. */
  fields: string | null;
  /** How many ms ago it was logged. */
  ageMs: number;
}

/**
 * Appends lines to the logs of their jobs, up to the limit of a job. Lines of an attempt that another process has replaced
 * are omitted. Followers of the logs are notified.
 * @returns the jobs whose log is full
 */
export async function insertLogLines(
  db: Queryable,
  lines: readonly NewLogLine[],
): Promise<{ runId: string; jobId: string }[]> {
  const rows = lines.map(({ call, ...line }, place) => ({ place, ...call, ...line }));
  const { rows: full } = await db.query<{ runId: string; jobId: string }>({
    name: "insert-log-lines",
    text: `with lazily as materialized (select set_config('synchronous_commit', 'off', true)),
           given as materialized (
             select g.*
               from lazily, jsonb_to_recordset($1::jsonb) g (place integer, "runId" uuid, "jobId" text,
                      attempt integer, level text, message text, fields text, "ageMs" float8)
               join workflow_run_attempts a
                 on (a.run_id, a.job_id, a.number) = (g."runId", g."jobId", g.attempt)
                and (a.outcome is null or a.outcome not in ('LOST', 'HANDED_OVER'))),
           placed as materialized (
             select given.*, row_number() over (partition by "runId", "jobId" order by place) as nth from given),
           jobs as materialized (
             select g."runId" as run_id, g."jobId" as job_id, g.attempt, g.lines,
                    coalesce((select max(l.line) from workflow_run_logs l
                               where l.run_id = g."runId" and l.job_id = g."jobId"), 0) as last
               from (select "runId", "jobId", max(attempt) as attempt, count(*) as lines from given group by 1, 2) g),
           stored as (
             insert into workflow_run_logs (run_id, job_id, line, attempt, level, message, fields, created_at)
             select jobs.run_id, jobs.job_id, jobs.last + p.nth, p.attempt, p.level, p.message, p.fields::jsonb,
                    clock_timestamp() - p."ageMs" * interval '1 millisecond'
               from jobs join placed p on (p."runId", p."jobId") = (jobs.run_id, jobs.job_id)
              where jobs.last + p.nth <= ${MAX_LINES}
             on conflict do nothing
             returning run_id),
           last_line as (
             insert into workflow_run_logs (run_id, job_id, line, attempt, level, message)
             select run_id, job_id, ${MAX_LINES + 1}, attempt, 'warn', $2 from jobs where last + lines > ${MAX_LINES}
             on conflict do nothing),
           notified as materialized (
             select pg_notify('countersign', $3 || string_agg(run_id::text, ','))
               from (select run_id, (row_number() over () - 1) / 200 as chunk
                       from (select distinct run_id from stored) runs) chunks
              group by chunk)
           select run_id::text as "runId", job_id as "jobId" from jobs
            where last + lines > ${MAX_LINES} and (select count(*) from notified) >= 0`,
    values: [JSON.stringify(rows), FULL, RUN_LOG_PAYLOAD],
  });
  return full;
}
