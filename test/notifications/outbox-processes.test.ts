/**
 * The guarantee of the outbox, with real processes and real receivers: every message arrives, even if processes are
 * killed. OUTBOX_REQUESTS sets the number of requests; `npm run test:outbox` uses a thousand.
 */

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { type MailServer, startMailServer } from "../support/notifications/mail-server.ts";
import { type SlackServer, startSlack } from "../support/notifications/slack-server.ts";
import { newSecret } from "../support/notifications/webhook-deliveries.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/notifications/webhook-receiver.ts";
import { type ApiProcess, startApi } from "../support/server/api-process.ts";

const REQUESTS = Number(process.env.OUTBOX_REQUESTS ?? 60);
const PEOPLE = ["bob@example.com", "cleo@example.com", "dan@example.com"];
/** The number of active messages that a process may have on a channel when it is killed. */
const MOST_UNDER_WAY = { SLACK: 4, EMAIL: 5, WEBHOOK: 16 } as const;
const PROCESSES = 2;

let database: TestDatabase;
let core: Core;
let mail: MailServer;
let slack: SlackServer;
let receiver: WebhookReceiver;
let env: Record<string, string>;
let apis: ApiProcess[];

beforeAll(async () => {
  database = await createTestDatabase();
  const secret = newSecret();
  mail = await startMailServer();
  slack = await startSlack();
  receiver = await startWebhookReceiver({ secrets: [secret] });
  for (const person of PEOPLE) slack.workspace.addUser(person);
  slack.workspace.addChannel("approvals");
  const { botToken, signingSecret, apiUrl } = slack.settings;
  env = {
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: apiUrl,
    SMTP_URL: mail.url,
    MAIL_FROM: "Approvals <approvals@example.com>",
    WEBHOOK_URL: `${receiver.url}/gate`,
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: "true",
  };
  const destinations = { slackChannel: null, webhook: `${receiver.url}/gate` };
  core = await startCore(database.url, { destinations });
  apis = await Promise.all(Array.from({ length: PROCESSES }, start));
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.end("SIGTERM")));
  await core.close();
  await Promise.all([mail.stop(), slack.stop(), receiver.stop()]);
  await database.drop();
});

const start = () => startApi({ databaseUrl: database.url, env });

/** Kills one process after another at random moments and replaces it; returns the number of kills. */
async function killAtRandom(while_: () => Promise<boolean>): Promise<number> {
  let kills = 0;
  while (await while_()) {
    const victim = Math.floor(Math.random() * PROCESSES);
    const sentBefore = mail.mails.length + Math.floor(Math.random() * 40);
    // A moment is a number of messages, so that it falls among them whatever the machine's speed.
    await eventually(async () => mail.mails.length > sentBefore || !(await while_()) || undefined);
    await (apis[victim] as ApiProcess).end("SIGKILL");
    kills += 1;
    apis[victim] = await start();
  }
  return kills;
}

const left = async () =>
  (await database.pool.query("select count(*)::int as n from approval_notifications where next_attempt_at is not null"))
    .rows[0].n as number;

test(`${REQUESTS} requests to three people on three channels all arrive while processes are killed; repeats have the same key`, async () => {
  let asked = 0;
  const ask = async () => {
    while (asked < REQUESTS) {
      asked += 1;
      const executionId = randomBytes(8).toString("hex");
      const notifyChannels = ["SLACK", "EMAIL", "WEBHOOK", "IN_APP"] as const;
      const input = inputOf({ executionId, notifyUsers: PEOPLE, notifyChannels: [...notifyChannels] });
      const { request } = await core.manager.createRequest(input, callerOf("ann"));
      if (asked % 3 === 0) await core.manager.approve(request.id, {}, callerOf("bob@example.com"));
    }
  };
  const asking = Promise.all([ask(), ask(), ask(), ask()]);
  const kills = await killAtRandom(async () => asked < REQUESTS || (await left()) > PEOPLE.length * 4);
  await asking;
  // Another process takes the rows of a killed process when its lease has expired.
  await eventually(async () => (await left()) === 0 || undefined);
  expect(kills).toBeGreaterThan(0);

  const { rows } = await database.pool.query<{ id: string; channel: keyof typeof MOST_UNDER_WAY; status: string }>(
    "select id, channel, status from approval_notifications where channel <> 'IN_APP'",
  );
  const expected = REQUESTS * (PEOPLE.length * 2 + 1);
  expect(rows.length).toBeGreaterThanOrEqual(expected);
  // Ann has no address: her emails fail with that reason, and all others are sent.
  expect(rows.filter(({ status }) => status !== "SENT").length).toBe(await unaddressed());

  const seen = {
    EMAIL: mail.mails.map((one) => one.header("X-Countersign-Notification") as string),
    SLACK: slack.calls.all
      .filter(({ method, error }) => method === "chat.postMessage" && error === null)
      .map(({ args }) => String(JSON.parse(args.metadata as string).event_payload.id)),
    WEBHOOK: receiver.received.map(({ id, verifiedBy }) => (verifiedBy.length === 1 ? id : "not verified")),
  };
  for (const channel of ["EMAIL", "WEBHOOK", "SLACK"] as const) {
    const sent = rows.filter((row) => row.channel === channel && row.status === "SENT").map(({ id }) => id);
    const arrived = new Set(seen[channel]);
    const posted = channel === "SLACK" ? await requestedOnSlack() : sent;
    expect(
      posted.filter((id) => !arrived.has(id)),
      `${channel} lost`,
    ).toEqual([]);
    expect(
      [...arrived].filter((id) => !sent.includes(id)),
      `${channel} sent what is not in the outbox`,
    ).toEqual([]);
    const twice = seen[channel].length - arrived.size;
    expect(twice, `${channel} twice`).toBeLessThanOrEqual(kills * MOST_UNDER_WAY[channel]);
  }

  if (process.env.OUTBOX_REQUESTS !== undefined) {
    const count = (ids: readonly string[]) => `${ids.length} arrived, ${ids.length - new Set(ids).size} of them twice`;
    console.log(
      `${kills} kills; mail: ${count(seen.EMAIL)}; Slack: ${count(seen.SLACK)}; webhooks: ${count(seen.WEBHOOK)}`,
    );
  }

  const { rows: logged } = await database.pool.query(
    `select n.id from approval_notifications n
      where n.channel <> 'IN_APP' and n.status = 'SENT' and 1 <> (
        select count(*) from approval_audit_log l where l.approval_request_id = n.approval_request_id
           and l.action = 'NOTIFIED' and l.metadata ->> 'notificationId' = n.id::text)`,
  );
  expect(logged, "not once in the log").toEqual([]);
  const { rows: inApp } = await database.pool.query(
    "select count(*)::int as n from approval_notifications where channel = 'IN_APP' and kind = 'REQUESTED'",
  );
  expect(inApp[0].n).toBe(REQUESTS * PEOPLE.length);
}, 900_000);

const unaddressed = async () =>
  (
    await database.pool.query(
      "select count(*)::int as n from approval_notifications where recipient = 'ann' and channel in ('EMAIL', 'SLACK')",
    )
  ).rows[0].n as number;

/** Outcomes replace posted messages, so only the first messages are posted. */
const requestedOnSlack = async () =>
  (
    await database.pool.query<{ id: string }>(
      "select id from approval_notifications where channel = 'SLACK' and kind = 'REQUESTED' and status = 'SENT'",
    )
  ).rows.map(({ id }) => id);
