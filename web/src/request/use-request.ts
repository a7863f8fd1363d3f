/** A request as it is at every moment, with its conversation and its log. */

import { useCallback, useEffect, useState } from "react";
import { useQuery, useSubscription } from "urql";
import { useViewer } from "../api/viewer.tsx";
import type { RequestPageFragment, RequestTalkQuery } from "../generated/graphql.ts";
import { notify } from "../shared/notices.tsx";
import { present } from "../shared/now.tsx";
import { RequestChanged, RequestHappened, RequestPage, RequestTalk } from "./request.graphql.ts";
import { entrySentence } from "./request-words.ts";

export type Request = RequestPageFragment;
type Talk = NonNullable<RequestTalkQuery["approvalRequest"]>;
export type Comment = Talk["comments"][number];

const FIRST_ENTRIES = 20;
/** The API gives no more at a time. */
const MOST_ENTRIES = 100;
/** They are no news to somebody who looks at the request. */
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
  const [talk, rereadTalk] = useQuery({
    query: RequestTalk,
    variables: { id, entries },
    requestPolicy: "cache-and-network",
    pause,
  });
  useSubscription({ query: RequestChanged, variables: { id }, pause });
  useSubscription({ query: RequestHappened, variables: { id }, pause }, (_before, data) => {
    const event = data.approvalEvents;
    rereadTalk(FRESH);
    if (event.userId !== userId && !SILENT.has(event.action)) {
      notify({ text: entrySentence(event, userId, present()) });
    }
    return data;
  });
  const version = request?.version;
  // What raised the version is in the log by now.
  useEffect(() => {
    if (version !== undefined) rereadTalk(FRESH);
  }, [version, rereadTalk]);

  const reread = useCallback(() => rereadPage(FRESH), [rereadPage]);
  const { comments, auditLog } = talk.data?.approvalRequest ?? {};
  return {
    request,
    isLoading: page.fetching && request === null,
    error: page.error,
    reread,
    comments: comments ?? null,
    log: auditLog?.edges.map(({ node }) => node) ?? null,
    talkError: talk.error,
    hasEarlier: entries < MOST_ENTRIES && auditLog?.pageInfo.hasNextPage === true,
    showEarlier: () => setEntries(MOST_ENTRIES),
  };
}
