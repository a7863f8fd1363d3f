/** Filters and orders of the lists. Everything that is given must hold; null means left out. */

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
  description: "Which requests; everything given must hold.",
  fields: (t) => ({
    statuses: t.field({ type: [ApprovalStatus], description: "In one of these statuses; at most 100." }),
    workflowId: t.string({ description: "Of this workflow." }),
    jobId: t.string({ description: "Of this job." }),
    executionId: t.string({ description: "Of this run." }),
    requestedBy: t.string({ description: "Asked in this user's name." }),
    createdBy: t.string({ description: "Created with a token of this user." }),
    decidedBy: t.string({ description: "Decided or cancelled by this user." }),
    approver: t.string({ description: "Which this user has decided, or may decide by the policy." }),
    search: t.string({
      description:
        "With this text, of at most 300 characters, in title or description, without regard to case, normal form or width " +
        "of letters. For a text without three letters or digits in a row, only the newest 1,000 requests that fit " +
        "everything else are searched.",
    }),
    createdAfter: t.field({ type: "DateTime", description: "Made at this instant or later." }),
    createdBefore: t.field({ type: "DateTime", description: "Made before this instant." }),
    expiresBefore: t.field({ type: "DateTime", description: "Expiring before this instant." }),
  }),
});

export const ApprovalRequestOrder = builder.inputType("ApprovalRequestOrder", {
  description: "How a list of requests is ordered.",
  fields: (t) => ({
    field: t.field({
      type: ApprovalRequestOrderField,
      required: true,
      defaultValue: "CREATED_AT",
      description: "What it is ordered by.",
    }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      defaultValue: "DESC",
      description: "Which end comes first.",
    }),
  }),
});

export const WorkflowRunFilter = builder.inputType("WorkflowRunFilter", {
  description: "Which runs; everything given must hold.",
  fields: (t) => ({
    statuses: t.field({ type: [WorkflowRunStatus], description: "In one of these statuses; at most 100." }),
    workflowId: t.string({ description: "Of this workflow." }),
    executionId: t.string({ description: "With this execution id." }),
  }),
});

export const AuditLogFilter = builder.inputType("AuditLogFilter", {
  description: "Which entries of the log; everything given must hold.",
  fields: (t) => ({
    requestId: t.id({ description: "About this request." }),
    userId: t.string({ description: "By this user." }),
    actions: t.field({ type: [ApprovalAction], description: "Of one of these actions; at most 100." }),
    createdAfter: t.field({ type: "DateTime", description: "Done at this instant or later." }),
    createdBefore: t.field({ type: "DateTime", description: "Done before this instant." }),
  }),
});

export const ApprovalEventFilter = builder.inputType("ApprovalEventFilter", {
  description: "Which events; everything given must hold.",
  fields: (t) => ({
    workflowId: t.string({ description: "About requests of this workflow." }),
    executionId: t.string({ description: "About requests of this run." }),
    requestId: t.id({ description: "About this request." }),
    actions: t.field({ type: [ApprovalAction], description: "Of one of these actions; at most 100." }),
  }),
});

export const NotificationFilter = builder.inputType("NotificationFilter", {
  description: "Which messages; everything given must hold.",
  fields: (t) => ({
    unreadOnly: t.boolean({ description: "Only those that are not read." }),
    requestId: t.id({ description: "About this request." }),
    kinds: t.field({ type: [NotificationKind], description: "Of one of these kinds; at most 100." }),
  }),
});

export const NotificationDeliveryFilter = builder.inputType("NotificationDeliveryFilter", {
  description: "Which messages to anyone; everything given must hold.",
  fields: (t) => ({
    givenUpOnly: t.boolean({ description: "Only those that failed and are not tried again." }),
    statuses: t.field({ type: [NotificationStatus], description: "In one of these statuses; at most 100." }),
    channels: t.field({ type: [NotificationChannel], description: "On one of these channels; at most 100." }),
    kinds: t.field({ type: [NotificationKind], description: "Of one of these kinds; at most 100." }),
    requestId: t.id({ description: "About this request." }),
    recipient: t.string({ description: "To this recipient, as `recipient` of a message has it." }),
  }),
});
