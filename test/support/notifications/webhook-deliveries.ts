/** Deliveries as the worker passes them to the webhook channel, and the channel itself on a database of its own. */

import { randomBytes } from "node:crypto";
import { pino } from "pino";
import type { Pool } from "../../../src/db/pool.ts";
import type { ApprovalRequest } from "../../../src/model/approvals.ts";
import type { NotificationKind } from "../../../src/model/notifications.ts";
import { type Channel, type Delivery, DeliveryError } from "../../../src/notifications/channel.ts";
import { createWebhookChannel, type WebhookOptions } from "../../../src/notifications/channels/webhook.ts";
import { createTemplates } from "../../../src/notifications/templates.ts";
import { notificationOf, requestOf } from "../approvals/requests.ts";

export const PUBLIC_URL = "https://approvals.example.com";
export const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

export interface MessageOptions {
  kind?: NotificationKind;
  /** The callback of the request, to which the notification is sent. */
  callbackUrl?: string;
  request?: Partial<ApprovalRequest>;
}

/** A notification for the configured endpoint, or for a callback. */
export function deliveryOf({ kind = "DECIDED", callbackUrl, request: more = {} }: MessageOptions = {}): Delivery {
  const now = new Date();
  const request = { ...requestOf({ notifyChannels: ["WEBHOOK"] }), callbackUrl: callbackUrl ?? null, ...more };
  const to = callbackUrl === undefined ? "endpoint" : "callback";
  return {
    notification: notificationOf(request, { kind, channel: "WEBHOOK", recipient: "an address" }, now, {
      to,
      actor: "bob",
      comment: "Well done.",
    }),
    request,
    person: null,
    isKnown: false,
    canDecide: false,
    now,
  };
}

const silent = pino({ level: "silent" });
const templates = createTemplates({ dir: null, log: silent });

/** The channel with the built-in templates. Private addresses are allowed by default. */
export function channelOf(
  pool: Pool,
  webhook: Partial<WebhookOptions["webhook"]>,
  more: Partial<WebhookOptions> = {},
): Channel {
  const config = { url: null, secret: newSecret(), allowPrivate: true, callbackHosts: null, ...webhook };
  return createWebhookChannel({
    webhook: config,
    templates,
    publicUrl: () => PUBLIC_URL,
    pool,
    log: silent,
    ...more,
  });
}

/** A signal that never aborts. */
export const patient = (): AbortSignal => new AbortController().signal;

/** The error of a failed delivery; the test fails if the delivery succeeds. */
export async function failureOf(sending: Promise<unknown>): Promise<DeliveryError> {
  try {
    await sending;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    throw error;
  }
  throw new Error("the message was delivered");
}
