/** The request and its fields. */

import { isOpen } from "../approvals/model.ts";
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
  description: "One automatic condition; all of a request's must hold.",
  fields: (t) => ({
    field: t.exposeString("field", { description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.expose("operator", { type: enums.ConditionOperator, description: "How the field is compared." }),
    value: t.expose("value", { type: "JSON", nullable: true, description: "What the field is compared with." }),
  }),
});

refs.ApprovalRequestRef.implement({
  description: "A step of a workflow that people must agree to.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.exposeID("id", { description: "The request's id: opaque, and the same string on every surface." }),
    version: t.exposeInt("version", { description: "Starts at 1 and grows by one with every change." }),
    workflowId: t.exposeString("workflowId", { description: "The workflow that asks." }),
    jobId: t.exposeString("jobId", { description: "The job of the workflow that asks." }),
    executionId: t.exposeString("executionId", { description: "The run of the workflow that asks." }),
    approvalType: t.expose("approvalType", {
      type: enums.ApprovalType,
      description: "Whether people, conditions or nobody has to agree.",
    }),
    title: t.exposeString("title", { description: "What is asked, in a line." }),
    description: t.string({
      nullable: true,
      description: "What is asked, at length.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).description,
    }),
    context: t.field({
      type: "JSONObject",
      description: "What approvers need to know.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).context,
    }),
    contextDigest: t.string({
      description:
        "Lower-case hexadecimal SHA-256 of the canonical JSON (RFC 8785) of title, description, context and metadata.",
      resolve: (request, _args, context) => contextDigest(request, context),
    }),
    metadata: t.field({
      type: "JSONObject",
      description: "Facts for programs and conditions.",
      resolve: async (request, _args, context) => (await contentOf(request, context)).metadata,
    }),
    risk: t.string({
      nullable: true,
      description:
        "The value of `metadata.risk`, cut to 100 characters; other types than text as JSON. The inbox decides " +
        "several at once only where it is `low` or null, and approves from a row only up to `medium`.",
      resolve: shownRiskOf,
    }),
    contentOmitted: t.boolean({
      description:
        "Whether `listedDescription`, `listedContext` and `listedMetadata` are left out of this entry of a list, since " +
        "the content of the entries up to it is longer than 1 MiB. False for a request outside a list.",
      resolve: isContentOmitted,
    }),
    listedDescription: t.string({
      nullable: true,
      description: "The description; null where `contentOmitted`.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.description ?? null,
    }),
    listedContext: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The context; null where `contentOmitted`.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.context ?? null,
    }),
    listedMetadata: t.field({
      type: "JSONObject",
      nullable: true,
      description: "The metadata; null where `contentOmitted`.",
      resolve: async (request, _args, context) => (await listedContentOf(request, context))?.metadata ?? null,
    }),
    status: t.expose("status", { type: enums.ApprovalStatus, description: "Where it stands." }),
    isOpen: t.boolean({ description: "Whether it is PENDING or ESCALATED.", resolve: isOpen }),
    requestedBy: t.exposeString("requestedBy", { description: "The user in whose name it was asked." }),
    createdBy: t.exposeString("createdBy", {
      description: "The user whose token created it; `requestedBy` may name another.",
    }),
    allowSelfApproval: t.exposeBoolean("allowSelfApproval", {
      description: "Whether `requestedBy` and `createdBy` may decide it, where the policy names them.",
    }),
    decidedBy: t.exposeString("decidedBy", {
      nullable: true,
      description: "Who completed the decision or cancelled; null for AUTO and TIMEOUT.",
    }),
    decision: t.expose("decision", {
      type: enums.Decision,
      nullable: true,
      description: "APPROVE once APPROVED, REJECT once REJECTED, else null.",
    }),
    decisionSource: t.expose("decisionSource", {
      type: enums.DecisionSource,
      nullable: true,
      description: "What made it final; null while it is open.",
    }),
    comment: t.exposeString("comment", { nullable: true, description: "The deciding comment, or the reason." }),
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
      description: "Milliseconds until it expires: 0 past its time, null once it is final.",
      resolve: (request, _args, context) => requests.timeRemainingMs(request, context),
    }),
    isUrgent: t.boolean({
      description: "Whether it is open with less than 15 minutes left.",
      resolve: (request, _args, context) => requests.isUrgent(request, context),
    }),
    notifyUsers: t.exposeStringList("notifyUsers", { description: "Users who are told." }),
    notifyChannels: t.expose("notifyChannels", {
      type: [enums.NotificationChannel],
      description: "Where they are told.",
    }),
    notifyRoles: t.exposeStringList("notifyRoles", { description: "Roles whose holders are told." }),
    requireMinApprovers: t.exposeInt("requireMinApprovers", { description: "Approvals that were asked for." }),
    allowedApprovers: t.exposeStringList("allowedApprovers", {
      description: "The users who may decide; where empty, those who are told may.",
    }),
    requireAllApprovers: t.exposeBoolean("requireAllApprovers", {
      description: "Whether every named approver has to approve.",
    }),
    approvers: t.exposeStringList("approvers", { description: "Users who have approved, in order." }),
    approvalsRequired: t.exposeInt("approvalsRequired", { description: "Approvals that it takes; fixed at creation." }),
    approvalsReceived: t.int({
      description: "Approvals that it has.",
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
      args: { last: t.arg.int({ description: "How many, 1 to 100; 100 where left out." }) },
      resolve: (request, args, context) => commentsOn(request, args, context),
    }),
    commentsConnection: t.field({
      type: ApprovalCommentConnection,
      args: pageArgs(),
      description: "The conversation, oldest first; a page ends early if its text would exceed 1 MiB.",
      resolve: (request, args, context) => commentsPage(request, args, context),
    }),
    auditLog: t.field({
      type: AuditLogConnection,
      args: pageArgs(),
      description: "What happened to it, newest first.",
      resolve: (request, args, context) => auditLogOf(request, args, context),
    }),
    autoApproveConditions: t.field({
      type: [refs.ApprovalConditionRef],
      description: "The conditions that approve it where all of them hold.",
      resolve: (request, _args, context) => conditionsOf(request, context),
    }),
    escalateToUsers: t.exposeStringList("escalateToUsers", { description: "Users who may decide once escalated." }),
    escalationLevel: t.exposeInt("escalationLevel", { description: "How often it was escalated." }),
    canApprove: t.boolean({
      description: "Whether the viewer may decide it now.",
      resolve: (request, _args, context) => requests.canApprove(request, context),
    }),
    run: t.field({
      type: refs.WorkflowRunRef,
      nullable: true,
      description: "The run that waits, or waited, at it; null where no run of an orchestrator here asked it.",
      resolve: (request, _args, context) => runOf(request, context),
    }),
    checkpoint: t.field({
      type: refs.ApprovalCheckpointRef,
      nullable: true,
      description: "What was kept of the run before it was asked; null where nothing was.",
      resolve: (request, _args, context) => checkpointOf(request, context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was made." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
  }),
});
