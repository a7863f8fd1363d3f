/** Relay connections over keyset pages. */

import type { ObjectRef } from "@pothos/core";
import { MOST_UNREAD } from "../db/queries/notifications.ts";
import type { ApprovalAuditLog, CommentOrHead, RequestOrHead } from "../model/approvals.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { unreadCount } from "../resolvers/notifications.ts";
import { COUNT_CAP, type Connection, type CountedConnection } from "../resolvers/paging.ts";
import { builder, type Types } from "./builder.ts";
import { ApprovalCommentRef, ApprovalNotificationRef, ApprovalRequestRef, AuditLogEntryRef } from "./refs.ts";

type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<Types>;
type EdgeOf<T> = Connection<T>["edges"][number];

/** The edge of a connection over these nodes. */
export function edgeType<T>(name: string, description: string, node: ObjectRef<SchemaTypes, T>) {
  const edge = builder.objectRef<EdgeOf<T>>(name);
  builder.objectType(edge, {
    description,
    fields: (t) => ({
      cursor: t.string({ description: "The cursor to pass as `after` for the next page.", resolve: (e) => e.cursor }),
      node: t.field({ type: node, description: "The entry.", resolve: (e) => e.node as never }),
    }),
  });
  return edge;
}

/** A connection with edges only. @param entries the name of the entries in descriptions */
export function connectionType<T>(
  name: string,
  description: string,
  entries: string,
  edge: ObjectRef<SchemaTypes, EdgeOf<T>>,
) {
  const connection = builder.objectRef<Connection<T>>(name);
  builder.objectType(connection, {
    description,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: `The ${entries} of this page.`, resolve: (c) => c.edges as never }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: "The position of the page in the list.",
        resolve: (c) => c.pageInfo,
      }),
    }),
  });
  return connection;
}

const ApprovalRequestEdge = edgeType("ApprovalRequestEdge", "A request in a list.", ApprovalRequestRef);

/** A connection with a total count. @param what the name of the nodes in descriptions */
export function countedConnectionType<T>(
  name: string,
  description: string,
  what: string,
  edge: ReturnType<typeof edgeType<T>>,
) {
  return builder.objectRef<CountedConnection<T>>(name).implement({
    description,
    fields: (t) => ({
      totalCount: t.int({
        description: `The number of entries on all pages; exact up to ${COUNT_CAP}.`,
        resolve: async (connection) => Math.min(await connection.count(), COUNT_CAP),
      }),
      totalCountIsCapped: t.boolean({
        description: `Whether there are more than the ${COUNT_CAP} entries that \`totalCount\` reports.`,
        resolve: async (connection) => (await connection.count()) > COUNT_CAP,
      }),
      edges: t.expose("edges", { type: [edge], description: `The ${what} of this page.` }),
      pageInfo: t.expose("pageInfo", {
        type: builder.pageInfoRef(),
        description: "The position of the page in the list.",
      }),
    }),
  });
}

export const ApprovalRequestConnection = countedConnectionType<RequestOrHead>(
  "ApprovalRequestConnection",
  "A page of requests.",
  "requests",
  ApprovalRequestEdge,
);

const AuditLogEdge = edgeType("AuditLogEdge", "An entry of the audit log in a list.", AuditLogEntryRef);

export const AuditLogConnection = connectionType<ApprovalAuditLog>(
  "AuditLogConnection",
  "A page of the audit log, newest entry first. Its cursors can be passed to `approvalEvents`.",
  "entries",
  AuditLogEdge,
);

const ApprovalCommentEdge = edgeType("ApprovalCommentEdge", "A comment in a list.", ApprovalCommentRef);

export const ApprovalCommentConnection = connectionType<CommentOrHead>(
  "ApprovalCommentConnection",
  "A page of the comments on a request, oldest first.",
  "comments",
  ApprovalCommentEdge,
);

const ApprovalNotificationEdge = edgeType(
  "ApprovalNotificationEdge",
  "A notification in a list.",
  ApprovalNotificationRef,
);

export const ApprovalNotificationConnection = builder
  .objectRef<Connection<ApprovalNotification>>("ApprovalNotificationConnection")
  .implement({
    description: "A page of a person's notifications. Its cursors can be passed to `notificationReceived`.",
    fields: (t) => ({
      unreadCount: t.int({
        description: `The number of unread notifications, regardless of the filter; exact up to ${MOST_UNREAD}.`,
        resolve: (_connection, _args, context) => unreadCount(context),
      }),
      edges: t.expose("edges", { type: [ApprovalNotificationEdge], description: "The notifications of this page." }),
      pageInfo: t.expose("pageInfo", {
        type: builder.pageInfoRef(),
        description: "The position of the page in the list.",
      }),
    }),
  });

export const NotificationDeliveryConnection = connectionType<ApprovalNotification>(
  "NotificationDeliveryConnection",
  "A page of notifications to all recipients.",
  "messages",
  ApprovalNotificationEdge,
);

/** The arguments that every connection takes. */
export const pageArgs = () =>
  builder.args((t) => ({
    first: t.int({ description: "The page size, 1 to 100. Default: 20." }),
    after: t.string({ description: "Return entries after this cursor." }),
  }));
