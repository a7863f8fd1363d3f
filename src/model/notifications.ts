/** The words of the messages to people as types, as `approvals.ts` does for requests. */

import { type ApprovalStatus, type NotificationChannel, names, type Person } from "./approvals.ts";

export const NOTIFICATION_STATUSES = ["PENDING", "SENT", "FAILED", "READ"] as const;
/** How far a notification has come. */
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

export const NOTIFICATION_KINDS = [
  "REQUESTED",
  "ESCALATED",
  "REMINDER",
  "URGENT",
  "DECIDED",
  "TIMED_OUT",
  "CANCELLED",
  "COMMENTED",
  "ENDPOINT_DISABLED",
] as const;
/** What a message is about; URGENT is the reminder of the last quarter of an hour. */
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];
/** Of these, what tells of an outcome. */
export const OUTCOME_KINDS: readonly NotificationKind[] = ["DECIDED", "TIMED_OUT", "CANCELLED"];

export const OUTSIDE_CHANNELS = ["SLACK", "EMAIL", "WEBHOOK"] as const satisfies readonly NotificationChannel[];
/** A channel whose messages leave the app. */
export type OutsideChannel = (typeof OUTSIDE_CHANNELS)[number];

export const NotificationStatus = names(NOTIFICATION_STATUSES);

/** Someone who may be told: what the directory knows of them that matters for that. */
export interface Addressee extends Pick<Person, "id" | "email" | "roles" | "locale" | "zone"> {
  /** Where they do not want to be told. */
  mutedChannels: NotificationChannel[];
}

/** Someone whom the directory does not know. */
export const unknownPerson = (id: string): Addressee => ({
  ...{ id, email: null, roles: [], locale: null, zone: null, mutedChannels: [] },
});

/** One message to one recipient on one channel: one row of `approval_notifications`. */
export interface ApprovalNotification {
  id: string;
  approvalRequestId: string;
  kind: NotificationKind;
  channel: NotificationChannel;
  /** A user's id; on SLACK also a channel, on WEBHOOK an address without its query. `metadata.to` tells which. */
  recipient: string;
  status: NotificationStatus;
  sentAt: Date | null;
  readAt: Date | null;
  failedAt: Date | null;
  retryCount: number;
  maxRetries: number;
  /** When it is due; null when nothing is left to do. */
  nextAttemptAt: Date | null;
  errorMessage: string | null;
  /** As it was sent; in the app the title of the request, which a template completes when it is read. */
  subject: string | null;
  /** As it was sent; in the app what somebody said. */
  body: string | null;
  metadata: NotificationFacts;
  externalId: string | null;
  externalUrl: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A message to be written: due at once, but for one in the app, which is there when it is written. */
export type NewNotification = Pick<
  ApprovalNotification,
  "id" | "approvalRequestId" | "kind" | "channel" | "recipient" | "maxRetries" | "subject" | "body" | "metadata"
> & {
  /** Whose request or comment causes it: workers take turns between askers. */
  asker: string;
};

/** What became of one message outside: the row that is done with, and what it keeps. */
export type DeliveredNotification = Pick<
  ApprovalNotification,
  "id" | "subject" | "body" | "externalId" | "externalUrl"
>;

/** What a message has to tell beside its request: the facts of the moment that caused it. */
export interface NotificationFacts {
  /** What `recipient` is: a person, a Slack channel, the endpoint of the configuration, the request's callback. */
  to: "person" | "channel" | "endpoint" | "callback";
  /** Who caused it; null: the clock, or a condition. */
  actor: string | null;
  /** What they said. */
  comment: string | null;
  /** The request's status at that moment. */
  status: ApprovalStatus;
  /** Of ENDPOINT_DISABLED: the address, without its query. */
  endpoint?: string;
}
