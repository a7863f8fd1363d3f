/** Reads the history of runs: attempts of jobs, and pages of their logs. */

import type { AttemptOutcome, LogLine } from "../../model/runs.ts";
import type { Queryable } from "../query.ts";
import type { Page } from "./find-page.ts";

/** Most attempts of one job that are returned: the newest ones. */
export const MOST_ATTEMPTS = 50;
/** Most characters of an attempt's error that are returned. The job's row has the last error in full. */
const MOST_OF_ERROR = 1_000;

/** An attempt of a job. */
export interface AttemptState {
  runId: string;
  jobId: string;
  number: number;
  /** The generation of the run during the attempt. */
  generation: number;
  startedAt: Date;
  endedAt: Date | null;
  /** Null while it runs. */
  outcome: AttemptOutcome | null;
  process: string | null;
  error: string | null;
}

/** The newest attempts of the jobs of these runs, in order within each job. */
export async function attemptsOfRuns(db: Queryable, runIds: readonly string[]): Promise<AttemptState[]> {
  const text = `select j.run_id::text as "runId", j.job_id as "jobId", a.number, a.generation, a.started_at as "startedAt",
                       a.ended_at as "endedAt", a.outcome, a.process, left(a.error, ${MOST_OF_ERROR}) as error
                  from workflow_run_jobs j
                 cross join lateral (select * from workflow_run_attempts w
                                      where w.run_id = j.run_id and w.job_id = j.job_id
                                      order by w.number desc limit ${MOST_ATTEMPTS}) a
                 where j.run_id = any ($1::uuid[])
                 order by j.run_id, j.position, a.number`;
  return (await db.query<AttemptState>({ name: "attempts-of-runs", text, values: [runIds] })).rows;
}

/** The number of lines that the jobs of these runs have logged. Jobs without lines are omitted. */
export async function logLengthsOfRuns(
  db: Queryable,
  runIds: readonly string[],
): Promise<{ runId: string; jobId: string; lines: number }[]> {
  const text = `select j.run_id::text as "runId", j.job_id as "jobId", l.line as lines
                  from workflow_run_jobs j
                 cross join lateral (select w.line from workflow_run_logs w
                                      where w.run_id = j.run_id and w.job_id = j.job_id
                                      order by w.line desc limit 1) l
                 where j.run_id = any ($1::uuid[])`;
  return (await db.query({ name: "log-lengths-of-runs", text, values: [runIds] })).rows;
}

/** A page of one job's log: lines between two line numbers, from its start or from its end. */
export interface LogPage {
  runId: string;
  jobId: string;
  /** Only lines after this one. */
  after: number;
  /** Only lines before this one; null for all. */
  before: number | null;
  size: number;
  /** Whether the page has the last of these lines instead of the first. */
  isFromEnd: boolean;
}

/** Most bytes of the lines of one page, and of all pages that are read together. */
const PAGE_BYTES = 1024 * 1024;
const ALL_BYTES = 8 * 1024 * 1024;

/**
 * Pages of logs, each in the order of its lines. A page ends early if its lines, or those of all pages, exceed the limit.
 * Each page has at least one line, if there is one.
 */
export async function logPages(db: Queryable, pages: readonly LogPage[]): Promise<Page<LogLine>[]> {
  const numbered = pages.map((page, index) => ({ ...page, index }));
  const read = await Promise.all(
    [false, true].map((isFromEnd) => {
      const some = numbered.filter((page) => page.isFromEnd === isFromEnd);
      return some.length === 0 ? [] : pagesInOrder(db, some, isFromEnd, Math.floor(ALL_BYTES / pages.length));
    }),
  );
  const found = new Map(read.flat());
  return pages.map((_, index) => found.get(index) ?? { items: [], hasNextPage: false });
}

type LogRow = LogLine & { index: number; nth: number; bytes: number };

async function pagesInOrder(
  db: Queryable,
  pages: readonly (LogPage & { index: number })[],
  isFromEnd: boolean,
  bytes: number,
): Promise<[number, Page<LogLine>][]> {
  const order = isFromEnd ? "desc" : "asc";
  const text = `select k.index, l.line, l.attempt, l.level, l.message, l.fields, l.created_at as "createdAt",
                       (row_number() over earlier)::int as nth,
                       (sum(octet_length(l.message) + coalesce(octet_length(l.fields::text), 0)) over earlier)::int as bytes
                  from jsonb_to_recordset($1::jsonb) k ("runId" uuid, "jobId" text, after integer, before integer,
                         size integer, index integer)
                 cross join lateral (select * from workflow_run_logs w
                                      where w.run_id = k."runId" and w.job_id = k."jobId"
                                        and w.line > k.after and w.line < coalesce(k.before, 2147483647)
                                      order by w.line ${order} limit k.size + 1) l
                window earlier as (partition by k.index order by l.line ${order})
                 order by k.index, l.line ${order}`;
  const query = { name: `log-pages-${order}`, text, values: [JSON.stringify(pages)] };
  const rows = Map.groupBy((await db.query<LogRow>(query)).rows, ({ index }) => index);
  return pages.map(({ index, size }) => {
    const all = rows.get(index) ?? [];
    const fitting = all.filter((row) => row.nth <= size && (row.nth === 1 || row.bytes <= Math.min(PAGE_BYTES, bytes)));
    const items = fitting.map(({ index: _, nth: __, bytes: ___, ...line }) => line);
    return [index, { items: isFromEnd ? items.toReversed() : items, hasNextPage: all.length > fitting.length }];
  });
}

/** Whether a job of a run has ended; undefined if there is no such job. */
export async function jobHasEnded(db: Queryable, runId: string, jobId: string): Promise<boolean | undefined> {
  const text = `select status not in ('PENDING', 'RUNNING') as "hasEnded" from workflow_run_jobs
                 where run_id = $1 and job_id = $2`;
  const query = { name: "job-has-ended", text, values: [runId, jobId] };
  return (await db.query<{ hasEnded: boolean }>(query)).rows[0]?.hasEnded;
}
