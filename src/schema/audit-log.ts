/** The audit log: entries of a list, and events of a subscription. */

import type { ApprovalAuditLog } from "../model/approvals.ts";
import { auditDetail, auditLog, requestOf, textsOfEntry } from "../resolvers/audit.ts";
import { encodeLog } from "../resolvers/cursors.ts";
import { globalId } from "../resolvers/ids.ts";
import { builder, type Types } from "./builder.ts";
import { AuditLogConnection, pageArgs } from "./connections.ts";
import { ApprovalAction, ApprovalStatus } from "./enums.ts";
import { AuditLogFilter } from "./filters.ts";
import { ApprovalEventRef, ApprovalRequestRef, AuditLogEntryRef } from "./refs.ts";

type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<Types>;

const commonFields = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, ApprovalAuditLog>) => ({
  id: t.id({
    description: "The global id of the entry. It is the same in lists and in subscriptions.",
    resolve: (entry) => globalId("AuditLogEntry", entry.id),
  }),
  action: t.expose("action", { type: ApprovalAction, description: "The action." }),
  userId: t.exposeString("userId", {
    nullable: true,
    description: "The user who performed the action; null for an action of the system.",
  }),
  oldStatus: t.expose("oldStatus", {
    type: ApprovalStatus,
    nullable: true,
    description: "The status of the request before the action; null for a new request.",
  }),
  newStatus: t.expose("newStatus", {
    type: ApprovalStatus,
    nullable: true,
    description: "The status of the request after the action.",
  }),
  comment: t.string({
    nullable: true,
    description: "The comment or the reason of the action.",
    resolve: async (entry, _args, context) => (await textsOfEntry(entry, context)).comment,
  }),
  metadata: t.field({
    type: "JSONObject",
    description: "Further facts about the action.",
    resolve: async (entry, _args, context) => (await textsOfEntry(entry, context)).metadata,
  }),
  createdAt: t.expose("createdAt", { type: "DateTime", description: "When the action took place." }),
  request: t.field({
    type: ApprovalRequestRef,
    nullable: true,
    description: "The current state of the request; null once the request is deleted.",
    resolve: (entry, _args, context) => requestOf(entry, context),
  }),
});

AuditLogEntryRef.implement({
  description: "An entry of the audit log.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    ...commonFields(t),
    userEmail: t.exposeString("userEmail", { nullable: true, description: "The email address of the user." }),
    ipAddress: t.string({
      nullable: true,
      description: "The IP address of the caller; null for viewers who may not see all requests.",
      resolve: (entry, _args, context) => auditDetail(entry.ipAddress, context),
    }),
    userAgent: t.string({
      nullable: true,
      description: "The user agent of the caller; null for viewers who may not see all requests.",
      resolve: (entry, _args, context) => auditDetail(entry.userAgent, context),
    }),
  }),
});

ApprovalEventRef.implement({
  description: "An entry of the audit log, as subscribers receive it.",
  fields: (t) => ({
    ...commonFields(t),
    cursor: t.string({
      description: "The cursor to pass as `after` to resume after this event.",
      resolve: (entry) => encodeLog(entry.position),
    }),
  }),
});

builder.queryField("approvalAuditLog", (t) =>
  t.field({
    type: AuditLogConnection,
    description: "The audit log of the requests that the viewer may see, newest entry first.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: AuditLogFilter, description: "Which entries; everything given must hold." }),
    },
    resolve: (_root, args, context) => auditLog(args, context),
  }),
);
