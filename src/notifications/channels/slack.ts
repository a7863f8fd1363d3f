/**
 * The Slack channel: messages to a person or to SLACK_CHANNEL. An outcome replaces the earlier messages, so that no
 * button remains. A comment is posted as a reply.
 */

import type { WebClient } from "@slack/web-api";
import type { Pool } from "../../db/pool.ts";
import { type SlackMessageRow, slackMessages } from "../../db/queries/slack-messages.ts";
import type { Logger } from "../../log.ts";
import { OUTCOME_KINDS } from "../../model/notifications.ts";
import type { Channel, Delivery, Sent } from "../channel.ts";
import type { Templates } from "../templates.ts";
import { viewOf } from "../view.ts";
import { type SlackAccess, slackClient } from "./slack-client.ts";
import { deliveryErrorOf, refusalOf } from "./slack-errors.ts";
import { contentOf, plainText, type SlackContent } from "./slack-text.ts";
import { createSlackUsers, emailOf } from "./slack-users.ts";

export interface SlackChannelOptions {
  slack: SlackAccess;
  templates: Templates;
  publicUrl(): string;
  pool: Pool;
  log: Pick<Logger, "error">;
}

const SLOTS = 4;
const PERMALINK_MS = 2_000;

/** The message no longer exists, or the app may not change it. A new message replaces it. */
const CANNOT_UPDATE = new Set([
  "message_not_found",
  "cant_update_message",
  "edit_window_closed",
  "channel_not_found",
  "is_inactive",
  "is_archived",
]);
/** The message no longer exists, or does not allow replies. */
const CANNOT_REPLY = new Set([
  "thread_not_found",
  "message_not_found",
  "invalid_thread_ts",
  "cannot_reply_to_message",
  "restricted_action_non_threadable_channel",
  "restricted_action_thread_locked",
]);
/** The message was already posted, and then deleted. */
const POSTED_AND_DELETED = new Set(["duplicate_message_not_found", "duplicate_channel_not_found"]);
/** Slack's errors if the recipient no longer exists: the address may now belong to another user. */
const NO_SUCH_RECIPIENT = new Set(["channel_not_found", "user_not_found"]);

interface Place {
  channel: string;
  ts: string;
}

export function createSlackChannel({ slack, templates, publicUrl, pool, log }: SlackChannelOptions): Channel {
  const users = createSlackUsers();

  async function send(delivery: Delivery, signal: AbortSignal): Promise<Sent> {
    const { notification, request } = delivery;
    const { kind, recipient, metadata } = notification;
    const content = contentOf(templates.render("slack/message", viewOf(delivery, publicUrl())));
    const api = await slackClient(slack, signal);
    const earlier =
      OUTCOME_KINDS.includes(kind) || kind === "COMMENTED"
        ? await slackMessages(pool, request.id, recipient, metadata.to)
        : [];
    if (OUTCOME_KINDS.includes(kind)) {
      const updated = await updateAll(api, earlier, delivery, content);
      if (updated !== null) return sentAs(content, placeOf(updated), updated.externalUrl);
      // The person who caused the outcome already knows it. Only the buttons must go.
      if (metadata.to === "person" && metadata.actor === recipient) return sentAs(content, null, null);
    }
    const [first] = earlier;
    const below = kind === "COMMENTED" && first !== undefined ? placeOf(first) : null;
    const place = await post(api, delivery, content, below);
    return sentAs(content, place, place && (await permalinkOf(place, signal)));
  }

  /**
   * Posts a new message, as a reply to another message if possible.
   * @param withId whether Slack receives the row's id, so that it does not post a second message with this id
   * @returns null if Slack does not return the place of the message
   */
  async function post(
    api: WebClient,
    delivery: Delivery,
    content: SlackContent,
    below: Place | null,
    withId = true,
  ): Promise<Place | null> {
    const { channel: to, isRemembered } =
      below === null ? await recipientOf(api, delivery) : { ...below, isRemembered: false };
    const args = {
      ...messageArguments(delivery, content),
      channel: to,
      ...(below !== null && { thread_ts: below.ts }),
      // Slack's reference mentions it only in the list of errors.
      ...(withId && { client_msg_id: delivery.notification.id }),
      unfurl_links: false,
      unfurl_media: false,
    };
    try {
      const { channel, ts } = await api.chat.postMessage(args);
      return channel === undefined || ts === undefined ? null : { channel, ts };
    } catch (error) {
      const code = refusalOf(error) ?? "";
      if (below !== null && CANNOT_REPLY.has(code)) return post(api, delivery, content, null, withId);
      if (isRemembered && NO_SUCH_RECIPIENT.has(code)) {
        users.forget(emailOf(delivery));
        return post(api, delivery, content, below, withId);
      }
      if (withId && POSTED_AND_DELETED.has(code)) return post(api, delivery, content, below, false);
      throw error;
    }
  }

  async function recipientOf(api: WebClient, delivery: Delivery) {
    const { recipient, metadata } = delivery.notification;
    if (metadata.to === "channel") return { channel: recipient, isRemembered: false };
    // Slack posts a message to a user's id in the conversation with that user.
    const { id: channel, isRemembered } = await users.idOf(api, emailOf(delivery));
    return { channel, isRemembered };
  }

  /** The last message that could be updated, or null. */
  async function updateAll(api: WebClient, earlier: SlackMessageRow[], delivery: Delivery, content: SlackContent) {
    let updated: SlackMessageRow | null = null;
    for (const message of earlier) {
      try {
        await api.chat.update({ ...messageArguments(delivery, content), ...placeOf(message) });
        updated = message;
      } catch (error) {
        if (!CANNOT_UPDATE.has(refusalOf(error) ?? "")) throw error;
      }
    }
    return updated;
  }

  /** The link to the message. A failure here does not fail the message, which is already sent. */
  async function permalinkOf({ channel, ts }: Place, signal: AbortSignal): Promise<string | null> {
    try {
      const api = await slackClient(slack, AbortSignal.any([signal, AbortSignal.timeout(PERMALINK_MS)]));
      return (await api.chat.getPermalink({ channel, message_ts: ts })).permalink ?? null;
    } catch {
      return null;
    }
  }

  return {
    name: "SLACK",
    slots: SLOTS,
    async send(delivery, signal) {
      try {
        return await send(delivery, signal);
      } catch (error) {
        throw deliveryErrorOf(error, log);
      }
    },
    async close() {},
  };
}

/** The arguments that a new message and an update share. The metadata give readers of the message the row's id. */
const messageArguments = ({ notification, request }: Delivery, { text, blocks }: SlackContent) => ({
  text,
  blocks,
  // Slack would parse the text of an update again.
  parse: "none" as const,
  link_names: false,
  metadata: {
    event_type: "countersign_notification",
    event_payload: { id: notification.id, request: request.id },
  },
});

function placeOf({ externalId }: SlackMessageRow): Place {
  const mark = externalId.indexOf(":");
  return { channel: externalId.slice(0, mark), ts: externalId.slice(mark + 1) };
}

const sentAs = ({ text }: SlackContent, place: Place | null, externalUrl: string | null): Sent => ({
  subject: null,
  body: plainText(text),
  externalId: place && `${place.channel}:${place.ts}`,
  externalUrl,
});
