/** Marks messages as read; the cache and the count follow from the answer. */

import { useCallback } from "react";
import { useClient } from "urql";
import { notify } from "../shared/notices.tsx";
import { reasonOf } from "../shared/states.tsx";
import { MarkAllRead, MarkRead } from "./notifications.graphql.ts";

interface Marking {
  /** One that was opened; where that fails, it stays unread, and nothing needs to be said. */
  markRead(id: string): Promise<void>;
  /** @param newest when the newest message was made that the viewer has been shown */
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

/** What is marked was made before this instant; instants are told to the millisecond and kept more exactly. */
const justAfter = (instant: string): string => new Date(new Date(instant).getTime() + 1).toISOString();
