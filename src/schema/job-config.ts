/** The check of a job's configuration before its workflow runs. */

import { checkJobConfig } from "../approvals/job-config.ts";
import { builder } from "./builder.ts";
import { IssueRef } from "./refs.ts";

const JobCondition = builder.inputType("ApprovalJobConditionInput", {
  description: "One automatic condition as a job spells it.",
  fields: (t) => ({
    field: t.string({ description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.string({ description: "An operator in the job's spelling (`<`, `startsWith`) or GraphQL's." }),
    value: t.field({ type: "JSON", description: "What the field is compared with." }),
  }),
});

const ApprovalJobConfigInput = builder.inputType("ApprovalJobConfigInput", {
  description: "The configuration of an approval job. Nothing is required here, so that what is missing is an issue.",
  fields: (t) => ({
    approvalType: t.string({ description: "manual, auto or conditional." }),
    title: t.string({ description: "What is asked, in a line." }),
    description: t.string({ description: "What is asked, at length." }),
    notifyUsers: t.stringList({ description: "Users who are told." }),
    notifyChannels: t.stringList({ description: "slack, email, webhook, in_app." }),
    notifyRoles: t.stringList({ description: "Roles whose holders are told." }),
    timeoutMs: t.field({ type: "SafeInt", description: "The time to decide, in milliseconds." }),
    timeoutAction: t.string({ description: "approve, reject or escalate." }),
    requireMinApprovers: t.int({ description: "Approvals that it takes." }),
    allowedApprovers: t.stringList({ description: "The only users who may decide." }),
    requireAllApprovers: t.boolean({ description: "Whether every named approver has to approve." }),
    autoApproveConditions: t.field({ type: [JobCondition], description: "Conditions that approve where all hold." }),
    escalateToUsers: t.stringList({ description: "Users who may decide once escalated." }),
    requestedBy: t.string({ description: "The user in whose name it is asked." }),
    context: t.field({ type: "JSONObject", description: "What approvers need to know." }),
    metadata: t.field({ type: "JSONObject", description: "Facts for programs and conditions." }),
    createCheckpoint: t.boolean({ description: "Whether a checkpoint is stored before it is asked." }),
    checkpointName: t.string({ description: "The checkpoint's name." }),
    allowSelfApproval: t.boolean({ description: "Whether the requester may decide." }),
    callbackUrl: t.string({
      description:
        "Where the outcome is sent. The host must be allowed by `CALLBACK_HOSTS`; if that is not set, any host is allowed for tokens with `approvals:request` or `approvals:admin`.",
    }),
    decisionSource: t.string({ description: "`approver`: only an approval by people counts as success." }),
    remindBeforeMs: t.field({ type: "SafeInt", description: "How long before it expires people are reminded, in ms." }),
  }),
});

builder.queryField("validateApprovalJob", (t) =>
  t.field({
    type: [IssueRef],
    description: "What is wrong with a job's configuration; an empty list where it is right.",
    args: {
      config: t.arg({ type: ApprovalJobConfigInput, required: true, description: "The configuration." }),
    },
    resolve: (_root, { config }, { services }) => checkJobConfig(config, services.manager.defaults),
  }),
);
