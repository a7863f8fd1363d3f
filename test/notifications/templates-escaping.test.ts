import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { oneLine } from "../../src/log.ts";
import {
  APPROVAL_STATUSES,
  type ApprovalRequest,
  DECISION_SOURCES,
  type Json,
  TIMEOUT_ACTIONS,
} from "../../src/model/approvals.ts";
import { NOTIFICATION_KINDS } from "../../src/model/notifications.ts";
import { cut, slackText } from "../../src/notifications/escaping.ts";
import { shaped } from "../../src/notifications/message-shapes.ts";
import type { TemplateName } from "../../src/notifications/template-names.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import type { MessageView } from "../../src/notifications/view.ts";
import { BOB, messageView } from "../support/notifications/messages.ts";
import { faultsOfMessage } from "../support/notifications/slack-blocks.ts";
import { commandsIn, linksIn, textsOf } from "../support/notifications/slack-texts.ts";
import { readLog } from "../support/server/read-log.ts";

const { log, lines } = readLog();
const templates = createTemplates({ dir: null, log });

// A failed template would be logged, and the checks would only see the fallback.
afterEach(() => expect(lines).toEqual([]));

/** Texts that act as markup somewhere. ZQX marks them. */
const PIECES = [
  "<ZQX>",
  "<script>ZQX</script>",
  '" onload="ZQX',
  "' ZQX='",
  "<!channel>",
  "<@U024BE7LH>",
  "<https://evil.example|ZQX>",
  "*ZQX*",
  "_ZQX_",
  "~ZQX~",
  "`ZQX`",
  "```",
  "> ZQX",
  ":ZQX:",
  "&lt;ZQX&gt;",
  "&amp;",
  "&#60;ZQX&#62;",
  "-->",
  "]]>",
  "{{ request.id }}",
  "{% raw %}",
  "\\",
  '"',
  "\\u0022",
  "\r\nBcc: ZQX@evil.example",
  "\n",
  "\r",
  "\u2028",
  "\u0085",
  "\u0000",
  "\u202e",
  "\u2066",
  "\ud800",
  "\udc00",
  "\u0007",
  "\u001b[31m",
  "🏳️‍🌈",
  "e\u0301",
  "اختبار",
  "ZQX",
  " ",
  "a",
];
const hostile = fc
  .array(fc.oneof({ arbitrary: fc.constantFrom(...PIECES), weight: 4 }, fc.string({ unit: "binary", maxLength: 20 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((pieces) => pieces.join(""));
/** Also at the limits of the database and of Slack. */
const long = fc
  .tuple(hostile, fc.integer({ min: 1, max: 4_000 }))
  .map(([text, length]) => text.repeat(length).slice(0, length));
const text = fc.oneof({ arbitrary: hostile, weight: 5 }, { arbitrary: long, weight: 1 });
const scalar = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null));
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    scalar,
    fc.array(tie("json")),
    fc.dictionary(text, tie("json")),
  ) as fc.Arbitrary<Json>,
}));
const context = fc.oneof(fc.dictionary(text, json), fc.dictionary(text, scalar)) as fc.Arbitrary<
  ApprovalRequest["context"]
>;

const view: fc.Arbitrary<MessageView> = fc
  .record({
    kind: fc.constantFrom(...NOTIFICATION_KINDS),
    request: fc.record({
      title: text,
      description: fc.option(text),
      workflowId: text,
      jobId: text,
      requestedBy: text,
      context,
      comment: fc.option(text),
      decidedBy: fc.option(text),
      approvers: fc.array(text, { maxLength: 3 }),
      status: fc.constantFrom(...APPROVAL_STATUSES),
      decisionSource: fc.option(fc.constantFrom(...DECISION_SOURCES)),
      timeoutAction: fc.constantFrom(...TIMEOUT_ACTIONS),
    }),
    facts: fc.record({ actor: fc.option(text), comment: fc.option(text), endpoint: text }),
    locale: fc.option(fc.oneof(text, fc.constantFrom("de-DE", "ar-EG", "ja", "en_US"))),
    zone: fc.option(fc.oneof(text, fc.constantFrom("Europe/Berlin", "Asia/Kolkata", "+02:00"))),
    id: text,
    told: fc.boolean(),
  })
  .map(({ kind, request, facts, locale, zone, id, told }) =>
    messageView(kind, { request, facts, person: told ? { ...BOB, id, locale, zone } : null }),
  );

const LINE_FEED_AND_TAB = /[\n\t]/g;
const UNREADABLE = /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u;

/** Checks every message with each of the hostile texts. */
function always(name: TemplateName, check: (rendered: string, view: MessageView) => void, numRuns = 150): void {
  fc.assert(
    fc.property(view, (message) => check(templates.render(name, message), message)),
    { numRuns },
  );
}

describe("whatever people write,", () => {
  it.each(["email/subject", "in-app/subject", "in-app/body"] as const)(
    "%s is one line that can be a header",
    (name) => {
      always(name, (line) => {
        expect(line).not.toMatch(UNREADABLE);
        expect(line.isWellFormed()).toBe(true);
        expect(line.trim()).toBe(line);
        expect(line.length).toBeGreaterThan(0);
        expect(line.length).toBeLessThanOrEqual(name === "in-app/body" ? 1_000 : 200);
      });
    },
  );

  it("an email's text has no control characters", () => {
    always("email/text", (plain) => {
      expect(plain.replaceAll(LINE_FEED_AND_TAB, "")).not.toMatch(UNREADABLE);
      expect(plain.isWellFormed()).toBe(true);
    });
  });

  it("an email's HTML has only the elements, attributes and entities of the template", () => {
    const known =
      /^<(\/?(html|head|title|style|body|div|table|tr|td|span|a|br|pre|meta)[ >]|!doctype html>$|!--\[if mso\]|!\[endif\]--)/;
    always("email/html", (html) => {
      expect(html.replaceAll(LINE_FEED_AND_TAB, "")).not.toMatch(UNREADABLE);
      expect(html.isWellFormed()).toBe(true);
      for (const [tag] of html.matchAll(/<[^>]*>/g)) {
        expect(tag).toMatch(known);
        expect(tag).not.toContain("ZQX");
      }
      // Text outside tags has no brackets and quotes.
      const shown = html.replaceAll(/<style>[\s\S]*<\/style>|<[^>]*>/g, "");
      expect(shown).not.toMatch(/[<>"']/);
      for (const [entity] of shown.matchAll(/&[^;]*;?/g))
        expect(entity).toMatch(/^&(amp|lt|gt|#34|#39|#847|zwnj|nbsp);$/);
    });
  });

  it("Slack accepts the message and finds no mention, link or formatting in it", () => {
    always(
      "slack/message",
      (rendered) => {
        const message = JSON.parse(rendered) as { text: string; blocks: unknown[] };
        expect(faultsOfMessage(message.blocks)).toEqual([]);
        expect(message.text.length).toBeLessThanOrEqual(4_000);
        for (const found of textsOf(message)) {
          expect(found.replaceAll(LINE_FEED_AND_TAB, "")).not.toMatch(UNREADABLE);
          expect(linksIn(found)).toEqual([]);
          for (const command of commandsIn(found)) {
            expect(command).toMatch(/^!date\^\d+\^\{date_short_pretty\} at \{time\}\|[\w, :]+ UTC$/);
          }
        }
        for (const marked of markdownOf(message)) {
          const written = marked
            .replace(/^\*[A-Z][\w ]+\*\n|^:[a-z_]+: \*[\w ]+\*$/, "")
            .replace(/^```([\s\S]*)```$/, "$1");
          if (marked.startsWith("```")) expect(written).not.toContain("`");
          else expect(written).not.toMatch(/[*~`]|(^|\W)_\w|\w_(\W|$)|^\s*&gt;/m);
        }
      },
      250,
    );
  });

  it("a webhook has it unchanged", () => {
    always("webhook/payload", (payload, message) => {
      const { data } = JSON.parse(payload) as { data: { request: unknown; comment: unknown } };
      // JSON knows no -0 and no halves of characters.
      const expected = JSON.parse(JSON.stringify(message.request).replaceAll(/\\u(d[89a-f][0-9a-f]{2})/g, "\\ufffd"));
      expect(data.request).toEqual(expected);
    });
  });
});

/** The texts that Slack formats: those of objects of type mrkdwn, and the fallback text. */
function markdownOf({ text, blocks }: { text: string; blocks: unknown[] }): string[] {
  const found = [text];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, text } = value as { type?: unknown; text?: unknown };
    if (type === "mrkdwn" && typeof text === "string") found.push(text);
    else Object.values(value).forEach(visit);
  };
  visit(blocks);
  return found;
}

describe("a text that is too long for a message", () => {
  it("ends with an ellipsis, within its bound, and never within a character", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (written, max) => {
        const shown = cut(written.toWellFormed(), max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown.isWellFormed()).toBe(true);
        if (shown !== written.toWellFormed()) expect(shown.endsWith("…")).toBe(true);
      }),
    );
    expect(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 21)).toBe("👩‍👩‍👧‍👦…");
    expect(cut("ae\u0301i", 3)).toBe("a…");
  });

  it("fits into Slack's bound once it is escaped", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 3_000 }), (written, max) => {
        const shown = slackText(written, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown.replaceAll(/&(amp|lt|gt);/g, "")).not.toMatch(/[<>&]/);
      }),
    );
  });
});

describe("the text of a Slack message", () => {
  it.each([
    ["*bold* 2*3", "∗bold∗ 2∗3"],
    ["_it_ snake_case _", "ˍitˍ snake_case ˍ"],
    ["~gone~ ~/bin", "∼gone∼ ∼/bin"],
    [":tada: 10:30:45 :+1:", "∶tada: 10:30:45 ∶+1:"],
    ["> quoted\n  > more\na > b", "› quoted\n  › more\na &gt; b"],
    ["<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"],
  ])("has %j unchanged: %j", (written, shown) => {
    expect(slackText(written, 1_000)).toBe(shown);
  });
});

describe("a text that is written to slow down the templates", () => {
  // With quadratic time it would exceed the timeout of the test.
  const long = 300_000;
  const blank = `x${" ".repeat(long)}y`;
  it.each([
    ["a colon before a long word", () => slackText(`:${"a".repeat(long)}`, 2_900)],
    ["blank lines", () => slackText(`${"\n".repeat(long)}x`, 2_900)],
    ["blanks within a line of a mail", () => shaped("email/text", blank)],
    ["spaces in a receiver's text", () => oneLine(new Error(blank))],
  ])("takes no long time: %s", (_what, run) => {
    expect(run()).toEqual(expect.any(String));
  });

  it("is one line, for every text of a receiver", () => {
    expect(oneLine(new Error("  no \r\n\n  such\tthing \n"))).toBe("no such\tthing");
  });
});
