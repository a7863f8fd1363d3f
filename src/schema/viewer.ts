/** The caller. */

import { MOST_UNREAD } from "../db/queries/notifications.ts";
import { unreadCount } from "../resolvers/notifications.ts";
import { preferences } from "../resolvers/preferences.ts";
import { pendingCount } from "../resolvers/viewer.ts";
import { builder } from "./builder.ts";
import { PreferencesRef, ViewerRef } from "./refs.ts";

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
      description: `How many messages in the app the viewer has not read; exact up to ${MOST_UNREAD}.`,
      resolve: (_viewer, _args, context) => unreadCount(context),
    }),
    notificationPreferences: t.field({
      type: PreferencesRef,
      description: "Where the viewer wants to be told.",
      resolve: (_viewer, _args, context) => preferences(context),
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
