/** The outbox as its workers see it: rows that are due, taken with a lease. */

import type { NotificationChannel } from "../../model/approvals.ts";
import type { ApprovalNotification } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";
import { NOTIFICATION_COLUMNS } from "./notifications.ts";

/**
 * Whoever keeps the worker waiting when they do not answer: the recipient, and of a webhook the host, as each request may
 * have an address of its own there.
 */
export const otherSideOf = ({ channel, recipient }: Pick<ApprovalNotification, "channel" | "recipient">): string =>
  channel === "WEBHOOK" ? (recipient.split("/")[2] ?? "") : recipient;
const OTHER_SIDE = "case d.channel when 'WEBHOOK' then split_part(d.recipient, '/', 3) else d.recipient end";

const IS_CALLBACK = "coalesce(d.metadata ->> 'to', '') = 'callback'";

export interface Claim {
  channel: NotificationChannel;
  /** Most rows to take. */
  limit: number;
  /** Most of them for one other side, so that one that does not answer leaves room for others. */
  perSide: number;
  /** Other sides that have enough under way. */
  busy: readonly string[];
  /** Most callbacks among them: anyone may ask for those, at any number of hosts. */
  callbacks: number;
  /** ms for which nobody else takes the rows. */
  leaseMs: number;
  /** Askers whose messages were taken lately, the latest last; all others come first. */
  recent?: readonly string[];
  /** The asker after whom the scan of askers starts; left out, it starts with the first. */
  after?: string;
}

export interface Claimed {
  /** Each with its asker. */
  taken: (ApprovalNotification & { asker: string })[];
  /** The last asker that was scanned; empty if there are no more. */
  walkedTo: string;
}

/** Rows scanned per row taken, for the case that many are for the same host. */
const LOOKED_AT = 8;

/** Askers scanned per claim. If there are more, the next claim continues after the last of them. */
const ASKERS_AT_ONCE = 32;

/** A row that is due, not taken by anybody, and may be sent: before any message that it would overtake. */
const TAKEABLE = `d.channel = $1 and d.next_attempt_at <= (select now from present)
           and (d.locked_until is null or d.locked_until <= (select now from present))
           and ${OTHER_SIDE} <> all ($4::text[]) and not (${IS_CALLBACK} and $6::int <= 0)
           and not exists (
             select from approval_notifications e
              where e.approval_request_id = d.approval_request_id and e.channel = d.channel
                and e.recipient = d.recipient and e.next_attempt_at is not null and e.id < d.id)`;
const CANDIDATE = `d.id, ${OTHER_SIDE} as side, ${IS_CALLBACK} as is_callback, d.next_attempt_at, d.asker`;

/**
 * Takes rows that are due. Askers take turns: the first message of each goes before the second of any, an asker of whom
 * none was taken lately goes first, and then the message that has waited longest. Of one request's messages to one
 * recipient on one channel the oldest goes first, and the next when that is done with.
 *
 * It reads few rows even if many are due: those that have waited longest, and the oldest row of some askers.
 */
export async function claimDue(db: Queryable, claim: Claim): Promise<Claimed> {
  const { channel, limit, perSide, busy, callbacks, leaseMs, recent = [], after = "" } = claim;
  const { rows } = await db.query<Claimed["taken"][number] & { walkedTo: string }>({
    name: "claim-due",
    // A range of askers rather than an equality, so that the planner takes the index in their order: for an asker who is
    // due in an hour it would read all rows that are due now, if it took the one in the order of time.
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

/** Rows that are put off at a time. */
const PUT_OFF_AT_ONCE = 500;

/**
 * Puts off what is due and comes after a message that waits to be tried again until that is: it would only be looked at
 * over and over. What comes after one that is under way stays due.
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

/** How many ms are left until a message of this channel is due, or a lease ends; null: there is none. */
export async function nextDueIn(db: Queryable, channel: NotificationChannel): Promise<number | null> {
  const { rows } = await db.query<{ delayMs: number | null }>({
    name: "next-due-in",
    // Leases are of what is due, and looked at only where nothing is due without one: however much waits, few rows are read.
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
