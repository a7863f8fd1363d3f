/** The outbox for its workers: takes due rows with a lease, and stores failures. */

import type { NotificationChannel } from "../../model/approvals.ts";
import type { ApprovalNotification } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";
import { NOTIFICATION_COLUMNS } from "./notifications.ts";

/**
 * The other side, which may not answer: the recipient. For a webhook it is the host, because each request may have its own
 * URL there.
 */
export const otherSideOf = ({ channel, recipient }: Pick<ApprovalNotification, "channel" | "recipient">): string =>
  channel === "WEBHOOK" ? (recipient.split("/")[2] ?? "") : recipient;
const OTHER_SIDE = "case d.channel when 'WEBHOOK' then split_part(d.recipient, '/', 3) else d.recipient end";

const IS_CALLBACK = "coalesce(d.metadata ->> 'to', '') = 'callback'";

export interface Claim {
  channel: NotificationChannel;
  /** Most rows to take. */
  limit: number;
  /** Most rows for one other side, so that a side that does not answer leaves room for others. */
  perSide: number;
  /** Other sides that already have enough messages in progress. */
  busy: readonly string[];
  /** Most callbacks among them, because anyone may request them for any number of hosts. */
  callbacks: number;
  /** The duration of the lease, in ms. */
  leaseMs: number;
  /** Askers whose messages were taken recently, the latest last. All others come first. */
  recent?: readonly string[];
  /** The asker after whom the scan of askers starts. Default: it starts with the first. */
  after?: string;
}

export interface Claimed {
  /** Each with its asker. */
  taken: (ApprovalNotification & { asker: string })[];
  /** The last asker that was scanned; empty if there are no more. */
  walkedTo: string;
}

/** Rows scanned for each row taken, in case many are for the same host. */
const LOOKED_AT = 8;

/** Askers scanned per claim. If there are more, the next claim continues after the last of them. */
const ASKERS_AT_ONCE = 32;

/** A row that is due, has no lease, and may be sent because no earlier message to the recipient is unsent. */
const TAKEABLE = `d.channel = $1 and d.next_attempt_at <= (select now from present)
           and (d.locked_until is null or d.locked_until <= (select now from present))
           and ${OTHER_SIDE} <> all ($4::text[]) and not (${IS_CALLBACK} and $6::int <= 0)
           and not exists (
             select from approval_notifications e
              where e.approval_request_id = d.approval_request_id and e.channel = d.channel
                and e.recipient = d.recipient and e.next_attempt_at is not null and e.id < d.id)`;
const CANDIDATE = `d.id, ${OTHER_SIDE} as side, ${IS_CALLBACK} as is_callback, d.next_attempt_at, d.asker`;

/**
 * Takes rows that are due. Askers take turns: the first message of each asker comes before the second of any. Askers whose
 * messages were not taken recently come first, then the message that has waited longest. Messages of one request to one
 * recipient on one channel are sent in order, each when the previous one is finished.
 *
 * It reads few rows even if many are due: those that have waited longest, and the oldest row of some askers.
 */
export async function claimDue(db: Queryable, claim: Claim): Promise<Claimed> {
  const { channel, limit, perSide, busy, callbacks, leaseMs, recent = [], after = "" } = claim;
  const { rows } = await db.query<Claimed["taken"][number] & { walkedTo: string }>({
    name: "claim-due",
    // A range of askers instead of an equality, so that the planner uses the index by asker. With the index by time, it
    // would read all rows that are due now to find an asker whose message is due in an hour.
    text: `with recursive present as (select clock_timestamp() as now),
      askers (asker, place) as (
        (select n.asker, 1 from approval_notifications n
          where n.channel = $1 and n.next_attempt_at is not null and n.asker > $8::text order by n.asker limit 1)
        union all
        select (select n.asker from approval_notifications n
                 where n.channel = $1 and n.next_attempt_at is not null and n.asker > a.asker
                 order by n.asker limit 1), a.place + 1
          from askers a where a.asker is not null and a.place < ${ASKERS_AT_ONCE}),
      oldest as materialized (
        select ${CANDIDATE} from approval_notifications d
         where ${TAKEABLE}
         order by d.next_attempt_at limit $2::int * ${LOOKED_AT} for update skip locked),
      turns as materialized (
        select first.* from (select asker from askers where asker is not null) a cross join lateral (
          select ${CANDIDATE} from approval_notifications d
           where d.asker >= a.asker and d.asker <= a.asker and ${TAKEABLE}
           order by d.asker, d.next_attempt_at limit 1 for update skip locked) first),
      candidates as (
        select *, row_number() over (partition by asker order by next_attempt_at) as turn
          from (select * from oldest union select * from turns) found),
      ordered as (
        select *, row_number() over (order by turn, coalesce(array_position($7::text[], asker), 0), next_attempt_at)
                    as place
          from candidates),
      sided as (select *, row_number() over (partition by side order by place) as side_place from ordered),
      taken as materialized (
        select id from (
          select id, is_callback, place, row_number() over (partition by is_callback order by place) as turn
            from sided where side_place <= $3) turned
         where not is_callback or turn <= $6::int order by place limit $2::int)
      update approval_notifications n
         set locked_until = clock_timestamp() + $5 * interval '1 millisecond'
       where n.id = any (array(select id from taken))
      returning ${NOTIFICATION_COLUMNS}, n.asker,
                (select case when count(asker) = ${ASKERS_AT_ONCE} then max(asker) else '' end from askers) as "walkedTo"`,
    values: [channel, limit, perSide, busy, leaseMs, callbacks, recent, after],
  });
  return { taken: rows.map(({ walkedTo: _, ...row }) => row), walkedTo: rows[0]?.walkedTo ?? "" };
}

/** Rows that are postponed at a time. */
const PUT_OFF_AT_ONCE = 500;

/**
 * Postpones due messages that follow a message that waits for its retry, because they would be read again and again.
 * Messages that follow one in progress stay due.
 * @returns whether there may be more
 */
export async function putOffBlocked(db: Queryable, channel: NotificationChannel): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "put-off-blocked",
    text: `with present as (select clock_timestamp() as now),
      blocked as materialized (
        select d.id, before.next_attempt_at from approval_notifications d
         cross join lateral (
           select e.next_attempt_at from approval_notifications e
            where e.approval_request_id = d.approval_request_id and e.channel = d.channel
              and e.recipient = d.recipient and e.next_attempt_at is not null and e.id < d.id
            order by e.id limit 1) before
         where d.channel = $1 and d.next_attempt_at <= (select now from present)
           and (d.locked_until is null or d.locked_until <= (select now from present))
           and before.next_attempt_at > (select now from present)
         order by d.next_attempt_at limit ${PUT_OFF_AT_ONCE} for update of d skip locked)
      update approval_notifications n
         set next_attempt_at = (select blocked.next_attempt_at from blocked where blocked.id = n.id)
       where n.id = any (array(select id from blocked))`,
    values: [channel],
  });
  return rowCount === PUT_OFF_AT_ONCE;
}

/** The ms until a message of this channel is due or a lease expires; null if there is none. */
export async function nextDueIn(db: Queryable, channel: NotificationChannel): Promise<number | null> {
  const { rows } = await db.query<{ delayMs: number | null }>({
    name: "next-due-in",
    // Leases are read only if all due messages have one, so that few rows are read however many wait.
    text: `with present as (select clock_timestamp() as now)
      select (extract(epoch from least(
               coalesce(
                 (select n.next_attempt_at from approval_notifications n
                   where n.channel = $1 and n.next_attempt_at <= now and (n.locked_until is null or n.locked_until <= now)
                   order by n.next_attempt_at limit 1),
                 (select min(n.locked_until) from approval_notifications n
                   where n.channel = $1 and n.next_attempt_at <= now and n.locked_until > now)),
               (select n.next_attempt_at from approval_notifications n
                 where n.channel = $1 and n.next_attempt_at > now order by n.next_attempt_at limit 1)) - now) * 1000
             )::float8 as "delayMs"
        from present`,
    values: [channel],
  });
  return rows[0]?.delayMs ?? null;
}

/** The seconds that the oldest due message of each channel has waited; 0 if none is due. */
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
  /** ms until the retry; null for no more retries. */
  retryInMs: number | null;
  /** Whether it counts as one of the retries. */
  counts: boolean;
}

/** Stores that an attempt failed. A row that another worker has sent in the meantime stays unchanged. */
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

/** Extends the lease of a row. */
export async function extendLease(db: Queryable, id: string, leaseMs: number): Promise<void> {
  await db.query({
    name: "extend-lease",
    text: `update approval_notifications set locked_until = clock_timestamp() + $2 * interval '1 millisecond'
            where id = $1 and next_attempt_at is not null and locked_until is not null`,
    values: [id, leaseMs],
  });
}

/** Releases rows that were taken and not sent. */
export async function release(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `update approval_notifications set locked_until = null
      where id = any ($1) and next_attempt_at is not null and locked_until is not null`,
    [ids],
  );
}
