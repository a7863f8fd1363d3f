/** The subject and the ids of an email, and the thread that it belongs to. */

import { sha256 } from "../../model/json.ts";
import type { NotificationKind } from "../../model/notifications.ts";
import type { Delivery } from "../channel.ts";

/** Emails that may start a thread. The subject of any other email starts with Re:, like that of a reply. */
const FIRST: readonly NotificationKind[] = ["REQUESTED", "ESCALATED", "ENDPOINT_DISABLED"];
// Control characters, line separators and paragraph separators, with the white space around them.
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** A text as one line, for use in a header. */
export const asOneLine = (text: string): string => text.replace(BREAKS, " ").trim();

/** The subject of an email. Mail clients put emails into one thread if their subjects differ only in `Re:`. */
export function subjectOf(rendered: string, kind: NotificationKind): string {
  const line = asOneLine(rendered);
  return FIRST.includes(kind) ? line : `Re: ${line}`;
}

/**
 * The ids of an email. The message id depends only on the notification, so a repeat has the same id. All emails about
 * one request to one person reply to the same message, which is never sent. This makes them one thread.
 * @param domain the sender's domain
 */
export function idsOf({ notification, request }: Delivery, domain: string) {
  const messageId = `<${notification.id}@${domain}>`;
  if (notification.kind === "ENDPOINT_DISABLED") return { messageId };
  const root = `<request-${request.id}.${sha256(notification.recipient).slice(0, 16)}@${domain}>`;
  return { messageId, inReplyTo: root, references: root };
}
