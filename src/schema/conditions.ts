/** Automatic conditions as input, and the mutation that replaces them. */

import type { ApprovalCondition } from "../model/approvals.ts";
import { updateConditions } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ConditionOperator } from "./enums.ts";
import { CHANGE_ERRORS, requestPayload } from "./payloads.ts";

export const ConditionInput = builder.inputType("ApprovalConditionInput", {
  description: "An automatic condition.",
  fields: (t) => ({
    field: t.string({ required: true, description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.field({ type: ConditionOperator, required: true, description: "The comparison operator." }),
    value: t.field({ type: "JSON", description: "The value to compare the field with. Null is a value." }),
  }),
});

const UpdateAutoApproveConditionsInput = builder.inputType("UpdateAutoApproveConditionsInput", {
  description: "The new conditions of a request.",
  fields: (t) => ({
    requestId: t.id({ required: true, description: "The request." }),
    conditions: t.field({ type: [ConditionInput], required: true, description: "The conditions; at least one." }),
  }),
});

builder.mutationField("updateAutoApproveConditions", (t) =>
  t.field({
    type: requestPayload("UpdateAutoApproveConditionsPayload"),
    description:
      "Replaces the conditions of an open request and evaluates them immediately, which may approve the " +
      "request. For admins, but not on requests that they created or that were made on their behalf.",
    args: {
      input: t.arg({ type: UpdateAutoApproveConditionsInput, required: true, description: "The new conditions." }),
    },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "UpdateAutoApproveConditionsResult", description: "The request, or the error." },
    },
    resolve: (_root, { input: { requestId, conditions } }, context) =>
      updateConditions({ requestId, conditions: conditions as ApprovalCondition[] }, context),
  }),
);
