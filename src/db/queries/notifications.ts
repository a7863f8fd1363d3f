/**
 * Reads `approval_notifications` for their recipients in the app: lists, streams and counts. Marks them as read.
 *
 * Rows are ordered by the transaction that wrote them, but transactions do not commit in the order of their numbers. So a
 * follower remembers a snapshot: rows that the snapshot does not include are new.
 */

import type { ApprovalNotification, NotificationKind } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";
import { findPage, type Page } from "./find-page.ts";
import { Parameters } from "./parameters.ts";

/** A position in the order: the transaction (xid8) as decimal digits, and the row. */
export interface NotificationPosition {
  tx: string;
  id: string;
}

/** A message with its position. */
export type PlacedNotification = ApprovalNotification & NotificationPosition;

/** The columns of a message. The aliases are the model's names. */
export const NOTIFICATION_COLUMNS = `
  n.id, n.tx::text as tx, n.approval_request_id as "approvalRequestId", n.kind, n.channel, n.recipient, n.status,
  n.sent_at as "sentAt", n.read_at as "readAt", n.failed_at as "failedAt", n.retry_count as "retryCount",
  n.max_retries as "maxRetries", n.next_attempt_at as "nextAttemptAt", n.error_message as "errorMessage",
  n.subject, n.body, n.metadata, n.external_id as "externalId", n.external_url as "externalUrl",
  n.created_at as "createdAt", n.updated_at as "updatedAt"`;

export const NEWEST_FIRST = "n.tx desc, n.id desc";

/** Counting stops here. */
export const MOST_UNREAD = 10_000;

// Written like the partial index, so that the planner uses it.
const IS_UNREAD = "n.channel = 'IN_APP' and n.status <> 'READ'";

/** A filter for messages. All given conditions must be true. */
export interface NotificationFilter {
  unreadOnly?: boolean | null;
  requestId?: string | null;
  kinds?: readonly NotificationKind[] | null;
}

/**
 * A page of the person's messages in the app, newest first.
 * @param before the page starts after this one
 * @returns the page, and the transaction before which no more rows can appear
 */
export async function listInApp(
  db: Queryable,
  userId: string,
  filter: NotificationFilter,
  before: NotificationPosition | null,
  first: number,
): Promise<Page<PlacedNotification> & { horizon: string }> {
  const describe = (parameters: Parameters) => {
    const near = [`n.recipient = ${parameters.add(userId)}`, filter.unreadOnly ? IS_UNREAD : "n.channel = 'IN_APP'"];
    if (filter.requestId != null) near.push(`n.approval_request_id = ${parameters.add(filter.requestId)}::uuid`);
    if (filter.kinds != null) near.push(`n.kind = any (${parameters.add(filter.kinds)}::text[])`);
    if (before !== null) near.push(`(n.tx, n.id) < ${placeOf(before, parameters)}`);
    return {
      from: "approval_notifications n",
      columns: `${NOTIFICATION_COLUMNS}, pg_snapshot_xmin(pg_current_snapshot())::text as horizon`,
      order: NEWEST_FIRST,
      near,
      far: [],
      fitting: "",
    };
  };
  const page = await findPage<PlacedNotification & { horizon: string }>(db, describe, first);
  return { ...page, horizon: page.items[0]?.horizon ?? "0" };
}

export const placeOf = ({ tx, id }: NotificationPosition, parameters: Parameters): string =>
  `(${parameters.add(tx)}::xid8, ${parameters.add(id)}::uuid)`;

/** The number of unread messages of the person in the app, counted up to MOST_UNREAD. */
export async function countUnread(db: Queryable, userId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`select ${unreadOf("$1")} as n`, [userId]);
  return rows[0]?.n ?? 0;
}

const unreadOf = (user: string): string =>
  `(select count(*)::int from (select from approval_notifications n
     where n.recipient = ${user} and ${IS_UNREAD} limit ${MOST_UNREAD}) unread)`;

/** The transactions that a read included: those before `xmax`, except those that were still running. Decimal digits. */
export interface Snapshot {
  /** No transaction before it was still running. */
  xmin: string;
  xmax: string;
  running: string[];
}

/** The messages that a read should find. */
export interface Stretch {
  /** Only messages that this snapshot did not include. */
  unseenIn: Snapshot | null;
  /** Only messages that this snapshot included. */
  seenIn: Snapshot | null;
  after: NotificationPosition | null;
  limit: number;
}

/**
 * Reads messages of the person in the app in their order, and in the same snapshot the number of unread ones. Rows with
 * future transactions, from a restored copy of another cluster, are skipped.
 */
export async function readInApp(
  db: Queryable,
  userId: string,
  { unseenIn, seenIn, after, limit }: Stretch,
): Promise<{ rows: PlacedNotification[]; unread: number; snapshot: Snapshot }> {
  const parameters = new Parameters();
  const user = parameters.add(userId);
  const conditions = [`n.recipient = ${user}`, "n.channel = 'IN_APP'", "n.tx < present.xmax"];
  const runningIn = ({ running }: Snapshot) => `n.tx = any (${parameters.add(running)}::xid8[])`;
  if (unseenIn !== null) {
    conditions.push(`(n.tx >= ${parameters.add(unseenIn.xmax)}::xid8 or ${runningIn(unseenIn)})`);
  }
  if (seenIn !== null) conditions.push(`n.tx < ${parameters.add(seenIn.xmax)}::xid8`, `not ${runningIn(seenIn)}`);
  if (after !== null) conditions.push(`(n.tx, n.id) > ${placeOf(after, parameters)}`);
  const found = await db.query<PlacedNotification & Snapshot & { unread: number }>(
    `select present.xmin::text as xmin, present.xmax::text as xmax, present.running, present.unread, stretch.*
       from (select pg_snapshot_xmin(s) as xmin, pg_snapshot_xmax(s) as xmax,
                    array(select pg_snapshot_xip(s)::text) as running, ${unreadOf(user)} as unread
               from pg_current_snapshot() s) present
       left join lateral (select ${NOTIFICATION_COLUMNS} from approval_notifications n
                           where ${conditions.join(" and ")}
                           order by n.tx, n.id limit ${parameters.add(limit)}) stretch on true
      order by stretch.tx::xid8, stretch.id`,
    parameters.values,
  );
  const { xmin, xmax, running, unread } = found.rows[0] as Snapshot & { unread: number };
  return { rows: found.rows.filter(({ id }) => id !== null), unread, snapshot: { xmin, xmax, running } };
}

/**
 * Marks messages in the app as read: all of them, or none if one is not the person's.
 * @param ids well-formed, each once
 * @returns those that are the person's, in no order
 */
export async function markRead(db: Queryable, userId: string, ids: readonly string[]): Promise<PlacedNotification[]> {
  const own = `select n.id from approval_notifications n
                where n.id = any ($2::uuid[]) and n.recipient = $1 and n.channel = 'IN_APP'`;
  await db.query(
    `with own as materialized (${own})
     update approval_notifications n set status = 'READ', read_at = clock_timestamp() from own
      where n.id = own.id and n.status <> 'READ' and (select count(*) from own) = cardinality($2::uuid[])`,
    [userId, ids],
  );
  // A separate query, because another call may have marked some of them in the meantime.
  const { rows } = await db.query<PlacedNotification>(
    `select ${NOTIFICATION_COLUMNS} from approval_notifications n where n.id in (${own})`,
    [userId, ids],
  );
  return rows;
}

/** Marks the person's messages in the app as read that were created before a time. */
export async function markAllRead(db: Queryable, userId: string, before: Date): Promise<void> {
  await db.query(
    `update approval_notifications n set status = 'READ', read_at = clock_timestamp()
      where n.recipient = $1 and ${IS_UNREAD} and n.created_at < $2`,
    [userId, before],
  );
}
