/** A person's notifications in the app: lists, subscriptions, counts, and marking as read. */

import { countUnread, listInApp, markAllRead, markRead, type NotificationFilter } from "../db/queries/notifications.ts";
import type { NotificationUpdate } from "../live/notification-updates.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { idOf } from "../model/request-id.ts";
import type { Context } from "./context.ts";
import { decodeNotification, encodeNotification } from "./cursors.ts";
import { checkFilter } from "./filter.ts";
import { type Connection, connectionOf, type PageArgs, pageSize } from "./paging.ts";

/** The maximum number of notifications to mark in one call. */
export const MOST_MARKED = 100;

/** A page of the viewer's notifications in the app, newest first. */
export async function notifications(
  args: PageArgs & { filter?: NotificationFilter | null },
  { services, caller }: Context,
): Promise<Connection<ApprovalNotification>> {
  const first = pageSize(args.first);
  const before = decodeNotification(args.after)?.position ?? null;
  const filter = notificationFilter(args.filter);
  const page = await listInApp(services.pool, caller.viewer.userId, filter, before, first);
  return connectionOf(page, args, (row) => encodeNotification(row, page.horizon));
}

/** A filter ready for a query: a malformed `requestId` matches nothing. */
export function notificationFilter<T extends { requestId?: string | null }>(input: T | null | undefined): T {
  const filter = input ?? ({} as T);
  checkFilter(filter);
  return filter.requestId == null ? filter : { ...filter, requestId: idOf(filter.requestId) };
}

/** The number of the viewer's unread notifications in the app. */
export const unreadCount = ({ services, caller }: Context): Promise<number> =>
  countUnread(services.pool, caller.viewer.userId);

/** The cursor from which a subscription resumes after an update. */
export const cursorOf = ({ position, horizon }: NotificationUpdate): string => encodeNotification(position, horizon);

export interface MarkedPayload {
  notifications: ApprovalNotification[];
  unreadCount: number;
}

/**
 * Marks notifications of the viewer as read. A notification that is already read does not change.
 * @throws ValidationError if one is not a notification of the viewer in the app; then none is marked
 */
export async function markNotificationsRead(
  input: { ids: readonly string[] },
  context: Context,
): Promise<MarkedPayload> {
  const { services, caller } = context;
  if (input.ids.length === 0 || input.ids.length > MOST_MARKED) {
    throw new ValidationError([{ path: "ids", message: `must have from 1 to ${MOST_MARKED} ids` }]);
  }
  const ids = [...new Set(input.ids)];
  const marked = await markRead(services.pool, caller.viewer.userId, [...new Set(ids.map(idOf))]);
  const found = new Map(marked.map((row) => [row.id, row]));
  const issues = input.ids.flatMap((id, index): Issue[] =>
    found.has(id) ? [] : [{ path: `ids.${index}`, message: "is not one of your in-app notifications" }],
  );
  if (issues.length > 0) throw new ValidationError(issues);
  return {
    notifications: ids.map((id) => found.get(id) as ApprovalNotification),
    unreadCount: await unreadCount(context),
  };
}

/** Marks all notifications of the viewer as read that were created before a time. */
export async function markAllNotificationsRead(
  { before }: { before: Date },
  context: Context,
): Promise<{ unreadCount: number }> {
  const { services, caller } = context;
  await markAllRead(services.pool, caller.viewer.userId, before);
  return { unreadCount: await unreadCount(context) };
}
