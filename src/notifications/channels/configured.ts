/** Creates the channels from the configuration. A channel without its settings fails only its own messages. */

import type { Config } from "../../config/config.ts";
import { shortSecretWarning } from "../../config/secret-length.ts";
import { hasShortSecret, SHORTEST_WEBHOOK_SECRET_BYTES } from "../../config/webhook-keys.ts";
import type { Pool } from "../../db/pool.ts";
import type { Logger } from "../../log.ts";
import { displayUrl } from "../../model/display-url.ts";
import type { Channel } from "../channel.ts";
import type { DecisionLinks } from "../decision-links.ts";
import type { Templates } from "../templates.ts";
import { createEmailChannel } from "./email.ts";
import { createSlackChannel } from "./slack.ts";
import { unconfigured } from "./unconfigured.ts";
import { createWebhookChannel, type WebhookOptions } from "./webhook.ts";

export interface ChannelsOptions extends Pick<WebhookOptions, "onDisabled"> {
  config: Pick<Config, "slack" | "mail" | "webhook" | "serviceChannels">;
  templates: Templates;
  publicUrl(): string;
  pool: Pool;
  links: DecisionLinks;
  log: Logger;
}

/** Creates all channels. Logs which are configured and which are not. */
export function configuredChannels(options: ChannelsOptions): Channel[] {
  const { config, templates, publicUrl, pool, links, log } = options;
  const { botToken, signingSecret, apiUrl } = config.slack;
  const { smtpUrl, from, links: mailLinks } = config.mail;
  const { secret, ...webhook } = config.webhook;
  const missing: string[] = [];
  const without = (name: Channel["name"], variable: string): Channel => {
    missing.push(`${name} (${variable})`);
    return unconfigured(name, `${variable} is not set`);
  };
  const shared = { templates, publicUrl, pool, log };
  const channels = [
    botToken === null
      ? without("SLACK", "SLACK_BOT_TOKEN")
      : createSlackChannel({ ...shared, slack: { botToken, apiUrl } }),
    smtpUrl === null
      ? without("EMAIL", "SMTP_URL")
      : createEmailChannel({ ...shared, mail: { smtpUrl, from, links: mailLinks }, links }),
    secret === null
      ? without("WEBHOOK", "WEBHOOK_SECRET")
      : createWebhookChannel({ ...shared, webhook: { ...webhook, secret }, onDisabled: options.onDisabled }),
  ];
  // Callbacks do not need WEBHOOK_URL.
  if (secret !== null && webhook.url === null) missing.push("WEBHOOK except callbacks (WEBHOOK_URL)");
  if (secret !== null && hasShortSecret(secret)) {
    log.warn(shortSecretWarning("WEBHOOK_SECRET", SHORTEST_WEBHOOK_SECRET_BYTES));
  }
  if (botToken !== null && signingSecret === null) {
    log.warn("SLACK_SIGNING_SECRET is not set, so actions in Slack are refused");
  }
  const ways = [
    ...(botToken === null ? [] : ["SLACK"]),
    ...(smtpUrl === null ? [] : [`EMAIL (by ${new URL(smtpUrl).host})`]),
    ...(secret === null || webhook.url === null ? [] : [`WEBHOOK (to ${displayUrl(webhook.url)})`]),
  ];
  if (ways.length > 0) log.info(`notifications are sent on: ${ways.join(", ")}`);
  const { serviceChannels } = config;
  if (serviceChannels.length > 0)
    log.info(`notifications are sent by a notificationService on: ${serviceChannels.join(", ")}`);
  if (missing.length > 0) log.info(`not configured, so nothing is sent on: ${missing.join(", ")}`);
  return channels.filter(({ name }) => !serviceChannels.includes(name));
}
