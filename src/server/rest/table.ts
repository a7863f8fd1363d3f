/**
 * The REST routes. A route names a GraphQL document, the variables that path, query and body set, and the field that is
 * the response. Rights, rules, errors and descriptions come from the schema.
 */

import type { GraphQLSchema } from "graphql";
import { command } from "./documents.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { filter, PAGE, type RestRoute } from "./route.ts";
import { runRoutes } from "./run-routes.ts";
import { statisticsRoutes } from "./statistics-routes.ts";
import { workflowRoutes } from "./workflow-routes.ts";

const ID = "input.requestId";

/** All routes. */
export function restTable(schema: GraphQLSchema): readonly RestRoute[] {
  /** A command for the request in the path. */
  const change = (
    verb: string,
    mutation: string,
    group: RestRoute["group"],
    summary: string,
    more: Partial<RestRoute> = {},
  ): RestRoute => ({
    method: "POST",
    path: `/api/approvals/{id}/${verb}`,
    group,
    summary,
    name: mutation,
    document: command(schema, mutation, "request { ...ApprovalRequest }"),
    id: ID,
    body: "input",
    at: "request",
    status: 200,
    ...more,
  });

  return [
    {
      method: "POST",
      path: "/api/approvals",
      group: "Requests",
      summary: "Create a request",
      name: "createApprovalRequest",
      document: command(schema, "createApprovalRequest", "request { ...ApprovalRequest } created"),
      body: "input",
      at: "request",
      status: 201,
      statusOfRepeat: 200,
      location: { path: "/api/approvals", field: "id" },
    },
    {
      method: "GET",
      path: "/api/approvals",
      group: "Requests",
      summary: "List requests",
      name: "approvalRequests",
      document: `query ($first: Int, $after: String, $filter: ApprovalRequestFilter, $orderBy: ApprovalRequestOrder) {
        answer: approvalRequests(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
          edges { node { ...ListedApprovalRequest } } pageInfo { endCursor hasNextPage }
        }
      }`,
      query: {
        ...filter(schema, "ApprovalRequestFilter"),
        orderBy: "orderBy.field",
        direction: "orderBy.direction",
        ...PAGE,
      },
      list: true,
      status: 200,
    },
    {
      method: "GET",
      path: "/api/approvals/pending",
      group: "Requests",
      summary: "List pending requests",
      name: "pendingApprovals",
      document: `query ($first: Int, $after: String, $userId: String) {
        answer: pendingApprovals(first: $first, after: $after, userId: $userId) {
          edges { node { ...ListedApprovalRequest } } pageInfo { endCursor hasNextPage }
        }
      }`,
      query: { userId: "userId", ...PAGE },
      list: true,
      status: 200,
    },
    ...statisticsRoutes,
    {
      method: "GET",
      path: "/api/approvals/summary",
      group: "Statistics and audit log",
      summary: "Read the summary of a person",
      name: "userApprovalSummary",
      document: `query ($userId: String) { answer: userApprovalSummary(userId: $userId) { ...UserApprovalSummary } }`,
      query: { userId: "userId" },
      status: 200,
    },
    {
      method: "GET",
      path: "/api/approvals/audit-log",
      group: "Statistics and audit log",
      summary: "Read the audit log",
      name: "approvalAuditLog",
      document: `query ($first: Int, $after: String, $filter: AuditLogFilter) {
        answer: approvalAuditLog(first: $first, after: $after, filter: $filter) {
          edges { node { ...AuditLogEntry } } pageInfo { endCursor hasNextPage }
        }
      }`,
      query: { ...filter(schema, "AuditLogFilter"), ...PAGE },
      list: true,
      status: 200,
    },
    {
      method: "POST",
      path: "/api/approvals/validate-job",
      group: "Jobs",
      summary: "Validate the configuration of an approval job",
      name: "validateApprovalJob",
      document: `query ($config: ApprovalJobConfigInput!) { answer: validateApprovalJob(config: $config) { ...Issue } }`,
      body: "config",
      list: true,
      status: 200,
    },
    {
      method: "GET",
      path: "/api/approvals/{id}",
      group: "Requests",
      summary: "Read a request, or wait for its outcome",
      name: "approvalRequest",
      document: "query ($id: ID!) { answer: approvalRequest(id: $id) { ...ApprovalRequest } }",
      id: "id",
      status: 200,
      updates: `subscription ($id: ID!) {
        answer: approvalRequestUpdated(id: $id) { ...ApprovalRequest }
      }`,
    },
    change("approve", "approveRequest", "Decisions", "Approve"),
    change("reject", "rejectRequest", "Decisions", "Reject"),
    change("cancel", "cancelApprovalRequest", "Requests", "Cancel a request"),
    change("escalate", "escalateApprovalRequest", "Requests", "Escalate a request"),
    change("extend", "extendApprovalRequest", "Requests", "Extend a request"),
    {
      method: "GET",
      path: "/api/approvals/{id}/conditions",
      group: "Decisions",
      summary: "List the automatic conditions",
      name: "autoApproveConditions",
      document: `query ($id: ID!) {
        answer: approvalRequest(id: $id) { autoApproveConditions { ...ApprovalCondition } }
      }`,
      id: "id",
      at: "autoApproveConditions",
      list: true,
      status: 200,
    },
    change("conditions", "updateAutoApproveConditions", "Decisions", "Replace the automatic conditions", {
      method: "PUT",
    }),
    {
      method: "GET",
      path: "/api/approvals/{id}/comments",
      group: "Conversation",
      summary: "List the comments",
      name: "approvalComments",
      document: `query ($id: ID!, $first: Int, $after: String) {
        answer: approvalRequest(id: $id) {
          commentsConnection(first: $first, after: $after) {
            edges { node { ...ApprovalComment } } pageInfo { endCursor hasNextPage }
          }
        }
      }`,
      id: "id",
      query: PAGE,
      at: "commentsConnection",
      list: true,
      status: 200,
    },
    change("comments", "addApprovalComment", "Conversation", "Comment on a request", {
      document: command(schema, "addApprovalComment", "comment { ...ApprovalComment }"),
      at: "comment",
      status: 201,
    }),
    {
      method: "GET",
      path: "/api/approvals/{id}/audit-log",
      group: "Statistics and audit log",
      summary: "Read the audit log of a request",
      name: "auditLog",
      document: `query ($id: ID!, $first: Int, $after: String) {
        answer: approvalRequest(id: $id) {
          auditLog(first: $first, after: $after) {
            edges { node { ...AuditLogEntry } } pageInfo { endCursor hasNextPage }
          }
        }
      }`,
      id: "id",
      query: PAGE,
      at: "auditLog",
      list: true,
      status: 200,
    },
    ...runRoutes(schema),
    ...workflowRoutes(schema),
    ...notificationRoutes(schema),
    {
      method: "GET",
      path: "/api/viewer",
      group: "Statistics and audit log",
      summary: "Read the user of the token",
      name: "viewer",
      document: "query { answer: viewer { ...Viewer } }",
      status: 200,
    },
  ];
}
