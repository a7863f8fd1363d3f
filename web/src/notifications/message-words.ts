/** The texts about notifications, on the page and in browser notifications. Pure. */

import { URGENT_MINUTES } from "../../../src/model/deadline.ts";
import { visible } from "../../../src/model/visible-text.ts";
import type { MessageRowFragment, NotificationChannel, NotificationKind } from "../generated/graphql.ts";
import type { Locale } from "../shared/time.ts";
import { count } from "../shared/words.ts";

export type MessageRow = MessageRowFragment;

/** The address that a notification links to; null if the viewer may not see its request. */
export const addressOf = ({ request }: Pick<MessageRow, "request">): string | null =>
  request == null ? null : `/requests/${encodeURIComponent(request.id)}`;

/** The headline. The server omits the subject if the viewer may no longer see the request. */
export const headlineOf = ({ subject }: Pick<MessageRow, "subject">): string =>
  subject ?? "About a request that you can no longer see";

interface Kind {
  icon: "inbox" | "alert" | "clock" | "check" | "cross" | "comment";
  /** The text of the icon for screen readers. */
  label: string;
}

export const KINDS: Readonly<Record<NotificationKind, Kind>> = {
  REQUESTED: { icon: "inbox", label: "New request" },
  ESCALATED: { icon: "alert", label: "Escalated" },
  REMINDER: { icon: "clock", label: "Reminder" },
  URGENT: { icon: "alert", label: "Urgent" },
  DECIDED: { icon: "check", label: "Decided" },
  TIMED_OUT: { icon: "clock", label: "Timed out" },
  CANCELLED: { icon: "cross", label: "Cancelled" },
  COMMENTED: { icon: "comment", label: "Comment" },
  ENDPOINT_DISABLED: { icon: "alert", label: "Webhook disabled" },
};

/** The label of the bell. The server counts exactly up to 10,000. */
export function bellLabel(unread: number | null, locale?: Locale): string {
  if (unread === null || unread === 0) return "Notifications";
  return `Notifications, ${unread >= 10_000 ? "10,000 or more" : unread.toLocaleString(locale)} unread`;
}

/** The number on the bell; null if nothing is unread. */
export const bellNumber = (unread: number | null): string | null =>
  unread === null || unread === 0 ? null : unread > 99 ? "99+" : String(unread);

/** The sentence below the heading of the page. */
export function unreadSentence(unread: number | null, locale?: Locale): string | undefined {
  if (unread === null) return undefined;
  return unread === 0
    ? "No unread notifications."
    : `${count(unread, "notification is", "notifications are", locale)} unread.`;
}

const CONTROL = /\p{Cc}+/gu;
const MAX_BODY = 200;

/** The content of a browser notification: the start of the text, not all of it. */
export function browserNotificationOf(message: Pick<MessageRow, "id" | "subject" | "body">): {
  title: string;
  body: string;
  tag: string;
} {
  const text = visible((message.body ?? "").replaceAll(CONTROL, " ")).trim();
  const body = [...text].length > MAX_BODY ? `${[...text].slice(0, MAX_BODY - 1).join("")}…` : text;
  // A second notification with the same tag replaces the first.
  return { title: headlineOf(message), body, tag: `countersign-${message.id}` };
}

/** The channels that people can turn off for themselves. Webhooks are for programs. */
export const PERSONAL_CHANNELS = ["IN_APP", "EMAIL", "SLACK"] as const satisfies readonly NotificationChannel[];

/** The muted channels after one is turned on or off, in a fixed order. */
export function mutedAfter(
  muted: readonly NotificationChannel[],
  channel: NotificationChannel,
  open: boolean,
): NotificationChannel[] {
  return PERSONAL_CHANNELS.filter((candidate) => (candidate === channel ? !open : muted.includes(candidate)));
}

/** The sentence about what is always sent. */
export function mutedSentence(muted: readonly NotificationChannel[]): string {
  const closed = PERSONAL_CHANNELS.filter((channel) => muted.includes(channel)).length;
  const always = `Escalations and the urgent reminder, ${URGENT_MINUTES} minutes before expiry, are always sent on at least one channel`;
  if (closed === PERSONAL_CHANNELS.length) return `All channels are off. ${always}.`;
  return `${always}.`;
}

/** Groups notifications by the day on which they arrived, in the viewer's time zone. The order stays. */
export function byDay<T extends { createdAt: string }>(
  messages: readonly T[],
  now: Date,
  locale?: Locale,
  timeZone?: string,
): { day: string; messages: T[] }[] {
  const key = new Intl.DateTimeFormat("en-CA", { timeZone });
  const today = key.format(now);
  const yesterday = key.format(new Date(now.getTime() - 86_400_000));
  const long = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone });
  const groups = Map.groupBy(messages, ({ createdAt }) => key.format(new Date(createdAt)));
  return [...groups].map(([date, those]) => ({
    day: date === today ? "Today" : date === yesterday ? "Yesterday" : long.format(new Date(those[0]?.createdAt ?? "")),
    messages: those,
  }));
}
