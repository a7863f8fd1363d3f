/** How a mail names itself, and the thread that it belongs to. */

import { sha256 } from "../../model/json.ts";
import type { NotificationKind } from "../../model/notifications.ts";
import type { Delivery } from "../channel.ts";

/** Mails that may begin a thread; the subject of any other begins with Re:, as an answer's does. */
const FIRST: readonly NotificationKind[] = ["REQUESTED", "ESCALATED", "ENDPOINT_DISABLED"];
// Control characters and the separators of lines and paragraphs, with the blanks around them.
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** A text as one line, so that it can be a header. */
export const asOneLine = (text: string): string => text.replace(BREAKS, " ").trim();

/** The subject of a mail. Mail programs put those into one thread whose subjects differ in nothing but `Re:`. */
export function subjectOf(rendered: string, kind: NotificationKind): string {
  const line = asOneLine(rendered);
  return FIRST.includes(kind) ? line : `Re: ${line}`;
}

/**
 * The ids of a mail. Its own comes from the notification alone, so that a mail sent twice can be told by it. All mails
 * of one request to one person answer the same message, which is never sent itself: that is what makes them one thread.
 * @param domain of the sender
 */
export function idsOf({ notification, request }: Delivery, domain: string) {
  const messageId = `<${notification.id}@${domain}>`;
  if (notification.kind === "ENDPOINT_DISABLED") return { messageId };
  const root = `<request-${request.id}.${sha256(notification.recipient).slice(0, 16)}@${domain}>`;
  return { messageId, inReplyTo: root, references: root };
}
