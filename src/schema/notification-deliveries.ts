/** All messages, for those who look after their delivery; and sending one again. */

import type { ApprovalNotification } from "../approvals/notification-model.ts";
import { ForbiddenError, NotFoundError, ValidationError } from "../errors.ts";
import { deliveries, resend } from "../resolvers/deliveries.ts";
import { builder } from "./builder.ts";
import { NotificationDeliveryConnection, pageArgs } from "./connections.ts";
import { NotificationDeliveryFilter } from "./filters.ts";
import { ApprovalNotificationRef } from "./refs.ts";

builder.queryField("notificationDeliveries", (t) =>
  t.field({
    type: NotificationDeliveryConnection,
    description: "The messages to anyone on any channel, newest first; for those who see everything.",
    args: {
      ...pageArgs(),
      filter: t.arg({ type: NotificationDeliveryFilter, description: "Which messages; everything given must hold." }),
    },
    resolve: (_root, args, context) => deliveries(args, context),
  }),
);

const ResendNotificationInput = builder.inputType("ResendNotificationInput", {
  description: "Which message is sent again.",
  fields: (t) => ({ notificationId: t.id({ required: true, description: "The message." }) }),
});

const ResendNotificationPayload = builder
  .objectRef<{ notification: ApprovalNotification }>("ResendNotificationPayload")
  .implement({
    description: "The message that is to be sent again.",
    fields: (t) => ({
      notification: t.expose("notification", { type: ApprovalNotificationRef, description: "The message." }),
    }),
  });

builder.mutationField("resendNotification", (t) =>
  t.field({
    type: ResendNotificationPayload,
    description:
      "Has a message sent again at once, with all its retries, whether it was given up, failed or was sent. It keeps " +
      "its id, and with it the idempotency key: a receiver that has it knows it as a repeat. For admins.",
    args: { input: t.arg({ type: ResendNotificationInput, required: true, description: "The message." }) },
    errors: {
      types: [ForbiddenError, NotFoundError, ValidationError],
      union: { name: "ResendNotificationResult", description: "The message, or why it is not sent again." },
    },
    resolve: (_root, { input }, context) => resend(input, context),
  }),
);
