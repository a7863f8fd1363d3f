/** One approver's decision. */

import { textsOfDecision } from "../resolvers/requests.ts";
import { Decision } from "./enums.ts";
import { ApproverDecisionRef } from "./refs.ts";

ApproverDecisionRef.implement({
  description: "One approver's decision on a request.",
  fields: (t) => ({
    approver: t.exposeString("approver", { description: "The user who decided." }),
    decision: t.expose("decision", { type: Decision, description: "The decision." }),
    comment: t.string({
      nullable: true,
      description: "The approver's comment.",
      resolve: async (decision, _args, context) => (await textsOfDecision(decision, context)).comment,
    }),
    reason: t.string({
      nullable: true,
      description: "The approver's reason.",
      resolve: async (decision, _args, context) => (await textsOfDecision(decision, context)).reason,
    }),
    decidedAt: t.expose("decidedAt", { type: "DateTime", description: "When the approver decided." }),
  }),
});
