/** The viewer's notifications in the app: the list, and marking them as read. */

import { ValidationError } from "../model/errors.ts";
import {
  type MarkedPayload,
  MOST_MARKED,
  markAllNotificationsRead,
  markNotificationsRead,
  notifications,
} from "../resolvers/notifications.ts";
import { builder } from "./builder.ts";
import { ApprovalNotificationConnection, pageArgs } from "./connections.ts";
import { NotificationFilter } from "./filters.ts";
import { ApprovalNotificationRef } from "./refs.ts";

builder.queryField("notifications", (t) =>
  t.field({
    type: ApprovalNotificationConnection,
    description: "The viewer's in-app notifications, newest first.",
    args: {
      ...pageArgs(),
      filter: t.arg({
        type: NotificationFilter,
        description: "A filter for notifications. All fields that are set must match.",
      }),
    },
    resolve: (_root, args, context) => notifications(args, context),
  }),
);

const UNREAD = "The number of unread in-app notifications of the viewer.";

const MarkNotificationsReadInput = builder.inputType("MarkNotificationsReadInput", {
  description: "The notifications to mark as read.",
  fields: (t) => ({
    ids: t.idList({ required: true, description: `The ids of the notifications, 1 to ${MOST_MARKED}.` }),
  }),
});

const MarkNotificationsReadPayload = builder.objectRef<MarkedPayload>("MarkNotificationsReadPayload").implement({
  description: "The result of marking notifications as read.",
  fields: (t) => ({
    notifications: t.expose("notifications", {
      type: [ApprovalNotificationRef],
      description: "The notifications, in the order of the ids in the input.",
    }),
    unreadCount: t.exposeInt("unreadCount", { description: UNREAD }),
  }),
});

const MarkAllNotificationsReadInput = builder.inputType("MarkAllNotificationsReadInput", {
  description: "The time up to which notifications are marked as read.",
  fields: (t) => ({
    before: t.field({
      type: "DateTime",
      required: true,
      description:
        "Notifications created before this time are marked. Pass the time of the newest one that the viewer " +
        "was shown, so that later ones stay unread.",
    }),
  }),
});

const MarkAllNotificationsReadPayload = builder
  .objectRef<{ unreadCount: number }>("MarkAllNotificationsReadPayload")
  .implement({
    description: "The result of marking notifications as read.",
    fields: (t) => ({ unreadCount: t.exposeInt("unreadCount", { description: UNREAD }) }),
  });

builder.mutationFields((t) => ({
  markNotificationsRead: t.field({
    type: MarkNotificationsReadPayload,
    description:
      "Marks in-app notifications of the viewer as read. Those that are already read stay unchanged. If " +
      "one of the ids is not a notification of the viewer, a ValidationError names it and nothing is " +
      "marked.",
    args: {
      input: t.arg({ type: MarkNotificationsReadInput, required: true, description: "The notifications to mark." }),
    },
    errors: {
      types: [ValidationError],
      union: { name: "MarkNotificationsReadResult", description: "The notifications, or the error." },
    },
    resolve: (_root, { input }, context) => markNotificationsRead(input, context),
  }),
  markAllNotificationsRead: t.field({
    type: MarkAllNotificationsReadPayload,
    description: "Marks all in-app notifications of the viewer that were created before a time as read.",
    args: {
      input: t.arg({ type: MarkAllNotificationsReadInput, required: true, description: "The notifications to mark." }),
    },
    errors: {
      types: [ValidationError],
      union: { name: "MarkAllNotificationsReadResult", description: "The result, or the error." },
    },
    resolve: (_root, { input }, context) => markAllNotificationsRead(input, context),
  }),
}));
