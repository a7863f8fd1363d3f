/** The startup log names the channels that are configured and those that are not; the latter fail each message. */

import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import type { Channel } from "../../src/notifications/channel.ts";
import { configuredChannels } from "../../src/notifications/channels/configured.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import { deliveryOf, freshRequest, linksOf, PUBLIC_URL } from "../support/notifications/mail-deliveries.ts";
import { newSecret } from "../support/notifications/webhook-deliveries.ts";
import { readLog } from "../support/server/read-log.ts";
import { startServer } from "../support/server/server.ts";

const SENT = "notifications are sent on: ";
const NOTHING_SENT = "not configured, so nothing is sent on: ";
const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "signing" };
const MAIL = { SMTP_URL: "smtp://127.0.0.1:9", MAIL_FROM: "approvals@example.org" };

const opened: { channels: Channel[]; pool: Pool }[] = [];
afterEach(async () => {
  for (const { channels, pool } of opened.splice(0)) {
    await Promise.all(channels.map((channel) => channel.close()));
    await pool.end();
  }
});

/** The channels of an environment, and the log lines of their creation. */
function channelsOf(env: Record<string, string>) {
  const { log, lines } = readLog();
  // Nothing is sent, so nothing connects.
  const pool = createPool("postgres://127.0.0.1:9/nowhere");
  const channels = configuredChannels({
    config: loadConfig(env),
    templates: createTemplates({ dir: null, log }),
    publicUrl: () => PUBLIC_URL,
    pool,
    links: linksOf(),
    log,
  });
  opened.push({ channels, pool });
  return { channels, said: lines.map(({ msg }) => msg) };
}

const failureOf = (channels: Channel[], name: Channel["name"]) =>
  (channels.find((channel) => channel.name === name) as Channel)
    .send(deliveryOf(freshRequest()), new AbortController().signal)
    .then(
      () => null,
      ({ message, permanent }) => ({ message, permanent }),
    );

describe("a channel without its settings", () => {
  it("is logged once, with the missing variable, and fails each message permanently", async () => {
    const { channels, said } = channelsOf({});
    expect(said).toEqual([`${NOTHING_SENT}SLACK (SLACK_BOT_TOKEN), EMAIL (SMTP_URL), WEBHOOK (WEBHOOK_SECRET)`]);
    for (const [name, variable] of [
      ["SLACK", "SLACK_BOT_TOKEN"],
      ["EMAIL", "SMTP_URL"],
      ["WEBHOOK", "WEBHOOK_SECRET"],
    ] as const) {
      const message = `${name} is not configured: ${variable} is not set`;
      expect(await failureOf(channels, name)).toEqual({ message, permanent: true });
    }
    expect(said).toHaveLength(1);
  });

  it("is logged as configured once it has them, with its server and without secrets", () => {
    const webhook = { WEBHOOK_URL: "https://user:word@hooks.example.com/gate?key=1", WEBHOOK_SECRET: newSecret() };
    const mail = { ...MAIL, SMTP_URL: "smtps://user:word@mail.example.com:465/?pool=true" };
    expect(channelsOf({ ...SLACK, ...mail, ...webhook }).said).toEqual([
      `${SENT}SLACK, EMAIL (by mail.example.com:465), WEBHOOK (to https://hooks.example.com/gate)`,
    ]);
  });

  it("is logged with the missing part alone: callbacks need no endpoint, and Slack messages no signing secret", () => {
    expect(channelsOf({ ...SLACK, ...MAIL, WEBHOOK_SECRET: newSecret() }).said).toEqual([
      `${SENT}SLACK, EMAIL (by 127.0.0.1:9)`,
      `${NOTHING_SENT}WEBHOOK except callbacks (WEBHOOK_URL)`,
    ]);
    const { said } = channelsOf({ ...MAIL, SLACK_BOT_TOKEN: "xoxb-1" });
    expect(said).toEqual([
      "SLACK_SIGNING_SECRET is not set, so actions in Slack are refused",
      `${SENT}SLACK, EMAIL (by 127.0.0.1:9)`,
      `${NOTHING_SENT}WEBHOOK (WEBHOOK_SECRET)`,
    ]);
  });
});

it("a webhook secret that may be guessed causes a warning, also next to a long one", () => {
  const short = "c2hvcnQ=";
  const warned = (secret: string) =>
    channelsOf({ WEBHOOK_SECRET: secret }).said.filter((msg) => String(msg).includes("guessed"));
  const warning = "WEBHOOK_SECRET is shorter than 24 bytes and may be guessed; use a random one";
  expect([newSecret(), `whsec_${short}`, `${newSecret()} ${short}`].map(warned)).toEqual([[], [warning], [warning]]);
});

it.each([
  ["causes a warning", MAIL, true],
  ["causes no warning if PUBLIC_URL is set", { ...MAIL, PUBLIC_URL: "https://approvals.example.com" }, false],
  ["causes no warning if no channel is configured", {}, false],
])("a link that may not be reachable %s", async (_when, env, isWarned) => {
  const server = await startServer(env);
  await server.stop();
  expect(server.log().includes("PUBLIC_URL is not set")).toBe(isWarned);
});

describe("a channel that a notificationService of another program sends", () => {
  it("is not sent by the server, whether it is configured here or not", () => {
    const { channels, said } = channelsOf({ ...SLACK, NOTIFICATION_SERVICE_CHANNELS: "slack,email" });
    expect(channels.map(({ name }) => name)).toEqual(["WEBHOOK"]);
    expect(said).toContain("notifications are sent by a notificationService on: SLACK, EMAIL");
  });
});
