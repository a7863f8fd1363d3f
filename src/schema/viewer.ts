/** The caller. */

import { MOST_UNREAD } from "../db/queries/notifications.ts";
import { unreadCount } from "../resolvers/notifications.ts";
import { preferences } from "../resolvers/preferences.ts";
import { pendingCount } from "../resolvers/viewer.ts";
import { builder } from "./builder.ts";
import { PreferencesRef, ViewerRef } from "./refs.ts";

ViewerRef.implement({
  description: "The user of the token, with the rights of the token.",
  fields: (t) => ({
    userId: t.exposeString("userId", { description: "The user's id." }),
    email: t.exposeString("email", { nullable: true, description: "The email address in the token." }),
    roles: t.stringList({ description: "The token's roles.", resolve: ({ roles }) => [...roles] }),
    scopes: t.stringList({ description: "The token's scopes.", resolve: ({ scopes }) => [...scopes] }),
    pendingCount: t.int({
      description: "The number of requests that the viewer can decide now.",
      resolve: (_viewer, _args, context) => pendingCount(context),
    }),
    unreadNotificationCount: t.int({
      description: `The number of unread in-app notifications; exact up to ${MOST_UNREAD}.`,
      resolve: (_viewer, _args, context) => unreadCount(context),
    }),
    notificationPreferences: t.field({
      type: PreferencesRef,
      description: "The notification preferences of the viewer.",
      resolve: (_viewer, _args, context) => preferences(context),
    }),
  }),
});

builder.queryField("viewer", (t) =>
  t.field({
    type: ViewerRef,
    description: "The user of the token.",
    resolve: (_root, _args, { caller }) => caller.viewer,
  }),
);
