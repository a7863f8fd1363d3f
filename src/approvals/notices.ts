/**
 * Who is told of what, and where. Pure: (what a command did, who is known) → messages, and the events that say so. On
 * creation everyone who is named; on escalation the escalation users; a reminder to those who can decide and have not;
 * the outcome to the requester and to those who had been asked; a comment to those who take part.
 */

import type { Config } from "../config/config.ts";
import type { Notified } from "../db/queries/outside-recipients.ts";
import {
  type ApprovalAction,
  type ApprovalRequest,
  type Caller,
  isOpen,
  type JsonObject,
  type NotificationChannel,
} from "../model/approvals.ts";
import { displayOrigin, displayUrl } from "../model/display-url.ts";
import { cutText } from "../model/json.ts";
import {
  type Addressee,
  type DeliveredNotification,
  type NewNotification,
  type NotificationFacts,
  type NotificationKind,
  OUTCOME_KINDS,
} from "../model/notifications.ts";
import type { PersonOf } from "../model/same-person.ts";
import { type Effects, event, type NewEvent } from "./effects.ts";
import { canDecideNow, isOwn, mayDecide, mayRead } from "./policy.ts";
import { sequentialId } from "./sequential-id.ts";

/** Where messages go besides the people: the configuration's. */
export interface Destinations {
  /** The Slack channel that hears of every request. */
  slackChannel: string | null;
  /** The endpoint of the channel WEBHOOK, as it may be shown. */
  webhook: string | null;
}

/** @param config the process's configuration */
export const destinationsOf = ({ slack, webhook }: Pick<Config, "slack" | "webhook">): Destinations => ({
  slackChannel: slack.channel,
  webhook: webhook.url && displayUrl(webhook.url),
});

/** Who may be told about the requests of a batch. */
export interface AudienceRows {
  /** By id; whoever is missing has no roles that are known, and mutes nothing. */
  people: ReadonlyMap<string, Addressee>;
  /** Who has said something, by request; only where something was said now. */
  commenters: ReadonlyMap<string, readonly string[]>;
  /** What those have notified outside the app whose commands count, by user. */
  notified?: ReadonlyMap<string, Notified>;
}

/** What is known of the people about the requests of a batch. */
export interface Audience extends AudienceRows {
  /** Which names are one person. */
  personOf: PersonOf;
}

/** How often a failed message is tried again: four hours for people, 17 for an endpoint, four days for a callback. */
const MAX_RETRIES = { person: 70, channel: 70, endpoint: 32, callback: 130 } as const;

/** What endpoints hear of; the rest is for people. */
const FOR_PROGRAMS: readonly NotificationKind[] = ["REQUESTED", "ESCALATED", ...OUTCOME_KINDS];
/**
 * Of what was said a person's message keeps as much as is shown of it, in UTF-16 units. Ten thousand may be told of an
 * outcome, whose reason is the request's own, as long as it is; programs are told all.
 */
const LONGEST_QUOTE = 3_000;
const LONGEST_REASON = 300;
/** These reach a person who has muted everything. */
const FORCED: readonly NotificationKind[] = ["ESCALATED", "URGENT"];
const PERSONAL: readonly NotificationChannel[] = ["EMAIL", "SLACK", "IN_APP"];

/** Something worth telling. */
interface Occasion {
  kind: NotificationKind;
  facts: Omit<NotificationFacts, "to">;
}

/** The messages of one command, and the events that say who was told in the app; other channels tell when they sent. */
export function noticesOf(
  effects: Effects,
  caller: Caller | null,
  audience: Audience,
  destinations: Destinations,
  now: Date,
): { notifications: NewNotification[]; events: NewEvent[] } {
  const { request } = effects;
  const notifications: NewNotification[] = [...(effects.notifications ?? [])];
  const events: NewEvent[] = [];
  for (const occasion of occasionsOf(effects, caller)) {
    const told = messagesOf(occasion, request, audience, destinations, now);
    // One by one: a call takes some hundred thousand arguments at most.
    for (const message of told) notifications.push(message);
    const inApp = told.filter(({ channel }) => channel === "IN_APP").map(({ recipient }) => recipient);
    if (inApp.length === 0) continue;
    events.push(notified(request, { kind: occasion.kind, channel: "IN_APP", recipients: inApp }));
  }
  return { notifications, events };
}

const KINDS: Partial<Record<ApprovalAction, NotificationKind>> = {
  CREATED: "REQUESTED",
  ESCALATED: "ESCALATED",
  APPROVED: "DECIDED",
  REJECTED: "DECIDED",
  TIMEOUT: "TIMED_OUT",
  CANCELLED: "CANCELLED",
  COMMENTED: "COMMENTED",
};

function occasionsOf({ events, reminder, request }: Effects, caller: Caller | null): Occasion[] {
  const occasions = events.flatMap((event): Occasion[] => {
    const kind = KINDS[event.action];
    const { newStatus: status, comment } = event;
    // An approval that others have to join is none of the outcomes.
    if (kind === undefined || (kind === "DECIDED" && isOpen({ status }))) return [];
    const actor = event.byCaller ? (caller?.viewer.userId ?? null) : null;
    return [{ kind, facts: { actor, comment, status } }];
  });
  if (reminder === undefined) return occasions;
  return [...occasions, { kind: reminder, facts: { actor: null, comment: null, status: request.status } }];
}

function messagesOf(
  { kind, facts }: Occasion,
  request: ApprovalRequest,
  audience: Audience,
  { slackChannel, webhook }: Destinations,
  now: Date,
): NewNotification[] {
  const isOutcome = OUTCOME_KINDS.includes(kind);
  // The creator answers for every message about a request. A comment counts for its author.
  const asker = kind === "COMMENTED" && facts.actor !== null ? facts.actor : request.createdBy;
  const quoted = facts.comment && cutText(facts.comment, isOutcome ? LONGEST_REASON : LONGEST_QUOTE);
  const message = (to: NotificationFacts["to"], channel: NotificationChannel, recipient: string) => {
    const comment = channel === "WEBHOOK" ? facts.comment : quoted;
    return messageOf(request, { kind, channel, recipient, asker, metadata: { to, ...facts, comment } });
  };
  // Whoever brought it about knows it, and yet the buttons of their message in Slack must go.
  const knows = (id: string) => id === facts.actor && (isOutcome || kind === "COMMENTED");
  const messages = peopleFor(kind, request, audience, now).flatMap((id) =>
    channelsFor(kind, request, audience.people.get(id))
      .filter((channel) => !knows(id) || (channel === "SLACK" && isOutcome && isAsked(request, audience, id)))
      .map((channel) => message("person", channel, id)),
  );
  // Whoever opens it in the channel finds it decided already.
  const isPosted = isOutcome || (kind === "REQUESTED" && isOpen(request)) || kind === "ESCALATED";
  if (slackChannel !== null && isPosted) messages.push(message("channel", "SLACK", slackChannel));
  if (request.notifyChannels.includes("WEBHOOK") && FOR_PROGRAMS.includes(kind)) {
    messages.push(message("endpoint", "WEBHOOK", webhook ?? "WEBHOOK_URL"));
  }
  if (request.callbackUrl !== null && isOutcome) {
    messages.push(message("callback", "WEBHOOK", displayUrl(request.callbackUrl)));
  }
  return messages;
}

const messageOf = (
  request: ApprovalRequest,
  message: Pick<NewNotification, "kind" | "channel" | "recipient" | "asker" | "metadata">,
): NewNotification => ({
  id: sequentialId(),
  approvalRequestId: request.id,
  maxRetries: MAX_RETRIES[message.metadata.to],
  subject: request.title,
  body: message.metadata.comment,
  ...message,
});

const holderOf = ({ people }: Audience, id: string) => ({ userId: id, roles: people.get(id)?.roles ?? [] });

/** Of those who are named: whoever asks is told of the outcome, and of the rest only where they may decide it. */
const isAsked = (request: ApprovalRequest, audience: Audience, id: string): boolean =>
  !isOwn(request, id, audience.personOf) || mayDecide(request, holderOf(audience, id), audience.personOf);

/** The ids of the people whom it concerns. */
export function peopleFor(kind: NotificationKind, request: ApprovalRequest, audience: Audience, now: Date): string[] {
  const { people, commenters } = audience;
  const holders = people.values().filter(({ roles }) => roles.some((role) => request.notifyRoles.includes(role)));
  const named = [...request.notifyUsers, ...request.allowedApprovers, ...holders.map(({ id }) => id)];
  const escalated = request.escalationLevel > 0 ? request.escalateToUsers : [];
  const toAsk = (ids: readonly string[]) => distinct(ids).filter((id) => isAsked(request, audience, id));
  const distinct = (ids: readonly string[]) => [...new Set(ids)];
  switch (kind) {
    case "REQUESTED":
      return isOpen(request) ? toAsk(named) : [];
    case "ESCALATED":
      return toAsk(escalated);
    case "REMINDER":
    case "URGENT":
      return distinct([...named, ...escalated]).filter((id) =>
        canDecideNow(request, holderOf(audience, id), now, audience.personOf),
      );
    case "COMMENTED": {
      const decided = [...request.approvers, ...(request.decidedBy === null ? [] : [request.decidedBy])];
      const partakers = distinct([request.requestedBy, ...decided, ...(commenters.get(request.id) ?? [])]);
      const rights = { email: null, scopes: [] };
      return partakers.filter((id) => mayRead(request, { ...holderOf(audience, id), ...rights }));
    }
    case "DECIDED":
    case "TIMED_OUT":
    case "CANCELLED": {
      // What was approved at once had been asked of nobody.
      const asked = request.decisionSource === "AUTO" ? [] : toAsk([...named, ...escalated]);
      return distinct([request.requestedBy, ...asked]);
    }
    case "ENDPOINT_DISABLED":
      return [];
  }
}

/** The request's channels, less those that the person has muted; what must reach them goes out on one at least. */
function channelsFor(
  kind: NotificationKind,
  request: ApprovalRequest,
  person: Addressee | undefined,
): NotificationChannel[] {
  const wanted = PERSONAL.filter((channel) => request.notifyChannels.includes(channel));
  const isMuted = (channel: NotificationChannel) => person?.mutedChannels.includes(channel) ?? false;
  const open = wanted.filter((channel) => !isMuted(channel));
  if (open.length > 0 || !FORCED.includes(kind)) return open;
  const order = [...wanted, "IN_APP" as const];
  return [order.find((channel) => !isMuted(channel)) ?? (order[0] as NotificationChannel)];
}

/** The event that people were told. */
const notified = (request: ApprovalRequest, metadata: JsonObject): NewEvent =>
  event(request, request, "NOTIFIED", { byCaller: false, metadata });

/** One message that has reached its recipient, as the audit log tells it. */
export interface Receipt extends DeliveredNotification {
  kind: NotificationKind;
  channel: NotificationChannel;
  recipient: string;
}

/** Notes that messages about the request were delivered. The log is for whoever sees the request: of addresses it names the origin. */
export function noteDelivered(request: ApprovalRequest, receipts: readonly Receipt[]): Effects {
  const events = receipts.map(({ id, kind, channel, recipient }) => {
    const shown = channel === "WEBHOOK" ? displayOrigin(recipient) : recipient;
    return notified(request, { kind, channel, recipients: [shown], notificationId: id });
  });
  return { request, delivered: receipts, events };
}

/** The asker of what the program itself has to say. */
const NOBODY = "-";

/** Tells admins that an endpoint was disabled after days of failure; the request is the last that it did not hear of. */
export function endpointDisabled(request: ApprovalRequest, endpoint: string, admins: readonly Addressee[]): Effects {
  const metadata = { to: "person", actor: null, comment: null, status: request.status, endpoint } as const;
  const notifications = admins.flatMap(({ id, mutedChannels }) =>
    (["IN_APP", "EMAIL"] as const)
      .filter((channel) => channel === "IN_APP" || !mutedChannels.includes(channel))
      .map((channel) =>
        messageOf(request, { kind: "ENDPOINT_DISABLED", channel, recipient: id, asker: NOBODY, metadata }),
      ),
  );
  const recipients = admins.map(({ id }) => id);
  const shown = displayOrigin(endpoint);
  const told = notified(request, { kind: "ENDPOINT_DISABLED", channel: "IN_APP", recipients, endpoint: shown });
  return { request, notifications, events: recipients.length > 0 ? [told] : [] };
}
