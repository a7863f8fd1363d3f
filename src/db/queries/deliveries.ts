/** Reads `approval_notifications` for admins: all messages, above all those that failed. */

import { NOTIFICATION_CHANNELS, type NotificationChannel } from "../../model/approvals.ts";
import {
  NOTIFICATION_KINDS,
  NOTIFICATION_STATUSES,
  type NotificationKind,
  type NotificationStatus,
} from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";
import { findPage, type Listing, type Page, type Way } from "./find-page.ts";
import {
  NEWEST_FIRST,
  NOTIFICATION_COLUMNS,
  type NotificationPosition,
  type PlacedNotification,
  placeOf,
} from "./notifications.ts";
import { allOf, type Parameters } from "./parameters.ts";

/** A filter for messages. All given conditions must be true. */
export interface DeliveryFilter {
  statuses?: readonly NotificationStatus[] | null;
  channels?: readonly NotificationChannel[] | null;
  kinds?: readonly NotificationKind[] | null;
  requestId?: string | null;
  recipient?: string | null;
  /** Only messages that failed and are not retried. */
  givenUpOnly?: boolean | null;
}

// Written like the partial index of failed messages, so that the planner uses it.
const FAILED = "n.status = 'FAILED'";

/**
 * A page of all messages, newest first.
 * @param before the page starts after this one
 */
export function listDeliveries(
  db: Queryable,
  filter: DeliveryFilter,
  before: NotificationPosition | null,
  first: number,
): Promise<Page<PlacedNotification>> {
  const { statuses, channels, kinds, requestId, recipient, givenUpOnly } = filter;
  const failedAlone = statuses?.length === 1 && statuses[0] === "FAILED";
  const describe = (parameters: Parameters, way: Way): Listing => {
    const near: string[] = failedAlone || givenUpOnly ? [FAILED] : [];
    if (givenUpOnly) near.push("n.next_attempt_at is null");
    if (requestId != null) near.push(`n.approval_request_id = ${parameters.add(requestId)}::uuid`);
    if (recipient != null) near.push(`n.recipient = ${parameters.add(recipient)}`);
    if (before !== null) near.push(`(n.tx, n.id) < ${placeOf(before, parameters)}`);
    // An index uses a condition on its last column only with a condition on each column before it.
    const isOneOf = (column: string, values: readonly string[] | null | undefined, all: readonly string[]) =>
      values != null || way !== "walk" ? [`${column} = any (${parameters.add(values ?? all)}::text[])`] : [];
    const far = [
      ...isOneOf("n.channel", channels, NOTIFICATION_CHANNELS),
      ...isOneOf("n.status", failedAlone ? null : statuses, NOTIFICATION_STATUSES),
      ...isOneOf("n.kind", kinds, NOTIFICATION_KINDS),
    ];
    return {
      from: "approval_notifications n",
      columns: NOTIFICATION_COLUMNS,
      order: NEWEST_FIRST,
      near,
      far,
      fitting: `select n.id, n.tx from approval_notifications n where ${allOf([...near, ...far])}`,
    };
  };
  return findPage<PlacedNotification>(db, describe, first);
}

/** The message with this id. */
export async function notificationById(db: Queryable, id: string): Promise<PlacedNotification | undefined> {
  const { rows } = await db.query<PlacedNotification>(
    `select ${NOTIFICATION_COLUMNS} from approval_notifications n where n.id = $1`,
    [id],
  );
  return rows[0];
}

/**
 * Sends a message again, whatever its status: it is due now, with all its retries. A worker that is sending it keeps its
 * lease, and the error stays until it is sent. Messages that wait for this one become due with it.
 */
export async function sendAgain(db: Queryable, id: string): Promise<PlacedNotification | undefined> {
  const { rows } = await db.query<PlacedNotification>(
    `with again as (
       update approval_notifications n
          set status = 'PENDING', retry_count = 0, next_attempt_at = clock_timestamp(),
              locked_until = case when n.locked_until > clock_timestamp() then n.locked_until end
        where n.id = $1 and n.channel <> 'IN_APP'
       returning n.*),
     behind as (
       update approval_notifications d set next_attempt_at = clock_timestamp() from again n
        where d.approval_request_id = n.approval_request_id and d.channel = n.channel and d.recipient = n.recipient
          and d.id > n.id and d.next_attempt_at > clock_timestamp() and d.status = 'PENDING')
     select ${NOTIFICATION_COLUMNS} from again n`,
    [id],
  );
  return rows[0];
}
