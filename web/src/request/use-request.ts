/** Reads a request with its comments and audit log, and keeps them up to date. */

import { useCallback, useEffect, useState } from "react";
import { useQuery, useSubscription } from "urql";
import { useViewer } from "../api/viewer.tsx";
import type { RequestConversationQuery, RequestPageFragment } from "../generated/graphql.ts";
import { notify } from "../shared/notices.tsx";
import { serverNow } from "../shared/server-clock.ts";
import { RequestChanged, RequestConversation, RequestEvents, RequestPage } from "./request.graphql.ts";
import { entrySentence } from "./request-words.ts";

export type Request = RequestPageFragment;
type ConversationData = NonNullable<RequestConversationQuery["approvalRequest"]>;
export type Comment = ConversationData["comments"][number];

const FIRST_ENTRIES = 20;
/** The API's maximum for one page. */
const MAX_ENTRIES = 100;
/** Events without a notice on the page of the request. */
const SILENT = new Set(["NOTIFIED", "CREATED", "CONDITIONS_UPDATED"]);
const FRESH = { requestPolicy: "network-only" } as const;

export function useRequest(id: string) {
  const { userId } = useViewer();
  const [entries, setEntries] = useState(FIRST_ENTRIES);
  const [page, rereadPage] = useQuery({
    query: RequestPage,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  const request = page.data?.approvalRequest ?? null;
  const pause = request === null;
  const [conversation, rereadConversation] = useQuery({
    query: RequestConversation,
    variables: { id, entries },
    requestPolicy: "cache-and-network",
    pause,
  });
  useSubscription({ query: RequestChanged, variables: { id }, pause });
  useSubscription({ query: RequestEvents, variables: { id }, pause }, (_before, data) => {
    const event = data.approvalEvents;
    rereadConversation(FRESH);
    if (event.userId !== userId && !SILENT.has(event.action)) {
      notify({ text: entrySentence(event, userId, serverNow()) });
    }
    return data;
  });
  const version = request?.version;
  // The audit log has an entry for each new version.
  useEffect(() => {
    if (version !== undefined) rereadConversation(FRESH);
  }, [version, rereadConversation]);

  const reread = useCallback(() => rereadPage(FRESH), [rereadPage]);
  const { comments, auditLog } = conversation.data?.approvalRequest ?? {};
  return {
    request,
    isLoading: page.fetching && request === null,
    error: page.error,
    reread,
    comments: comments ?? null,
    log: auditLog?.edges.map(({ node }) => node) ?? null,
    conversationError: conversation.error,
    hasEarlier: entries < MAX_ENTRIES && auditLog?.pageInfo.hasNextPage === true,
    showEarlier: () => setEntries(MAX_ENTRIES),
  };
}
