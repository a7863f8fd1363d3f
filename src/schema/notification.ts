/** A notification about a request. */

import { bodyOf, factOf, requestAbout, subjectOf } from "../resolvers/notification-texts.ts";
import { NotificationChannel, NotificationKind, NotificationStatus } from "./enums.ts";
import { ApprovalNotificationRef, ApprovalRequestRef } from "./refs.ts";

const GONE = "if the viewer may no longer see the request";

ApprovalNotificationRef.implement({
  description: "A notification about a request, to one recipient on one channel.",
  fields: (t) => ({
    id: t.exposeID("id", {
      description:
        "The id of the notification. It is the same in every attempt, so that receivers recognize a repeated " +
        "delivery.",
    }),
    kind: t.expose("kind", { type: NotificationKind, description: "The kind of notification." }),
    channel: t.expose("channel", { type: NotificationChannel, description: "The channel it was sent on." }),
    recipient: t.exposeString("recipient", {
      description: "A user id; on SLACK also a channel, on WEBHOOK a URL without user, query and fragment.",
    }),
    status: t.expose("status", { type: NotificationStatus, description: "The delivery status." }),
    subject: t.string({
      nullable: true,
      description: `The subject. For IN_APP it reflects the current state, for other channels it is the subject that was sent; null ${GONE}.`,
      resolve: (message, _args, context) => subjectOf(message, context),
    }),
    body: t.string({
      nullable: true,
      description: `The plain text. For IN_APP it reflects the current state, for other channels it is the text that was sent; null ${GONE}.`,
      args: {
        timeZone: t.arg.string({
          description:
            "The IANA name of the reader's time zone, such as `Europe/Berlin`, for times in an IN_APP " +
            "notification. Default: the time zone that is known for the recipient, otherwise UTC.",
        }),
      },
      resolve: (message, { timeZone }, context) => bodyOf(message, timeZone ?? null, context),
    }),
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The current state of the request that it is about; null if the viewer may no longer see it.",
      resolve: (message, _args, context) => requestAbout(message, context),
    }),
    actor: t.string({
      nullable: true,
      description: `The user whose action caused it; null if a timer or a condition caused it, and ${GONE}.`,
      resolve: (message, _args, context) => factOf(message, "actor", context),
    }),
    comment: t.string({
      nullable: true,
      description: `The comment of that action, cut to 3,000 characters (programs receive all of it), or to 300 for an outcome, because the request has the whole comment; null ${GONE}.`,
      resolve: (message, _args, context) => factOf(message, "comment", context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the notification was created." }),
    sentAt: t.expose("sentAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was sent, or for IN_APP when it became visible; null before that.",
    }),
    readAt: t.expose("readAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was read in the app; null before that and on other channels.",
    }),
    failedAt: t.expose("failedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the last attempt failed; null if no attempt failed or a later one succeeded.",
    }),
    retryCount: t.exposeInt("retryCount", {
      description: "The number of failed attempts since it was created or last resent.",
    }),
    maxRetries: t.exposeInt("maxRetries", {
      description: "The number of failed attempts after which no more attempts are made.",
    }),
    nextAttemptAt: t.expose("nextAttemptAt", {
      type: "DateTime",
      nullable: true,
      description: "When the next attempt is due; null if it was sent or no more attempts are made.",
    }),
    errorMessage: t.exposeString("errorMessage", {
      nullable: true,
      description: "The error of the last failed attempt.",
    }),
    externalId: t.exposeString("externalId", {
      nullable: true,
      description: "The id of the message at the receiving service, once it was sent.",
    }),
    externalUrl: t.exposeString("externalUrl", {
      nullable: true,
      description: "The URL of the message at the receiving service, once it was sent.",
    }),
  }),
});
