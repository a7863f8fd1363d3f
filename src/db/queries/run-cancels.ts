/** Requests the cancellation of runs, by people, programs and timeouts. */

import type { Queryable } from "../query.ts";
import { CANCEL_REASON, MS_LEFT } from "./run-owner.ts";

/** Requests the cancellation of a run, once. @returns its status; undefined if there is no such run */
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
 * Ends a run after its timeout, in the same way as a cancellation. Its reason states that it timed out.
 * @returns the ms left by the database's clock; null if it has no timeout, is already being cancelled or has ended
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

/** Which of these runs are being cancelled, and why. */
export async function cancelledOf(
  db: Queryable,
  runIds: readonly string[],
): Promise<{ id: string; reason: string | null; hasTimedOut: boolean }[]> {
  const sql = `select r.id::text as id, ${CANCEL_REASON} as reason, r.reason is not null as "hasTimedOut"
                 from workflow_runs r
                where r.id = any ($1::uuid[]) and r.cancel_requested_at is not null`;
  return (await db.query<{ id: string; reason: string | null; hasTimedOut: boolean }>(sql, [runIds])).rows;
}
