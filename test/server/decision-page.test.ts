/** The decision link of an email over HTTP: the page, the buttons, and links that are not valid. */

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPool } from "../../src/db/pool.ts";
import { listAudit } from "../../src/db/queries/audit.ts";
import { decisionsOf } from "../../src/db/queries/decisions.ts";
import { putPeople } from "../../src/db/queries/directory.ts";
import type { ApprovalRequest, ApprovalRequestInput, Json } from "../../src/model/approvals.ts";
import { createDecisionPage } from "../../src/server/decision/handler.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf, orchestrator, reader } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { linksOf, PUBLIC_URL } from "../support/notifications/mail-deliveries.ts";
import { expectGuarded, open, openedPageIn, type PageServer, press, serve } from "../support/server/decisions.ts";
import { tokenFor } from "../support/server/server.ts";

const links = linksOf();
let database: TestDatabase;
let core: Core;
let page: PageServer;
let logged = "";
const sink = {
  write(line: string) {
    logged += line;
  },
};
const log = pino({ level: "trace" }, sink);

beforeAll(async () => {
  database = await createTestDatabase();
  await allowRewriting(database.pool);
  core = await startCore(database.url);
  const { manager, pool } = core;
  page = await serve(
    createDecisionPage({ links, manager, pool, body: { most: 16 * 1024 }, publicUrl: () => PUBLIC_URL, log }),
  );
  await putPeople(database.pool, [
    { id: "bob", email: "bob@example.org", roles: [], locale: "de", zone: "Europe/Berlin" },
    { id: "cleo", email: null, roles: [], locale: null, zone: null },
    { id: "lena", email: null, roles: ["lead"], locale: null, zone: null },
  ]);
});
afterAll(async () => {
  await page.stop();
  await core.close();
  await database.drop();
  expect(logged).not.toContain("eyJ");
});

const ask = async (more: Partial<ApprovalRequestInput> = {}, by = orchestrator): Promise<ApprovalRequest> =>
  (await core.manager.createRequest(inputOf({ requestedBy: "ann", ...more }), callerOf(by))).request;
const tokenOf = (request: ApprovalRequest, userId = "bob") => links.sign({ userId, request });
const show = async (request: ApprovalRequest, userId = "bob") => open(page.url, await tokenOf(request, userId));
const now = async ({ id }: ApprovalRequest) => (await core.manager.getRequest(id)) as ApprovalRequest;
const auditOf = async ({ id }: ApprovalRequest) =>
  (await listAudit(database.pool, reader, { requestId: id }, null, 100)).items;
/** Lets a request expire, with or without the clock. */
const expire = ({ id }: ApprovalRequest) =>
  database.pool.query(
    "update approval_requests set expires_at = clock_timestamp() - interval '1 second' where id = $1",
    [id],
  );

describe("the decision page, when a link is opened,", () => {
  test("shows the request, the requester, the expiry and two buttons", async () => {
    const request = await ask({
      title: "Pay 12,000 to ACME?",
      description: "The quarterly invoice.\nSee the attachment.",
      context: { amount: 12_000, urgent: true, note: "net 30", nothing: null, lines: [{ sku: "A-1", count: 3 }] },
      metadata: { source: "erp" },
      allowedApprovers: ["bob", "cleo"],
    });
    const opened = await show(request);
    expect(opened.status).toBe(200);
    expect(opened.buttons).toBe(true);
    expect(opened.text).toContain("ann asks for your approval");
    for (const part of [request.title, "release", request.executionId, "quarterly invoice", "net 30", "erp", "12000"]) {
      expect(opened.text).toContain(part);
    }
    expect(opened.html).toContain("&#34;sku&#34;: &#34;A-1&#34;");
    expect(opened.text).toContain("You decide as bob");
    expect(opened.html).toContain(`href="${PUBLIC_URL}/requests/${request.id}"`);
    expectGuarded(opened);
  });

  test("states that there is more if the content may not fit on the screen", async () => {
    const few = await show(await ask({ context: { lines: [1, 2, 3] } }));
    expect(few.text).not.toContain("in the box");
    const many = await show(await ask({ context: { lines: Array.from({ length: 40 }, (_, line) => line) } }));
    expect(many.text).toContain("42 lines. Scroll to see all of it.");
    expect(many.text).toContain("39 ]");
  });

  test("shows a whole context that would be a hundred times as large with a line for each value", async () => {
    let deep: Json = [...Array.from({ length: 400_000 }, () => 1), "the last"];
    for (let depth = 0; depth < 95; depth += 1) deep = [deep];
    const { text } = await show(await ask({ context: { deep } }));
    expect(text).toContain("the last");
    expect(text).toContain("One long line. Scroll");
    expect(text.length).toBeLessThan(2_000_000);
  });

  test("shows the time in the person's zone and language, and in UTC if neither is known", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"] });
    await database.pool.query("update approval_requests set expires_at = '2090-07-01T12:00:00Z' where id = $1", [
      request.id,
    ]);
    const later = await now(request);
    expect((await show(later)).text).toMatch(/1\. Juli 2090 um 14:00 MESZ/);
    expect((await show(later, "cleo")).text).toMatch(/1 July 2090 at 12:00 UTC/);
  });

  test("changes nothing, however often and however it is fetched", async () => {
    const request = await ask();
    const token = await tokenOf(request);
    for (const method of ["GET", "HEAD", "GET", "HEAD"]) expect((await open(page.url, token, method)).status).toBe(200);
    expect((await open(page.url, token, "HEAD")).html).toBe("");
    expect(await now(request)).toEqual(request);
    expect(await decisionsOf(database.pool, [request.id])).toEqual([]);
    expect((await auditOf(request)).map(({ action }) => action)).toEqual(["CREATED"]);
  });

  test("escapes whatever people wrote", async () => {
    const evil = `</textarea></title><script>alert("1")</script><img src=x onerror='alert(2)'>`;
    // A name contains no markup, but all other characters that a page must escape.
    const name = `"'&lt;script&gt;`;
    const request = await ask({
      title: evil,
      description: evil,
      workflowId: evil,
      jobId: evil,
      requestedBy: `${name}!`,
      context: { [evil]: evil, deep: { [evil]: [evil] } },
      metadata: { [evil]: evil },
      allowedApprovers: ["bob", name],
      requireMinApprovers: 2,
    });
    await core.manager.approve(request.id, { comment: evil }, callerOf(name));
    const pages = [await show(request)];
    pages.push(await press(page.url, pages[0] as Awaited<ReturnType<typeof show>>, "ELSE", evil));
    for (const { html } of pages) {
      expect(html).not.toMatch(/<script|<img|<\/textarea>\s*<\/title>/i);
      expect(html.match(/<textarea/g)?.length).toBe(1);
      expect(html.match(/<title>/g)?.length).toBe(1);
    }
    expect(pages[1]?.fields.comment).toBe(evil);
  });
});

describe("pressing a button on the decision page", () => {
  test("approves as the person of the link with the comment, and shows what happens next", async () => {
    const request = await ask();
    const done = await press(page.url, await show(request), "APPROVE", "Fine.\nGo on.", { "User-Agent": "mail/1" });
    expect(done.status).toBe(200);
    expect(done.text).toContain("Approved. The workflow continues.");
    expect(done.buttons).toBe(false);
    expectGuarded(done);
    expect(await now(request)).toMatchObject({ status: "APPROVED", decidedBy: "bob", comment: "Fine.\nGo on." });
    expect((await auditOf(request)).find(({ action }) => action === "APPROVED")).toMatchObject({
      userId: "bob",
      userEmail: "bob@example.org",
      ipAddress: "127.0.0.1",
      userAgent: "mail/1",
      metadata: { via: "EMAIL" },
    });
  });

  test("shows how many more approvals are needed, and the decisions with their comments", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo", "dan"], requireAllApprovers: true });
    expect((await show(request)).text).toContain("Nobody has decided yet. 3 more approvals are needed.");
    const first = await press(page.url, await show(request), "APPROVE", "Looks right.");
    expect(first.text).toContain("Recorded. 2 more approvals are needed.");
    const second = await show(request, "cleo");
    expect(second.text).toContain("1 of 3 approvals");
    expect(second.text).toMatch(/bob approved .* Looks right\.|bob approved .*Looks right\./);
    expect((await press(page.url, second, "APPROVE")).text).toContain("Recorded. One more approval is needed.");
    expect((await show(request)).text).toContain("You approved this request.");
    expect((await press(page.url, await show(request, "dan"), "APPROVE")).text).toContain("The workflow continues.");
  });

  test("to reject asks for a reason first, and records nothing without one", async () => {
    const request = await ask({ context: { amount: 10 } });
    const opened = await show(request);
    expect(opened.html).not.toContain('value="REJECT"');
    const { token, digest } = opened.fields;
    const send = async (form: Record<string, string>) => {
      const body = new URLSearchParams({ token, digest, ...form });
      return openedPageIn(await fetch(`${page.url}/decide`, { method: "POST", body }));
    };
    const asked = await send({ step: "reject", comment: "hm" });
    expect([asked.status, asked.fields]).toEqual([200, { token, digest, comment: "hm" }]);
    expect(asked.text).toContain("Reject this request?");
    for (const [comment, status] of [
      ["", 200],
      ["  ", 200],
      ["\u200b", 422],
      ["\u3164\u{e0041}", 422],
    ] as const) {
      const again = await send({ decision: "REJECT", comment });
      expect([again.status, again.buttons]).toEqual([status, true]);
      expect(again.text).toContain("Reject this request?");
    }
    expect(await now(request)).toEqual(request);
    const back = await send({ step: "back", comment: "hm" });
    expect([back.status, back.fields.comment]).toEqual([200, "hm"]);
    expect(back.text).toContain("amount");
    expect((await send({ decision: "REJECT", comment: "Too much" })).text).toContain("Rejected.");
    expect(await now(request)).toMatchObject({ status: "REJECTED", comment: "Too much" });
  });

  test("to reject uses the digest of the displayed content while it asks for the reason", async () => {
    const request = await ask({ context: { amount: 10 } });
    const opened = await show(request);
    await database.pool.query(`update approval_requests set context = '{"amount": 9999}' where id = $1`, [request.id]);
    const asked = await press(page.url, opened, "REJECT");
    const done = await press(page.url, asked, "REJECT", "ten is too much");
    expect([done.status, done.text.includes("has changed since it was shown to you")]).toEqual([409, true]);
    expect((await now(request)).status).toBe("PENDING");
  });

  test("shows who created the request, and warns if the requester may approve it", async () => {
    const request = await ask({ allowSelfApproval: true });
    const opened = await show(request);
    expect(opened.text).toContain("ann asks for your approval. Created by orchestrator.");
    expect(opened.text).toContain("The requester may approve this request.");
    const own = await show(await ask({ requestedBy: "orchestrator" }));
    expect(own.text).not.toMatch(/Created by|The requester may approve/);
  });

  test.each([
    ["critical", "Risk: critical", "warning"],
    ["low", "Risk: low", "soft"],
    [{ level: 3 }, 'Risk: {"level":3}', "warning"],
  ])("shows the risk %j", async (risk, words, tone) => {
    const { text, html } = await show(await ask({ metadata: { risk } }));
    expect(text).toContain(words);
    expect(html).toContain(`<p class="${tone}">Risk: `);
    expect(html.indexOf("Risk: ")).toBeLessThan(html.indexOf("<form"));
  });

  test("shows the metadata open, above the buttons", async () => {
    const { html } = await show(await ask({ metadata: { source: "erp" } }));
    expect(html).toContain("<details open>");
    expect(html.indexOf("erp")).toBeLessThan(html.indexOf("<form"));
  });

  test("rejects with a reason", async () => {
    const request = await ask();
    const done = await press(page.url, await show(request), "REJECT", "Too expensive");
    expect(done.text).toContain("Rejected. The workflow was notified.");
    expect(await now(request)).toMatchObject({ status: "REJECTED", decidedBy: "bob", comment: "Too expensive" });
  });

  test("twice counts as one decision", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"], requireMinApprovers: 2 });
    const opened = await show(request);
    const answers = await Promise.all([press(page.url, opened, "APPROVE"), press(page.url, opened, "APPROVE")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await now(request)).approvers).toEqual(["bob"]);
  });

  test("counts the roles that the directory has at that time", async () => {
    const request = await ask({ notifyUsers: [], notifyRoles: ["lead"] });
    const opened = await show(request, "lena");
    expect(opened.buttons).toBe(true);
    await database.pool.query("update people set roles = '{}' where id = 'lena'");
    const done = await press(page.url, opened, "APPROVE");
    expect([done.status, done.buttons]).toEqual([404, false]);
    expect(done.text).toContain("lena may no longer see or decide this request");
    await database.pool.query("update people set roles = '{lead}' where id = 'lena'");
    expect((await press(page.url, opened, "APPROVE")).text).toContain("Approved.");
  });

  test("grants no more rights than the person has when signed in", async () => {
    const request = await ask({ allowedApprovers: ["bob"], notifyUsers: ["cleo"] });
    for (const [person, status] of [
      ["ann", 403],
      ["cleo", 403],
      ["orchestrator", 404],
      ["mallory", 404],
    ] as const) {
      const opened = await show(request, person);
      expect(opened.buttons).toBe(false);
      const fields = {
        token: await tokenOf(request, person),
        digest: (await show(request)).fields.digest,
        comment: "",
      };
      expect((await press(page.url, { fields }, "APPROVE")).status).toBe(status);
    }
    expect((await now(request)).status).toBe("PENDING");
  });

  test("does not decide if the content has changed in the meantime, and shows it again with the comment", async () => {
    const request = await ask({ context: { amount: 10 } });
    const opened = await show(request);
    await database.pool.query(`update approval_requests set context = '{"amount": 9999}' where id = $1`, [request.id]);
    const again = await press(page.url, opened, "APPROVE", "ten is fine");
    expect([again.status, again.buttons, again.fields.comment]).toEqual([409, true, "ten is fine"]);
    expect(again.text).toContain("has changed since it was shown to you");
    expect(again.text).toContain("9999");
    expect((await now(request)).status).toBe("PENDING");
    expect((await press(page.url, again, "REJECT")).status).toBe(200);
  });

  test("does not decide about content that was never on a page", async () => {
    const request = await ask();
    const { fields } = await show(request);
    expect((await press(page.url, { fields: { ...fields, digest: "" } }, "APPROVE")).status).toBe(409);
    const odd = await press(page.url, { fields }, "MAYBE", "hm");
    expect([odd.status, odd.buttons, odd.fields.comment]).toEqual([400, true, "hm"]);
    expect(odd.text).toContain("Nothing was recorded.");
    expect((await now(request)).status).toBe("PENDING");
  });

  test("with a comment that cannot be stored shows an error, and leaves the comment in the form", async () => {
    const request = await ask();
    const refused = await press(page.url, await show(request), "APPROVE", "a\0b");
    expect([refused.status, refused.buttons]).toEqual([422, true]);
    expect(refused.text).toContain("The comment cannot be stored: it has a NUL character");
    expect((await now(request)).status).toBe("PENDING");
  });
});

describe("another approver", () => {
  test("who decides first causes a sentence on the decision page, rather than a code", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"] });
    const [bob, cleo] = [await show(request), await show(request, "cleo")];
    const answers = await Promise.all([press(page.url, bob, "APPROVE"), press(page.url, cleo, "REJECT", "No.")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const late = answers.find(({ status }) => status === 409);
    expect(late?.text).toMatch(
      /Your decision was not recorded\. Another person has already decided\. (Approved|Rejected) by (bob|cleo)\./,
    );
    expect(late?.buttons).toBe(false);
    for (const { html } of answers) expect(html).not.toMatch(/ALREADY_DECIDED|FORBIDDEN|ERROR/);
    expect(await decisionsOf(database.pool, [request.id])).toHaveLength(1);
  });

  test("who decides again with the other button does not change the decision", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"], requireMinApprovers: 2 });
    const opened = await show(request);
    await press(page.url, opened, "APPROVE");
    const other = await press(page.url, opened, "REJECT");
    expect(other.status).toBe(409);
    expect(other.text).toContain("You approved this request. Your decision stands.");
  });
});

describe("a closed request on the decision page", () => {
  test.each<[string, (request: ApprovalRequest) => Promise<unknown>, number, RegExp]>([
    ["approved", ({ id }) => core.manager.approve(id, {}, callerOf("cleo")), 409, /Approved by cleo\./],
    ["rejected", ({ id }) => core.manager.reject(id, {}, callerOf("cleo")), 409, /Rejected by cleo\./],
    ["cancelled", ({ id }) => core.manager.cancel(id, callerOf("ann"), "not needed"), 409, /Cancelled by ann\./],
    [
      "timed out",
      async (request) => {
        await expire(request);
        await core.manager.checkTimeouts();
      },
      410,
      /Nobody decided in time\. The request expired without approval\./,
    ],
    ["past its time, but not yet seen by the clock", expire, 410, /The request has expired\./],
  ])("%s, shows its outcome and no buttons, and accepts no decision", async (_what, end, status, words) => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"] });
    const before = await show(request);
    await end(request);
    const after = await now(request);
    const opened = await show(request);
    expect([opened.status, opened.buttons]).toEqual([200, false]);
    expect(opened.text).toMatch(words);
    expect(opened.text).toContain(request.title);
    const late = await press(page.url, before, "APPROVE");
    expect([late.status, late.buttons]).toEqual([status, false]);
    expect(late.text).toContain("Your decision was not recorded.");
    expect(late.text).toMatch(words);
    expect(await now(request)).toEqual(after);
  });
});

describe("a link to the decision page that does not work", () => {
  test("because it has expired has a page that states this and links to the request", async () => {
    const request = await ask();
    const token = await links.sign({
      userId: "bob",
      request: { ...request, expiresAt: new Date(Date.now() - 3_600_000) },
    });
    const opened = await open(page.url, token);
    expect([opened.status, opened.buttons]).toEqual([410, false]);
    expect(opened.text).toContain("This link has expired.");
    expect(opened.text).not.toContain(request.title);
    expect(opened.html).toContain(`${PUBLIC_URL}/requests/${request.id}`);
    const fields = { token, digest: (await show(request)).fields.digest, comment: "" };
    expect((await press(page.url, { fields }, "APPROVE")).status).toBe(410);
    expect((await now(request)).status).toBe("PENDING");
    expectGuarded(opened);
  });

  test.each<[string, (request: ApprovalRequest) => Promise<string>]>([
    ["without a token", async () => ""],
    ["cut off", async (request) => (await tokenOf(request)).slice(0, -5)],
    ["of another installation", (request) => linksOf("another secret").sign({ userId: "bob", request })],
    ["made of an API token", () => tokenFor("bob")],
  ])("(%s) has a page that states this and nothing else", async (_what, make) => {
    const request = await ask();
    const token = await make(request);
    const opened = await open(page.url, token);
    expect([opened.status, opened.buttons]).toEqual([400, false]);
    expect(opened.text).toContain("This link does not work.");
    const fields = { token, digest: (await show(request)).fields.digest, comment: "" };
    expect((await press(page.url, { fields }, "APPROVE")).status).toBe(400);
    expect((await now(request)).status).toBe("PENDING");
  });

  test("of a person who may no longer decide shows the request, without buttons, if they may see it", async () => {
    const request = await ask({ allowedApprovers: ["bob", "cleo"], notifyUsers: ["bob"] });
    await database.pool.query("update approval_requests set allowed_approvers = '{cleo}' where id = $1", [request.id]);
    const opened = await show(request);
    expect([opened.status, opened.buttons]).toEqual([200, false]);
    expect(opened.text).toContain("you may no longer decide it");
  });
});

describe("a body that is not a form of the decision page", () => {
  test("is answered with a page if it has another type or is too long", async () => {
    const request = await ask();
    const { fields } = await show(request);
    const json = await fetch(`${page.url}/decide`, {
      method: "POST",
      body: JSON.stringify({ ...fields, decision: "APPROVE" }),
    });
    expect([json.status, json.headers.get("content-type")]).toEqual([415, "text/html; charset=utf-8"]);
    await json.body?.cancel();
    expect((await press(page.url, { fields }, "APPROVE", "x".repeat(300_000))).status).toBe(413);
    expect((await now(request)).status).toBe("PENDING");
  });
});

test("an unavailable database leads to a decision page that asks to try again, and to no token in the log", async () => {
  const nowhere = createPool("postgres://x:y@127.0.0.1:9/z");
  const { manager } = core;
  const lost = await serve(
    createDecisionPage({ links, manager, pool: nowhere, body: { most: 16 * 1024 }, publicUrl: () => PUBLIC_URL, log }),
  );
  const token = await tokenOf(await ask());
  const opened = await open(lost.url, token);
  expect(opened.status).toBe(503);
  expect(opened.text).toContain("Countersign is not available. Its database is not available.");
  expect((await fetch(`${lost.url}/decide?token=${token}`)).headers.get("retry-after")).toMatch(/^[1-9]/);
  expect(logged).toContain("a request failed because the database is unavailable");
  expect(logged).not.toContain(token.split(".")[1]);
  await lost.stop();
  await nowhere.end();
});
