/** The interface between the delivery worker and a channel. */

import type { ApprovalRequest, NotificationChannel } from "../model/approvals.ts";
import type { Addressee, ApprovalNotification } from "../model/notifications.ts";

/** One message to send: the row of the outbox, with the current state of its request and recipient. */
export interface Delivery {
  notification: ApprovalNotification;
  request: ApprovalRequest;
  /** The recipient, if it is a person. A person who is not in the directory has only an id. */
  person: Addressee | null;
  /** Whether the directory knows the recipient, by an id or an address. */
  isKnown: boolean;
  /** Whether the recipient can decide the request now. */
  canDecide: boolean;
  /** The database's clock. */
  now: Date;
}

/** The columns of a message that was sent. */
export interface Sent {
  subject?: string | null;
  /** As plain text. */
  body?: string | null;
  /** The receiver's id of the message. */
  externalId?: string | null;
  externalUrl?: string | null;
}

export interface DeliveryErrorOptions {
  /** Another attempt would fail as well, so there is none. Default: false. */
  permanent?: boolean;
  /** How long the receiver asks to wait, in ms. Such a refusal does not count as a retry. */
  retryAfterMs?: number;
  /** The wait applies to the whole channel, not only to this message. */
  pausesChannel?: boolean;
  /** The fault was logged at startup, so it is not logged for each message. */
  isKnown?: boolean;
  cause?: unknown;
}

/** A message was not sent. The text of the error is stored on the row, so it must not contain a secret. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly permanent: boolean;
  readonly retryAfterMs: number | null;
  readonly pausesChannel: boolean;
  readonly isKnown: boolean;
  constructor(message: string, options: DeliveryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.permanent = options.permanent ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.pausesChannel = options.pausesChannel ?? false;
    this.isKnown = options.isKnown ?? false;
  }
}

/** A way to reach people outside the app: Slack, email, webhooks. Notifications in the app need no channel. */
export interface Channel {
  readonly name: Exclude<NotificationChannel, "IN_APP">;
  /** Messages that are sent at the same time, in one process. */
  readonly slots: number;
  /**
   * Sends one message with the row's id, so that the receiver can recognize a repeat. Any error other than a
   * DeliveryError counts as temporary.
   * @param signal aborts when the attempt times out
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<Sent>;
  /** Closes the connections of the channel. */
  close(): Promise<void>;
}
