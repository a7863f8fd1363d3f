/** The mutations of the requester on an open request: cancel, escalate, extend. */

import { cancel, escalate, extend } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { CHANGE_ERRORS, requestPayload } from "./payloads.ts";

const reasonInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      requestId: t.id({ required: true, description: "The request." }),
      reason: t.string({ description: "The reason." }),
    }),
  });

const CancelApprovalRequestInput = reasonInput("CancelApprovalRequestInput", "The request to cancel, and the reason.");
const EscalateApprovalRequestInput = reasonInput(
  "EscalateApprovalRequestInput",
  "The request to escalate, and the reason.",
);
const ExtendApprovalRequestInput = builder.inputType("ExtendApprovalRequestInput", {
  description: "The request to extend, and its new expiry.",
  fields: (t) => ({
    requestId: t.id({ required: true, description: "The request." }),
    expiresAt: t.field({
      type: "DateTime",
      required: true,
      description: "The new expiry, which must be later than the current one.",
    }),
  }),
});

builder.mutationFields((t) => ({
  cancelApprovalRequest: t.field({
    type: requestPayload("CancelApprovalRequestPayload"),
    description: "Cancels an open request. A request that is already cancelled is returned unchanged.",
    args: { input: t.arg({ type: CancelApprovalRequestInput, required: true, description: "The request to cancel." }) },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "CancelApprovalRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => cancel(input, context),
  }),
  escalateApprovalRequest: t.field({
    type: requestPayload("EscalateApprovalRequestPayload"),
    description:
      "Escalates an open request, so that its escalation users may also decide. This is possible once. The " +
      "expiry does not change.",
    args: {
      input: t.arg({
        type: EscalateApprovalRequestInput,
        required: true,
        description: "The request to escalate, and the reason.",
      }),
    },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "EscalateApprovalRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => escalate(input, context),
  }),
  extendApprovalRequest: t.field({
    type: requestPayload("ExtendApprovalRequestPayload"),
    description: "Extends the expiry of an open request.",
    args: {
      input: t.arg({
        type: ExtendApprovalRequestInput,
        required: true,
        description: "The request to extend, and its new expiry.",
      }),
    },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "ExtendApprovalRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => extend(input, context),
  }),
}));
