/** Counts the people whom requests and comments have recently notified outside the app. */

import type { Queryable } from "../query.ts";

/** The number of people whom a user has notified within the last hour. */
export interface Notified {
  count: number;
  /** When the oldest of these requests and comments was created. */
  since: Date;
}

/** The people whom these users have notified in the last hour, by user. Users who have notified nobody are omitted. */
export async function notifiedOutside(db: Queryable, userIds: readonly string[]): Promise<Map<string, Notified>> {
  if (userIds.length === 0) return new Map();
  const { rows } = await db.query<Notified & { userId: string }>({
    name: "notified-outside",
    // A comment that notifies a person by email and in Slack counts once.
    text: `select "userId", sum(people)::int as count, min(since) as since
             from (select created_by as "userId", outside_recipients as people, created_at as since
                     from approval_requests
                    where created_by = any ($1) and outside_recipients > 0 and created_at > now() - interval '1 hour'
                   union all
                   select asker, count(distinct (tx, approval_request_id, recipient)), min(created_at)
                     from approval_notifications
                    where asker = any ($1) and kind = 'COMMENTED' and channel <> 'IN_APP'
                      and created_at > now() - interval '1 hour'
                    group by 1) notified
            group by 1`,
    values: [[...new Set(userIds)]],
  });
  return new Map(rows.map(({ userId, ...notified }) => [userId, notified]));
}
