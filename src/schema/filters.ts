/** Filters and orders of the lists. All given fields must match; null means omitted. */

import { builder } from "./builder.ts";
import {
  ApprovalAction,
  ApprovalRequestOrderField,
  ApprovalStatus,
  NotificationChannel,
  NotificationKind,
  NotificationStatus,
  OrderDirection,
  WorkflowRunStatus,
} from "./enums.ts";

export const ApprovalRequestFilter = builder.inputType("ApprovalRequestFilter", {
  description: "A filter for requests. All fields that are set must match.",
  fields: (t) => ({
    statuses: t.field({ type: [ApprovalStatus], description: "Entries in one of these statuses; at most 100." }),
    workflowId: t.string({ description: "Entries of this workflow." }),
    jobId: t.string({ description: "Requests of this job." }),
    executionId: t.string({ description: "Requests with this execution id." }),
    requestedBy: t.string({ description: "Requests made on behalf of this user." }),
    createdBy: t.string({ description: "Requests created with a token of this user." }),
    decidedBy: t.string({ description: "Requests decided or cancelled by this user." }),
    approver: t.string({ description: "Requests that this user has decided or may decide." }),
    search: t.string({
      description:
        "Requests with this text in the title or the description; at most 300 characters. Case, " +
        "normalization form and letter width are ignored. A text without three letters or digits in a row is " +
        "searched only in the newest 1,000 requests that match all other fields.",
    }),
    createdAfter: t.field({ type: "DateTime", description: "Requests created at or after this time." }),
    createdBefore: t.field({ type: "DateTime", description: "Requests created before this time." }),
    expiresBefore: t.field({ type: "DateTime", description: "Requests that expire before this time." }),
  }),
});

export const ApprovalRequestOrder = builder.inputType("ApprovalRequestOrder", {
  description: "The order of a list of requests.",
  fields: (t) => ({
    field: t.field({
      type: ApprovalRequestOrderField,
      required: true,
      defaultValue: "CREATED_AT",
      description: "The field to order by.",
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: "DESC",
      description: "The direction.",
    }),
  }),
});

export const WorkflowRunFilter = builder.inputType("WorkflowRunFilter", {
  description: "A filter for runs. All fields that are set must match.",
  fields: (t) => ({
    statuses: t.field({ type: [WorkflowRunStatus], description: "Entries in one of these statuses; at most 100." }),
    workflowId: t.string({ description: "Entries of this workflow." }),
    executionId: t.string({ description: "The run with this execution id." }),
  }),
});

export const AuditLogFilter = builder.inputType("AuditLogFilter", {
  description: "A filter for entries of the audit log. All fields that are set must match.",
  fields: (t) => ({
    requestId: t.id({ description: "Entries about this request." }),
    userId: t.string({ description: "Entries of actions by this user." }),
    actions: t.field({ type: [ApprovalAction], description: "Entries with one of these actions; at most 100." }),
    createdAfter: t.field({ type: "DateTime", description: "Entries at or after this time." }),
    createdBefore: t.field({ type: "DateTime", description: "Entries before this time." }),
  }),
});

export const ApprovalEventFilter = builder.inputType("ApprovalEventFilter", {
  description: "A filter for events. All fields that are set must match.",
  fields: (t) => ({
    workflowId: t.string({ description: "Entries about requests of this workflow." }),
    executionId: t.string({ description: "Entries about requests with this execution id." }),
    requestId: t.id({ description: "Entries about this request." }),
    actions: t.field({ type: [ApprovalAction], description: "Entries with one of these actions; at most 100." }),
  }),
});

export const NotificationFilter = builder.inputType("NotificationFilter", {
  description: "A filter for notifications. All fields that are set must match.",
  fields: (t) => ({
    unreadOnly: t.boolean({ description: "Only unread notifications." }),
    requestId: t.id({ description: "Entries about this request." }),
    kinds: t.field({ type: [NotificationKind], description: "Notifications of one of these kinds; at most 100." }),
  }),
});

export const NotificationDeliveryFilter = builder.inputType("NotificationDeliveryFilter", {
  description: "A filter for notifications to all recipients. All fields that are set must match.",
  fields: (t) => ({
    givenUpOnly: t.boolean({ description: "Only notifications that failed and have no further attempts." }),
    statuses: t.field({ type: [NotificationStatus], description: "Entries in one of these statuses; at most 100." }),
    channels: t.field({
      type: [NotificationChannel],
      description: "Notifications on one of these channels; at most 100.",
    }),
    kinds: t.field({ type: [NotificationKind], description: "Notifications of one of these kinds; at most 100." }),
    requestId: t.id({ description: "Entries about this request." }),
    recipient: t.string({ description: "Notifications to this recipient, as in the field `recipient`." }),
  }),
});
