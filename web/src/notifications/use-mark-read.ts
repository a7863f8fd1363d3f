/** Marks notifications as read. The answer updates the cache and the count. */

import { useCallback } from "react";
import { useClient } from "urql";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { MarkAllRead, MarkRead } from "./notifications.graphql.ts";

interface Marking {
  /** For a notification that was opened. If it fails, the notification stays unread, without an error. */
  markRead(id: string): Promise<void>;
  /** @param newest the creation time of the newest notification on the page */
  markAllRead(newest: string): Promise<void>;
}

export function useMarkRead(): Marking {
  const client = useClient();
  const markRead = useCallback(
    async (id: string) => void (await client.mutation(MarkRead, { ids: [id] }).toPromise()),
    [client],
  );
  const markAllRead = useCallback(
    async (newest: string) => {
      const { data, error } = await client.mutation(MarkAllRead, { before: justAfter(newest) }).toPromise();
      const answer = data?.markAllNotificationsRead;
      if (answer?.__typename === "MarkAllNotificationsReadPayload") return;
      const reason = answer?.message ?? reasonOf(error);
      notify({ text: `Notifications were not marked as read. ${reason}`, tone: "bad" });
    },
    [client],
  );
  return { markRead, markAllRead };
}

/** The instant before which notifications are marked. The API rounds instants to milliseconds, so one is added. */
const justAfter = (instant: string): string => new Date(new Date(instant).getTime() + 1).toISOString();
