/** Messages that Slack does not accept: failed, retried, or delayed until Slack or an operator allows them. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import type { ApprovalNotification } from "../../src/model/notifications.ts";
import { DeliveryError } from "../../src/notifications/channel.ts";
import { createSlackChannel } from "../../src/notifications/channels/slack.ts";
import type { Templates } from "../../src/notifications/templates.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { messageAbout, type SlackStage, startSlackStage } from "../support/notifications/slack-stage.ts";

let stage: SlackStage;
let request: ApprovalRequest;
/** The messages to bob and to the channel. */
let toBob: ApprovalNotification;
let toChannel: ApprovalNotification;

beforeAll(async () => {
  stage = await startSlackStage();
});
afterAll(() => stage.stop());
beforeEach(async () => {
  request = await stage.ask();
  [toBob, toChannel] = (await stage.rows(request)) as [ApprovalNotification, ApprovalNotification];
});

async function failure(row: ApprovalNotification, signal?: AbortSignal): Promise<DeliveryError> {
  const error = await stage.attempt(row, signal).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}
const postings = () => stage.slack.calls.all.filter(({ method }) => method === "chat.postMessage").length;

describe("a rate limit of Slack", () => {
  test("is respected for as long as Slack asks, for every message", async () => {
    stage.slack.fail("chat.postMessage", { status: 429, headers: { "Retry-After": "17" } });
    const before = postings();
    expect(await failure(toBob)).toMatchObject({ permanent: false, retryAfterMs: 17_000, pausesChannel: true });
    expect(postings()).toBe(before + 1);
  });

  test("is respected for a default time if Slack does not state how long", async () => {
    stage.slack.fail("chat.postMessage", { status: 429 });
    const untold = await failure(toBob);
    stage.slack.fail("chat.postMessage", { error: "ratelimited" });
    const asRefusal = await failure(toBob);
    for (const error of [untold, asRefusal]) {
      expect(error).toMatchObject({ permanent: false, pausesChannel: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
  });

  test("applies to user lookups as well", async () => {
    const dan = stage.slack.workspace.addUser("dan@example.org");
    const [row] = await stage.rows(await stage.ask({ notifyUsers: [dan.email as string] }));
    stage.slack.fail("users.lookupByEmail", { status: 429, headers: { "Retry-After": "5" } });
    expect(await failure(row as ApprovalNotification)).toMatchObject({ retryAfterMs: 5_000, pausesChannel: true });
  });
});

describe("a Slack message fails permanently", () => {
  const given = (row: ApprovalNotification, words: RegExp) =>
    expect(failure(row)).resolves.toMatchObject({ permanent: true, message: expect.stringMatching(words) });

  test("for a person without a known address", async () => {
    const [row] = await stage.rows(await stage.ask({ notifyUsers: ["nobody"] }));
    await given(row as ApprovalNotification, /address is known for nobody/);
  });

  test("for a person who is not in Slack, and for a bot", async () => {
    stage.slack.workspace.addUser("bot@example.org", { is_bot: true });
    for (const id of ["stranger@example.org", "bot@example.org"]) {
      const [row] = await stage.rows(await stage.ask({ notifyUsers: [id] }));
      await given(row as ApprovalNotification, /Slack/);
    }
  });

  test("for a channel that does not exist, is archived, or does not have the app as a member", async () => {
    const { releases } = stage;
    const conversations = stage.slack.workspace.conversations;
    conversations.delete(releases.id);
    await given(toChannel, /channel_not_found/);
    conversations.set(releases.id, { ...releases, archived: true });
    await given(toChannel, /is_archived/);
    conversations.set(releases.id, { ...releases, member: false });
    await given(toChannel, /not_in_channel: the app must be invited/);
    conversations.set(releases.id, releases);
    await stage.attempt(toChannel);
  });

  test("if Slack does not accept its blocks, with Slack's details", async () => {
    const content = {
      text: "Decide",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }],
    };
    const templates: Templates = { render: () => JSON.stringify(content) };
    const channel = createSlackChannel({
      slack: stage.slack.settings,
      pool: stage.pool,
      templates,
      publicUrl: () => "https://approvals.example.org",
      log: { error: () => {} },
    });
    const sending = channel.send(await stage.delivery(toBob), new AbortController().signal);
    await expect(sending).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/invalid_blocks: .*\/blocks\/0\/text\/text/),
    });
  });
});

describe("a Slack message is retried", () => {
  const again = { permanent: false, retryAfterMs: null, pausesChannel: false };

  test("after an error at Slack's side", async () => {
    stage.slack.fail("chat.postMessage", { status: 503, body: "<html>upstream</html>" });
    expect(await failure(toBob)).toMatchObject({ ...again, message: "Slack responded with HTTP status 503." });
    stage.slack.fail("chat.postMessage", { error: "internal_error" });
    expect(await failure(toBob)).toMatchObject(again);
    stage.slack.fail("chat.postMessage", { status: 200, body: "<html>a proxy</html>" });
    expect(await failure(toBob)).toMatchObject({ ...again, message: "The response was not from Slack." });
  });

  test("after the timeout of an attempt without an answer", async () => {
    stage.slack.fail("chat.postMessage", "hang");
    const attempt = new AbortController();
    const failed = failure(toBob, attempt.signal);
    await stage.slack.calls.next(({ method, status }) => method === "chat.postMessage" && status === 0);
    attempt.abort();
    expect(await failed).toMatchObject({ ...again, message: "Slack did not answer in time." });
  });

  test("when nothing answers at Slack's address", async () => {
    const slack = { ...stage.slack.settings, apiUrl: "http://127.0.0.1:9/api/" };
    const log = { error: () => {} };
    const templates: Templates = { render: () => '{"text":"Decide","blocks":[{"type":"divider"}]}' };
    const channel = createSlackChannel({
      slack,
      pool: stage.pool,
      templates,
      publicUrl: () => "https://a.example",
      log,
    });
    const sending = channel.send(await stage.delivery(toBob), new AbortController().signal);
    await expect(sending).rejects.toMatchObject({
      ...again,
      message: expect.stringMatching(/^Slack could not be reached/),
    });
  });

  test("when the connection is lost after Slack has posted it, and is posted once", async () => {
    stage.slack.fail("chat.postMessage", "cut after");
    stage.slack.fail("chat.postMessage", "cut within");
    for (const _ of ["after", "within"]) {
      expect(await failure(toBob)).toMatchObject({ ...again, message: expect.stringMatching(/could not be reached/) });
    }
    const there = messageAbout(request, stage.slack.workspace.messagesIn(stage.bob));
    const sent = await stage.attempt(toBob);
    expect(messageAbout(request, stage.slack.workspace.messagesIn(stage.bob))).toBe(there);
    expect(sent.externalId).toBe(`${there.channel}:${there.ts}`);
    // A Slack that posted it twice would show the same id on both.
    const ids = stage.slack.calls.all
      .filter(({ method, args }) => method === "chat.postMessage" && args.metadata?.includes(request.id))
      .map(({ args }) => args.client_msg_id);
    expect(ids).toEqual([toBob.id, toBob.id, toBob.id]);
  });

  test("at once, to the user who has the address now", async () => {
    const { workspace } = stage.slack;
    const before = workspace.addUser("hal@example.org");
    await stage.deliverAll(await stage.ask({ notifyUsers: ["hal@example.org"] }));
    workspace.users.delete(before.id);
    const now = workspace.addUser("hal@example.org");
    const another = await stage.ask({ notifyUsers: ["hal@example.org"] });
    await stage.deliverAll(another);
    expect(messageAbout(another, workspace.messagesIn(now)).text).toContain(another.title);
  });

  test("and posted again if it was deleted in the meantime", async () => {
    stage.slack.fail("chat.postMessage", "cut after");
    await failure(toBob);
    stage.slack.workspace.remove(messageAbout(request, stage.slack.workspace.messagesIn(stage.bob)));
    await stage.attempt(toBob);
    expect(messageAbout(request, stage.slack.workspace.messagesIn(stage.bob)).metadata?.event_payload.id).toBe(
      toBob.id,
    );
  });

  test("when one of several messages could not be updated with the outcome", async () => {
    await stage.attempt(toBob);
    await stage.manager.cancel(request.id, callerOf("ann"));
    const outcome = (await stage.rows(request)).find(
      ({ kind, recipient }) => kind === "CANCELLED" && recipient === "bob",
    );
    stage.slack.fail("chat.update", { status: 500 });
    expect(await failure(outcome as ApprovalNotification)).toMatchObject(again);
    await stage.attempt(outcome as ApprovalNotification);
    expect(messageAbout(request, stage.slack.workspace.messagesIn(stage.bob)).updates).toBe(1);
  });
});

describe("a token that Slack refuses", () => {
  test("delays every message until an operator fixes it, is logged, and is not printed", async () => {
    const { token } = stage.slack;
    stage.slack.token = "xoxb-another";
    const error = await failure(toBob);
    expect(error).toMatchObject({
      permanent: false,
      pausesChannel: true,
      message: expect.stringMatching(/invalid_auth/),
    });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(stage.log()).toContain("invalid_auth");
    expect(stage.log() + error.message + String(error.stack)).not.toContain(token);
    stage.slack.token = token;
    await stage.attempt(toBob);
  });

  test.each(["account_inactive", "token_revoked"])("counts as fixable when it is %s", async (refusal) => {
    stage.slack.fail("chat.postMessage", { error: refusal });
    expect(await failure(toBob)).toMatchObject({ permanent: false, pausesChannel: true });
  });

  test("for one method does not delay messages that need other methods", async () => {
    stage.slack.fail("chat.postMessage", { error: "missing_scope" });
    expect(await failure(toBob)).toMatchObject({ permanent: false, pausesChannel: false });
  });
});
