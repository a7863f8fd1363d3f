/** Rows of `approval_notifications`. */

import type { Queryable } from "./requests.ts";

/** How many messages in the app the person has not read. */
export async function countUnread(db: Queryable, userId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from approval_notifications
      where recipient = $1 and channel = 'IN_APP' and status <> 'READ'`,
    [userId],
  );
  return rows[0]?.n ?? 0;
}
