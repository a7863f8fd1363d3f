/** What is said of messages, and what is told of them outside of the page. Pure. */

import { visible } from "../../../src/model/visible-text.ts";
import type { MessageRowFragment, NotificationChannel, NotificationKind } from "../generated/graphql.ts";
import type { Locale } from "../shared/time.ts";
import { count } from "../shared/words.ts";

export type MessageRow = MessageRowFragment;

/** Where a message leads; null where it is about nothing that the viewer may see. */
export const addressOf = ({ request }: Pick<MessageRow, "request">): string | null =>
  request == null ? null : `/requests/${encodeURIComponent(request.id)}`;

/** Its headline; the server takes the text away with the right to see it. */
export const headlineOf = ({ subject }: Pick<MessageRow, "subject">): string =>
  subject ?? "About a request that you can no longer see";

interface Look {
  icon: "inbox" | "alert" | "clock" | "check" | "cross" | "comment";
  /** What the icon says, for those who do not see it. */
  says: string;
}

export const KIND_LOOKS: Readonly<Record<NotificationKind, Look>> = {
  REQUESTED: { icon: "inbox", says: "New request" },
  ESCALATED: { icon: "alert", says: "Escalated" },
  REMINDER: { icon: "clock", says: "Reminder" },
  URGENT: { icon: "alert", says: "Urgent" },
  DECIDED: { icon: "check", says: "Decided" },
  TIMED_OUT: { icon: "clock", says: "Timed out" },
  CANCELLED: { icon: "cross", says: "Cancelled" },
  COMMENTED: { icon: "comment", says: "Comment" },
  ENDPOINT_DISABLED: { icon: "alert", says: "Webhook disabled" },
};

/** What is unread, as the bell says it. The server counts exactly up to 10,000. */
export function bellLabel(unread: number | null, locale?: Locale): string {
  if (unread === null || unread === 0) return "Notifications";
  return `Notifications, ${unread >= 10_000 ? "10,000 or more" : unread.toLocaleString(locale)} unread`;
}

/** The number on the bell; null where there is none. */
export const bellNumber = (unread: number | null): string | null =>
  unread === null || unread === 0 ? null : unread > 99 ? "99+" : String(unread);

/** The sentence below the heading of the page. */
export function unreadSentence(unread: number | null, locale?: Locale): string | undefined {
  if (unread === null) return undefined;
  return unread === 0 ? "No unread notifications." : `${count(unread, "message is", "messages are", locale)} unread.`;
}

const CONTROL = /\p{Cc}+/gu;
const MOST_TOLD = 200;

/** What the browser shows of a message while nobody looks at the page: a line or two, not the whole of it. */
export function toldOutside(message: Pick<MessageRow, "id" | "subject" | "body">): {
  title: string;
  body: string;
  tag: string;
} {
  const text = visible((message.body ?? "").replaceAll(CONTROL, " ")).trim();
  const body = [...text].length > MOST_TOLD ? `${[...text].slice(0, MOST_TOLD - 1).join("")}…` : text;
  // Whoever shows the same message again replaces it by this name.
  return { title: headlineOf(message), body, tag: `countersign-${message.id}` };
}

/** Channels that a person can close for themselves; webhooks go to programs. */
export const PERSONAL_CHANNELS = ["IN_APP", "EMAIL", "SLACK"] as const satisfies readonly NotificationChannel[];

/** What is muted once one channel is opened or closed, in a fixed order. */
export function mutedAfter(
  muted: readonly NotificationChannel[],
  channel: NotificationChannel,
  open: boolean,
): NotificationChannel[] {
  return PERSONAL_CHANNELS.filter((one) => (one === channel ? !open : muted.includes(one)));
}

/** What the closed channels come to. */
export function mutedSentence(muted: readonly NotificationChannel[]): string {
  const closed = PERSONAL_CHANNELS.filter((channel) => muted.includes(channel)).length;
  const always =
    "Escalations and the urgent reminder, 15 minutes before expiry, are always sent on at least one channel";
  if (closed === PERSONAL_CHANNELS.length) return `All channels are off. ${always}.`;
  return `${always}.`;
}

/** Messages by the day they came on, in the viewer's zone, newest first as they are. */
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
