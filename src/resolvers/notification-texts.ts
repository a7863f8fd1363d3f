/**
 * The texts of a notification. A notification in the app is rendered when it is read, so it describes the current state of
 * the request, in the time zone of its recipient. Any other notification has the text that was sent. If the viewer may no
 * longer see the request, the text, its author and the comment are omitted.
 */

import { canDecideNow } from "../approvals/policy.ts";
import type { RequestOrHead } from "../model/approvals.ts";
import { type ApprovalNotification, unknownPerson } from "../model/notifications.ts";
import type { TemplateName } from "../notifications/template-names.ts";
import { viewOf } from "../notifications/view.ts";
import { briefOf } from "./content.ts";
import type { Context } from "./context.ts";
import { visibleRequestBehind } from "./requests.ts";
import { givenTimeZone } from "./time-zone.ts";

/** The request of a notification; null if the viewer may no longer see it. */
export const requestAbout = (notification: ApprovalNotification, context: Context): Promise<RequestOrHead | null> =>
  visibleRequestBehind(notification, context);

/** The subject of a notification. */
export const subjectOf = (notification: ApprovalNotification, context: Context): Promise<string | null> =>
  wordsOf(notification, "subject", null, context);

/**
 * The body of a notification.
 * @param zone the reader's time zone; null: the known zone of the recipient
 * @throws BAD_USER_INPUT if the zone is not an IANA name
 */
export async function bodyOf(
  notification: ApprovalNotification,
  zone: string | null,
  context: Context,
): Promise<string | null> {
  return wordsOf(notification, "body", zone === null ? null : givenTimeZone(zone), context);
}

/** A field of the event that caused the notification. */
export async function factOf(
  notification: ApprovalNotification,
  fact: "actor" | "comment",
  context: Context,
): Promise<string | null> {
  return (await requestAbout(notification, context)) === null ? null : (notification.metadata[fact] ?? null);
}

async function wordsOf(
  notification: ApprovalNotification,
  part: "subject" | "body",
  zone: string | null,
  context: Context,
): Promise<string | null> {
  const { services, caller } = context;
  const request = await requestAbout(notification, context);
  if (request === null) return null;
  if (notification.channel !== "IN_APP") return notification[part];
  const { recipient: id } = notification;
  const [found, personOf] = await Promise.all([services.loaders.people.load(id), services.loaders.persons.load([id])]);
  const known = found ?? unknownPerson(id);
  const person = zone === null ? known : { ...known, zone };
  // The viewer's roles are those of the token; the roles of others are those of the directory.
  const roles = id === caller.viewer.userId ? caller.viewer.roles : person.roles;
  const now = services.manager.now();
  const canDecide = canDecideNow(request, { userId: id, roles }, now, personOf);
  const template: TemplateName = `in-app/${part}`;
  const delivery = { notification, request: briefOf(request), person, isKnown: found !== null, canDecide, now };
  const view = viewOf(delivery, services.publicUrl());
  return services.templates.render(template, view);
}
