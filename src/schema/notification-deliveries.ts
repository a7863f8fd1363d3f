/** All notifications, for operators, and sending one again. */

import { ForbiddenError, NotFoundError, ValidationError } from "../model/errors.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { deliveries, resend } from "../resolvers/deliveries.ts";
import { builder } from "./builder.ts";
import { NotificationDeliveryConnection, pageArgs } from "./connections.ts";
import { NotificationDeliveryFilter } from "./filters.ts";
import { ApprovalNotificationRef } from "./refs.ts";

builder.queryField("notificationDeliveries", (t) =>
  t.field({
    type: NotificationDeliveryConnection,
    description:
      "The notifications to all recipients on all channels, newest first. For viewers who may see all requests.",
    args: {
      ...pageArgs(),
      filter: t.arg({
        type: NotificationDeliveryFilter,
        description: "A filter for notifications. All fields that are set must match.",
      }),
    },
    resolve: (_root, args, context) => deliveries(args, context),
  }),
);

const ResendNotificationInput = builder.inputType("ResendNotificationInput", {
  description: "The notification to resend.",
  fields: (t) => ({ notificationId: t.id({ required: true, description: "The notification." }) }),
});

const ResendNotificationPayload = builder
  .objectRef<{ notification: ApprovalNotification }>("ResendNotificationPayload")
  .implement({
    description: "The notification that will be resent.",
    fields: (t) => ({
      notification: t.expose("notification", { type: ApprovalNotificationRef, description: "The notification." }),
    }),
  });

builder.mutationField("resendNotification", (t) =>
  t.field({
    type: ResendNotificationPayload,
    description:
      "Resends a notification immediately, with all its retries, whatever its status. Its id stays the " +
      "same, and so does the idempotency key, so a receiver recognizes a repeated delivery. For admins.",
    args: { input: t.arg({ type: ResendNotificationInput, required: true, description: "The notification." }) },
    errors: {
      types: [ForbiddenError, NotFoundError, ValidationError],
      union: { name: "ResendNotificationResult", description: "The notification, or the error." },
    },
    resolve: (_root, { input }, context) => resend(input, context),
  }),
);
