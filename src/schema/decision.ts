/** One approver's decision. */

import { Decision } from "./enums.ts";
import { ApproverDecisionRef } from "./refs.ts";

ApproverDecisionRef.implement({
  description: "One approver's decision on a request.",
  fields: (t) => ({
    approver: t.exposeString("approver", { description: "The user who decided." }),
    decision: t.expose("decision", { type: Decision, description: "What they decided." }),
    comment: t.exposeString("comment", { nullable: true, description: "Their own comment." }),
    reason: t.exposeString("reason", { nullable: true, description: "Their reason." }),
    decidedAt: t.expose("decidedAt", { type: "DateTime", description: "When they decided." }),
  }),
});
