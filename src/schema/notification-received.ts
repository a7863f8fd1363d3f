/** The subscription to the viewer's notifications in the app. */

import { cursorOf } from "../resolvers/notifications.ts";
import { receivedNotifications } from "../resolvers/subscriptions.ts";
import { builder } from "./builder.ts";
import { ApprovalNotificationRef, NotificationUpdateRef } from "./refs.ts";

NotificationUpdateRef.implement({
  description: "A change of the viewer's in-app notifications.",
  fields: (t) => ({
    notification: t.expose("notification", {
      type: ApprovalNotificationRef,
      nullable: true,
      description: "The new notification; null if only the count changed, because some were read.",
    }),
    unreadCount: t.exposeInt("unreadCount", { description: "The current number of unread notifications." }),
    cursor: t.string({ description: "The cursor to pass as `after` to resume after this event.", resolve: cursorOf }),
  }),
});

builder.subscriptionField("notificationReceived", (t) =>
  t.field({
    type: NotificationUpdateRef,
    description:
      "The viewer's new in-app notifications, each once, and the number of unread ones whenever it " +
      "changes. The first event is sent immediately with the current state: a query after it misses " +
      "nothing.",
    args: {
      after: t.arg.string({
        description:
          "Resumes after this cursor, which may also come from `notifications`, without a gap. Notifications " +
          "from about the same time may be sent again. Null starts with new notifications.",
      }),
    },
    subscribe: (_root, args, context) => receivedNotifications(args, context),
    resolve: (event) => event,
  }),
);
