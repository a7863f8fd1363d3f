/** `countersign list` */

import { WhoAmI } from "../client/documents.ts";
import type { ApprovalRequestFilter } from "../client/generated/graphql.ts";
import { command } from "./command.ts";
import { type ListedRequest, RequestsForMe, RequestsThatFit } from "./documents.ts";
import { DURATIONS, print, printJson, REMOTE_OPTIONS, type Remote, say, withRemote } from "./remote.ts";
import { cut, printable, shortDuration, tableOf, wholeNumberOf } from "./values.ts";

const STATUSES = ["pending", "escalated", "approved", "rejected", "timeout", "cancelled"] as const;
const DEFAULT_LIMIT = 20;
const MOST = 1_000;
const PAGE = 100;
const WIDEST = 50;

type Page = { edges: { node: ListedRequest }[]; pageInfo: { endCursor?: string | null; hasNextPage: boolean } };

/** The inbox of the viewer, or the requests that match a filter, page by page. */
async function read(remote: Remote, filter: ApprovalRequestFilter | null, limit: number) {
  const requests: ListedRequest[] = [];
  let after: string | null | undefined = null;
  for (;;) {
    const variables: { first: number; after: string | null } = {
      first: Math.min(PAGE, limit - requests.length),
      after,
    };
    const page: Page = await remote.soon(async (signal) =>
      filter === null
        ? (await remote.client.request(RequestsForMe, variables, { signal })).pendingApprovals
        : (await remote.client.request(RequestsThatFit, { ...variables, filter }, { signal })).approvalRequests,
    );
    requests.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.endCursor ?? null;
    if (!page.pageInfo.hasNextPage || after === null) return { requests, hasMore: false };
    if (requests.length >= limit) return { requests, hasMore: true };
  }
}

const HEADINGS = ["ID", "TITLE", "REQUESTED BY", "STATUS", "APPROVALS", "TIME LEFT", "WORKFLOW"];

const rowOf = (request: ListedRequest): string[] => [
  request.id,
  cut(printable(request.title), WIDEST),
  cut(printable(request.requestedBy), WIDEST),
  request.status,
  `${request.approvalsReceived} of ${request.approvalsRequired}`,
  request.timeRemainingMs == null ? "-" : shortDuration(request.timeRemainingMs),
  cut(printable(request.workflowId), WIDEST),
];

export const listCommand = command({
  name: "list",
  about: "list your pending requests, or other requests",
  text:
    "Lists the requests that you can decide now, earliest expiry first. With --mine, --status or --workflow " +
    "it lists all requests that you may see and that match, newest first.",
  options: {
    mine: { about: "requests made on your behalf" },
    status: { value: "STATUS", multiple: true, choices: STATUSES, about: "in this status" },
    workflow: { value: "ID", about: "of this workflow" },
    limit: { value: "N", about: `the maximum number, 1 to ${MOST}; default ${DEFAULT_LIMIT}` },
    ...REMOTE_OPTIONS,
  },
  notes: `With --json standard output has one array, with the context and its contextDigest. ${DURATIONS}`,
  exits: "0, also if the list is empty, or 4 on an error.",
  failureCode: 4,
  examples: [
    "countersign list",
    "countersign list --mine --status pending --status escalated",
    'countersign list --json | jq -r ".[].id"',
  ],
  run(values) {
    const limit = wholeNumberOf("--limit", values.limit, 1, MOST) ?? DEFAULT_LIMIT;
    const { mine, status, workflow } = values;
    return withRemote(values, async (remote) => {
      const isInbox = !mine && status.length === 0 && workflow === undefined;
      const { userId } = mine
        ? (await remote.soon((signal) => remote.client.request(WhoAmI, {}, { signal }))).viewer
        : { userId: undefined };
      const statuses = status.map((name) => name.toUpperCase() as "PENDING");
      const filter = isInbox
        ? null
        : { requestedBy: userId, workflowId: workflow, ...(statuses.length > 0 && { statuses }) };
      const { requests, hasMore } = await read(remote, filter, limit);
      if (values.json) printJson(requests);
      else if (requests.length === 0) say(isInbox ? "No pending requests." : "No requests.");
      else print(tableOf([HEADINGS, ...requests.map(rowOf)]));
      if (hasMore) say(`There are more; --limit shows up to ${MOST}.`);
      return 0;
    });
  },
});
