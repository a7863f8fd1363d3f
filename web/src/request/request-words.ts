/** The texts about the status and history of a request. Pure. */

import { dateTime, duration, type Locale } from "../shared/time.ts";
import { CHANNEL_WORDS, count, list, nameOf, outcomeWords, sentence } from "../shared/words.ts";

type Status = "PENDING" | "ESCALATED" | "APPROVED" | "REJECTED" | "TIMEOUT" | "CANCELLED";

interface Deadline {
  status: Status;
  expiresAt: string;
  timeoutAction: "APPROVE" | "REJECT" | "ESCALATE";
  timeoutMs: number;
  escalateToUsers: readonly string[];
}

/** What happens if nobody decides in time. */
export function thenSentence({ status, timeoutAction, timeoutMs, escalateToUsers }: Deadline, locale?: Locale): string {
  if (timeoutAction === "ESCALATE" && status === "PENDING") {
    return `If nobody decides by then, it is escalated to ${list(escalateToUsers)}, with ${duration(timeoutMs, locale)} more.`;
  }
  return timeoutAction === "APPROVE"
    ? "If nobody decides by then, it is approved automatically and the workflow continues."
    : "If nobody decides by then, it expires without approval.";
}

interface Outcome {
  status: Status;
  decidedBy?: string | null;
  decisionSource?: string | null;
}

/** What the outcome means for the workflow. */
export function consequence({ status }: Outcome): string {
  if (status === "APPROVED") return "The workflow continues.";
  if (status === "CANCELLED") return "No decision is needed.";
  return "The workflow was notified that it was not approved.";
}

export const outcomeSentence = (outcome: Outcome, viewerId: string): string =>
  sentence(outcomeWords(outcome, viewerId));

interface Quorum {
  approvalsRequired: number;
  approvers: readonly string[];
}

/** "1 of 2 approvals". */
export const quorumWords = ({ approvalsRequired, approvers }: Quorum): string =>
  `${approvers.length} of ${count(approvalsRequired, "approval")}`;

/** The viewer's approval of a request that needs more approvals. */
export function ownSentence({ approvalsRequired, approvers }: Quorum): string {
  const missing = Math.max(0, approvalsRequired - approvers.length);
  return `You approved it. ${missing === 1 ? "One more approval is" : `${missing} more approvals are`} needed.`;
}

export interface LogEntry {
  id: string;
  action: string;
  userId?: string | null;
  newStatus?: Status | null;
  comment?: string | null;
  metadata: Record<string, unknown>;
  createdAt: string;
}

/** The sentence for an entry of the audit log. */
export function entrySentence(
  entry: LogEntry,
  viewerId: string,
  now: Date,
  requestedBy?: string,
  locale?: Locale,
): string {
  const { action, metadata, newStatus } = entry;
  const who = nameOf(entry.userId, viewerId);
  const asSentence = (text: string) => (who === entry.userId ? `${text}.` : sentence(text));
  switch (action) {
    case "CREATED":
      return requestedBy === undefined || requestedBy === entry.userId
        ? asSentence(`${who} asked`)
        : asSentence(`${who} asked for ${nameOf(requestedBy, viewerId)}`);
    case "APPROVED":
      if (entry.userId == null) return "Approved automatically, because its conditions hold.";
      return asSentence(
        newStatus === "APPROVED" ? `${who} approved, which was the last approval needed` : `${who} approved`,
      );
    case "REJECTED":
      return asSentence(`${who} rejected`);
    case "CANCELLED":
      return asSentence(`${who} cancelled it`);
    case "COMMENTED":
      return asSentence(`${who} commented`);
    case "ESCALATED":
      return metadata.source === "TIMEOUT" || entry.userId == null
        ? "It expired, so it was escalated."
        : asSentence(`${who} escalated it`);
    case "EXTENDED":
      return typeof metadata.expiresAt === "string"
        ? asSentence(`${who} extended it to ${dateTime(metadata.expiresAt, now, locale)}`)
        : asSentence(`${who} extended it`);
    case "CONDITIONS_UPDATED":
      return asSentence(`${who} changed the conditions for automatic approval`);
    case "TIMEOUT":
      return newStatus === "APPROVED"
        ? "It expired, so it was approved automatically."
        : "It expired without a decision.";
    case "NOTIFIED":
      return notifiedSentence([entry], viewerId);
    default:
      return asSentence(`${who}: ${action.toLowerCase()}`);
  }
}

/** The sentence for notifications that were sent together. */
function notifiedSentence(entries: readonly LogEntry[], viewerId: string): string {
  const texts = (key: string) => [
    ...new Set(entries.flatMap(({ metadata }) => metadata[key]).filter((value) => typeof value === "string")),
  ];
  const people = texts("recipients").map((id) => nameOf(id, viewerId));
  const channels = texts("channel").map((value) =>
    Object.hasOwn(CHANNEL_WORDS, value) ? CHANNEL_WORDS[value as keyof typeof CHANNEL_WORDS] : value,
  );
  const were = people.length === 1 && people[0] !== "you" ? "was" : "were";
  const through =
    channels.length === 0 ? "" : ` (${list(channels).replace("In the app", "in the app").replace("Email", "email")})`;
  const names =
    people.length === 0 ? "people" : list(people.toSorted((a, b) => Number(b === "you") - Number(a === "you")));
  // Only "you" and "people" get a capital; user ids stay as they are.
  return `${names.replace(/^(you|people)\b/, (word) => sentence(word).slice(0, -1))} ${were} notified${through}.`;
}

export interface TimelineItem {
  id: string;
  action: string;
  text: string;
  comment: string | null;
  at: string;
}

/** The audit log as a timeline, in its order. Notifications within a few minutes become one item. */
export function timelineOf(
  log: readonly LogEntry[],
  viewerId: string,
  now: Date,
  requestedBy?: string,
  locale?: Locale,
): TimelineItem[] {
  const groups: LogEntry[][] = [];
  for (const entry of log) {
    const group = groups.at(-1);
    if (
      group !== undefined &&
      isNotified(entry) &&
      isNotified(group[0] as LogEntry) &&
      isNear(entry, group[0] as LogEntry)
    ) {
      group.push(entry);
    } else groups.push([entry]);
  }
  return groups.map((group) => {
    const first = group[0] as LogEntry;
    const { id, action, createdAt } = first;
    const text = isNotified(first)
      ? notifiedSentence(group, viewerId)
      : entrySentence(first, viewerId, now, requestedBy, locale);
    return { id, action, text, comment: first.comment ?? null, at: createdAt };
  });
}

const TOGETHER_MS = 5 * 60_000;
const isNotified = ({ action }: LogEntry) => action === "NOTIFIED";
const isNear = (a: LogEntry, b: LogEntry) => Math.abs(Date.parse(a.createdAt) - Date.parse(b.createdAt)) < TOGETHER_MS;
