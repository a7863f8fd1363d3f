/** The test server for Slack is as strict as Slack itself. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SlackServer, startSlack } from "../support/notifications/slack-server.ts";

let slack: SlackServer;
let channel: string;
let archived: string;
beforeAll(async () => {
  slack = await startSlack();
  channel = slack.workspace.addChannel("releases").id;
  archived = slack.workspace.addChannel("old", { archived: true }).id;
});
afterAll(() => slack.stop());

async function call(method: string, args: Record<string, unknown>, headers: Record<string, string> = {}) {
  const texts = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const response = await fetch(slack.settings.apiUrl + method, {
    method: "POST",
    headers: { Authorization: `Bearer ${slack.token}`, ...headers },
    body: new URLSearchParams(Object.fromEntries(texts)),
  });
  return (await response.json()) as { ok: boolean; error?: string; ts: string; channel: string };
}
const refusal = async (...given: Parameters<typeof call>) => (await call(...given)).error;
const post = (more: Record<string, unknown>) => call("chat.postMessage", { channel, text: "Decide", ...more });

const text = (words: string, type = "plain_text") => ({ type, text: words });
const button = (more: object = {}) => ({ type: "button", action_id: "approve", text: text("Approve"), ...more });
const actions = (...elements: object[]) => ({ type: "actions", elements });

test("the test server for Slack posts a valid message, and a direct message only to its recipient", async () => {
  const { id } = slack.workspace.addUser("bob@example.org");
  const blocks = [{ type: "header", text: text("Deploy?") }, actions(button({ value: "1" }))];
  const posted = await post({ channel: id, blocks });
  expect(posted).toMatchObject({ ok: true });
  expect(slack.workspace.message(posted.channel, posted.ts)).toMatchObject({ text: "Decide", blocks });
  expect(posted.channel).toMatch(/^D/);
});

test.each([
  ["without a token", {}, { Authorization: "" }, "invalid_auth"],
  ["with another token", {}, { Authorization: "Bearer xoxb-another" }, "invalid_auth"],
  ["as JSON", {}, { "Content-Type": "application/json" }, "invalid_post_type"],
  ["with an argument that Slack does not know", { chanel: "C1" }, {}, "invalid_arguments"],
  ["with a token among the arguments", { token: "xoxb" }, {}, "invalid_arguments"],
  ["without a channel", { channel: "" }, {}, "invalid_arguments"],
  ["to a channel that is not there", { channel: "C0" }, {}, "channel_not_found"],
  ["without a text for those who see no blocks", { text: " " }, {}, "no_text"],
  ["with too long a text", { text: "x".repeat(40_001) }, {}, "msg_too_long"],
  ["below a message that is not there", { thread_ts: "1.000001" }, {}, "thread_not_found"],
  ["with blocks that are not JSON", { blocks: "[" }, {}, "invalid_blocks_format"],
  ["with metadata of another shape", { metadata: { id: 1 } }, {}, "invalid_metadata_schema"],
  [
    "with metadata within metadata",
    { metadata: { event_type: "a", event_payload: { a: { b: {} } } } },
    {},
    "invalid_metadata_schema",
  ],
])("the test server for Slack refuses a message %s", async (_how, args, headers, error) => {
  expect(
    await refusal("chat.postMessage", { channel, text: "Decide", ...args }, headers as Record<string, string>),
  ).toBe(error);
});

test("the test server for Slack refuses a message to an archived channel", async () => {
  expect(await refusal("chat.postMessage", { channel: archived, text: "Decide" })).toBe("is_archived");
});

describe("the test server for Slack refuses blocks", () => {
  const divider = { type: "divider" };
  test.each([
    ["51 of them", Array(51).fill(divider)],
    ["none of them", []],
    ["of a type that no message has", [{ type: "input", label: text("Why?"), element: { type: "plain_text_input" } }]],
    ["with an unknown field", [{ ...divider, colour: "red" }]],
    ["a header with formatting", [{ type: "header", text: text("Deploy?", "mrkdwn") }]],
    ["a header of 151 characters", [{ type: "header", text: text("x".repeat(151)) }]],
    ["an empty text", [{ type: "section", text: text("") }]],
    ["a section without anything", [{ type: "section" }]],
    ["a section of 3,001 characters", [{ type: "section", text: text("x".repeat(3_001), "mrkdwn") }]],
    ["a section with eleven fields", [{ type: "section", fields: Array(11).fill(text("x")) }]],
    ["a field of 2,001 characters", [{ type: "section", fields: [text("x".repeat(2_001))] }]],
    ["no elements", [actions()]],
    ["26 buttons", [actions(...Array.from({ length: 26 }, (_, i) => button({ action_id: `a${i}` })))]],
    ["a button with 76 characters", [actions(button({ text: text("x".repeat(76)) }))]],
    ["a button with formatting", [actions(button({ text: text("Approve", "mrkdwn") }))]],
    ["a button with another style", [actions(button({ style: "green" }))]],
    ["a button with too long a value", [actions(button({ value: "x".repeat(2_001) }))]],
    ["a button to no web address", [actions(button({ url: "javascript:alert(1)" }))]],
    ["two buttons with one id", [actions(button(), button())]],
    [
      "two blocks with one id",
      [
        { ...divider, block_id: "a" },
        { ...divider, block_id: "a" },
      ],
    ],
  ])("%s", async (_what, blocks) => {
    expect(await post({ blocks })).toMatchObject({ ok: false, error: "invalid_blocks" });
  });
});

describe("the test server for Slack refuses an update", () => {
  test("of a message that does not exist, and in a name or a person instead of a conversation", async () => {
    const { ts } = await post({});
    const args = { text: "Done", parse: "none" };
    expect(await refusal("chat.update", { ...args, channel, ts: "1.000001" })).toBe("message_not_found");
    for (const named of ["#releases", "releases", slack.workspace.addUser("dan@example.org").id]) {
      expect(await refusal("chat.update", { ...args, channel: named, ts })).toBe("channel_not_found");
    }
    expect(await call("chat.update", { ...args, channel, ts })).toMatchObject({ ok: true });
  });
});

describe("the test server for Slack refuses a dialog", () => {
  const input = {
    type: "input",
    block_id: "a",
    label: text("Why?"),
    element: { type: "plain_text_input", action_id: "a" },
  };
  const view = { type: "modal", title: text("Reject"), submit: text("Reject"), blocks: [input] };
  const trigger = () => slack.workspace.newTrigger("U1");

  test("without a recent trigger", async () => {
    const trigger_id = trigger();
    expect(await call("views.open", { trigger_id, view })).toMatchObject({ ok: true });
    expect(await refusal("views.open", { trigger_id, view })).toBe("exchanged_trigger_id");
    expect(await refusal("views.open", { trigger_id: "1", view })).toBe("invalid_trigger_id");
  });

  test.each([
    ["with too long a title", { title: text("x".repeat(25)) }],
    ["with an input and nothing to submit it", { submit: undefined }],
    ["with more to remember than 3,000 characters", { private_metadata: "x".repeat(3_001) }],
    [
      "with a field that may hold more than 3,000",
      { blocks: [{ ...input, element: { ...input.element, max_length: 3_001 } }] },
    ],
  ])("%s", async (_how, more) => {
    expect(await refusal("views.open", { trigger_id: trigger(), view: { ...view, ...more } })).toBe(
      "invalid_arguments",
    );
  });
});

test("the test server for Slack posts one message for the same id, and does not find it after it was deleted", async () => {
  const client_msg_id = "0190a0c2-0000-7000-8000-000000000001";
  const first = await post({ client_msg_id });
  expect(await post({ client_msg_id })).toMatchObject({ ok: true, ts: first.ts });
  const message = slack.workspace.message(channel, first.ts);
  if (message !== undefined) slack.workspace.remove(message);
  expect(await post({ client_msg_id })).toMatchObject({ ok: false, error: "duplicate_message_not_found" });
});
