/**
 * The webhook channel, by the Standard Webhooks specification: a POST with the message's id, the time of the attempt,
 * and two signatures per secret, one by the secret itself and one by the endpoint's key. An endpoint that fails for
 * days is disabled until an admin enables it again.
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
  /** The full address, which may contain a secret. */
  url: string;
  /** The address without secrets. */
  display: string;
  /** The request of the last message. */
  requestId: string;
  /** The last error. */
  error: string;
}

export interface WebhookOptions {
  webhook: Config["webhook"] & { secret: string };
  templates: Templates;
  publicUrl: () => string;
  pool: Queryable;
  log: Logger;
  /** Default: the lookup of the system. */
  lookup?: Lookup;
  /** Called once each time an endpoint is disabled. If it rejects, the endpoint stays enabled. */
  onDisabled?: (disabled: DisabledEndpoint) => Promise<void>;
}

const SLOTS = 16;
const USER_AGENT = `Countersign/${VERSION}`;

/** @throws RangeError if a secret cannot be decoded; the configuration has already checked that */
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
  const active = new Set<Promise<unknown>>();

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
      // The creator of a callback may be gone. Admins need no notification of that.
      const disablesNow = isGone(answer) && !isCallback;
      if (!isAboutTheMessage(answer)) await noteFailure(to, delivery, refusal, disablesNow);
      throw refusal;
    }
    await tryToStore(() => noteEndpointSuccess(pool, to.href));
    return { subject: type };
  }

  async function answerOf(to: URL, message: Message, delivery: Delivery, signal: AbortSignal): Promise<Answer> {
    try {
      return await post(to, message, isForCallback(delivery) ? callbackReach : reach, signal);
    } catch (error) {
      // If the attempt was aborted before its timeout, the endpoint is not at fault.
      const isAborted = signal.aborted && signal.reason?.name !== "TimeoutError";
      if (error instanceof DeliveryError && !isAborted) await noteFailure(to, delivery, error, false);
      throw error;
    }
  }

  async function noteFailure(to: URL, delivery: Delivery, error: DeliveryError, gone: boolean): Promise<void> {
    const { href: url } = to;
    const { request } = delivery;
    const disabled = await tryToStore(() => noteEndpointFailure(pool, url, error.message, gone));
    if (disabled == null) return;
    const { disabledAt, isFirstOfHost } = disabled;
    const display = displayUrl(url);
    log.warn(
      { endpoint: display, reason: error.message },
      "a webhook endpoint has failed for too long and is disabled",
    );
    // Each request may have its own callback. Admins are notified once of a host that is down, not once for each
    // callback.
    if (isForCallback(delivery) && !isFirstOfHost) return;
    try {
      await options.onDisabled?.({ url, display, requestId: request.id, error: error.message });
    } catch (failure) {
      log.error({ err: failure, endpoint: display }, "admins could not be notified of a disabled endpoint");
      // No admin knows about it. The next failure disables it again and notifies them.
      await tryToStore(() => takeBackDisabling(pool, url, disabledAt));
    }
  }

  /** The message may have arrived, so a failure to store the endpoint's state does not fail the message. */
  async function tryToStore<T>(store: () => Promise<T>): Promise<T | undefined> {
    try {
      return await store();
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
      active.add(sending);
      return sending.finally(() => active.delete(sending));
    },
    // The worker does not wait for what is stored after an attempt that timed out.
    async close() {
      await Promise.allSettled(active);
    },
  };
}

const isForCallback = ({ notification }: Delivery): boolean => notification.metadata.to === "callback";

/** @throws DeliveryError if there is no longer an address */
function addressOf(delivery: Delivery, endpoint: string | null): URL {
  const isCallback = isForCallback(delivery);
  const address = isCallback ? delivery.request.callbackUrl : endpoint;
  if (address === null) {
    throw new DeliveryError(isCallback ? "The request has no callback." : "WEBHOOK_URL is not set.", {
      permanent: true,
    });
  }
  const url = URL.parse(address);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new DeliveryError("The address is not an http or https URL.", { permanent: true });
  }
  url.hash = "";
  return url;
}

const isDisabled = ({ id }: WebhookEndpoint, disabledAt: Date): DeliveryError =>
  new DeliveryError(
    `The endpoint failed for too long and has been disabled since ${disabledAt.toISOString()}. An admin can enable it (enableWebhookEndpoint, or POST /api/notifications/endpoints/${id}/enable) and then resend this notification.`,
    { permanent: true },
  );

/** The payload without the template's whitespace, and its type. */
function readPayload(rendered: string): { text: string; type: string | null } {
  try {
    const payload = JSON.parse(rendered);
    return { text: JSON.stringify(payload), type: typeof payload?.type === "string" ? payload.type : null };
  } catch {
    throw new DeliveryError("The output of the template webhook/payload is not JSON.", { permanent: true });
  }
}

/** @param body the exact text that is signed */
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
