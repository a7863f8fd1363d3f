/** The normalised cache: each request is stored once, however it was read. */

import { gql } from "@urql/core";
import { type Cache, cacheExchange, type Entity } from "@urql/exchange-graphcache";

const ERRORS = [
  "AlreadyDecidedError",
  "ConflictError",
  "ExpiredError",
  "ForbiddenError",
  "NotFoundError",
  "StaleContextError",
  "ValidationError",
];
const NODES = ["ApprovalRequest", "ApprovalComment", "AuditLogEntry", "WorkflowRun"];

/** Types without an id. They are stored within their parent. */
const EMBEDDED = [
  "ApprovalCondition",
  "ApprovalNotificationConnection",
  "ApprovalNotificationEdge",
  "ApprovalRequestConnection",
  "ApprovalRequestEdge",
  "ApprovalStatistics",
  "ApproverDecision",
  "AuditLogConnection",
  "AuditLogEdge",
  "Issue",
  "NotificationPreferences",
  "NotificationUpdate",
  "PageInfo",
  "PendingApprovalsUpdate",
  "StatisticsOfApprover",
  "StatisticsOfInterval",
  "StatisticsOfWorkflow",
  "UserApprovalSummary",
  "WorkflowRunConnection",
  "WorkflowRunEdge",
  "WorkflowRunItemCount",
  "WorkflowRunJob",
  "WorkflowRunJobAttempt",
  "WorkflowRunLogConnection",
  "WorkflowRunLogEdge",
  "WorkflowRunLogLine",
  "WorkflowRunMove",
  "WorkflowRunMovePlan",
  "WorkflowRunRetry",
];

const PENDING = gql`fragment PendingCount on Viewer { pendingCount }`;
const UNREAD = gql`fragment UnreadCount on Viewer { unreadNotificationCount }`;
const VIEWER = { __typename: "Viewer" } as const;

type Fields = Record<string, unknown> | null;

export const createCache = () =>
  cacheExchange({
    possibleTypes: { Error: ERRORS, Node: NODES },
    keys: {
      ...Object.fromEntries(EMBEDDED.map((name) => [name, () => null])),
      // There is only one viewer.
      Viewer: () => "viewer",
    },
    updates: {
      Subscription: {
        pendingApprovalsUpdated: ({ pendingApprovalsUpdated }, _args, cache) => {
          const pendingCount = (pendingApprovalsUpdated as Fields)?.pendingCount;
          if (typeof pendingCount === "number") cache.writeFragment(PENDING, { ...VIEWER, pendingCount });
        },
        notificationReceived: ({ notificationReceived }, _args, cache) => {
          noteUnread(cache, notificationReceived);
          if ((notificationReceived as Fields)?.notification != null) forget(cache, "Query", "notifications");
        },
      },
      Mutation: {
        createApprovalRequest: (_result, _args, cache) => forget(cache, "Query", "approvalRequests"),
        markNotificationsRead: ({ markNotificationsRead }, _args, cache) => noteUnread(cache, markNotificationsRead),
        markAllNotificationsRead: ({ markAllNotificationsRead }, _args, cache) => {
          noteUnread(cache, markAllNotificationsRead);
          forget(cache, "Query", "notifications");
        },
        setNotificationPreferences: (_result, _args, cache) => forget(cache, VIEWER, "notificationPreferences"),
        addApprovalComment: (_result, { input }, cache) => {
          const id = (input as { requestId: string }).requestId;
          for (const field of ["comments", "auditLog"]) forget(cache, { __typename: "ApprovalRequest", id }, field);
        },
      },
    },
  });

function noteUnread(cache: Cache, result: unknown): void {
  const unreadNotificationCount = (result as Fields)?.unreadCount;
  if (typeof unreadNotificationCount === "number") cache.writeFragment(UNREAD, { ...VIEWER, unreadNotificationCount });
}

/** Invalidates a field, with all arguments that it was read with. */
function forget(cache: Cache, entity: Entity, field: string): void {
  for (const { fieldName, fieldKey } of cache.inspectFields(entity)) {
    if (fieldName === field) cache.invalidate(entity, fieldKey);
  }
}
