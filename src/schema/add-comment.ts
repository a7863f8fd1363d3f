/** The mutation that adds a comment. */

import type { ApprovalComment } from "../model/approvals.ts";
import { ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import { addComment } from "../resolvers/commands.ts";
import { builder } from "./builder.ts";
import { ApprovalCommentRef } from "./refs.ts";

const AddApprovalCommentInput = builder.inputType("AddApprovalCommentInput", {
  description: "A comment on a request.",
  fields: (t) => ({
    requestId: t.id({ required: true, description: "The request." }),
    body: t.string({ required: true, description: "The text of the comment." }),
  }),
});

const AddApprovalCommentPayload = builder
  .objectRef<{ comment: ApprovalComment }>("AddApprovalCommentPayload")
  .implement({
    description: "The comment that was added.",
    fields: (t) => ({
      comment: t.expose("comment", { type: ApprovalCommentRef, description: "The comment." }),
    }),
  });

builder.mutationField("addApprovalComment", (t) =>
  t.field({
    type: AddApprovalCommentPayload,
    description: "Adds a comment to a request. A final request can also be commented on.",
    args: { input: t.arg({ type: AddApprovalCommentInput, required: true, description: "The comment." }) },
    errors: {
      types: [ForbiddenError, NotFoundError, ValidationError],
      union: { name: "AddApprovalCommentResult", description: "The comment, or the error." },
    },
    resolve: (_root, { input }, context) => addComment(input, context),
  }),
);
