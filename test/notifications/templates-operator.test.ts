import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TEMPLATE_NAMES, type TemplateName } from "../../src/notifications/template-names.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import type { MessageView } from "../../src/notifications/view.ts";
import { MESSAGES } from "../support/notifications/messages.ts";
import { readLog } from "../support/server/read-log.ts";

const REQUESTED = MESSAGES.requested as MessageView;
const REMINDER = MESSAGES.reminder as MessageView;
const BUILT_IN = createTemplates({ dir: null, log: readLog().log });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "countersign-templates-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Templates with the operator's files by path, and the log lines about them. */
function templatesWith(files: Record<string, string | Uint8Array>) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  const { log, lines } = readLog();
  return { templates: createTemplates({ dir, log }), lines };
}

/** Expects the built-in template, and one log line with the reason. */
function fallsBack(
  files: Record<string, string | Uint8Array>,
  name: TemplateName,
  logged: object,
  view = REQUESTED,
): void {
  const { templates, lines } = templatesWith(files);
  expect(templates.render(name, view)).toBe(BUILT_IN.render(name, view));
  expect(templates.render(name, view)).toBe(BUILT_IN.render(name, view));
  expect(lines).toEqual([expect.objectContaining(logged)]);
}

describe("an operator's template file", () => {
  it("replaces the built-in one of the same path, and no other", () => {
    const { templates, lines } = templatesWith({ "email/subject.liquid": "[ACME] {{ request.title }}\n" });
    expect(templates.render("email/subject", REQUESTED)).toBe("[ACME] Deploy web 2.14.0 to production");
    for (const name of TEMPLATE_NAMES.filter((other) => other !== "email/subject")) {
      expect(templates.render(name, REQUESTED)).toBe(BUILT_IN.render(name, REQUESTED));
    }
    expect(lines).toEqual([]);
  });

  it("for one kind takes precedence over the one for all kinds", () => {
    const { templates } = templatesWith({
      "in-app/subject.liquid": "all",
      "in-app/subject.reminder.liquid": "reminder",
      "in-app/subject.timed_out.liquid": "timed out",
    });
    expect(templates.render("in-app/subject", REQUESTED)).toBe("all");
    expect(templates.render("in-app/subject", REMINDER)).toBe("reminder");
    expect(templates.render("in-app/subject", MESSAGES["timed-out"] as MessageView)).toBe("timed out");
  });

  it("of the words is used on every channel, escaped for each", () => {
    const { templates, lines } = templatesWith({
      "words/headline.liquid": 'Hey & <b>"you"</b>,\n*{{ request.requestedBy }}* asks',
      "words/label.reminder.liquid": "Nudge",
    });
    expect(templates.render("email/text", REQUESTED)).toContain('Hey & <b>"you"</b>, *alice@example.com* asks.');
    expect(templates.render("email/html", REQUESTED)).toContain("Hey &amp; &lt;b&gt;&#34;you&#34;&lt;/b&gt;, *alice");
    expect(templates.render("slack/message", REQUESTED)).toContain('Hey &amp; &lt;b&gt;\\"you\\"&lt;/b&gt;, *alice');
    expect(templates.render("in-app/subject", REMINDER)).toBe("Nudge: Deploy web 2.14.0 to production");
    expect(lines).toEqual([]);
  });

  it("may replace an included one, or be included by the operator's own", () => {
    const { templates, lines } = templatesWith({
      "email/parts/pill.liquid": "<b>{{ words.label }} by {% render 'email/parts/brand' %}</b>",
      "email/parts/brand.liquid": "ACME",
    });
    expect(templates.render("email/html", REQUESTED)).toContain("<b>Approval needed by ACME</b>");
    expect(lines).toEqual([]);
  });

  it("has the message's variables and the filters, also in included files", () => {
    const { templates, lines } = templatesWith({
      "email/text.liquid": [
        "{{ request.expiresAt | date_time }}",
        "{{ request.expiresAt | time_left }}",
        "{{ request.timeoutMs | duration }}",
        "{{ request.status | status_words }}",
        "{{ request.context | outline | truncate: 20 }}",
        "{% assign table = request.context | table: 2 %}{{ table.rows[0].key }} {{ table.more }}",
        "{{ request.context.regions | json }}",
        "{{ 'a' | indent: '> ' }}",
      ].join("\n"),
    });
    expect(templates.render("email/text", REQUESTED).split("\n")).toEqual([
      "Tue, 3 March 2026 at 14:30 CET",
      "3 hours 59 minutes",
      "4 hours",
      "waiting for a decision",
      "environment: produc…",
      "environment 3",
      '["eu-central-1","us-east-1"]',
      "> a",
      "",
    ]);
    expect(lines).toEqual([]);
  });

  it("is found through the symbolic links of a mounted ConfigMap", () => {
    mkdirSync(join(dir, "..2026_03_03", "email"), { recursive: true });
    writeFileSync(join(dir, "..2026_03_03", "email", "subject.liquid"), "mounted");
    symlinkSync("..2026_03_03", join(dir, "..data"));
    symlinkSync("..data/email", join(dir, "email"));
    const { templates, lines } = templatesWith({ "README.md": "no template" });
    expect(templates.render("email/subject", REQUESTED)).toBe("mounted");
    expect(lines).toEqual([]);
  });

  it("cannot read files, the environment or the prototypes of variables", () => {
    process.env.ZQX = "ZQX";
    const { templates } = templatesWith({
      "in-app/subject.liquid":
        "[{{ process.env.ZQX }}{{ env.ZQX }}{{ request.constructor.name }}{{ request.__proto__ }}{{ constructor }}{{ __proto__ }}]",
    });
    delete process.env.ZQX;
    expect(templates.render("in-app/subject", REQUESTED)).toBe("[]");
  });

  it("escapes values by default", () => {
    const view: MessageView = { ...REQUESTED, request: { ...REQUESTED.request, title: `<!channel> "*b*"\n` } };
    const { templates } = templatesWith({
      "slack/message.liquid": `{ "text": "{{ request.title }}", "blocks": [
        { "type": "section", "text": { "type": "mrkdwn", "text": {{ request.title | json }} } },
        { "type": "section", "text": { "type": "plain_text", "text": "{{ request.title | slack_plain }}" } }] }`,
      "webhook/payload.liquid": `{ "type": "{{ request.title }}", "timestamp": "{{ createdAt }}",
        "data": { "title": {{ request.title | json }}, "context": {{ request.context | json }} } }`,
      "email/html.liquid": `<p title="{{ request.title }}">{{ request.title | newline_to_br }}</p>`,
    });
    const inert = '&lt;!channel&gt; "∗b∗"\n';
    expect(JSON.parse(templates.render("slack/message", view))).toEqual({
      text: inert,
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: inert } },
        { type: "section", text: { type: "plain_text", text: '&lt;!channel&gt; "*b*"' } },
      ],
    });
    expect(JSON.parse(templates.render("webhook/payload", view))).toEqual({
      type: view.request.title,
      timestamp: view.createdAt,
      data: { title: view.request.title, context: view.request.context },
    });
    const shown = "&lt;!channel&gt; &#34;*b*&#34;";
    expect(templates.render("email/html", view)).toBe(`<p title="${shown}\n">${shown}<br></p>`);
  });
});

describe("the built-in template is used, and the log has the reason, if the operator's", () => {
  it("folder does not exist", () => {
    const { log, lines } = readLog();
    const missing = join(dir, "missing");
    expect(createTemplates({ dir: missing, log }).render("email/subject", REQUESTED)).toBe(
      BUILT_IN.render("email/subject", REQUESTED),
    );
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        file: missing,
        reason: expect.stringContaining("ENOENT"),
        msg: "TEMPLATES_DIR cannot be read; using the built-in templates",
      }),
    ]);
  });

  it("file is not text", () => {
    fallsBack({ "email/html.liquid": new Uint8Array([0xff, 0xfe, 0x00]) }, "email/html", {
      file: join(dir, "email/html.liquid"),
    });
  });

  it.each<[what: string, source: string, logged: object]>([
    [
      "has a tag that is not closed",
      "one\n{% if isOpen %}two",
      { line: 2, at: "{% if isOpen %}", reason: "tag {% if isOpen %} not closed" },
    ],
    ["has an output that is not closed", "one\ntwo {{ request.title", { line: 2 }],
    ["has a tag that nobody knows", "one\n\n{% frob %}", { line: 3, reason: 'tag "frob" not found' }],
    ["has a filter that nobody knows", "{{ request.title | shout }}", { line: 1, reason: "undefined filter: shout" }],
    [
      "has a filter of another place",
      "{{ request.title | slack_plain }}",
      { line: 1, reason: "undefined filter: slack_plain" },
    ],
    ["is endless", "x".repeat(1_000_001), { reason: "it is too long" }],
  ])("file %s", (_, source, logged) => {
    fallsBack({ "email/text.liquid": source }, "email/text", {
      level: 40,
      file: join(dir, "email/text.liquid"),
      ...logged,
    });
  });

  it.each<[what: string, name: TemplateName, source: string, logged: object]>([
    [
      "includes a file that does not exist",
      "email/text",
      "{% render 'email/parts/nothing' %}",
      { line: 1, reason: "it includes a file that does not exist" },
    ],
    [
      "includes a file outside the folder",
      "email/text",
      "{% include '../../../../etc/hostname' %}",
      { reason: "it includes a file that does not exist" },
    ],
    [
      "takes too much memory",
      "email/text",
      "{% for i in (1..1000000000) %}x{% endfor %}",
      { reason: "it takes too much memory" },
    ],
    ["renders nothing", "email/subject", "{{ request.context.nothing }}", { reason: "it is empty" }],
    [
      "renders no JSON",
      "slack/message",
      '{ "text": "a"\n"blocks": [] }',
      { reason: "it is not JSON: see line 2 of its output" },
    ],
    ["renders another JSON", "slack/message", '{ "text": "a" }', { reason: "blocks is not a list with entries" }],
    [
      "renders a message that Slack refuses",
      "slack/message",
      '{ "text": "a", "blocks": [{ "type": "header", "text": { "type": "mrkdwn", "text": "a" } }] }',
      { reason: "blocks.0.text.type is not plain_text" },
    ],
    ["renders no webhook", "webhook/payload", '{ "type": "a", "data": {} }', { reason: "timestamp is not a date" }],
    ["renders half a JSON", "webhook/payload", '{ "type": ', { reason: expect.stringContaining("it is not JSON") }],
  ])("file %s", (_, name, source, logged) => {
    fallsBack({ [`${name}.liquid`]: source }, name, { level: 40, template: name, kind: "REQUESTED", ...logged });
  });

  it("file includes itself", () => {
    fallsBack({ "email/text.liquid": "{% render 'email/text' %}" }, "email/text", { template: "email/text" });
  });

  it("file takes too long, which is then not used again", () => {
    const { templates, lines } = templatesWith({
      "email/text.liquid": "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
    });
    for (const view of Object.values(MESSAGES)) {
      expect(templates.render("email/text", view)).toBe(BUILT_IN.render("email/text", view));
    }
    expect(lines).toEqual([expect.objectContaining({ template: "email/text", reason: "it takes too long" })]);
  });

  it("file of words fails, only for that entry", () => {
    const { templates, lines } = templatesWith({
      "words/label.liquid": "{% render 'nothing' %}",
      "words/headline.liquid": "Mine",
    });
    expect(templates.render("in-app/subject", REQUESTED)).toBe(BUILT_IN.render("in-app/subject", REQUESTED));
    expect(templates.render("in-app/body", REQUESTED)).toMatch(/^Mine\. /);
    expect(lines).toEqual([expect.objectContaining({ template: "words/label" })]);
  });
});

describe("the log about an operator's templates", () => {
  it("has one line for each failing template and kind", () => {
    const { templates, lines } = templatesWith({ "webhook/payload.liquid": "{", "in-app/subject.liquid": "{{ '' }}" });
    for (let i = 0; i < 3; i++) {
      for (const view of [REQUESTED, REMINDER]) {
        templates.render("webhook/payload", view);
        templates.render("in-app/subject", view);
      }
    }
    expect(lines.map(({ template, kind }) => `${template} ${kind}`)).toEqual([
      "webhook/payload REQUESTED",
      "in-app/subject REQUESTED",
      "webhook/payload REMINDER",
      "in-app/subject REMINDER",
    ]);
  });

  it("does not contain texts that people wrote", () => {
    const view = { ...REQUESTED, request: { ...REQUESTED.request, title: "ZQX", context: { ZQX: "ZQX" } } };
    const { templates, lines } = templatesWith({
      "webhook/payload.liquid": '{ "type": {{ request.title }} }',
      "slack/message.liquid": "{% render request.title %}",
      "email/html.liquid": "{% include request.title %}",
      "email/text.liquid": "{{ request.context | json: request }}{% render request.title %}",
    });
    for (const name of TEMPLATE_NAMES) templates.render(name, view);
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toContain("ZQX");
  });

  it("names variables that messages do not have, with their line", () => {
    const { templates, lines } = templatesWith({
      "in-app/subject.liquid":
        "{% assign mine = 1 %}{{ mine }} {{ request.title }} {{ request.context.anything.at.all }}{% for row in request.approvers %}{{ row }}{{ forloop.index }}{% endfor %}\n{{ request.titel }}{{ requester }}",
    });
    expect(lines).toEqual([
      expect.objectContaining({ line: 2, variable: "request.titel", file: join(dir, "in-app/subject.liquid") }),
      expect.objectContaining({ line: 2, variable: "requester" }),
    ]);
    expect(templates.render("in-app/subject", REQUESTED)).toBe("1 Deploy web 2.14.0 to production");
  });

  it("names files that no message uses", () => {
    const { lines } = templatesWith({
      "email/html.reminders.liquid": "a",
      "sms/text.liquid": "b",
      "words/greeting.liquid": "c",
      "words/why.urgent.liquid": "used",
    });
    expect(lines.map(({ file }) => file)).toEqual(
      ["email/html.reminders.liquid", "sms/text.liquid", "words/greeting.liquid"].map((path) => join(dir, path)),
    );
  });
});
