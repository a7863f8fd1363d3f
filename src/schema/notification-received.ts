/** The viewer's messages in the app, live. */

import { cursorOf } from "../resolvers/notifications.ts";
import { eventValue, receivedNotifications } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalNotificationRef, NotificationUpdateRef } from "./refs.ts";

NotificationUpdateRef.implement({
  description: "News of the viewer's messages in the app.",
  fields: (t) => ({
    notification: t.expose("notification", {
      type: ApprovalNotificationRef,
      nullable: true,
      description: "The message; null where only the count is news, for some were read here or elsewhere.",
    }),
    unreadCount: t.exposeInt("unreadCount", { description: "How many messages are unread now." }),
    cursor: t.string({ description: "Where to resume behind this event.", resolve: cursorOf }),
  }),
});

builder.subscriptionField("notificationReceived", (t) =>
  t.field({
    type: NotificationUpdateRef,
    description:
      "The viewer's messages in the app, each once and as soon as it is there, and how many are unread whenever that " +
      "changes. The first event comes at once and tells how things stand: what is queried after it misses nothing.",
    args: {
      after: t.arg.string({
        description:
          "Resumes behind this cursor, also one of `notifications`, and misses nothing; what came at about the same " +
          "time as its message may come again. Null starts at the present.",
      }),
    },
    subscribe: (_root, args, context) => receivedNotifications(args, context),
    resolve: (event) => eventValue(event),
  }),
);
