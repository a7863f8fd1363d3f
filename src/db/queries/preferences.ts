/** Reads and writes muted channels: a column of `people`. */

import type { NotificationChannel } from "../../model/approvals.ts";
import type { Queryable } from "../query.ts";

/** The channels that the person has muted. */
export async function mutedChannels(db: Queryable, userId: string): Promise<NotificationChannel[]> {
  const { rows } = await db.query<{ muted: NotificationChannel[] }>(
    "select muted_channels as muted from people where id = $1",
    [userId],
  );
  return rows[0]?.muted ?? [];
}

/** Sets the channels that the person has muted. */
export async function muteChannels(
  db: Queryable,
  userId: string,
  channels: readonly NotificationChannel[],
): Promise<void> {
  await db.query(
    `insert into people (id, muted_channels) values ($1, $2)
     on conflict (id) do update set muted_channels = excluded.muted_channels`,
    [userId, channels],
  );
}
