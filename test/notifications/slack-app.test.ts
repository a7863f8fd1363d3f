/** End to end: a request, its message in Slack, a button press, and the outcome in the workflow and in the message. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { collect } from "../support/audit/audit.ts";
import { press, submit } from "../support/notifications/slack-presses.ts";
import { type SlackServer, startSlack } from "../support/notifications/slack-server.ts";
import { messageAbout } from "../support/notifications/slack-stage.ts";
import type { SlackMessage, SlackUser } from "../support/notifications/slack-workspace.ts";
import { startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

const BOB = "bob@example.org";
let slack: SlackServer;
let server: TestServer;
let bob: SlackUser;

beforeAll(async () => {
  slack = await startSlack();
  bob = slack.workspace.addUser(BOB);
  slack.workspace.addChannel("releases");
  const { botToken, signingSecret, apiUrl } = slack.settings;
  server = await startServer({
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_CHANNEL: "#releases",
    SLACK_API_URL: apiUrl,
  });
});
afterAll(async () => {
  await server.stop();
  await slack.stop();
  const { botToken, signingSecret } = slack.settings;
  expect([botToken, signingSecret].filter((secret) => server.log().includes(secret))).toEqual([]);
});

const appUrl = () => `${server.url}/integrations/slack/interactions`;
const ask = async () => server.ask(await tokenFor("ann"), { notifyUsers: [BOB], notifyChannels: ["SLACK"] });
/** The next call of a method about a request that Slack has processed. */
const done = (method: string, requestId: string, at: string) =>
  slack.calls.next(
    ({ method: called, args, error, status }) =>
      called === method &&
      status === 200 &&
      error === null &&
      args.metadata?.includes(requestId) === true &&
      args.channel === at,
  );
const bobsMessage = async (requestId: string): Promise<SlackMessage> => {
  await done("chat.postMessage", requestId, bob.id);
  return messageAbout({ id: requestId }, slack.workspace.messagesIn(bob));
};

test("pressing a button in Slack approves, the workflow continues, and no message still has buttons", async () => {
  const id = await ask();
  const message = await bobsMessage(id);
  await done("chat.postMessage", id, "#releases");
  const client = server.connect(await tokenFor("ann"));
  const waiting = collect(
    client.iterate<{ approvalRequestUpdated: { status: string } }>({ query: UPDATES, variables: { id } }),
  );
  const pressed = await press(slack, appUrl(), bob, message, "approve");
  expect(await pressed.answer()).toBe("Your approval is recorded; the request is approved.");
  expect((await waiting).at(-1)?.data?.approvalRequestUpdated.status).toBe("APPROVED");
  await done("chat.update", id, message.channel);
  const inChannel = messageAbout({ id }, slack.workspace.messagesIn({ id: "#releases" }));
  await done("chat.update", id, inChannel.channel);
  for (const { blocks } of [message, inChannel]) expect(JSON.stringify(blocks)).not.toContain('"approve"');
  await client.dispose();
});

test("the reason from the dialog in Slack is stored on the request", async () => {
  const id = await ask();
  const message = await bobsMessage(id);
  await press(slack, appUrl(), bob, message, "reject");
  const view = await slack.workspace.views.next();
  expect(await submit(slack, appUrl(), view, { comment: "Not on a Friday." })).toMatchObject({ errors: null });
  await slack.answers.next(({ text }) => text === "Your rejection is recorded; the request is rejected.");
  const query = "query ($id: ID!) { approvalRequest(id: $id) { status decidedBy comment } }";
  const { approvalRequest } = await server.data(await tokenFor("ann"), query, { id });
  expect(approvalRequest).toEqual({ status: "REJECTED", decidedBy: BOB, comment: "Not on a Friday." });
});

test("pressing a button in Slack with a wrong signature is refused like every other invalid request", async () => {
  const id = await ask();
  const { response } = await press(slack, appUrl(), bob, await bobsMessage(id), "approve", { secret: "another" });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
});

test("a message over Slack's rate limit is sent after the wait that Slack asked for", async () => {
  slack.fail("chat.postMessage", { status: 429, headers: { "Retry-After": "1" } });
  slack.fail("chat.postMessage", { status: 500 });
  const id = await ask();
  await slack.calls.next(({ status }) => status === 429);
  await bobsMessage(id);
  await done("chat.postMessage", id, "#releases");
});
