/** What the delivery worker knows of a channel, and what it tells it. */

import type { ApprovalRequest, NotificationChannel } from "../model/approvals.ts";
import type { Addressee, ApprovalNotification } from "../model/notifications.ts";

/** One message to be sent: the row of the outbox, and everything about it as it is now. */
export interface Delivery {
  notification: ApprovalNotification;
  request: ApprovalRequest;
  /** The recipient, where it is a person; someone whom the directory does not know has nothing but the id. */
  person: Addressee | null;
  /** Whether the directory knows the recipient, by an id or an address. */
  isKnown: boolean;
  /** Whether the recipient can decide the request now. */
  canDecide: boolean;
  /** The database's clock. */
  now: Date;
}

/** What the row keeps of a message that was sent. */
export interface Sent {
  subject?: string | null;
  /** As plain text. */
  body?: string | null;
  /** Names the message at the other side. */
  externalId?: string | null;
  externalUrl?: string | null;
}

export interface DeliveryErrorOptions {
  /** It would fail again: it is not tried again. Default false. */
  permanent?: boolean;
  /** The other side asks to wait so long, in ms; such a refusal does not count as a retry. */
  retryAfterMs?: number;
  /** The wait is meant for the whole channel, not for this message alone. */
  pausesChannel?: boolean;
  /** The log has told of it at the start, and need not for each message. */
  isKnown?: boolean;
  cause?: unknown;
}

/** A message was not sent. The message of the error goes on the row: it names no secret. */
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

/** A way to people outside: Slack, mail, webhooks. What is shown in the app needs none. */
export interface Channel {
  readonly name: Exclude<NotificationChannel, "IN_APP">;
  /** Messages at a time, in one process. */
  readonly slots: number;
  /**
   * Sends one message, carrying the row's id so that the receiver can tell a repeat. Anything but a DeliveryError that
   * it throws counts as temporary.
   * @param signal aborts when the attempt's time is over
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<Sent>;
  /** Ends what it holds open. */
  close(): Promise<void>;
}
