/** The list of in-app notifications. The address selects all of them or only unread ones. */

import { Button, SegmentedControl } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import { useCounts } from "../api/live.tsx";
import { useMinute } from "../shared/now.tsx";
import { Page } from "../shared/page.tsx";
import { Empty, Failed, Loading } from "../shared/states.tsx";
import { viewerZone } from "../shared/time.ts";
import { MessageDays } from "./message-days.tsx";
import { unreadSentence } from "./message-words.ts";
import { MessagesPage } from "./notifications.graphql.ts";
import { useMarkRead } from "./use-mark-read.ts";

const FIRST = 30;

export default function NotificationsPage() {
  const [search, setSearch] = useSearchParams();
  const unreadOnly = search.get("show") === "unread";
  const { unread } = useCounts();
  const [newest, setNewest] = useState<string | null>(null);
  const { markAllRead } = useMarkRead();
  const actions = (
    <Button
      variant="default"
      disabled={!unread || newest === null}
      onClick={() => newest !== null && void markAllRead(newest)}
    >
      Mark all as read
    </Button>
  );
  return (
    <Page title="Notifications" lead={unreadSentence(unread)} actions={actions}>
      <SegmentedControl
        mb="md"
        aria-label="Which notifications"
        value={unreadOnly ? "unread" : "all"}
        onChange={(value) => setSearch(value === "unread" ? { show: "unread" } : {}, { replace: true })}
        data={[
          { value: "all", label: "All" },
          { value: "unread", label: "Unread" },
        ]}
      />
      <Messages key={String(unreadOnly)} unreadOnly={unreadOnly} unread={unread} onNewest={setNewest} />
    </Page>
  );
}

interface MessagesProps {
  unreadOnly: boolean;
  unread: number | null;
  onNewest(createdAt: string | null): void;
}

function Messages({ unreadOnly, unread, onNewest }: MessagesProps) {
  const [pages, setPages] = useState(1);
  // One list from the start, so that new notifications push nothing out of it.
  const variables = { first: Math.min(pages * FIRST, 100), after: null, unreadOnly, timeZone: viewerZone() };
  const [{ data, error, fetching }, again] = useQuery({ query: MessagesPage, variables });
  const now = useMinute();
  const refresh = () => again({ requestPolicy: "network-only" });

  // The count changes if notifications were read in another tab. The list must then be read again.
  const before = useRef(unread);
  useEffect(() => {
    if (before.current !== null && unread !== before.current) again({ requestPolicy: "cache-and-network" });
    before.current = unread;
  }, [unread, again]);

  const messages = data?.notifications.edges.map(({ node }) => node) ?? [];
  const newest = messages[0]?.createdAt ?? null;
  useEffect(() => onNewest(newest), [newest, onNewest]);

  if (data === undefined) {
    return fetching ? (
      <Loading what="your notifications" />
    ) : (
      <Failed what="Your notifications" error={error} retry={refresh} />
    );
  }
  if (messages.length === 0) return <Nothing unreadOnly={unreadOnly} />;
  const { hasNextPage, endCursor } = data.notifications.pageInfo;
  return (
    <>
      <MessageDays messages={messages} now={now} />
      {hasNextPage && variables.first < 100 && (
        <Button variant="default" mt="md" loading={fetching} onClick={() => setPages(pages + 1)}>
          Show older notifications
        </Button>
      )}
      {hasNextPage && variables.first >= 100 && <Older unreadOnly={unreadOnly} after={endCursor ?? null} />}
    </>
  );
}

/** The notifications after the first hundred, page by page. */
function Older({ unreadOnly, after }: { unreadOnly: boolean; after: string | null }) {
  const [isAsked, setAsked] = useState(false);
  const variables = { first: 100, after, unreadOnly, timeZone: viewerZone() };
  const [{ data, error, fetching }, again] = useQuery({ query: MessagesPage, variables, pause: !isAsked });
  const now = useMinute();
  if (data === undefined) {
    if (error !== undefined) return <Failed what="Older notifications" error={error} retry={again} />;
    return (
      <Button variant="default" mt="md" loading={fetching} onClick={() => setAsked(true)}>
        Show older notifications
      </Button>
    );
  }
  const { edges, pageInfo } = data.notifications;
  return (
    <>
      <MessageDays messages={edges.map(({ node }) => node)} now={now} />
      {pageInfo.hasNextPage && <Older unreadOnly={unreadOnly} after={pageInfo.endCursor ?? null} />}
    </>
  );
}

const Nothing = ({ unreadOnly }: { unreadOnly: boolean }) =>
  unreadOnly ? (
    <Empty title="No unread notifications" text="New notifications appear here." />
  ) : (
    <Empty title="No notifications yet" text="Requests, reminders and outcomes appear here." />
  );
