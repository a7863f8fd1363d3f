/**
 * Invisible characters in people's texts: shown in every message and on every page of the server, unchanged in the API.
 */

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEMPLATE_NAMES } from "../../src/notifications/template-names.ts";
import { createTemplates } from "../../src/notifications/templates.ts";
import { checkedCancellation } from "../../src/orchestrator/document.ts";
import { decisionPage } from "../../src/server/decision/page.ts";
import { messageView, REQUEST } from "../support/notifications/messages.ts";
import { inputOf, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const HIDDEN = /[\u200b\u202e\u3164\u00ad\u{e0041}]/u;
const WRITTEN = {
  title: "Grant read\u200b to admin \u202enimda",
  description: "first\u3164\nsecond\u00ad",
  workflowId: "re\u200blease",
  jobId: "ga\u00adte",
  executionId: "run\u{e0041}",
  requestedBy: "ali\u200bce@example.com",
  context: { "na\u200bme": "pro\u202ed", list: ["x\u{e0041}"], blank: "ns\u00a0prod" },
  metadata: { "so\u3164urce": { deep: "a\u200bb" } },
};
const templates = createTemplates({ dir: null, log: pino({ level: "silent" }) });
const view = messageView("REQUESTED", { request: WRITTEN });

describe("a message shows invisible characters", () => {
  test.each(TEMPLATE_NAMES.filter((name) => name !== "webhook/payload"))("%s", (name) => {
    const rendered = templates.render(name, view);
    const said = name === "slack/message" ? JSON.stringify(JSON.parse(rendered)) : rendered;
    expect(said).not.toMatch(HIDDEN);
    if (name !== "in-app/body")
      expect(said.replaceAll("\\\\", "\\")).toContain("Grant read\\u{200b} to admin \\u{202e}nimda");
  });

  test("with the keys and the values of the context, including unusual spaces", () => {
    for (const name of ["email/text", "email/html", "slack/message"] as const) {
      const rendered = templates.render(name, view).replaceAll("\\\\", "\\");
      for (const part of ["na\\u{200b}me", "pro\\u{202e}d", "x\\u{e0041}", "ns\\u{a0}prod"]) {
        expect(rendered, `${name}: ${part}`).toContain(part);
      }
    }
  });

  test("but a webhook has them unchanged", () => {
    const { request } = JSON.parse(templates.render("webhook/payload", view)).data;
    expect(request).toMatchObject(WRITTEN);
  });
});

test("the page of an email's link shows invisible characters, and each value separately", () => {
  const { html } = decisionPage({
    request: { ...REQUEST, ...WRITTEN },
    viewerId: "bob\u200b",
    reader: null,
    now: new Date("2026-03-03T10:00:00Z"),
    openUrl: "https://x.example/",
    decisions: [
      {
        requestId: REQUEST.id,
        approver: "ca\u00adrol",
        decision: "APPROVE",
        comment: "fi\u200bne",
        reason: null,
        decidedAt: new Date("2026-03-03T09:40:00Z"),
      } as never,
    ],
    banner: null,
    waits: true,
    form: { token: "t", digest: "d", comment: "می‌خواهم \u200b", step: "decide" },
  });
  const [, field = ""] = /<textarea[^>]*>\n([^<]*)</.exec(html) ?? [];
  expect(field, "what is sent back is not changed").toBe("می‌خواهم \u200b");
  expect(html.replace(field, "")).not.toMatch(HIDDEN);
  for (const part of [
    "read\\u{200b} to",
    "ali\\u{200b}ce",
    "so\\u{3164}urce",
    "a\\u{200b}b",
    "ns\\u{a0}prod",
    "fi\\u{200b}ne",
  ]) {
    expect(html).toContain(part);
  }
  expect(html).toContain("<bdi>ali\\u{200b}ce@example.com</bdi>");
});

describe("the API for texts with invisible characters", () => {
  let server: TestServer;
  let ann: RestClient;
  let bob: RestClient;
  let token: string;
  beforeAll(async () => {
    server = await startServer();
    token = await tokenFor("ann");
    [ann, bob] = [restClient(server, token), restClient(server, await tokenFor("bob"))];
  });
  afterAll(() => server.stop());

  test("returns them byte for byte", async () => {
    const { requestedBy: _by, ...input } = WRITTEN;
    const created = await ann.post("/approvals", inputOf(input));
    expect(created.status).toBe(201);
    const read = await bob.get(`/approvals/${created.body.id}`);
    expect(read.body).toMatchObject(input);
    const query = "query ($id: ID!) { approvalRequest(id: $id) { title context workflowId } }";
    expect((await server.data(token, query, { id: created.body.id })).approvalRequest).toMatchObject({
      title: WRITTEN.title,
      context: WRITTEN.context,
    });
  });

  test.each(["\u200b", "\u3164", "\u2800", "\u{e0041}", " \u200d\ufeff "])(
    "refuses %j alone as a title, a name, a comment and a reason, over REST and GraphQL",
    async (nothing) => {
      const refused = await ann.post("/approvals", inputOf({ title: nothing, notifyUsers: ["bob", nothing] }));
      expect([refused.status, refused.body.issues.map(({ path }: { path: string }) => path).sort()]).toEqual([
        422,
        ["notifyUsers.1", "title"],
      ]);
      const create = `mutation ($input: CreateApprovalRequestInput!) { createApprovalRequest(input: $input) {
        ... on ValidationError { issues { path } } } }`;
      const answer = await server.data(token, create, { input: inputOf({ title: nothing }) });
      expect(answer.createApprovalRequest.issues).toEqual([{ path: "title" }]);
      const { body } = await ann.post("/approvals", inputOf({}));
      for (const field of ["comment", "reason"]) {
        const { status, body: problem } = await bob.post(`/approvals/${body.id}/reject`, { [field]: nothing });
        expect([status, problem.issues?.[0]?.path]).toEqual([422, field]);
      }
      const cancelled = await ann.post(`/approvals/${body.id}/cancel`, { reason: nothing });
      expect([cancelled.status, cancelled.body.issues?.[0]?.path]).toEqual([422, "reason"]);
      const say = `mutation ($input: AddApprovalCommentInput!) { addApprovalComment(input: $input) {
        ... on ValidationError { issues { path } } } }`;
      const said = await server.data(token, say, { input: { requestId: body.id, body: nothing } });
      expect(said.addApprovalComment.issues).toEqual([{ path: "body" }]);
      expect((await ann.post(`/approvals/${body.id}/cancel`, { reason: "" })).status).toBe(200);
      if (nothing.trim() !== "") {
        expect(() => checkedCancellation(nothing, "ann")).toThrow(/reason/);
        expect(() => checkedCancellation("enough", nothing)).toThrow(/by/);
      }
    },
  );
});
