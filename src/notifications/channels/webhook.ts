/**
 * Webhooks by the Standard Webhooks specification: a POST with the message's id, the time of the attempt, and two
 * signatures per secret, one by the secret itself and one by the endpoint's key. An endpoint that fails for days is
 * disabled until an admin enables it again.
 */

import { lookup as resolveName } from "node:dns/promises";
import type { Webhook } from "standardwebhooks";
import { allowsHost } from "../../config/callback-hosts.ts";
import type { Config } from "../../config/config.ts";
import { endpointSignersOf, signersOf } from "../../config/webhook-secrets.ts";
import {
  failingEndpoint,
  noteEndpointFailure,
  noteEndpointSuccess,
  takeBackDisabling,
  type WebhookEndpoint,
} from "../../db/queries/webhook-endpoints.ts";
import type { Queryable } from "../../db/query.ts";
import type { Logger } from "../../log.ts";
import { displayUrl } from "../../model/display-url.ts";
import { VERSION } from "../../version.ts";
import { type Channel, type Delivery, DeliveryError, type Sent } from "../channel.ts";
import type { Templates } from "../templates.ts";
import { viewOf } from "../view.ts";
import { isPublicAddress } from "./public-address.ts";
import { isAboutTheMessage, isGone, isSuccess, post, refusalOf } from "./webhook-answer.ts";
import type { Answer, Lookup, Message, Reach } from "./webhook-request.ts";

/** An endpoint that has failed for too long. */
export interface DisabledEndpoint {
  /** Whole: it may hold a secret. */
  url: string;
  /** As it may be shown. */
  display: string;
  /** The request that it was told of last. */
  requestId: string;
  /** How it failed last. */
  error: string;
}

export interface WebhookOptions {
  webhook: Config["webhook"] & { secret: string };
  templates: Templates;
  publicUrl: () => string;
  pool: Queryable;
  log: Logger;
  /** The system's where it is left out. */
  lookup?: Lookup;
  /** Told once for each time an endpoint is disabled; where that fails, the endpoint is not. */
  onDisabled?: (disabled: DisabledEndpoint) => Promise<void>;
}

const SLOTS = 16;
const USER_AGENT = `Countersign/${VERSION}`;

/** @throws RangeError where a secret cannot be decoded, which the configuration has made sure of */
export function createWebhookChannel(options: WebhookOptions): Channel {
  const { webhook, templates, publicUrl, pool, log } = options;
  const signers = signersOf(webhook.secret);
  const reach: Reach = {
    lookup: options.lookup ?? ((name) => resolveName(name, { all: true })),
    allows: (address) => webhook.allowPrivate || isPublicAddress(address),
  };
  const { callbackHosts } = webhook;
  const callbackReach: Reach =
    callbackHosts == null ? reach : { ...reach, redirectsTo: (url) => allowsHost(callbackHosts, url) };
  const underWay = new Set<Promise<unknown>>();

  async function send(delivery: Delivery, signal: AbortSignal): Promise<Sent> {
    const to = addressOf(delivery, webhook.url);
    const known = await failingEndpoint(pool, to.href);
    if (known !== undefined && known.disabledAt !== null) throw isDisabled(known, known.disabledAt);
    const body = templates.render("webhook/payload", viewOf(delivery, publicUrl()));
    const { text, type } = readPayload(body);
    const message = signedMessage(delivery, text, [...signers, ...endpointSignersOf(webhook.secret, to)]);
    const answer = await answerOf(to, message, delivery, signal);
    if (!isSuccess(answer)) {
      const isCallback = isForCallback(delivery);
      const refusal = refusalOf(to.host, answer, delivery.now, isCallback);
      // Who asked for a callback may be gone, which is nothing to tell admins of.
      const isOver = isGone(answer) && !isCallback;
      if (!isAboutTheMessage(answer)) await noteFailure(to, delivery, refusal, isOver);
      throw refusal;
    }
    await noted(() => noteEndpointSuccess(pool, to.href));
    return { subject: type };
  }

  async function answerOf(to: URL, message: Message, delivery: Delivery, signal: AbortSignal): Promise<Answer> {
    try {
      return await post(to, message, isForCallback(delivery) ? callbackReach : reach, signal);
    } catch (error) {
      // Where the attempt was broken off before its time, the endpoint is not to blame.
      const isOurs = signal.aborted && signal.reason?.name !== "TimeoutError";
      if (error instanceof DeliveryError && !isOurs) await noteFailure(to, delivery, error, false);
      throw error;
    }
  }

  async function noteFailure(to: URL, delivery: Delivery, error: DeliveryError, gone: boolean): Promise<void> {
    const { href: url } = to;
    const { request } = delivery;
    const disabled = await noted(() => noteEndpointFailure(pool, url, error.message, gone));
    if (disabled == null) return;
    const { disabledAt, isFirstOfHost } = disabled;
    const display = displayUrl(url);
    log.warn(
      { endpoint: display, reason: error.message },
      "a webhook endpoint has failed for too long and is disabled",
    );
    // Each request may have a callback of its own: of a host that is down admins are told once, not once for each.
    if (isForCallback(delivery) && !isFirstOfHost) return;
    try {
      await options.onDisabled?.({ url, display, requestId: request.id, error: error.message });
    } catch (failure) {
      log.error({ err: failure, endpoint: display }, "admins could not be notified of a disabled endpoint");
      // Nobody would know of it; the next failure disables it and tells them.
      await noted(() => takeBackDisabling(pool, url, disabledAt));
    }
  }

  /** What is kept about an endpoint does not decide about a message: it may have arrived. */
  async function noted<T>(note: () => Promise<T>): Promise<T | undefined> {
    try {
      return await note();
    } catch (error) {
      log.error({ err: error }, "the state of a webhook endpoint could not be stored");
      return undefined;
    }
  }

  return {
    name: "WEBHOOK",
    slots: SLOTS,
    send(delivery, signal) {
      const sending = send(delivery, signal);
      underWay.add(sending);
      return sending.finally(() => underWay.delete(sending));
    },
    // Whoever sends may not wait for what is noted after an attempt that was late.
    async close() {
      await Promise.allSettled(underWay);
    },
  };
}

const isForCallback = ({ notification }: Delivery): boolean => notification.metadata.to === "callback";

/** @throws DeliveryError where there is no address any more */
function addressOf(delivery: Delivery, endpoint: string | null): URL {
  const isCallback = isForCallback(delivery);
  const held = isCallback ? delivery.request.callbackUrl : endpoint;
  if (held === null) {
    throw new DeliveryError(isCallback ? "The request has no callback." : "WEBHOOK_URL is not set.", {
      permanent: true,
    });
  }
  const url = URL.parse(held);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new DeliveryError("The address is not an http or https URL.", { permanent: true });
  }
  url.hash = "";
  return url;
}

const isDisabled = ({ id }: WebhookEndpoint, disabledAt: Date): DeliveryError =>
  new DeliveryError(
    `The endpoint failed for too long and is disabled since ${disabledAt.toISOString()}. An admin can enable it (enableWebhookEndpoint, or POST /api/notifications/endpoints/${id}/enable) and then resend this notification.`,
    { permanent: true },
  );

/** The payload without the template's white space, and its type. */
function readPayload(rendered: string): { text: string; type: string | null } {
  try {
    const payload = JSON.parse(rendered);
    return { text: JSON.stringify(payload), type: typeof payload?.type === "string" ? payload.type : null };
  } catch {
    throw new DeliveryError("The template webhook/payload rendered no JSON.", { permanent: true });
  }
}

/** @param body what is signed, to the letter */
function signedMessage({ notification: { id }, now }: Delivery, body: string, signers: readonly Webhook[]): Message {
  return {
    body,
    headers: {
      Accept: "*/*",
      "Content-Type": "application/json",
      "User-Agent": USER_AGENT,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "webhook-signature": signers.map((signer) => signer.sign(id, now, body)).join(" "),
    },
  };
}
