/** What the requester's side can do with an open request: cancel, escalate, extend. */

import { cancel, escalate, extend } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { CHANGE_ERRORS, requestPayload } from "./payloads.ts";

const reasonInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      requestId: t.id({ required: true, description: "The request." }),
      reason: t.string({ description: "Why." }),
    }),
  });

const CancelApprovalRequestInput = reasonInput("CancelApprovalRequestInput", "Which request is withdrawn, and why.");
const EscalateApprovalRequestInput = reasonInput(
  "EscalateApprovalRequestInput",
  "Which request is escalated, and why.",
);
const ExtendApprovalRequestInput = builder.inputType("ExtendApprovalRequestInput", {
  description: "Which request gets more time.",
  fields: (t) => ({
    requestId: t.id({ required: true, description: "The request." }),
    expiresAt: t.field({
      type: "DateTime",
      required: true,
      description: "Its new end; only later than the present one.",
    }),
  }),
});

builder.mutationFields((t) => ({
  cancelApprovalRequest: t.field({
    type: requestPayload("CancelApprovalRequestPayload"),
    description: "Withdraws an open request; a cancelled one is returned as it is.",
    args: { input: t.arg({ type: CancelApprovalRequestInput, required: true, description: "What is withdrawn." }) },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "CancelApprovalRequestResult", description: "The request, or why it was not withdrawn." },
    },
    resolve: (_root, { input }, context) => cancel(input, context),
  }),
  escalateApprovalRequest: t.field({
    type: requestPayload("EscalateApprovalRequestPayload"),
    description: "Hands an open request to its escalation users as well, once; the time to decide stays as it was.",
    args: { input: t.arg({ type: EscalateApprovalRequestInput, required: true, description: "What is escalated." }) },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "EscalateApprovalRequestResult", description: "The request, or why it was not escalated." },
    },
    resolve: (_root, { input }, context) => escalate(input, context),
  }),
  extendApprovalRequest: t.field({
    type: requestPayload("ExtendApprovalRequestPayload"),
    description: "Gives an open request until a later instant.",
    args: { input: t.arg({ type: ExtendApprovalRequestInput, required: true, description: "What gets more time." }) },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "ExtendApprovalRequestResult", description: "The request, or why it got no more time." },
    },
    resolve: (_root, { input }, context) => extend(input, context),
  }),
}));
