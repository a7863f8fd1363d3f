/** Asking for approval. */

import type { ApprovalRequestInput } from "../approvals/model.ts";
import { ConflictError, ForbiddenError, ValidationError } from "../errors.ts";
import { createRequest, type RequestPayload } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ConditionInput } from "./conditions.ts";
import { ApprovalType, NotificationChannel, TimeoutAction } from "./enums.ts";
import { ApprovalRequestRef } from "./refs.ts";

const CreateApprovalRequestInput = builder.inputType("CreateApprovalRequestInput", {
  description: "What is asked of whom. At least one of notifyUsers, notifyRoles and allowedApprovers has to be given.",
  fields: (t) => ({
    workflowId: t.string({ required: true, description: "The workflow that asks." }),
    jobId: t.string({ required: true, description: "The job of the workflow that asks." }),
    executionId: t.string({ required: true, description: "The run of the workflow that asks." }),
    title: t.string({ required: true, description: "What is asked, in up to 300 characters." }),
    approvalType: t.field({ type: ApprovalType, description: "MANUAL where left out." }),
    description: t.string({ description: "What is asked, at length." }),
    context: t.field({ type: "JSONObject", description: "What approvers need to know; up to 1 MiB." }),
    metadata: t.field({ type: "JSONObject", description: "Facts for programs and conditions." }),
    config: t.field({ type: "JSONObject", description: "The job's configuration; only conditions look at it." }),
    results: t.field({ type: "JSONObject", description: "Earlier jobs' results; only conditions look at them." }),
    requestedBy: t.string({ description: "Another user, in whose name it is asked; takes approvals:request." }),
    timeoutMs: t.field({ type: "SafeInt", description: "The time to decide, in milliseconds, up to 10 years." }),
    timeoutAction: t.field({ type: TimeoutAction, description: "What happens when the time is over." }),
    notifyUsers: t.stringList({ description: "Users who are told; they decide where no approvers are listed." }),
    notifyChannels: t.field({ type: [NotificationChannel], description: "Where they are told; [IN_APP] if left out." }),
    notifyRoles: t.stringList({ description: "Roles whose holders are told, and decide like notifyUsers." }),
    requireMinApprovers: t.int({ description: "Approvals that it takes; 1 where left out." }),
    allowedApprovers: t.stringList({ description: "The only users who may decide." }),
    requireAllApprovers: t.boolean({ description: "Whether every named approver has to approve." }),
    autoApproveConditions: t.field({
      type: [ConditionInput],
      description: "Conditions that approve a CONDITIONAL request where all of them hold.",
    }),
    escalateToUsers: t.stringList({ description: "Users who may decide as well once escalated." }),
    allowSelfApproval: t.boolean({ description: "Whether requester and creator may decide." }),
    callbackUrl: t.string({
      description:
        "Where the outcome is sent. The host must be allowed by `CALLBACK_HOSTS`; if that is not set, any host is allowed for tokens with `approvals:request` or `approvals:admin`.",
    }),
    remindBeforeMs: t.field({ type: "SafeInt", description: "How long before it expires people are reminded, in ms." }),
  }),
});

const CreateApprovalRequestPayload = builder
  .objectRef<RequestPayload & { created: boolean }>("CreateApprovalRequestPayload")
  .implement({
    description: "The request that was made, or was there.",
    fields: (t) => ({
      request: t.expose("request", { type: ApprovalRequestRef, description: "The request as it stands." }),
      created: t.exposeBoolean("created", { description: "False where the same content had been sent before." }),
    }),
  });

builder.mutationField("createApprovalRequest", (t) =>
  t.field({
    type: CreateApprovalRequestPayload,
    description:
      "Asks for approval. Sent again with the same content for the same workflow, job and execution it returns the " +
      "request that is there; with other content it answers ConflictError.",
    args: { input: t.arg({ type: CreateApprovalRequestInput, required: true, description: "What is asked of whom." }) },
    errors: {
      types: [ValidationError, ForbiddenError, ConflictError],
      union: { name: "CreateApprovalRequestResult", description: "The request, or why there is none." },
    },
    resolve: (_root, { input }, context) => createRequest(input as ApprovalRequestInput, context),
  }),
);
