/** Writes notifications directly into the table. */

import type pg from "pg";
import { insert } from "../db/rows.ts";

type Client = Pick<pg.Pool, "query">;

/** Inserts a notification in the app to `recipient` about a request; returns its id. */
export const insertMessage = (
  client: Client,
  requestId: string,
  recipient: string,
  columns: Record<string, unknown> = {},
): Promise<string> =>
  insert(client, "approval_notifications", {
    approval_request_id: requestId,
    kind: "REQUESTED",
    channel: "IN_APP",
    recipient,
    status: "SENT",
    sent_at: new Date(),
    metadata: { to: "person", actor: "alice", comment: null, status: "PENDING" },
    ...columns,
  });

/** The same for many notifications in one statement; returns their number. */
export async function insertMessages(client: Client, requestId: string, recipient: string, count: number) {
  const { rowCount } = await client.query(
    `insert into approval_notifications (approval_request_id, kind, channel, recipient, status, sent_at, metadata)
     select $1, 'COMMENTED', 'IN_APP', $2, 'SENT', clock_timestamp(), '{"to":"person","status":"PENDING"}'
       from generate_series(1, $3::int)`,
    [requestId, recipient, count],
  );
  return rowCount;
}
