/** The check of a job's configuration before its workflow runs. */

import { checkJobConfig } from "../approvals/job-config.ts";
import { builder } from "./builder.ts";
import { IssueRef } from "./refs.ts";

const JobCondition = builder.inputType("ApprovalJobConditionInput", {
  description: "An automatic condition in the spelling of a job.",
  fields: (t) => ({
    field: t.string({ description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.string({ description: "An operator in the job's spelling (`<`, `startsWith`) or GraphQL's." }),
    value: t.field({ type: "JSON", description: "The value to compare the field with." }),
  }),
});

const ApprovalJobConfigInput = builder.inputType("ApprovalJobConfigInput", {
  description:
    "The configuration of an approval job. No field is required here, so that a missing field is " +
    "reported as an issue.",
  fields: (t) => ({
    approvalType: t.string({ description: "manual, auto or conditional." }),
    title: t.string({ description: "The title of the request." }),
    description: t.string({ description: "The description of the request." }),
    notifyUsers: t.stringList({ description: "Users who are notified." }),
    notifyChannels: t.stringList({ description: "slack, email, webhook, in_app." }),
    notifyRoles: t.stringList({ description: "Roles whose holders are notified." }),
    timeoutMs: t.field({ type: "SafeInt", description: "The time to decide, in milliseconds." }),
    timeoutAction: t.string({ description: "approve, reject or escalate." }),
    requireMinApprovers: t.int({ description: "The number of approvals that are required." }),
    allowedApprovers: t.stringList({
      description: "The users who may decide. Nobody else may, if the list is not empty.",
    }),
    requireAllApprovers: t.boolean({ description: "Whether every named approver must approve." }),
    autoApproveConditions: t.field({
      type: [JobCondition],
      description: "Conditions that approve the request if all of them hold.",
    }),
    escalateToUsers: t.stringList({ description: "Users who may decide once the request is escalated." }),
    requestedBy: t.string({ description: "The user on whose behalf approval is requested." }),
    context: t.field({ type: "JSONObject", description: "What approvers need to know, as a JSON object." }),
    metadata: t.field({ type: "JSONObject", description: "Facts for programs and conditions, as a JSON object." }),
    createCheckpoint: t.boolean({ description: "Whether a checkpoint is stored before the request is created." }),
    checkpointName: t.string({ description: "The name of the checkpoint." }),
    allowSelfApproval: t.boolean({ description: "Whether the requester may decide the request." }),
    callbackUrl: t.string({
      description:
        "The URL that receives the outcome. Its host must be allowed by `CALLBACK_HOSTS`; if that is not " +
        "set, tokens with `approvals:request` or `approvals:admin` may use any host.",
    }),
    decisionSource: t.string({ description: "`approver`: only an approval by people counts as success." }),
    remindBeforeMs: t.field({
      type: "SafeInt",
      description: "How long before expiry people are reminded, in milliseconds.",
    }),
  }),
});

builder.queryField("validateApprovalJob", (t) =>
  t.field({
    type: [IssueRef],
    description: "Validates the configuration of an approval job. The list is empty if it is valid.",
    args: {
      config: t.arg({ type: ApprovalJobConfigInput, required: true, description: "The configuration." }),
    },
    resolve: (_root, { config }, { services }) => checkJobConfig(config, services.manager.defaults),
  }),
);
