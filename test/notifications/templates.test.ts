import { afterEach, describe, expect, it } from "vitest";
import { NOTIFICATION_KINDS } from "../../src/model/notifications.ts";
import { TEMPLATE_NAMES } from "../../src/notifications/template-names.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import type { MessageView } from "../../src/notifications/view.ts";
import { inChannel, MESSAGES, messageView } from "../support/notifications/messages.ts";
import { faultsOfMessage, valuesOf } from "../support/notifications/slack-blocks.ts";
import { readLog } from "../support/server/read-log.ts";

const { log, lines } = readLog();
const templates = createTemplates({ dir: null, log });
const entries = Object.entries(MESSAGES);

afterEach(() => expect(lines).toEqual([]));

const slackOf = (view: MessageView) =>
  JSON.parse(templates.render("slack/message", view)) as { text: string; blocks: unknown[] };
const buttonsOf = (view: MessageView) => valuesOf(slackOf(view).blocks, "action_id");
const decideOf = ({ links }: MessageView) => links.decide ?? "https://approvals.example.com/decide";

describe("every message", () => {
  it("has a sample of each kind", () => {
    expect(new Set(entries.map(([, { kind }]) => kind))).toEqual(new Set(NOTIFICATION_KINDS));
  });

  it.each(entries)("%s: is rendered for every channel", (_, view) => {
    for (const name of TEMPLATE_NAMES) expect(templates.render(name, view)).not.toBe("");
    for (const told of [view, inChannel(view)]) expect(faultsOfMessage(slackOf(told).blocks)).toEqual([]);
  });

  it.each(NOTIFICATION_KINDS)("%s: is rendered about a request in any state", (kind) => {
    for (const [, { request, isOpen, canDecide }] of entries) {
      const view = { ...messageView(kind), request, isOpen, canDecide };
      for (const name of TEMPLATE_NAMES) expect(templates.render(name, view)).not.toBe("");
      expect(faultsOfMessage(slackOf(view).blocks)).toEqual([]);
    }
  });

  it.each(entries)(
    "%s: has an email with the request, the requester, the workflow, the status and the reason for the email",
    (_, view) => {
      if (view.kind === "ENDPOINT_DISABLED") return;
      const text = templates.render("email/text", view);
      const html = templates.render("email/html", view);
      for (const part of [view.request.title, view.request.requestedBy, view.request.workflowId, view.links.open]) {
        expect(text).toContain(part);
        expect(html).toContain(part);
      }
      expect(text).toMatch(/\d of \d/);
      expect(text).toMatch(/(You are asked|You receive this) because/);
    },
  );
});

describe("the risk that a request states", () => {
  it.each([
    ["critical", "critical"],
    ["low", "low"],
    [{ level: 3 }, '{"level":3}'],
    ["<!channel> *b* <img src=x>", "<!channel> *b* <img src=x>"],
  ])("is in emails and in Slack if it is %j", (risk, words) => {
    for (const kind of ["REQUESTED", "REMINDER", "ESCALATED"] as const) {
      const view = messageView(kind, { request: { metadata: { risk } } });
      expect(templates.render("email/text", view)).toContain(`\nRisk:       ${words}\n`);
      const html = templates.render("email/html", view);
      expect(html.replaceAll("&#34;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">")).toMatch(/>Risk<\/td>/);
      expect(html).not.toContain("<img");
      for (const told of [view, inChannel(view)]) {
        const { blocks } = slackOf(told);
        expect(JSON.stringify(blocks)).toContain("*Risk*\\n");
        expect(JSON.stringify(blocks)).not.toContain("<!channel>");
        expect(faultsOfMessage(blocks)).toEqual([]);
        expect(buttonsOf(told)).toEqual(["approve", "reject", "open"]);
      }
    }
  });

  it("is not shown if the request states none", () => {
    const view = messageView("REQUESTED", { request: { metadata: { risk: " " } } });
    for (const name of ["email/text", "email/html", "slack/message"] as const) {
      expect(templates.render(name, view)).not.toMatch(/\*?Risk\b/);
    }
  });
});

describe("the text of a message", () => {
  const expected: Record<string, [subject: string, body: string]> = {
    requested: [
      "Approval needed: Deploy web 2.14.0 to production",
      "alice@example.com asks for your approval. Decide by Tue, 3 March 2026 at 14:30 CET. " +
        "If nobody decides by then, it is escalated.",
    ],
    "requested-by-someone-else": [
      "Waiting for approval: Deploy web 2.14.0 to production",
      "alice@example.com asks for approval. Open until Tue, 3 March 2026 at 13:30 UTC. " +
        "If nobody decides by then, it is escalated.",
    ],
    reminder: [
      "Reminder: Deploy web 2.14.0 to production",
      "alice@example.com still waits for your approval. Decide by Tue, 3 March 2026 at 14:30 CET. " +
        "If nobody decides by then, it is escalated.",
    ],
    urgent: [
      "Urgent: Deploy web 2.14.0 to production",
      "15 minutes left: alice@example.com waits for your approval. Decide by Tue, 3 March 2026 at 14:30 CET. " +
        "If nobody decides by then, it is approved automatically.",
    ],
    escalated: [
      "Escalated: Deploy web 2.14.0 to production",
      "Not decided in time, so it was escalated to you. Decide by Tue, March 3, 2026 at 12:30 PM EST. " +
        "If nobody decides by then, it expires without approval.",
    ],
    "escalated-by-hand": [
      "Escalated: Deploy web 2.14.0 to production",
      "alice@example.com escalated this to you: “Bob and Carol are both on a plane.” " +
        "Decide by Tue, March 3, 2026 at 8:30 AM EST. If nobody decides by then, it expires without approval.",
    ],
    approved: [
      "Approved: Deploy web 2.14.0 to production",
      "Approved by carol@example.com: “Load test looks good. Go ahead, I am around until six.”",
    ],
    rejected: [
      "Rejected: Deploy web 2.14.0 to production",
      "Rejected by carol@example.com: “The second migration locks the orders table. Please split it and ask again.”",
    ],
    "approved-by-conditions": ["Approved: Deploy web 2.14.0 to production", "Approved automatically."],
    "timed-out": ["Timed out: Deploy web 2.14.0 to production", "Timed out: only 1 of 2 approved in time."],
    "approved-by-timeout": ["Approved: Deploy web 2.14.0 to production", "Approved automatically when it expired."],
    cancelled: [
      "Cancelled: Deploy web 2.14.0 to production",
      "Cancelled by alice@example.com: “Superseded by 2.14.1.”",
    ],
    commented: [
      "New comment: Deploy web 2.14.0 to production",
      "carol@example.com commented: “Which tables do the two migrations touch? I can decide after that.”",
    ],
    "endpoint-disabled": [
      "Endpoint disabled: https://ci.example.com/hooks/countersign",
      "A webhook endpoint failed repeatedly and is disabled. Nothing is sent there until an admin enables it again.",
    ],
    "requested-too-late": [
      "Approved: Deploy web 2.14.0 to production",
      "Approved by carol@example.com: “Load test looks good. Go ahead, I am around until six.”",
    ],
  };

  it.each(Object.entries(expected))("is as expected for the sample %s", (name, said) => {
    const view = MESSAGES[name] as MessageView;
    expect([templates.render("in-app/subject", view), templates.render("in-app/body", view)]).toEqual(said);
  });

  it("is complete in an email", () => {
    expect(templates.render("email/text", MESSAGES["escalated-by-hand"] as MessageView)).toBe(`\
alice@example.com escalated this to you:

> Bob and Carol are both on a plane.

Deploy web 2.14.0 to production

Moves all traffic to 2.14.0 over 20 minutes.
Rollback: one click, tried on staging this morning by Carol.

Asked by:   alice@example.com
Created by: orchestrator
Workflow:   release-web, production-gate, run release-2417
Approvals:  0 of 2
Decide by:  Tue, March 3, 2026 at 8:30 AM EST
            If nobody decides by then, it expires without approval.

environment: production
version: 2.14.0
tests: 1,482 passed, 0 failed
regions: eu-central-1, us-east-1
migrations: 2

Review and decide: ${decideOf(MESSAGES["escalated-by-hand"] as MessageView)}
Open in Countersign: https://approvals.example.com/requests/019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05

--
You are asked because you may decide this request. Anyone with the first link can decide on your behalf. Do not forward this email.
`);
  });

  it("reports a timeout without any decision", () => {
    const view = messageView("TIMED_OUT", { request: { status: "TIMEOUT", decisionSource: "TIMEOUT" } });
    expect(templates.render("in-app/body", view)).toBe("Timed out: nobody decided in time.");
  });
});

describe("an email", () => {
  it("has one subject for all messages of a request, so that they are one thread", () => {
    const subjects = entries
      .filter(([name, { kind }]) => kind !== "ENDPOINT_DISABLED" && name !== "nested-context")
      .map(([, view]) => templates.render("email/subject", view));
    expect(new Set(subjects)).toEqual(new Set(["Approval: Deploy web 2.14.0 to production"]));
  });

  it("links to the two buttons if the reader may decide, otherwise to the inbox", () => {
    for (const [, view] of entries) {
      const html = templates.render("email/html", view);
      expect(html.includes("Review and decide")).toBe(view.isOpen && view.canDecide);
      if (view.links.decide !== null) expect(html).toContain(`href="${view.links.decide}"`);
      expect(html).toContain(`href="${view.links.open}"`);
    }
  });

  it("shows a flat context as a table, and a nested one as JSON", () => {
    expect(templates.render("email/html", MESSAGES.requested as MessageView)).toMatch(
      />regions<\/td>\s*<td[^>]*>eu-central-1, us-east-1</,
    );
    const nested = templates.render("email/html", MESSAGES["nested-context"] as MessageView);
    expect(nested).toContain("  &#34;customer&#34;: {\n    &#34;since&#34;: &#34;2019-04-02&#34;,");
  });

  it("loads no external resources", () => {
    const picture =
      '![plan](https://x.example/a.png) <img src="https://x.example/a.png" srcset="https://x.example/b.png 2x">';
    const written = { title: picture, description: picture, context: { picture }, metadata: { risk: picture } };
    for (const view of [...Object.values(MESSAGES), messageView("REQUESTED", { request: written })]) {
      expect(templates.render("email/html", view)).not.toMatch(/<(img|link|script|iframe|object)|url\(|@import/i);
    }
  });
});

describe("a Slack message", () => {
  it("has buttons for a person who can decide, and for a channel", () => {
    expect(buttonsOf(MESSAGES.requested as MessageView)).toEqual(["approve", "reject", "open"]);
    expect(buttonsOf(inChannel(MESSAGES.requested as MessageView))).toEqual(["approve", "reject", "open"]);
    expect(buttonsOf(MESSAGES["requested-by-someone-else"] as MessageView)).toEqual(["open"]);
  });

  it("has buttons with the request's id, and a link to the request", () => {
    const { blocks } = slackOf(MESSAGES.requested as MessageView);
    const id = "019ca8d2-5c1e-7d3a-9b60-2f4e8a7c1d05";
    expect(valuesOf(blocks, "value")).toEqual([`${id}:${MESSAGES.requested?.digest}`, id]);
    expect(valuesOf(blocks, "url")).toEqual([`https://approvals.example.com/requests/${id}`]);
    expect(valuesOf(blocks, "style")).toEqual(["primary", "danger"]);
  });

  it("has the expiry as a date that Slack shows in the reader's zone", () => {
    expect(JSON.stringify(slackOf(MESSAGES.requested as MessageView))).toContain(
      "<!date^1772544600^{date_short_pretty} at {time}|Tue, 3 March 2026 at 13:30 UTC>",
    );
  });

  it("does not change an address, whatever it contains", () => {
    const view = MESSAGES.requested as MessageView;
    const open = "https://approvals.example.com/a_b*c/requests/1?x=1&y=<2>";
    expect(valuesOf(slackOf({ ...view, links: { open, decide: null } }).blocks, "url")).toEqual([open]);
  });
});

describe("about a final request, in every kind of message,", () => {
  it("nothing asks for a decision", () => {
    for (const kind of NOTIFICATION_KINDS) {
      for (const [, { request, isOpen }] of entries) {
        if (isOpen) continue;
        // Even if a channel got the rest wrong.
        const view = { ...messageView(kind), request, isOpen, canDecide: true };
        const all = TEMPLATE_NAMES.map((name) => templates.render(name, view)).join("\n");
        expect(all).not.toMatch(/Review and decide|Decide by|Open until|Approval needed|asks for|may decide|waits for/);
        expect(all).not.toContain(decideOf(view));
        expect(buttonsOf(view)).toEqual(["open"]);
        expect(buttonsOf(inChannel(view))).toEqual(["open"]);
      }
    }
  });
});

describe("a webhook", () => {
  it.each([
    ["requested", "approval.created"],
    ["approved", "approval.decided"],
    ["escalated", "approval.escalated"],
    ["timed-out", "approval.timed_out"],
    ["approved-by-timeout", "approval.timed_out"],
    ["cancelled", "approval.cancelled"],
  ])("for %s is %s, with the request as the API names it", (name, type) => {
    const view = inChannel(MESSAGES[name] as MessageView);
    expect(JSON.parse(templates.render("webhook/payload", view))).toEqual({
      type,
      timestamp: view.createdAt,
      data: { request: view.request, actor: view.actor, comment: view.comment, url: view.links.open },
    });
  });
});
