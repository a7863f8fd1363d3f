/** The messages in Slack, to a person and to the channel, and their later updates. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { putPeople } from "../../src/db/queries/directory.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { callerOf } from "../support/approvals/requests.ts";
import { insert } from "../support/db/rows.ts";
import { messageAbout, PUBLIC_URL, type SlackStage, startSlackStage } from "../support/notifications/slack-stage.ts";
import { asRead, commandsIn, linksIn, textsOf } from "../support/notifications/slack-texts.ts";
import type { SlackMessage } from "../support/notifications/slack-workspace.ts";

let stage: SlackStage;
beforeAll(async () => {
  stage = await startSlackStage();
});
afterAll(() => stage.stop());

const readText = (message: SlackMessage): string => textsOf(message).map(asRead).join("\n");
const buttonsOf = ({ blocks }: SlackMessage) =>
  blocks.flatMap(({ elements = [] }) => elements).filter(({ type }) => type === "button");
const actionsOf = (message: SlackMessage) => buttonsOf(message).map(({ action_id }) => action_id);

describe("a Slack message to a person who is asked", () => {
  test("shows the request, the requester and the expiry, with buttons that have the request's id", async () => {
    const { request, message } = await stage.askBob({
      title: "Deploy 1.4 to production?",
      description: "The release of this week.",
      context: { version: "1.4", services: 3 },
    });
    const read = readText(message);
    for (const part of ["Deploy 1.4 to production?", "The release of this week.", "ann", "release"]) {
      expect(read).toContain(part);
    }
    expect(read).toMatch(/version\W+1\.4/);
    expect(textsOf(message).join()).toContain(`<!date^${Math.floor(request.expiresAt.getTime() / 1000)}^`);
    expect(buttonsOf(message).map(({ action_id, value, url }) => [action_id, value ?? url])).toEqual([
      ["approve", `${request.id}:${contextDigestOf(request)}`],
      ["reject", request.id],
      ["open", `${PUBLIC_URL}/requests/${request.id}`],
    ]);
  });

  test("is visible only to this person, and the row has its place", async () => {
    const { request, message } = await stage.askBob();
    const [row] = await stage.rows(request);
    expect(message.channel).toBe(stage.slack.workspace.conversationWith(stage.bob.id).id);
    expect(row).toMatchObject({
      recipient: "bob",
      status: "SENT",
      externalId: `${message.channel}:${message.ts}`,
      externalUrl: `https://example.slack.com/archives/${message.channel}/p${message.ts.replace(".", "")}`,
    });
    expect(row?.body).toContain(request.title);
  });

  test("has the row's id for the receiver and for Slack", async () => {
    const { request, message } = await stage.askBob();
    const [row] = await stage.rows(request);
    expect(message.metadata).toEqual({
      event_type: "countersign_notification",
      event_payload: { id: row?.id, request: request.id },
    });
    expect(message.clientMsgId).toBe(row?.id);
  });

  test("finds the user by an address in any case, and by an id that is an address", async () => {
    const dan = stage.slack.workspace.addUser("dan@example.org");
    const request = await stage.ask({ notifyUsers: ["cleo", "Dan@Example.org"] });
    await stage.deliverAll(request);
    for (const user of [stage.cleo, dan]) {
      expect(messageAbout(request, stage.slack.workspace.messagesIn(user)).text).toContain(request.title);
    }
  });

  test("is sent even if Slack does not return its link", async () => {
    stage.slack.fail("chat.getPermalink", { error: "internal_error" });
    const { request } = await stage.askBob();
    expect(await stage.rows(request)).toMatchObject([{ status: "SENT", externalUrl: null }, { status: "SENT" }]);
  });

  test("looks up a user in Slack once for several messages", async () => {
    await stage.askBob();
    const before = stage.slack.calls.all.filter(({ method }) => method === "users.lookupByEmail").length;
    await stage.askBob();
    expect(stage.slack.calls.all.filter(({ method }) => method === "users.lookupByEmail")).toHaveLength(before);
  });
});

test("the channel in Slack receives a request with buttons for everyone who may decide", async () => {
  const { request } = await stage.askBob();
  const message = messageAbout(request, stage.slack.workspace.messagesIn(stage.releases));
  expect(readText(message)).toContain(request.title);
  expect(actionsOf(message)).toEqual(["approve", "reject", "open"]);
});

describe("the text that people wrote", () => {
  const nasty = "<!channel> <@U012> <https://evil.example|Open> <script>alert(1)</script> & *bold*";

  test("is unchanged in Slack: it becomes no mention, link or formatting", async () => {
    const email = stage.slack.workspace.addUser("carl@example.org").email;
    await putPeople(stage.pool, [{ id: "@channel & *carl*", email, roles: [], locale: null, zone: null }]);
    const { request, message } = await stage.askBob({
      title: nasty,
      description: `${nasty}\n<!here>`,
      context: { note: nasty, [nasty]: "```<!everyone>```" },
      workflowId: "<!channel>",
      requestedBy: "@channel & *carl*",
    });
    await stage.manager.comment(request.id, callerOf("bob"), nasty);
    await stage.manager.reject(request.id, { comment: nasty }, callerOf("bob"));
    await stage.deliverAll(request);
    const messages = [...stage.slack.workspace.messagesIn(stage.releases), message].filter(
      ({ metadata }) => metadata?.event_payload.request === request.id,
    );
    expect(messages).toHaveLength(2);
    for (const one of messages) {
      const texts = textsOf(one);
      expect(texts.flatMap(commandsIn).filter((command) => !command.startsWith("!date^"))).toEqual([]);
      expect(texts.flatMap(linksIn).filter((link) => !link.startsWith(PUBLIC_URL))).toEqual([]);
      expect(readText(one)).toContain("<script>alert(1)</script> &");
      expect(readText(one)).toContain("<!channel>");
    }
  });
});

describe("an outcome in Slack", () => {
  test("replaces the earlier message, with the decider and the comment, for a decision on any surface", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"] });
    await stage.manager.reject(request.id, { comment: "Not on a Friday." }, callerOf("cleo"));
    await stage.deliverAll(request);
    const { workspace } = stage.slack;
    for (const place of [stage.bob, stage.releases]) {
      const now = messageAbout(request, workspace.messagesIn(place));
      expect(now.updates).toBe(1);
      expect(readText(now)).toMatch(/rejected/i);
      expect(readText(now)).toContain("cleo");
      expect(readText(now)).toContain("Not on a Friday.");
      expect(actionsOf(now)).toEqual(["open"]);
    }
    const decided = (await stage.rows(request)).find(
      ({ kind, recipient }) => kind === "DECIDED" && recipient === "bob",
    );
    expect(decided).toMatchObject({ status: "SENT", externalId: `${message.channel}:${message.ts}` });
  });

  test("leaves no button in the message of a person who decided elsewhere", async () => {
    const { request } = await stage.askBob();
    await stage.manager.approve(request.id, {}, callerOf("bob"));
    await stage.deliverAll(request);
    const now = messageAbout(request, stage.slack.workspace.messagesIn(stage.bob));
    expect(readText(now)).toMatch(/approved/i);
    expect(actionsOf(now)).toEqual(["open"]);
  });

  test("replaces every message, including reminders", async () => {
    const { request } = await stage.askBob({ notifyUsers: ["bob", "cleo"] });
    for (const kind of ["REMINDER", "URGENT"]) {
      await insert(stage.pool, "approval_notifications", {
        approval_request_id: request.id,
        kind,
        channel: "SLACK",
        recipient: "bob",
        metadata: { to: "person", actor: null, comment: null, status: "PENDING" },
        next_attempt_at: new Date(),
      });
    }
    await stage.deliverAll(request);
    const messages = () =>
      stage.slack.workspace
        .messagesIn(stage.bob)
        .filter(({ metadata }) => metadata?.event_payload.request === request.id);
    expect(messages().map(actionsOf)).toEqual(Array(3).fill(["approve", "reject", "open"]));
    await stage.manager.approve(request.id, {}, callerOf("cleo"));
    await stage.deliverAll(request);
    expect(messages().map(actionsOf)).toEqual(Array(3).fill(["open"]));
  });

  test("is posted if there was no message, or if it was deleted", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"] });
    stage.slack.workspace.remove(message);
    await stage.manager.cancel(request.id, callerOf("ann"), "Not needed any more.");
    await stage.deliverAll(request);
    const now = messageAbout(request, stage.slack.workspace.messagesIn(stage.bob));
    expect(now.updates).toBe(0);
    expect(readText(now)).toContain("Not needed any more.");
  });

  test("is not posted to the person who decided and had no message", async () => {
    const request = await stage.ask();
    await stage.manager.approve(request.id, {}, callerOf("bob"));
    const [asked] = await stage.rows(request);
    await stage.pool.query("delete from approval_notifications where id = $1", [asked?.id]);
    await stage.deliverAll(request);
    const about = ({ metadata }: SlackMessage) => metadata?.event_payload.request === request.id;
    expect(stage.slack.workspace.messagesIn(stage.bob).filter(about)).toEqual([]);
  });
});

describe("a comment in Slack", () => {
  test("is a reply to the message about the request, without buttons, and is not changed", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await stage.manager.approve(request.id, {}, callerOf("bob"));
    await stage.manager.comment(request.id, callerOf("cleo"), "Is the backup done?");
    await stage.deliverAll(request);
    const replies = () => stage.slack.workspace.messagesIn(stage.bob).filter(({ threadTs }) => threadTs === message.ts);
    const [reply] = replies() as [SlackMessage];
    expect(readText(reply)).toContain("Is the backup done?");
    expect(actionsOf(reply)).toEqual(["open"]);
    await stage.manager.approve(request.id, {}, callerOf("cleo"));
    await stage.deliverAll(request);
    expect(replies()).toEqual([{ ...reply, updates: 0 }]);
    expect(stage.slack.workspace.message(message.channel, message.ts)?.updates).toBe(1);
  });

  test("is a separate message if the other one no longer exists", async () => {
    const { request, message } = await stage.askBob({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await stage.manager.approve(request.id, {}, callerOf("bob"));
    await stage.manager.comment(request.id, callerOf("cleo"), "Is the backup done?");
    stage.slack.workspace.remove(message);
    await stage.deliverAll(request);
    const alone = messageAbout(request, stage.slack.workspace.messagesIn(stage.bob));
    expect(alone.threadTs).toBeNull();
    expect(readText(alone)).toContain("Is the backup done?");
  });
});
