/** What the page says of where a request stands and of what comes next. Pure. */

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

/** What happens when nobody decides in time, with whom it goes to. */
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

/** What a final request means for the workflow. */
export function consequence({ status }: Outcome): string {
  if (status === "APPROVED") return "The workflow continues.";
  if (status === "CANCELLED") return "Nothing waits for it.";
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

/** What the viewer has decided of a request that still waits. */
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

/** What an entry of the log tells, as one sentence. */
export function entrySentence(
  entry: LogEntry,
  viewerId: string,
  now: Date,
  requestedBy?: string,
  locale?: Locale,
): string {
  const { action, metadata, newStatus } = entry;
  const who = nameOf(entry.userId, viewerId);
  const told = (text: string) => (who === entry.userId ? `${text}.` : sentence(text));
  switch (action) {
    case "CREATED":
      return requestedBy === undefined || requestedBy === entry.userId
        ? told(`${who} asked`)
        : told(`${who} asked for ${nameOf(requestedBy, viewerId)}`);
    case "APPROVED":
      if (entry.userId == null) return "Approved automatically, because its conditions hold.";
      return told(newStatus === "APPROVED" ? `${who} approved, which was the last approval needed` : `${who} approved`);
    case "REJECTED":
      return told(`${who} rejected`);
    case "CANCELLED":
      return told(`${who} cancelled it`);
    case "COMMENTED":
      return told(`${who} commented`);
    case "ESCALATED":
      return metadata.source === "TIMEOUT" || entry.userId == null
        ? "It expired, so it was escalated."
        : told(`${who} escalated it`);
    case "EXTENDED":
      return typeof metadata.expiresAt === "string"
        ? told(`${who} extended it to ${dateTime(metadata.expiresAt, now, locale)}`)
        : told(`${who} extended it`);
    case "CONDITIONS_UPDATED":
      return told(`${who} changed the conditions for automatic approval`);
    case "TIMEOUT":
      return newStatus === "APPROVED"
        ? "It expired, so it was approved automatically."
        : "It expired without a decision.";
    case "NOTIFIED":
      return notifiedSentence([entry], viewerId);
    default:
      return told(`${who}: ${action.toLowerCase()}`);
  }
}

/** One sentence for messages that went out together. */
function notifiedSentence(entries: readonly LogEntry[], viewerId: string): string {
  const texts = (key: string) => [
    ...new Set(entries.flatMap(({ metadata }) => metadata[key]).filter((one) => typeof one === "string")),
  ];
  const people = texts("recipients").map((id) => nameOf(id, viewerId));
  const channels = texts("channel").map((one) =>
    Object.hasOwn(CHANNEL_WORDS, one) ? CHANNEL_WORDS[one as keyof typeof CHANNEL_WORDS] : one,
  );
  const were = people.length === 1 && people[0] !== "you" ? "was" : "were";
  const through =
    channels.length === 0 ? "" : ` (${list(channels).replace("In the app", "in the app").replace("E-mail", "e-mail")})`;
  const names =
    people.length === 0 ? "people" : list(people.toSorted((a, b) => Number(b === "you") - Number(a === "you")));
  // An id is written as it is.
  return `${names.replace(/^(you|people)\b/, (word) => sentence(word).slice(0, -1))} ${were} told${through}.`;
}

export interface TimelineItem {
  id: string;
  action: string;
  text: string;
  comment: string | null;
  at: string;
}

/** The log as a timeline, in its order; messages that follow each other within minutes are one item. */
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
    if (group !== undefined && isTold(entry) && isTold(group[0] as LogEntry) && near(entry, group[0] as LogEntry)) {
      group.push(entry);
    } else groups.push([entry]);
  }
  return groups.map((group) => {
    const first = group[0] as LogEntry;
    const { id, action, createdAt } = first;
    const text = isTold(first)
      ? notifiedSentence(group, viewerId)
      : entrySentence(first, viewerId, now, requestedBy, locale);
    return { id, action, text, comment: first.comment ?? null, at: createdAt };
  });
}

const TOGETHER_MS = 5 * 60_000;
const isTold = ({ action }: LogEntry) => action === "NOTIFIED";
const near = (a: LogEntry, b: LogEntry) => Math.abs(Date.parse(a.createdAt) - Date.parse(b.createdAt)) < TOGETHER_MS;
