/** The request and its fields. */

import { isOpen } from "../model/approvals.ts";
import { URGENT_MINUTES } from "../model/deadline.ts";
import { auditLogOf } from "../resolvers/audit.ts";
import { commentsOn, commentsPage } from "../resolvers/comments.ts";
import {
  conditionsOf,
  contentOf,
  contextDigest,
  isContentOmitted,
  listedContentOf,
  shownRiskOf,
} from "../resolvers/content.ts";
import * as requests from "../resolvers/requests.ts";
import { checkpointOf, runOf } from "../resolvers/runs.ts";
import { builder } from "./builder.ts";
import { ApprovalCommentConnection, AuditLogConnection, pageArgs } from "./connections.ts";
import * as enums from "./enums.ts";
import * as refs from "./refs.ts";

refs.ApprovalConditionRef.implement({
  description: "An automatic condition. All conditions of a request must hold.",
  fields: (t) => ({
    field: t.exposeString("field", { description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.expose("operator", { type: enums.ConditionOperator, description: "The comparison operator." }),
    value: t.expose("value", { type: "JSON", nullable: true, description: "The value to compare the field with." }),
  }),
});

refs.ApprovalRequestRef.implement({
  description: "A step of a workflow that needs human approval.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.exposeID("id", { description: "The id of the request. It is opaque, and the same in every interface." }),
    version: t.exposeInt("version", {
      description: "The version, which starts at 1 and increases by one with every change.",
    }),
    workflowId: t.exposeString("workflowId", { description: "The id of the workflow." }),
    jobId: t.exposeString("jobId", { description: "The id of the job that asks for approval." }),
    executionId: t.exposeString("executionId", { description: "The id of this execution of the workflow." }),
    approvalType: t.expose("approvalType", {
      type: enums.ApprovalType,
      description: "How the request is decided: by people, by conditions first, or automatically.",
    }),
    title: t.exposeString("title", { description: "The title of the request." }),
    description: t.string({
      nullable: true,
      description: "The description of the request.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).description,
    }),
    context: t.field({
      type: "JSONObject",
      description: "What approvers need to know, as a JSON object.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).context,
    }),
    contextDigest: t.string({
      description:
        "Lower-case hexadecimal SHA-256 of the canonical JSON (RFC 8785) of title, description, context and metadata.",
      resolve: (request, _args, context) => contextDigest(request, context),
    }),
    metadata: t.field({
      type: "JSONObject",
      description: "Facts for programs and conditions, as a JSON object.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).metadata,
    }),
    risk: t.string({
      nullable: true,
      description:
        "The value of `metadata.risk`, cut to 100 characters; values other than strings as JSON. The inbox " +
        "offers bulk decisions only if it is `low` or null, and approval from a row only up to `medium`.",
      resolve: shownRiskOf,
    }),
    contentOmitted: t.boolean({
      description:
        "Whether `listedDescription`, `listedContext` and `listedMetadata` are omitted from this entry of a " +
        "list, because the content up to this entry exceeds 1 MiB. False for a request outside a list.",
      resolve: isContentOmitted,
    }),
    listedDescription: t.string({
      nullable: true,
      description: "The description; null if `contentOmitted` is true.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.description ?? null,
    }),
    listedContext: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The context; null if `contentOmitted` is true.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.context ?? null,
    }),
    listedMetadata: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The metadata; null if `contentOmitted` is true.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.metadata ?? null,
    }),
    status: t.expose("status", { type: enums.ApprovalStatus, description: "The status." }),
    isOpen: t.boolean({ description: "Whether the request is PENDING or ESCALATED.", resolve: isOpen }),
    requestedBy: t.exposeString("requestedBy", { description: "The user on whose behalf approval was requested." }),
    createdBy: t.exposeString("createdBy", {
      description: "The user whose token created the request; `requestedBy` may name another user.",
    }),
    allowSelfApproval: t.exposeBoolean("allowSelfApproval", {
      description: "Whether `requestedBy` and `createdBy` may decide the request, if the policy names them.",
    }),
    decidedBy: t.exposeString("decidedBy", {
      nullable: true,
      description: "The user who made the final decision or cancelled the request; null for AUTO and TIMEOUT.",
    }),
    decision: t.expose("decision", {
      type: enums.Decision,
      nullable: true,
      description: "APPROVE for an APPROVED request, REJECT for a REJECTED one, otherwise null.",
    }),
    decisionSource: t.expose("decisionSource", {
      type: enums.DecisionSource,
      nullable: true,
      description: "What made it final; null while it is open.",
    }),
    comment: t.exposeString("comment", {
      nullable: true,
      description: "The comment of the final decision, or the reason of a cancellation.",
    }),
    decidedAt: t.expose("decidedAt", { type: "DateTime", nullable: true, description: "When it became final." }),
    timeoutMs: t.expose("timeoutMs", { type: "SafeInt", description: "The time to decide, in milliseconds." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When the timeout action applies." }),
    timeoutAction: t.expose("timeoutAction", {
      type: enums.TimeoutAction,
      description: "What happens at `expiresAt`.",
    }),
    timeRemainingMs: t.field({
      type: "SafeInt",
      nullable: true,
      description: "Milliseconds until the request expires: 0 after its expiry, null once it is final.",
      resolve: (request, _args, context) => requests.timeRemainingMs(request, context),
    }),
    isUrgent: t.boolean({
      description: `Whether the request is open and expires in less than ${URGENT_MINUTES} minutes.`,
      resolve: (request, _args, context) => requests.isUrgent(request, context),
    }),
    notifyUsers: t.exposeStringList("notifyUsers", { description: "Users who are notified." }),
    notifyChannels: t.expose("notifyChannels", {
      type: [enums.NotificationChannel],
      description: "The channels on which people are notified.",
    }),
    notifyRoles: t.exposeStringList("notifyRoles", { description: "Roles whose holders are notified." }),
    requireMinApprovers: t.exposeInt("requireMinApprovers", {
      description: "The minimum number of approvals that was asked for.",
    }),
    allowedApprovers: t.exposeStringList("allowedApprovers", {
      description: "The users who may decide. If the list is empty, the notified users and roles may.",
    }),
    requireAllApprovers: t.exposeBoolean("requireAllApprovers", {
      description: "Whether every named approver must approve.",
    }),
    approvers: t.exposeStringList("approvers", {
      description: "Users who have approved, in order of their approvals.",
    }),
    approvalsRequired: t.exposeInt("approvalsRequired", {
      description: "The number of approvals that are required, fixed at creation.",
    }),
    approvalsReceived: t.int({
      description: "The number of approvals so far.",
      resolve: (request) => request.approvers.length,
    }),
    decisions: t.field({
      type: [refs.ApproverDecisionRef],
      description: "One entry for each approver who decided, in order.",
      resolve: (request, _args, context) => requests.decisionsOn(request, context),
    }),
    comments: t.field({
      type: [refs.ApprovalCommentRef],
      description:
        "The newest comments, oldest first; fewer than `last` if their text would exceed 1 MiB. " +
        "`commentsConnection` returns all of them.",
      args: { last: t.arg.int({ description: "The number of comments, 1 to 100. Default: 100." }) },
      resolve: (request, args, context) => commentsOn(request, args, context),
    }),
    commentsConnection: t.field({
      type: ApprovalCommentConnection,
      args: pageArgs(),
      description: "All comments, oldest first. A page ends early if its text would exceed 1 MiB.",
      resolve: (request, args, context) => commentsPage(request, args, context),
    }),
    auditLog: t.field({
      type: AuditLogConnection,
      args: pageArgs(),
      description: "The audit log of the request, newest entry first.",
      resolve: (request, args, context) => auditLogOf(request, args, context),
    }),
    autoApproveConditions: t.field({
      type: [refs.ApprovalConditionRef],
      description: "Conditions that approve the request if all of them hold.",
      resolve: (request, _args, context) => conditionsOf(request, context),
    }),
    escalateToUsers: t.exposeStringList("escalateToUsers", {
      description: "Users who may decide once the request is escalated.",
    }),
    escalationLevel: t.exposeInt("escalationLevel", { description: "How many times the request was escalated." }),
    canApprove: t.boolean({
      description: "Whether the viewer may decide the request now.",
      resolve: (request, _args, context) => requests.canApprove(request, context),
    }),
    run: t.field({
      type: refs.WorkflowRunRef,
      nullable: true,
      description:
        "The run that waits or waited for the request; null if no run of an orchestrator on this database " +
        "asked for it, and after the run was deleted.",
      resolve: (request, _args, context) => runOf(request, context),
    }),
    checkpoint: t.field({
      type: refs.ApprovalCheckpointRef,
      nullable: true,
      description:
        "The checkpoint that was stored before the request was created; null without one, and after the run was deleted.",
      resolve: (request, _args, context) => checkpointOf(request, context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the request was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
  }),
});
