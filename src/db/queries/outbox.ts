/** The outbox as its workers see it: rows that are due, taken with a lease. */

import type { ApprovalNotification, NotificationChannel } from "../../approvals/model.ts";
import { NOTIFICATION_COLUMNS } from "./notifications.ts";
import type { Queryable } from "./requests.ts";

export interface Claim {
  channel: NotificationChannel;
  /** Most rows to take. */
  limit: number;
  /** Most of them for one recipient, so that one that does not answer leaves room for others. */
  perRecipient: number;
  /** Recipients who have enough under way. */
  busy: readonly string[];
  /** ms for which nobody else takes the rows. */
  leaseMs: number;
}

/** Rows that are looked at for one that is taken, where many are for the same recipient. */
const LOOKED_AT = 8;

/**
 * Takes rows that are due, the longest overdue first. Of one request's messages to one recipient on one channel the
 * oldest goes first, and the next when that is done with.
 */
export async function claimDue(db: Queryable, claim: Claim): Promise<ApprovalNotification[]> {
  const { channel, limit, perRecipient, busy, leaseMs } = claim;
  const { rows } = await db.query<ApprovalNotification>({
    name: "claim-due",
    text: `with present as (select clock_timestamp() as now),
      candidates as materialized (
        select d.id, d.recipient, d.next_attempt_at from approval_notifications d
         where d.channel = $1 and d.next_attempt_at <= (select now from present)
           and (d.locked_until is null or d.locked_until <= (select now from present))
           and d.recipient <> all ($4::text[])
           and not exists (
             select from approval_notifications e
              where e.approval_request_id = d.approval_request_id and e.channel = d.channel
                and e.recipient = d.recipient and e.next_attempt_at is not null and e.id < d.id)
         order by d.next_attempt_at limit $2::int * ${LOOKED_AT} for update skip locked),
      taken as materialized (
        select id from (
          select id, next_attempt_at, row_number() over (partition by recipient order by next_attempt_at) as place
            from candidates) placed
         where place <= $3 order by next_attempt_at limit $2::int)
      update approval_notifications n
         set locked_until = clock_timestamp() + $5 * interval '1 millisecond'
       where n.id = any (array(select id from taken))
      returning ${NOTIFICATION_COLUMNS}`,
    values: [channel, limit, perRecipient, busy, leaseMs],
  });
  return rows;
}

/** How many ms are left until a message of this channel is due, or a lease ends; null: there is none. */
export async function nextDueIn(db: Queryable, channel: NotificationChannel): Promise<number | null> {
  const { rows } = await db.query<{ delayMs: number | null }>({
    name: "next-due-in",
    text: `select (extract(epoch from min(greatest(next_attempt_at, locked_until)) - clock_timestamp()) * 1000)::float8
                  as "delayMs"
             from approval_notifications where channel = $1 and next_attempt_at is not null`,
    values: [channel],
  });
  return rows[0]?.delayMs ?? null;
}

/** How many seconds the oldest due message of each channel has waited; 0 where none is due. */
export async function overdueSeconds(db: Queryable): Promise<{ channel: string; seconds: number }[]> {
  const { rows } = await db.query(
    `select channel, coalesce(greatest(extract(epoch from clock_timestamp() - (
              select n.next_attempt_at from approval_notifications n
               where n.channel = channels.channel and n.next_attempt_at is not null
               order by n.next_attempt_at limit 1)), 0), 0)::float8 as seconds
       from unnest('{SLACK,EMAIL,WEBHOOK}'::text[]) channels(channel)`,
  );
  return rows;
}

export interface Failure {
  message: string;
  /** ms until it is tried again; null: it is given up. */
  retryInMs: number | null;
  /** Whether it counts as one of the retries. */
  counts: boolean;
}

/** Notes that an attempt failed. A row that was sent meanwhile, by a worker that came before, stays so. */
export async function noteFailure(db: Queryable, id: string, { message, retryInMs, counts }: Failure): Promise<void> {
  await db.query({
    name: "note-failure",
    text: `update approval_notifications
              set status = 'FAILED', failed_at = clock_timestamp(), locked_until = null, error_message = $2,
                  retry_count = retry_count + $4::int,
                  next_attempt_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
            where id = $1 and next_attempt_at is not null`,
    values: [id, message, retryInMs, counts ? 1 : 0],
  });
}

/** Keeps a row that was taken for longer. */
export async function extendLease(db: Queryable, id: string, leaseMs: number): Promise<void> {
  await db.query({
    name: "extend-lease",
    text: `update approval_notifications set locked_until = clock_timestamp() + $2 * interval '1 millisecond'
            where id = $1 and next_attempt_at is not null and locked_until is not null`,
    values: [id, leaseMs],
  });
}

/** Gives rows back that were taken and not sent. */
export async function release(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `update approval_notifications set locked_until = null
      where id = any ($1) and next_attempt_at is not null and locked_until is not null`,
    [ids],
  );
}
