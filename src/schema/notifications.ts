/** The viewer's messages in the app: listed, and marked as read. */

import { ValidationError } from "../errors.ts";
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
    description: "The viewer's own messages in the app, newest first.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: NotificationFilter, description: "Which messages; everything given must hold." }),
    },
    resolve: (_root, args, context) => notifications(args, context),
  }),
);

const UNREAD = "How many messages in the app the viewer has not read now.";

const MarkNotificationsReadInput = builder.inputType("MarkNotificationsReadInput", {
  description: "Which messages were read.",
  fields: (t) => ({
    ids: t.idList({ required: true, description: `The messages, from 1 to ${MOST_MARKED}.` }),
  }),
});

const MarkNotificationsReadPayload = builder.objectRef<MarkedPayload>("MarkNotificationsReadPayload").implement({
  description: "The messages after they were marked.",
  fields: (t) => ({
    notifications: t.expose("notifications", {
      type: [ApprovalNotificationRef],
      description: "The messages, in the order of their ids in the input.",
    }),
    unreadCount: t.exposeInt("unreadCount", { description: UNREAD }),
  }),
});

const MarkAllNotificationsReadInput = builder.inputType("MarkAllNotificationsReadInput", {
  description: "Up to when messages were read.",
  fields: (t) => ({
    before: t.field({
      type: "DateTime",
      required: true,
      description: "Messages made before this instant are marked, so that none is that the viewer has not been shown.",
    }),
  }),
});

const MarkAllNotificationsReadPayload = builder
  .objectRef<{ unreadCount: number }>("MarkAllNotificationsReadPayload")
  .implement({
    description: "What is left after the messages were marked.",
    fields: (t) => ({ unreadCount: t.exposeInt("unreadCount", { description: UNREAD }) }),
  });

builder.mutationFields((t) => ({
  markNotificationsRead: t.field({
    type: MarkNotificationsReadPayload,
    description:
      "Marks the viewer's messages in the app as read; one that is read already stays as it is. Where one of the ids " +
      "names none of them, VALIDATION says which, and nothing is marked.",
    args: { input: t.arg({ type: MarkNotificationsReadInput, required: true, description: "What was read." }) },
    errors: {
      types: [ValidationError],
      union: { name: "MarkNotificationsReadResult", description: "The messages, or why none was marked." },
    },
    resolve: (_root, { input }, context) => markNotificationsRead(input, context),
  }),
  markAllNotificationsRead: t.field({
    type: MarkAllNotificationsReadPayload,
    description: "Marks all of the viewer's messages in the app as read that were made before an instant.",
    args: { input: t.arg({ type: MarkAllNotificationsReadInput, required: true, description: "What was read." }) },
    errors: {
      types: [ValidationError],
      union: { name: "MarkAllNotificationsReadResult", description: "What is left, or why none was marked." },
    },
    resolve: (_root, { input }, context) => markAllNotificationsRead(input, context),
  }),
}));
