/** Rows of `approval_notifications` that stand in Slack as messages about their request. */

import type { NotificationFacts, NotificationKind } from "../../model/notifications.ts";
import type { Queryable } from "../query.ts";

export interface SlackMessageRow {
  kind: NotificationKind;
  /** `CHANNEL:TS` */
  externalId: string;
  externalUrl: string | null;
}

/** What a recipient was sent about a request, oldest first; not what somebody said, which stays as it was said. */
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
