/** The policy of a draft in sentences, for example "ann must approve within 1 day, otherwise it is rejected." Pure. */

import { URGENT_MS } from "../../../src/model/deadline.ts";
import type { NotificationChannel } from "../generated/graphql.ts";
import { list } from "../shared/words.ts";
import { type Author, type Draft, decidersOf, requesterOf, rolesDecide } from "./draft.ts";
import { dayAndTime, spanMs, spanWords, untilOf } from "./until.ts";

export interface Policy {
  /** The most important facts in one sentence. If nobody is named yet, what is missing. */
  main: string;
  /** More facts, one sentence each. */
  details: string[];
}

/** Starts with a capital, unless it starts with a user id: those stay as they are. */
function sentence(text: string, names: readonly string[]): string {
  const isName = names.some((name) => text.startsWith(name));
  return `${isName ? text : text.charAt(0).toUpperCase() + text.slice(1)}.`;
}

const NAMES_SHOWN = 4;

/** @param timeZone Default: the viewer's. */
export function policyOf(draft: Draft, author: Author, now: Date, locale?: string, timeZone?: string): Policy {
  const who = whoMust(draft, author, locale);
  if (who === null) return { main: "Enter who decides to see what will happen.", details: [] };
  const end = untilOf(draft.until, now);
  const after = `otherwise ${outcomeOnExpiry(draft, end.ms, locale)}`;
  if (end.fault !== null)
    return { main: sentence(`${who}, ${after}`, draft.people), details: detailsOf(draft, author, null, locale) };
  const when =
    draft.until.by === "instant"
      ? `before ${dayAndTime(end.at, now, locale, timeZone)}`
      : `within ${spanWords(end.ms, locale)}`;
  const main = sentence(`${who} ${when}, ${after}`, draft.people);
  const details = detailsOf(draft, author, end.ms, locale);
  if (draft.until.by === "instant") return { main, details };
  return {
    main,
    details: [`If you ask now, that is before ${dayAndTime(end.at, now, locale, timeZone)}.`, ...details],
  };
}

/** "2 of these 3 people must approve"; null if nobody is named. */
function whoMust(draft: Draft, author: Author, locale?: string): string | null {
  const people = decidersOf(draft, author);
  const n = draft.minimum === "" ? 1 : draft.minimum;
  if (rolesDecide(draft)) return withRoles(people, draft.roles, n, locale);
  const [first, second] = people;
  if (first === undefined) return null;
  if (second === undefined) return `${first} must approve`;
  if (draft.needsAll || n >= people.length) {
    return people.length === 2
      ? `${first} and ${second} must both approve`
      : `All ${people.length} people must approve`;
  }
  if (people.length === 2) return `${first} or ${second} must approve`;
  return `${n === 1 ? "One" : n.toLocaleString(locale)} of these ${people.length} people must approve`;
}

function withRoles(people: readonly string[], roles: readonly string[], n: number, locale?: string): string {
  const either = new Intl.ListFormat("en", { type: "disjunction" });
  const role = `the role ${either.format(roles)}`;
  if (n === 1) return `${either.format([...people.slice(0, NAMES_SHOWN), `one person with ${role}`])} must approve`;
  const number = n.toLocaleString(locale);
  if (people.length === 0) return `${number} people with ${role} must approve`;
  return `${number} out of ${list([...people.slice(0, NAMES_SHOWN), `people with ${role}`], NAMES_SHOWN + 1)} must approve`;
}

function outcomeOnExpiry({ timeoutAction, escalateTo }: Draft, waits: number | null, locale?: string): string {
  if (timeoutAction === "APPROVE") return "it is approved automatically";
  if (timeoutAction === "REJECT") return "it is rejected";
  const to = escalateTo.length === 0 ? "people who are not chosen yet" : list(escalateTo);
  const longer = waits === null ? "the same time again" : `${spanWords(waits, locale)} more`;
  return `${to} may also decide and there is ${longer}; after that it is rejected`;
}

function detailsOf(draft: Draft, author: Author, waits: number | null, locale?: string): string[] {
  const requester = requesterOf(draft, author);
  const self = author.mayWeaken && draft.allowSelfApproval;
  const notCounted = self ? [] : [...new Set([author.userId, requester])].filter((id) => draft.people.includes(id));
  const who = notCounted.map((id) => (id === author.userId ? "you" : id));
  const isOne = who.length === 1 && who[0] !== "you";
  return [
    ...(notCounted.length > 0
      ? [sentence(`${list(who)} ${isOne ? "is" : "are"} not counted: nobody may decide their own request`, notCounted)]
      : []),
    ...(self ? ["The requester may also decide."] : []),
    "One rejection is enough to reject it.",
    ...reminderSentences(draft, waits, locale),
    notifiedSentence(draft),
    ...alsoNotified(draft),
  ];
}

/** Source: docs/rules.md, "Reminders". */
function reminderSentences({ reminder }: Draft, waits: number | null, locale?: string): string[] {
  const before = reminder === null ? null : spanMs(reminder);
  const urgent = waits !== null && waits >= 2 * URGENT_MS && (before === null || before > URGENT_MS);
  const times = [
    ...(before === null ? [] : [spanWords(before, locale)]),
    ...(urgent ? [spanWords(URGENT_MS, locale)] : []),
  ];
  return times.length === 0 ? [] : [`People who have not decided are reminded ${list(times)} before it expires.`];
}

const CHANNELS: Readonly<Record<NotificationChannel, string>> = {
  IN_APP: "in the app",
  EMAIL: "by email",
  SLACK: "in Slack",
  WEBHOOK: "by webhook",
};

const notifiedSentence = ({ channels }: Draft): string =>
  channels.length === 0
    ? "Nobody is notified; the request appears in their inbox."
    : `They are notified ${list(
        channels.map((channel) => CHANNELS[channel]),
        4,
      )}.`;

function alsoNotified(draft: Draft): string[] {
  if (rolesDecide(draft) || draft.notifiedUsers.length + draft.notifiedRoles.length === 0) return [];
  const roles = draft.notifiedRoles.map((role) => `everyone with the role ${role}`);
  const people = [...draft.notifiedUsers, ...roles];
  const are = people.length === 1 ? "is" : "are";
  return [sentence(`${list(people)} ${are} also notified, but cannot decide`, draft.notifiedUsers)];
}
