/** The caller. */

import { pendingCount, unreadNotificationCount } from "../resolvers/viewer.ts";
import { builder } from "./builder.ts";
import { ViewerRef } from "./refs.ts";

ViewerRef.implement({
  description: "The user of the token, with its rights.",
  fields: (t) => ({
    userId: t.exposeString("userId", { description: "The user's id." }),
    email: t.exposeString("email", { nullable: true, description: "The token's e-mail address." }),
    roles: t.stringList({ description: "The token's roles.", resolve: ({ roles }) => [...roles] }),
    scopes: t.stringList({ description: "The token's scopes.", resolve: ({ scopes }) => [...scopes] }),
    pendingCount: t.int({
      description: "How many requests the viewer can decide now.",
      resolve: (_viewer, _args, context) => pendingCount(context),
    }),
    unreadNotificationCount: t.int({
      description: "How many messages in the app the viewer has not read.",
      resolve: (_viewer, _args, context) => unreadNotificationCount(context),
    }),
  }),
});

builder.queryField("viewer", (t) =>
  t.field({
    type: ViewerRef,
    description: "Who is asking.",
    resolve: (_root, _args, { caller }) => caller.viewer,
  }),
);
