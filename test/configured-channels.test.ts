/** What is not configured is said once at the start, and by the channel itself of each message. */

import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../src/config.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import type { Channel } from "../src/notifications/channel.ts";
import { configuredChannels } from "../src/notifications/channels/configured.ts";
import { createTemplates } from "../src/notifications/templates.ts";
import { deliveryOf, freshRequest, linksOf, PUBLIC_URL } from "./support/mail-deliveries.ts";
import { readLog } from "./support/read-log.ts";
import { newSecret } from "./support/webhook-deliveries.ts";

const NOTHING_SENT = "not configured, so nothing is sent there: ";
const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "signing" };
const MAIL = { SMTP_URL: "smtp://127.0.0.1:9", MAIL_FROM: "approvals@example.org" };

const opened: { channels: Channel[]; pool: Pool }[] = [];
afterEach(async () => {
  for (const { channels, pool } of opened.splice(0)) {
    await Promise.all(channels.map((channel) => channel.close()));
    await pool.end();
  }
});

/** The channels of this environment, and what was logged as they were made. */
function channelsOf(env: Record<string, string>) {
  const { log, lines } = readLog();
  // Nothing is sent, so nothing connects.
  const pool = createPool("postgres://127.0.0.1:9/nowhere");
  const channels = configuredChannels({
    ...{ config: loadConfig(env), templates: createTemplates({ dir: null, log }), publicUrl: () => PUBLIC_URL },
    ...{ pool, links: linksOf(), log },
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
  it("is named once, with the variable that it lacks, and fails each message for good", async () => {
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

  it("is not named where it has them", () => {
    const webhook = { WEBHOOK_URL: "https://hooks.example.com/gate", WEBHOOK_SECRET: newSecret() };
    expect(channelsOf({ ...SLACK, ...MAIL, ...webhook }).said).toEqual([]);
  });

  it("is named for what alone it lacks: callbacks need no endpoint, and messages in Slack no presses", () => {
    expect(channelsOf({ ...SLACK, ...MAIL, WEBHOOK_SECRET: newSecret() }).said).toEqual([
      `${NOTHING_SENT}WEBHOOK but for callbacks (WEBHOOK_URL)`,
    ]);
    const { said } = channelsOf({ ...MAIL, SLACK_BOT_TOKEN: "xoxb-1" });
    expect(said).toEqual([
      "SLACK_SIGNING_SECRET is not set, so nothing that is pressed in Slack is taken",
      `${NOTHING_SENT}WEBHOOK (WEBHOOK_SECRET)`,
    ]);
  });
});
