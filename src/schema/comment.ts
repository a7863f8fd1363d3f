/** A comment on a request. */

import { requestOf } from "../resolvers/audit.ts";
import { commentBody } from "../resolvers/comments.ts";
import { globalId } from "../resolvers/ids.ts";
import { builder } from "./builder.ts";
import { ApprovalCommentRef, ApprovalRequestRef } from "./refs.ts";

ApprovalCommentRef.implement({
  description: "A comment on a request.",
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: "The comment's global id.",
      resolve: (comment) => globalId("ApprovalComment", comment.id),
    }),
    author: t.exposeString("author", { description: "The user who wrote it." }),
    body: t.string({
      description: "The text of the comment.",
      resolve: (comment, _args, context) => commentBody(comment, context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the comment was written." }),
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The request that the comment is about; null once the request is deleted.",
      resolve: (comment, _args, context) => requestOf(comment, context),
    }),
  }),
});
