/** Automatic conditions as input, and replacing them. */

import type { ApprovalCondition } from "../approvals/model.ts";
import { updateConditions } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ConditionOperator } from "./enums.ts";
import { CHANGE_ERRORS, requestPayload } from "./payloads.ts";

export const ConditionInput = builder.inputType("ApprovalConditionInput", {
  description: "One automatic condition.",
  fields: (t) => ({
    field: t.string({ required: true, description: "A dot path into `{ context, metadata, config, results }`." }),
    operator: t.field({ type: ConditionOperator, required: true, description: "How the field is compared." }),
    value: t.field({ type: "JSON", description: "What the field is compared with; null is a value too." }),
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
      "Replaces the conditions of an open request and evaluates them at once, which may approve it. For admins, and " +
      "never on a request that they made or asked for.",
    args: {
      input: t.arg({ type: UpdateAutoApproveConditionsInput, required: true, description: "The new conditions." }),
    },
    errors: {
      types: CHANGE_ERRORS,
      union: { name: "UpdateAutoApproveConditionsResult", description: "The request, or why nothing changed." },
    },
    resolve: (_root, { input: { requestId, conditions } }, context) =>
      updateConditions({ requestId, conditions: conditions as ApprovalCondition[] }, context),
  }),
);
