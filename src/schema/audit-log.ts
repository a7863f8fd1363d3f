/** The log of what happened: as entries of a list, and as events of a stream. */

import type { ApprovalAuditLog } from "../approvals/model.ts";
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
    description: "The entry's global id; the same for the log's list and its stream.",
    resolve: (entry) => globalId("AuditLogEntry", entry.id),
  }),
  action: t.expose("action", { type: ApprovalAction, description: "What was done." }),
  userId: t.exposeString("userId", { nullable: true, description: "Who did it; null where nobody did." }),
  oldStatus: t.expose("oldStatus", {
    type: ApprovalStatus,
    nullable: true,
    description: "The request's status before; null for a new request.",
  }),
  newStatus: t.expose("newStatus", {
    type: ApprovalStatus,
    nullable: true,
    description: "The request's status after.",
  }),
  comment: t.string({
    nullable: true,
    description: "The comment or reason that was given.",
    resolve: async (entry, _args, context) => (await textsOfEntry(entry, context)).comment,
  }),
  metadata: t.field({
    type: "JSONObject",
    description: "What else is to be known about it.",
    resolve: async (entry, _args, context) => (await textsOfEntry(entry, context)).metadata,
  }),
  createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was done." }),
  request: t.field({
    type: ApprovalRequestRef,
    nullable: true,
    description: "The request it was done to, as it is now; null once that is deleted.",
    resolve: (entry, _args, context) => requestOf(entry, context),
  }),
});

AuditLogEntryRef.implement({
  description: "What a command did to a request.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    ...commonFields(t),
    userEmail: t.exposeString("userEmail", { nullable: true, description: "The e-mail address of who did it." }),
    ipAddress: t.string({
      nullable: true,
      description: "From where it was done; for those who see everything, else null.",
      resolve: (entry, _args, context) => auditDetail(entry.ipAddress, context),
    }),
    userAgent: t.string({
      nullable: true,
      description: "With what program it was done; for those who see everything, else null.",
      resolve: (entry, _args, context) => auditDetail(entry.userAgent, context),
    }),
  }),
});

ApprovalEventRef.implement({
  description: "An entry of the log on its way to a subscriber.",
  fields: (t) => ({
    ...commonFields(t),
    cursor: t.string({
      description: "Where to resume behind this event.",
      resolve: (entry) => encodeLog(entry.position),
    }),
  }),
});

builder.queryField("approvalAuditLog", (t) =>
  t.field({
    type: AuditLogConnection,
    description: "What happened to the requests that the viewer may see, newest first.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: AuditLogFilter, description: "Which entries; everything given must hold." }),
    },
    resolve: (_root, args, context) => auditLog(args, context),
  }),
);
