/** How runs are asked to end, by people and programs and by their time-outs. */

import type { Queryable } from "../query.ts";
import { CANCEL_REASON, MS_LEFT } from "./run-writes.ts";

/** Asks a run to end, once. @returns its status; undefined where there is none */
export async function requestCancel(
  db: Queryable,
  runId: string,
  { reason, by }: { reason: string | null; by: string | null },
): Promise<{ status: string } | undefined> {
  const { rows } = await db.query<{ status: string }>(
    `with asked as (
       update workflow_runs set cancel_requested_at = clock_timestamp(), cancel_reason = $2, cancelled_by = $3
        where id = $1 and status = 'RUNNING' and cancel_requested_at is null)
     select status from workflow_runs where id = $1`,
    [runId, reason, by],
  );
  return rows[0];
}

/**
 * Has a run end once its time-out has passed, as if it were cancelled; its reason says that it timed out.
 * @returns the ms that are left by the database's clock; null where it has no time-out, is to end already or has ended
 */
export async function timeOutRun(db: Queryable, runId: string, reason: string): Promise<number | null> {
  const { rows } = await db.query<{ msLeft: number }>(
    `with late as (
       update workflow_runs set cancel_requested_at = clock_timestamp(), reason = $2
        where id = $1 and status = 'RUNNING' and cancel_requested_at is null and timeout_at <= clock_timestamp())
     select ${MS_LEFT("r")} as "msLeft" from workflow_runs r
      where r.id = $1 and r.status = 'RUNNING' and r.cancel_requested_at is null and r.timeout_at > clock_timestamp()`,
    [runId, reason],
  );
  return rows[0]?.msLeft ?? null;
}

/** Which of these runs are asked to end, and why. */
export async function cancelledOf(
  db: Queryable,
  runIds: readonly string[],
): Promise<{ id: string; reason: string | null; hasTimedOut: boolean }[]> {
  const sql = `select r.id::text as id, ${CANCEL_REASON} as reason, r.reason is not null as "hasTimedOut"
                 from workflow_runs r
                where r.id = any ($1::uuid[]) and r.cancel_requested_at is not null`;
  return (await db.query<{ id: string; reason: string | null; hasTimedOut: boolean }>(sql, [runIds])).rows;
}
