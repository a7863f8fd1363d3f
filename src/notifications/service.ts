/** Channels that a program implements itself as a NotificationService; their messages come from the same outbox. */

import type { AnyCase } from "../approvals/spellings.ts";
import type { ApprovalRequest } from "../model/approvals.ts";
import {
  type Addressee,
  type NotificationKind,
  OUTSIDE_CHANNELS,
  type OutsideChannel,
} from "../model/notifications.ts";
import { requestUrl } from "../model/request-id.ts";
import { type Channel, type Delivery, DeliveryError } from "./channel.ts";
import type { Templates } from "./templates.ts";
import { viewOf } from "./view.ts";

/** One message to one recipient. */
export interface OutgoingMessage {
  /** The same in every attempt, so that a receiver recognizes a repeat. */
  id: string;
  channel: OutsideChannel;
  kind: NotificationKind;
  /** The user's id; for the configured Slack channel or webhook endpoint, its name. */
  recipient: string;
  /**
   * The recipient, if it is a person. `email` is null if the directory has no address; the id may be an address itself.
   */
  person: Pick<Addressee, "id" | "email" | "locale" | "zone"> | null;
  /** Whether the recipient can decide the request now. */
  canDecide: boolean;
  /** The text of the built-in email, as plain text. TEMPLATES_DIR can replace it. */
  subject: string;
  text: string;
  /** The page of the request, below PUBLIC_URL. */
  link: string;
  /** The request as it is now. */
  request: ApprovalRequest;
}

/** What the notification stores about a message that was sent. */
export interface SentMessage {
  /** The receiver's id of the message. */
  externalId?: string | null;
  externalUrl?: string | null;
}

/** Sends messages in place of the built-in channels. */
export interface NotificationService {
  /** The channels whose messages it sends, in upper or lower case. Default: SLACK and EMAIL. */
  readonly channels?: readonly AnyCase<OutsideChannel>[];
  /**
   * Sends one message. A message is sent at least once: after a crash it may be sent again, with the same `id`. If
   * `send` rejects, the message is retried with growing pauses, unless the error has `permanent: true`.
   * @param signal aborts when the attempt times out (10 seconds)
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a service, too
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SentMessage | void>;
  /** Called once, when the manager closes. */
  close?(): unknown;
}

const DEFAULT_CHANNELS: readonly OutsideChannel[] = ["SLACK", "EMAIL"];
/** Messages of one channel that are sent at the same time, in one process. */
const SLOTS = 4;

/** The channels of a service. @throws TypeError for an object that is not a service */
export function channelsOf(service: NotificationService): OutsideChannel[] {
  if (typeof service !== "object" || service === null || typeof service.send !== "function") {
    throw new TypeError("notificationService must be an object with a method send(message, signal).");
  }
  const { channels = DEFAULT_CHANNELS } = service;
  if (!Array.isArray(channels)) throw new TypeError("notificationService.channels must be a list.");
  return [...new Set(channels.map(channelOf))];
}

function channelOf(name: unknown): OutsideChannel {
  const found = OUTSIDE_CHANNELS.find((known) => known === String(name).toUpperCase());
  if (found !== undefined) return found;
  const allowed = OUTSIDE_CHANNELS.join(", ");
  throw new TypeError(`notificationService.channels contains ${JSON.stringify(name)}; it may contain ${allowed}.`);
}

/** The channels of a service, for the worker. */
export const serviceChannels = (service: NotificationService, templates: Templates, publicUrl: string): Channel[] =>
  channelsOf(service).map((name) => ({
    name,
    slots: SLOTS,
    async send(delivery, signal) {
      const message = messageOf(name, delivery, templates, publicUrl);
      try {
        const sent = (await service.send(message, signal)) ?? {};
        const { externalId = null, externalUrl = null } = sent;
        return { subject: message.subject, body: message.text, externalId, externalUrl };
      } catch (error) {
        throw deliveryErrorOf(error);
      }
    },
    async close() {},
  }));

function messageOf(
  channel: OutsideChannel,
  delivery: Delivery,
  templates: Templates,
  publicUrl: string,
): OutgoingMessage {
  const { notification, request, person, canDecide } = delivery;
  const { id, kind, recipient } = notification;
  const view = viewOf(delivery, publicUrl);
  return {
    id,
    channel,
    kind,
    recipient,
    canDecide,
    request,
    person: person && { id: person.id, email: person.email, locale: person.locale, zone: person.zone },
    subject: templates.render("email/subject", view),
    text: templates.render("email/text", view),
    link: requestUrl(publicUrl, request.id),
  };
}

function deliveryErrorOf(error: unknown): DeliveryError {
  const message = error instanceof Error ? error.message : String(error);
  const permanent = (error as { permanent?: unknown } | null)?.permanent === true;
  return new DeliveryError(message, { permanent, cause: error });
}
