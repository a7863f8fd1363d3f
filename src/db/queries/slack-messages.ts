/** Reads the `approval_notifications` that are messages in Slack. */

import type { NotificationFacts, NotificationKind } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";

export interface SlackMessageRow {
  kind: NotificationKind;
  /** `CHANNEL:TS` */
  externalId: string;
  externalUrl: string | null;
}

/**
 * The messages to a recipient about a request, oldest first. Comments are not included, because they are never updated.
 */
export async function slackMessages(
  db: Queryable,
  requestId: string,
  recipient: string,
  to: NotificationFacts["to"],
): Promise<SlackMessageRow[]> {
  const { rows } = await db.query<SlackMessageRow>({
    name: "slack-messages",
    text: `select kind, external_id as "externalId", external_url as "externalUrl" from approval_notifications
            where approval_request_id = $1 and channel = 'SLACK' and recipient = $2 and metadata ->> 'to' = $3
              and external_id is not null and kind not in ('COMMENTED', 'ENDPOINT_DISABLED')
            order by created_at, id`,
    values: [requestId, recipient, to],
  });
  return rows;
}
