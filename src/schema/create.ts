/** The mutation that creates a request. */

import type { ApprovalRequestInput } from "../model/approvals.ts";
import { ConflictError, ForbiddenError, ValidationError } from "../model/errors.ts";
import { createRequest, type RequestPayload } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ConditionInput } from "./conditions.ts";
import { ApprovalType, NotificationChannel, TimeoutAction } from "./enums.ts";
import { ApprovalRequestRef } from "./refs.ts";

const CreateApprovalRequestInput = builder.inputType("CreateApprovalRequestInput", {
  description:
    "A new approval request. At least one of `notifyUsers`, `notifyRoles` and `allowedApprovers` is required.",
  fields: (t) => ({
    workflowId: t.string({ required: true, description: "The id of the workflow." }),
    jobId: t.string({ required: true, description: "The id of the job that asks for approval." }),
    executionId: t.string({ required: true, description: "The id of this execution of the workflow." }),
    title: t.string({ required: true, description: "The title, up to 300 characters." }),
    approvalType: t.field({ type: ApprovalType, description: "Default: MANUAL." }),
    description: t.string({ description: "The description of the request." }),
    context: t.field({
      type: "JSONObject",
      description: "What approvers need to know, as a JSON object; up to 1 MiB.",
    }),
    metadata: t.field({ type: "JSONObject", description: "Facts for programs and conditions, as a JSON object." }),
    config: t.field({ type: "JSONObject", description: "The configuration of the job. Only conditions use it." }),
    results: t.field({ type: "JSONObject", description: "Results of earlier jobs. Only conditions use them." }),
    requestedBy: t.string({
      description:
        "The user on whose behalf approval is requested. Another user than the caller requires the scope " +
        "`approvals:request`.",
    }),
    timeoutMs: t.field({ type: "SafeInt", description: "The time to decide, in milliseconds, up to 10 years." }),
    timeoutAction: t.field({ type: TimeoutAction, description: "The action when the request expires." }),
    notifyUsers: t.stringList({
      description: "Users who are notified. They may decide if `allowedApprovers` is empty.",
    }),
    notifyChannels: t.field({
      type: [NotificationChannel],
      description: "The channels on which people are notified. Default: [IN_APP].",
    }),
    notifyRoles: t.stringList({ description: "Roles whose holders are notified, and may decide like `notifyUsers`." }),
    requireMinApprovers: t.int({ description: "The number of approvals that are required. Default: 1." }),
    allowedApprovers: t.stringList({
      description: "The users who may decide. Nobody else may, if the list is not empty.",
    }),
    requireAllApprovers: t.boolean({ description: "Whether every named approver must approve." }),
    autoApproveConditions: t.field({
      type: [ConditionInput],
      description: "Conditions that approve a CONDITIONAL request if all of them hold.",
    }),
    escalateToUsers: t.stringList({ description: "Users who may also decide once the request is escalated." }),
    allowSelfApproval: t.boolean({ description: "Whether the requester and the creator may decide." }),
    callbackUrl: t.string({
      description:
        "The URL that receives the outcome. Its host must be allowed by `CALLBACK_HOSTS`; if that is not " +
        "set, tokens with `approvals:request` or `approvals:admin` may use any host.",
    }),
    remindBeforeMs: t.field({
      type: "SafeInt",
      description: "How long before expiry people are reminded, in milliseconds.",
    }),
  }),
});

const CreateApprovalRequestPayload = builder
  .objectRef<RequestPayload & { created: boolean }>("CreateApprovalRequestPayload")
  .implement({
    description: "The request that was created, or that already existed.",
    fields: (t) => ({
      request: t.expose("request", { type: ApprovalRequestRef, description: "The current state of the request." }),
      created: t.exposeBoolean("created", { description: "False if the same request already existed." }),
    }),
  });

builder.mutationField("createApprovalRequest", (t) =>
  t.field({
    type: CreateApprovalRequestPayload,
    description:
      "Creates an approval request. A repeated call with the same content for the same workflow, job and " +
      "execution returns the existing request; with different content it returns a ConflictError.",
    args: { input: t.arg({ type: CreateApprovalRequestInput, required: true, description: "The new request." }) },
    errors: {
      types: [ValidationError, ForbiddenError, ConflictError],
      union: { name: "CreateApprovalRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => createRequest(input as ApprovalRequestInput, context),
  }),
);
