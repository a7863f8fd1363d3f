/**
 * Determines who is notified of what, and where. Pure: (effects, known people) → notifications, and the events that log
 * them. A new request notifies everyone it names; an escalation, the escalation users; a reminder, the people who can
 * decide and have not; an outcome, the requester and everyone who was asked; a comment, the participants.
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

/** Where notifications go besides the people, by the configuration. */
export interface Destinations {
  /** The Slack channel that is notified of every request. */
  slackChannel: string | null;
  /** The endpoint of the channel WEBHOOK, in a form without secrets. */
  webhook: string | null;
}

/** @param config the process's configuration */
export const destinationsOf = ({ slack, webhook }: Pick<Config, "slack" | "webhook">): Destinations => ({
  slackChannel: slack.channel,
  webhook: webhook.url && displayUrl(webhook.url),
});

/** Who may be notified about the requests of a batch. */
export interface AudienceRows {
  /** By id. A person who is missing has no known roles and mutes nothing. */
  people: ReadonlyMap<string, Addressee>;
  /** Who has commented, by request; only for requests with a new comment. */
  commenters: ReadonlyMap<string, readonly string[]>;
  /** How many people each user with a limit has notified outside the app. */
  notified?: ReadonlyMap<string, Notified>;
}

/** What is known about the people of the requests of a batch. */
export interface Audience extends AudienceRows {
  /** Which names are one person. */
  personOf: PersonOf;
}

/** How often a failed notification is retried: for four hours to people, 17 to an endpoint, four days to a callback. */
const MAX_RETRIES = { person: 70, channel: 70, endpoint: 32, callback: 130 } as const;

/** The kinds that endpoints receive; the others are only for people. */
const FOR_PROGRAMS: readonly NotificationKind[] = ["REQUESTED", "ESCALATED", ...OUTCOME_KINDS];
/**
 * Most UTF-16 units of a comment or reason in a person's notification, which shows no more. Ten thousand people may be
 * notified of an outcome, and the request itself has the full reason. Programs receive the full text.
 */
const LONGEST_QUOTE = 3_000;
const LONGEST_REASON = 300;
/** Kinds that reach even a person who has muted everything. */
const FORCED: readonly NotificationKind[] = ["ESCALATED", "URGENT"];
const PERSONAL: readonly NotificationChannel[] = ["EMAIL", "SLACK", "IN_APP"];

/** The cause of notifications. */
interface Cause {
  kind: NotificationKind;
  facts: Omit<NotificationFacts, "to">;
}

/**
 * The notifications of one command, and the events that log those in the app. Other channels log when they have sent.
 */
export function notificationsOf(
  effects: Effects,
  caller: Caller | null,
  audience: Audience,
  destinations: Destinations,
  now: Date,
): { notifications: NewNotification[]; events: NewEvent[] } {
  const { request } = effects;
  const notifications: NewNotification[] = [...(effects.notifications ?? [])];
  const events: NewEvent[] = [];
  for (const cause of causesOf(effects, caller)) {
    const added = notificationsOfCause(cause, request, audience, destinations, now);
    // One by one, because a call accepts only some hundred thousand arguments.
    for (const notification of added) notifications.push(notification);
    const inApp = added.filter(({ channel }) => channel === "IN_APP").map(({ recipient }) => recipient);
    if (inApp.length === 0) continue;
    events.push(notified(request, { kind: cause.kind, channel: "IN_APP", recipients: inApp }));
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

function causesOf({ events, reminder, request }: Effects, caller: Caller | null): Cause[] {
  const causes = events.flatMap((event): Cause[] => {
    const kind = KINDS[event.action];
    const { newStatus: status, comment } = event;
    // An approval that does not complete the quorum is not an outcome.
    if (kind === undefined || (kind === "DECIDED" && isOpen({ status }))) return [];
    const actor = event.byCaller ? (caller?.viewer.userId ?? null) : null;
    return [{ kind, facts: { actor, comment, status } }];
  });
  if (reminder === undefined) return causes;
  return [...causes, { kind: reminder, facts: { actor: null, comment: null, status: request.status } }];
}

function notificationsOfCause(
  { kind, facts }: Cause,
  request: ApprovalRequest,
  audience: Audience,
  { slackChannel, webhook }: Destinations,
  now: Date,
): NewNotification[] {
  const isOutcome = OUTCOME_KINDS.includes(kind);
  // Every notification about a request counts for its creator, except a comment, which counts for its author.
  const asker = kind === "COMMENTED" && facts.actor !== null ? facts.actor : request.createdBy;
  const quoted = facts.comment && cutText(facts.comment, isOutcome ? LONGEST_REASON : LONGEST_QUOTE);
  const message = (to: NotificationFacts["to"], channel: NotificationChannel, recipient: string) => {
    const comment = channel === "WEBHOOK" ? facts.comment : quoted;
    return notificationOf(request, { kind, channel, recipient, asker, metadata: { to, ...facts, comment } });
  };
  // The actor already knows, but the buttons of the actor's Slack message must be removed.
  const isInformed = (id: string) => id === facts.actor && (isOutcome || kind === "COMMENTED");
  const messages = recipientsOf(kind, request, audience, now).flatMap((id) =>
    channelsFor(kind, request, audience.people.get(id))
      .filter((channel) => !isInformed(id) || (channel === "SLACK" && isOutcome && isAsked(request, audience, id)))
      .map((channel) => message("person", channel, id)),
  );
  // A request that was approved at once is not posted as a new request.
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

const notificationOf = (
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

/** Whether a named person is asked to decide. The requester and the creator are only if they may decide. */
const isAsked = (request: ApprovalRequest, audience: Audience, id: string): boolean =>
  !isOwn(request, id, audience.personOf) || mayDecide(request, holderOf(audience, id), audience.personOf);

/** The ids of the people who are notified. */
export function recipientsOf(
  kind: NotificationKind,
  request: ApprovalRequest,
  audience: Audience,
  now: Date,
): string[] {
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
      const participants = distinct([request.requestedBy, ...decided, ...(commenters.get(request.id) ?? [])]);
      const rights = { email: null, scopes: [] };
      return participants.filter((id) => mayRead(request, { ...holderOf(audience, id), ...rights }));
    }
    case "DECIDED":
    case "TIMED_OUT":
    case "CANCELLED": {
      // Nobody was asked about a request that was approved at once.
      const approvers = request.decisionSource === "AUTO" ? [] : toAsk([...named, ...escalated]);
      return distinct([request.requestedBy, ...approvers]);
    }
    case "ENDPOINT_DISABLED":
      return [];
  }
}

/** The request's channels without those that the person has muted. A forced kind goes out on at least one. */
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

/** The event that logs notifications. */
const notified = (request: ApprovalRequest, metadata: JsonObject): NewEvent =>
  event(request, request, "NOTIFIED", { byCaller: false, metadata });

/** One delivered notification, as the audit log records it. */
export interface Receipt extends DeliveredNotification {
  kind: NotificationKind;
  channel: NotificationChannel;
  recipient: string;
}

/**
 * Logs that notifications about the request were delivered. Everyone who may see the request may read the log, so it
 * has only the origin of an address.
 */
export function noteDelivered(request: ApprovalRequest, receipts: readonly Receipt[]): Effects {
  const events = receipts.map(({ id, kind, channel, recipient }) => {
    const destination = channel === "WEBHOOK" ? displayOrigin(recipient) : recipient;
    return notified(request, { kind, channel, recipients: [destination], notificationId: id });
  });
  return { request, delivered: receipts, events };
}

/** The asker of notifications that the program itself sends. */
const NOBODY = "-";

/** Notifies admins that an endpoint was disabled after days of failures. The request is the last one that it missed. */
export function endpointDisabled(request: ApprovalRequest, endpoint: string, admins: readonly Addressee[]): Effects {
  const metadata = { to: "person", actor: null, comment: null, status: request.status, endpoint } as const;
  const notifications = admins.flatMap(({ id, mutedChannels }) =>
    (["IN_APP", "EMAIL"] as const)
      .filter((channel) => channel === "IN_APP" || !mutedChannels.includes(channel))
      .map((channel) =>
        notificationOf(request, { kind: "ENDPOINT_DISABLED", channel, recipient: id, asker: NOBODY, metadata }),
      ),
  );
  const recipients = admins.map(({ id }) => id);
  const origin = displayOrigin(endpoint);
  const logged = notified(request, { kind: "ENDPOINT_DISABLED", channel: "IN_APP", recipients, endpoint: origin });
  return { request, notifications, events: recipients.length > 0 ? [logged] : [] };
}
