/**
 * What a message says. One in the app is put into words when it is read, so it tells of the request as it is then, in
 * the words and the zone of whom it is for; any other says what was sent. Where the viewer may not see the request any
 * more, neither is shown, nor who said what about it.
 */

import { canDecideNow } from "../approvals/policy.ts";
import type { ShownRequest } from "../model/approvals.ts";
import { type ApprovalNotification, unknownPerson } from "../model/notifications.ts";
import type { TemplateName } from "../notifications/template-names.ts";
import { viewOf } from "../notifications/view.ts";
import { briefOf } from "./content.ts";
import type { Context } from "./context.ts";
import { visibleRequestBehind } from "./requests.ts";
import { givenTimeZone } from "./time-zone.ts";

/** The request that a message is about, or null where the viewer may not see it any more. */
export const requestAbout = (notification: ApprovalNotification, context: Context): Promise<ShownRequest | null> =>
  visibleRequestBehind(notification, context);

/** A message's subject. */
export const subjectOf = (notification: ApprovalNotification, context: Context): Promise<string | null> =>
  wordsOf(notification, "subject", null, context);

/**
 * A message's body.
 * @param zone where the reader is, where they say so; null: what is known of the recipient
 * @throws BAD_USER_INPUT for what is no IANA name of a zone
 */
export async function bodyOf(
  notification: ApprovalNotification,
  zone: string | null,
  context: Context,
): Promise<string | null> {
  return wordsOf(notification, "body", zone === null ? null : givenTimeZone(zone), context);
}

/** A fact of the moment that caused the message. */
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
  // The viewer's own roles are the token's; another's are the directory's.
  const roles = id === caller.viewer.userId ? caller.viewer.roles : person.roles;
  const now = services.manager.now();
  const canDecide = canDecideNow(request, { userId: id, roles }, now, personOf);
  const template: TemplateName = `in-app/${part}`;
  const delivery = { notification, request: briefOf(request), person, isKnown: found !== null, canDecide, now };
  const view = viewOf(delivery, services.publicUrl());
  return services.templates.render(template, view);
}
