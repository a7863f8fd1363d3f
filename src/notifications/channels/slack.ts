/**
 * Slack: a message to a person or to SLACK_CHANNEL. An outcome takes the place of what was sent before, so that no
 * button stays behind; a comment goes below it.
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

/** The message is not there any more, or not the app's to change; another takes its place. */
const CANNOT_UPDATE = new Set([
  ...["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"],
  ...["is_inactive", "is_archived"],
]);
/** The message that is replied to is not there any more, or takes no replies. */
const CANNOT_REPLY = new Set([
  ...["thread_not_found", "message_not_found", "invalid_thread_ts", "cannot_reply_to_message"],
  ...["restricted_action_non_threadable_channel", "restricted_action_thread_locked"],
]);
/** It was posted before, and deleted since. */
const POSTED_AND_GONE = new Set(["duplicate_message_not_found", "duplicate_channel_not_found"]);
/** Who was found by an address may be another by now. */
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
      // Whoever caused it knows it; theirs is only to lose the buttons.
      if (metadata.to === "person" && metadata.actor === recipient) return sentAs(content, null, null);
    }
    const [first] = earlier;
    const below = kind === "COMMENTED" && first !== undefined ? placeOf(first) : null;
    const place = await post(api, delivery, content, below);
    return sentAs(content, place, place && (await permalinkOf(place, signal)));
  }

  /**
   * Posts anew, below another message where that can be.
   * @param named whether Slack is told the row's id, and posts no second message of that name
   * @returns null where Slack does not say what became of it
   */
  async function post(
    api: WebClient,
    delivery: Delivery,
    content: SlackContent,
    below: Place | null,
    named = true,
  ): Promise<Place | null> {
    const { channel: to, isRemembered } =
      below === null ? await recipientOf(api, delivery) : { ...below, isRemembered: false };
    const args = {
      ...messageArguments(delivery, content),
      channel: to,
      ...(below !== null && { thread_ts: below.ts }),
      // The reference names it nowhere but among the errors.
      ...(named && { client_msg_id: delivery.notification.id }),
      unfurl_links: false,
      unfurl_media: false,
    };
    try {
      const { channel, ts } = await api.chat.postMessage(args);
      return channel === undefined || ts === undefined ? null : { channel, ts };
    } catch (error) {
      const code = refusalOf(error) ?? "";
      if (below !== null && CANNOT_REPLY.has(code)) return post(api, delivery, content, null, named);
      if (isRemembered && NO_SUCH_RECIPIENT.has(code)) {
        users.forget(emailOf(delivery));
        return post(api, delivery, content, below, named);
      }
      if (named && POSTED_AND_GONE.has(code)) return post(api, delivery, content, below, false);
      throw error;
    }
  }

  async function recipientOf(api: WebClient, delivery: Delivery) {
    const { recipient, metadata } = delivery.notification;
    if (metadata.to === "channel") return { channel: recipient, isRemembered: false };
    // A message to a user's id goes to the conversation with that user.
    const { id: channel, isRemembered } = await users.idOf(api, emailOf(delivery));
    return { channel, isRemembered };
  }

  /** The last one that could be updated; null where none could. */
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

  /** The message's address for people; it is sent, whether Slack tells its address or not. */
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

/** What a new message and an updated one have in common. The metadata show the row's id to whoever reads the message. */
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
