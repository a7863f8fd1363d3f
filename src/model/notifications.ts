/** The types of notifications. */

import { type ApprovalStatus, type NotificationChannel, names, type Person } from "./approvals.ts";

export const NOTIFICATION_STATUSES = ["PENDING", "SENT", "FAILED", "READ"] as const;
/** The status of a notification. */
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
/** The subject of a notification. URGENT is the reminder in the last 15 minutes. */
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];
/** The kinds that notify of an outcome. */
export const OUTCOME_KINDS: readonly NotificationKind[] = ["DECIDED", "TIMED_OUT", "CANCELLED"];

export const OUTSIDE_CHANNELS = ["SLACK", "EMAIL", "WEBHOOK"] as const satisfies readonly NotificationChannel[];
/** A channel outside the app. */
export type OutsideChannel = (typeof OUTSIDE_CHANNELS)[number];

export const NotificationStatus = names(NOTIFICATION_STATUSES);

/** A person who may be notified, with what the directory knows. */
export interface Addressee extends Pick<Person, "id" | "email" | "roles" | "locale" | "zone"> {
  /** Channels on which the person does not want notifications. */
  mutedChannels: NotificationChannel[];
}

/** A person who is not in the directory. */
export const unknownPerson = (id: string): Addressee => ({
  id,
  email: null,
  roles: [],
  locale: null,
  zone: null,
  mutedChannels: [],
});

/** A notification to one recipient on one channel: a row of `approval_notifications`. */
export interface ApprovalNotification {
  id: string;
  approvalRequestId: string;
  kind: NotificationKind;
  channel: NotificationChannel;
  /** A user's id; on SLACK also a channel, on WEBHOOK a URL without its query. `metadata.to` is the kind. */
  recipient: string;
  status: NotificationStatus;
  sentAt: Date | null;
  readAt: Date | null;
  failedAt: Date | null;
  retryCount: number;
  maxRetries: number;
  /** When it is due; null if no attempt is left. */
  nextAttemptAt: Date | null;
  errorMessage: string | null;
  /** As sent. In the app it is the title of the request, and a template completes it when it is read. */
  subject: string | null;
  /** As sent. In the app it is the comment of a person. */
  body: string | null;
  metadata: NotificationFacts;
  externalId: string | null;
  externalUrl: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A new notification. It is due at once. One in the app is delivered when it is stored. */
export type NewNotification = Pick<
  ApprovalNotification,
  "id" | "approvalRequestId" | "kind" | "channel" | "recipient" | "maxRetries" | "subject" | "body" | "metadata"
> & {
  /** The person whose request or comment causes it. Workers take turns between askers. */
  asker: string;
};

/** The result of a notification outside the app that was sent. */
export type DeliveredNotification = Pick<
  ApprovalNotification,
  "id" | "subject" | "body" | "externalId" | "externalUrl"
>;

/** The facts of a notification in addition to its request: those of the event that caused it. */
export interface NotificationFacts {
  /** The kind of `recipient`: a person, a Slack channel, the endpoint of the configuration, the request's callback. */
  to: "person" | "channel" | "endpoint" | "callback";
  /** The person who caused it; null for the clock or a condition. */
  actor: string | null;
  /** The person's comment. */
  comment: string | null;
  /** The request's status at that moment. */
  status: ApprovalStatus;
  /** For ENDPOINT_DISABLED: the URL without its query. */
  endpoint?: string;
}
