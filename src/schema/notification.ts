/** A message about a request. */

import { bodyOf, factOf, requestAbout, subjectOf } from "../resolvers/notification-words.ts";
import { NotificationChannel, NotificationKind, NotificationStatus } from "./enums.ts";
import { ApprovalNotificationRef, ApprovalRequestRef } from "./refs.ts";

const GONE = "where the viewer may not see the request any more";

ApprovalNotificationRef.implement({
  description: "A message about a request to one recipient on one channel.",
  fields: (t) => ({
    id: t.exposeID("id", {
      description: "The message's id. It is the same in every attempt, so that receivers know a repeat by it.",
    }),
    kind: t.expose("kind", { type: NotificationKind, description: "What it is about." }),
    channel: t.expose("channel", { type: NotificationChannel, description: "Where it tells." }),
    recipient: t.exposeString("recipient", {
      description: "A user's id; on SLACK also a channel, on WEBHOOK an address without user, query and fragment.",
    }),
    status: t.expose("status", { type: NotificationStatus, description: "How far it has come." }),
    subject: t.string({
      nullable: true,
      description: `Its headline: in the app as of now, elsewhere as it was sent; null ${GONE}.`,
      resolve: (message, _args, context) => subjectOf(message, context),
    }),
    body: t.string({
      nullable: true,
      description: `Its text, plain: in the app as of now, elsewhere as it was sent; null ${GONE}.`,
      args: {
        timeZone: t.arg.string({
          description:
            "The reader's, by its IANA name, like `Europe/Berlin`: times of a message in the app are told in it. Left " +
            "out, it is what is known of the recipient, else UTC.",
        }),
      },
      resolve: (message, { timeZone }, context) => bodyOf(message, timeZone ?? null, context),
    }),
    request: t.field({
      type: ApprovalRequestRef,
      nullable: true,
      description: "The request that it is about, as it is now; null where the viewer may not see it any more.",
      resolve: (message, _args, context) => requestAbout(message, context),
    }),
    actor: t.string({
      nullable: true,
      description: `Who caused it; null where the clock did, or a condition, and ${GONE}.`,
      resolve: (message, _args, context) => factOf(message, "actor", context),
    }),
    comment: t.string({
      nullable: true,
      description: `What they said then, if anything, at most 3,000 characters of it (programs are told all); of an outcome 300, as its request has the whole; null ${GONE}.`,
      resolve: (message, _args, context) => factOf(message, "comment", context),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was caused." }),
    sentAt: t.expose("sentAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was sent, in the app when it was there; null before.",
    }),
    readAt: t.expose("readAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was read in the app; null before, and on other channels.",
    }),
    failedAt: t.expose("failedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it failed last; null where it did not, or was sent after all.",
    }),
    retryCount: t.exposeInt("retryCount", { description: "How often it failed and counts as having." }),
    maxRetries: t.exposeInt("maxRetries", { description: "How often it may, before it is given up." }),
    nextAttemptAt: t.expose("nextAttemptAt", {
      type: "DateTime",
      nullable: true,
      description: "When it is tried next; null where it was sent or given up.",
    }),
    errorMessage: t.exposeString("errorMessage", { nullable: true, description: "How it failed last." }),
    externalId: t.exposeString("externalId", {
      nullable: true,
      description: "What names it at the other side, once it was sent.",
    }),
    externalUrl: t.exposeString("externalUrl", {
      nullable: true,
      description: "Where it is to be seen at the other side, once it was sent.",
    }),
  }),
});
