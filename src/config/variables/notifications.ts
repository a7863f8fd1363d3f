/** The environment variables of notifications: Slack, email, webhooks, callbacks, templates. */

import { OUTSIDE_CHANNELS, type OutsideChannel } from "../../model/notifications.ts";
import { CALLBACK_HOSTS_FORM, readCallbackHosts } from "../callback-hosts.ts";
import { ConfigError } from "../environment.ts";
import { WEBHOOK_SECRET_FORM } from "../webhook-keys.ts";
import { signersOf } from "../webhook-secrets.ts";
import { flag, oneOf, parserOf, path, secret, smtpUrl, text, variable, webUrl } from "./kinds.ts";

const NO_CHANNELS: readonly OutsideChannel[] = [];

function readWebhookSecrets(raw: string): string {
  signersOf(raw);
  return raw;
}

function parseChannels(raw: string, name: string): readonly OutsideChannel[] {
  const listed = raw.split(/[\s,]+/).filter((part) => part !== "");
  const channels = listed.map((part) => {
    const channel = OUTSIDE_CHANNELS.find((one) => one === part.toUpperCase());
    if (channel !== undefined) return channel;
    throw new ConfigError(name, raw, `a list of ${OUTSIDE_CHANNELS.join(", ")}`);
  });
  return [...new Set(channels)];
}

export const NOTIFICATION_VARIABLES = {
  SLACK_BOT_TOKEN: secret({
    about: "The token of the Slack app: [set-up](notifications.md#slack).",
    example: "xoxb-…",
  }),
  SLACK_SIGNING_SECRET: secret({
    about: "Verifies the buttons that people press in Slack.",
    example: "the-signing-secret-of-the-app",
  }),
  SLACK_CHANNEL: text({
    about: "The channel that is notified of every request, in addition to the people.",
    example: "#approvals",
  }),
  SLACK_API_URL: webUrl({
    about: "Another address of Slack's Web API: for GovSlack, and for tests.",
    example: "https://slack-gov.com/api/",
  }),
  SMTP_URL: smtpUrl({
    about: "The mail server: [set-up](notifications.md#email).",
    example: "smtps://user:password@mail.example.com",
  }),
  MAIL_FROM: text({
    about: "The sender of emails.",
    defaultInWords: "`countersign` at the host of `PUBLIC_URL`",
    example: "Approvals <approvals@example.com>",
  }),
  MAIL_LINKS: oneOf(["known", "anyone"], {
    about:
      "`known`: only people in the directory get links that decide, others are asked to sign in. `anyone`: every address " +
      "gets them.",
    default: null,
    defaultInWords: "`known`; `anyone` in development",
    example: "known",
  }),
  LINK_SECRET: secret({
    about: "Signs the links in emails. It must be the same in all processes.",
    defaultInWords: "`AUTH_JWT_SECRET`, else `OIDC_CLIENT_SECRET`, else a secret stored in `DATA_DIR`",
    example: "$(openssl rand -base64 32)",
  }),
  WEBHOOK_URL: webUrl({
    about: "The address of the webhook channel: [set-up](notifications.md#webhooks).",
    example: "https://hooks.example.com/approvals",
  }),
  WEBHOOK_SECRET: variable(
    "secret",
    parserOf(readWebhookSecrets, WEBHOOK_SECRET_FORM, () => null),
    {
      about:
        "Signs webhooks and callbacks; the keys of their receivers are derived from it. Required if `WEBHOOK_URL` is set. Two " +
        "secrets during a [rotation](notifications.md#webhooks).",
      default: null,
      example: "whsec_$(openssl rand -base64 32)",
    },
  ),
  WEBHOOK_ALLOW_PRIVATE: flag({
    about: "`true` allows webhooks and callbacks to loopback and private addresses.",
    default: false,
    example: "true",
  }),
  CALLBACK_HOSTS: variable(
    "hosts",
    // A URL instead of a host may contain a password.
    parserOf(readCallbackHosts, CALLBACK_HOSTS_FORM, (raw) => (raw.includes("@") ? null : raw)),
    {
      about:
        "Comma-separated hosts to which `callbackUrl` [may point](callbacks.md#which-addresses-are-allowed). Unset: any host, but only for `approvals:request` and " +
        "`approvals:admin`.",
      default: null,
      example: "hooks.example.com, *.company.com",
    },
  ),
  NOTIFICATION_SERVICE_CHANNELS: variable("channels", parseChannels, {
    about:
      "Channels (`SLACK`, `EMAIL`, `WEBHOOK`) whose notifications a " +
      "[`notificationService`](manager.md#a-channel-of-your-own) of another program sends; this server does not.",
    default: NO_CHANNELS,
    defaultInWords: "none",
    example: "SLACK, EMAIL",
  }),
  TEMPLATES_DIR: path({
    about: "The folder with your own [notification templates](notifications.md#templates).",
    example: "/etc/countersign/templates",
  }),
};
