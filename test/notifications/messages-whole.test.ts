/** A Slack message has buttons that decide only if it shows everything; an email states if it does not. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, describe, expect, test } from "vitest";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { contextDigestOf } from "../../src/model/json.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import { messageView, REQUEST } from "../support/notifications/messages.ts";

const log = pino({ level: "silent" });
const templates = createTemplates({ dir: null, log });
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Button {
  action_id?: string;
  value?: string;
}
const buttonsIn = (message: string): Button[] =>
  (JSON.parse(message).blocks as { type: string; elements?: Button[] }[])
    .filter(({ type }) => type === "actions")
    .flatMap(({ elements = [] }) => elements);
const inSlack = (request: Partial<ApprovalRequest>, set = templates) =>
  set.render("slack/message", messageView("REQUESTED", { request }));
const actionsOf = (message: string) => buttonsIn(message).map(({ action_id }) => action_id);
const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`key ${i}`, i]));

describe("a message in Slack that shows everything", () => {
  test.each<[string, Partial<ApprovalRequest>]>([
    ["a usual request", {}],
    ["a title of 300 characters", { title: "Deploy ".repeat(42).trim() }],
    ["metadata, which it shows", { metadata: { source: "erp", run: { id: 7 } } }],
    ["neither description, context nor metadata", { description: null, context: {}, metadata: {} }],
    ["names of 200 characters", { requestedBy: "a".repeat(200), workflowId: "&".repeat(200), jobId: "j".repeat(200) }],
    ["a long description", { description: "word ".repeat(400) }],
    ["thirty rows", { context: many(30) }],
  ])("has the buttons that decide, and Approve has the digest of the shown content: %s", (_name, more) => {
    const message = inSlack(more);
    expect(actionsOf(message)).toEqual(["approve", "reject", "open"]);
    const [approve] = buttonsIn(message);
    expect(approve?.value).toBe(`${REQUEST.id}:${contextDigestOf({ ...REQUEST, ...more })}`);
    for (const value of Object.values(more.metadata ?? {})) {
      if (typeof value === "string") expect(message).toContain(value);
    }
  });
});

const CUT: [string, Partial<ApprovalRequest>][] = [
  ["a description", { description: "word ".repeat(700) }],
  ["many rows", { context: many(41) }],
  ["a long key", { context: { ["k".repeat(150)]: 1 } }],
  ["a long value", { context: { script: "x".repeat(700) } }],
  ["a long value in a nested context", { context: { deep: { script: "x".repeat(700) } } }],
  ["a long list", { context: { regions: Array.from({ length: 51 }, (_, i) => i) } }],
  ["a large nested context", { context: { deep: Array.from({ length: 400 }, (_, i) => ({ i })) } }],
  ["large metadata", { metadata: { log: "x".repeat(3_000) } }],
  ["a title that grows as its invisible characters are shown", { title: `Deploy${"\u200b".repeat(100)}` }],
  ["a value that grows as they are shown", { context: { note: "\u200b".repeat(200) } }],
  [
    "a value that grows as Slack escapes it",
    { context: Object.fromEntries(["a", "b", "c"].map((k) => [k, "<&>".repeat(160)])) },
  ],
];

describe("a message in Slack that cuts something", () => {
  test.each(CUT)("has no button but Open: %s", (_name, more) => {
    const message = inSlack(more);
    expect(actionsOf(message)).toEqual(["open"]);
    expect(message).toContain("This message shows only part of the request.");
  });
});

function own(file: string, text: string) {
  const dir = mkdtempSync(join(tmpdir(), "countersign-templates-"));
  folders.push(dir);
  mkdirSync(join(dir, "slack"));
  writeFileSync(join(dir, file), text);
  return createTemplates({ dir, log });
}
const BUTTONS = `{ "type": "actions", "elements": [
  { "type": "button", "action_id": "approve", "text": { "type": "plain_text", "text": "OK" }, "value": "{{ request.id }}:{{ digest }}" }
] }`;
const section = (text: string) => `{ "type": "section", "text": { "type": "plain_text", "text": "${text}" } }`;
const ALL =
  "{{ request.title | slack_plain }} {{ request.description | slack_plain }} {{ request.context | outline | slack_plain }}";
const withMetadata = { metadata: { source: "erp" } };

describe("an operator's template for Slack", () => {
  test.each<[string, string, Partial<ApprovalRequest>]>([
    ["leaves the metadata out", ALL, withMetadata],
    ["leaves the context out", "{{ request.title | slack_plain }} {{ request.description | slack_plain }}", {}],
    ["cuts the description", ALL.replace("description |", "description | truncate: 20 |"), {}],
    ["cuts the context", ALL.replace("outline", "outline: 20"), {}],
  ])("has no button that decides where it %s", (_name, text, more) => {
    const set = own("slack/message.liquid", `{ "text": "x", "blocks": [${section(text)}, ${BUTTONS}] }`);
    expect(actionsOf(inSlack(more, set))).toEqual(["open"]);
  });

  test("has its buttons if it shows everything", () => {
    const set = own("slack/message.liquid", `{ "text": "x", "blocks": [${section(ALL)}, ${BUTTONS}] }`);
    expect(buttonsIn(inSlack({}, set))).toMatchObject([
      { action_id: "approve", value: `${REQUEST.id}:${contextDigestOf(REQUEST)}` },
    ]);
  });
});

describe("an email", () => {
  const PART = "shows only part of the request";
  test.each(["email/text", "email/html"] as const)(
    "states that it shows only part of the request, if so: %s",
    (name) => {
      const mail = (request: Partial<ApprovalRequest>) => templates.render(name, messageView("REQUESTED", { request }));
      expect(mail({})).not.toContain(PART);
      expect(mail({ metadata: { source: "erp" } })).toContain(PART);
      expect(mail({ description: "word ".repeat(800) })).toContain(PART);
      expect(mail({ context: many(60) })).toContain(PART);
    },
  );

  test.each(["email/text", "email/html", "slack/message"] as const)("names the creator and warns: %s", (name) => {
    const said = (request: Partial<ApprovalRequest>) => templates.render(name, messageView("REQUESTED", { request }));
    expect(said({})).toMatch(/Created by[\s\S]*orchestrator/);
    expect(said({ createdBy: REQUEST.requestedBy })).not.toContain("Created by");
    expect(said({})).not.toContain("The requester may approve this request.");
    expect(said({ allowSelfApproval: true })).toContain("The requester may approve this request.");
  });
});
