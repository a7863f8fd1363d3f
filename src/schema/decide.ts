/** The mutations that decide: approve and reject. */

import { approve, reject } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { DECISION_ERRORS, requestPayload } from "./payloads.ts";

const decisionInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      requestId: t.id({ required: true, description: "The request." }),
      comment: t.string({ description: "The approver's comment." }),
      reason: t.string({ description: "The approver's reason." }),
      contextDigest: t.string({
        description:
          "The `contextDigest` of the content that the approver read. If it is not the current one, the " +
          "decision is refused.",
      }),
    }),
  });

const ApproveRequestInput = decisionInput("ApproveRequestInput", "The viewer's approval.");
const RejectRequestInput = decisionInput("RejectRequestInput", "The viewer's rejection.");

builder.mutationFields((t) => ({
  approveRequest: t.field({
    type: requestPayload("ApproveRequestPayload"),
    description: "Approves a request. It becomes APPROVED once it has the required approvals.",
    args: { input: t.arg({ type: ApproveRequestInput, required: true, description: "The approval." }) },
    errors: {
      types: DECISION_ERRORS,
      union: { name: "ApproveRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => approve(input, context),
  }),
  rejectRequest: t.field({
    type: requestPayload("RejectRequestPayload"),
    description: "Rejects a request. One rejection makes the request REJECTED.",
    args: { input: t.arg({ type: RejectRequestInput, required: true, description: "The rejection." }) },
    errors: {
      types: DECISION_ERRORS,
      union: { name: "RejectRequestResult", description: "The request, or the error." },
    },
    resolve: (_root, { input }, context) => reject(input, context),
  }),
}));
