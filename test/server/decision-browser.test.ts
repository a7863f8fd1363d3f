import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailServer, startMailServer } from "../support/notifications/mail-server.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { type SharedBrowser, sharedBrowser } from "../support/web/browser.ts";

const PHONE = { width: 360, height: 740 };
let mail: MailServer;
let server: TestServer;
let browser: SharedBrowser;
beforeAll(async () => {
  [mail, browser] = await Promise.all([startMailServer(), sharedBrowser()]);
  server = await startServer({ SMTP_URL: mail.url, MAIL_LINKS: "anyone", MAIL_FROM: "approvals@example.org" });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

/** Nothing is cut off or needs to be scrolled to sideways. */
const expectToFit = async (page: Page) =>
  expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(PHONE.width);

test.each(["light", "dark"] as const)(
  "a person decides from the email on a small phone without JavaScript (%s)",
  async (colorScheme) => {
    const ann = await tokenFor("ann@example.org");
    const id = await server.ask(ann, {
      title: `Pay the ${"very ".repeat(20)}long-windedsupplierwithoutanyspaceinitsnamewhatsoever GmbH?`,
      context: { amount: 12_000, account: "DE".padEnd(60, "0"), lines: [{ text: "x".repeat(200) }] },
      notifyUsers: ["bob@example.org"],
      notifyChannels: ["EMAIL"],
    });
    const { text } = await mail.next("bob@example.org");
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: PHONE, colorScheme });
    const complaints: string[] = [];
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("request", (request) => expect(request.headers().referer).toBeUndefined());

    await page.goto((/\S+\/decide\?token=\S+/.exec(text) as RegExpExecArray)[0]);
    await page.getByText("ann@example.org asks for your approval.").waitFor();
    await expectToFit(page);
    const approve = page.getByRole("button", { name: "Approve" });
    // As large as a finger.
    expect((await approve.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await page.getByLabel("Comment").fill("Paid before, pay again.\nBob");
    await approve.click();
    await page.getByText("Approved. The workflow continues.").waitFor();
    await page.getByText("Paid before, pay again.").waitFor();
    expect(new URL(page.url()).search).toBe("");
    expect(await page.getByRole("button").count()).toBe(0);
    await expectToFit(page);

    await page.reload();
    await page.getByText("Approved. The workflow continues.").waitFor();
    await page.goBack();
    await page.reload();
    expect(await page.getByRole("button").count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();

    const query = "query ($id: ID!) { approvalRequest(id: $id) { status decidedBy comment } }";
    const { approvalRequest } = await server.data(ann, query, { id });
    expect(approvalRequest).toEqual({
      status: "APPROVED",
      decidedBy: "bob@example.org",
      comment: "Paid before, pay again.\nBob",
    });
  },
);

test("rejecting from the email has a second step for the reason, on a phone and without JavaScript", async () => {
  const ann = await tokenFor("ann@example.org");
  const id = await server.ask(ann, {
    title: "Pay ACME?",
    context: { amount: 12_000 },
    metadata: { source: "erp" },
    notifyUsers: ["cleo@example.org"],
    notifyChannels: ["EMAIL"],
  });
  const { text } = await mail.next("cleo@example.org");
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: PHONE });
  const page = await context.newPage();
  await page.goto((/\S+\/decide\?token=\S+/.exec(text) as RegExpExecArray)[0]);
  await page.getByText("erp").waitFor();
  await page.getByRole("button", { name: "Reject" }).click();
  await page.getByRole("heading", { name: "Reject this request?" }).waitFor();
  const query = "query ($id: ID!) { approvalRequest(id: $id) { status decidedBy comment } }";
  expect((await server.data(ann, query, { id })).approvalRequest.status).toBe("PENDING");
  await expectToFit(page);

  // The browser asks for the reason itself; the server would as well.
  await page.getByRole("button", { name: "Reject" }).click();
  expect(await page.getByLabel("Reason").evaluate((field: HTMLTextAreaElement) => field.validity.valueMissing)).toBe(
    true,
  );
  await page.getByLabel("Reason").fill("   ");
  await page.getByRole("button", { name: "Reject" }).click();
  await page.getByRole("heading", { name: "Reject this request?" }).waitFor();
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByText("12000").waitFor();
  await page.getByRole("button", { name: "Reject" }).click();
  expect((await server.data(ann, query, { id })).approvalRequest.status).toBe("PENDING");

  await page.getByLabel("Reason").fill("Paid already.");
  const reject = page.getByRole("button", { name: "Reject" });
  expect((await reject.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await reject.click();
  await page.getByText("Rejected. The workflow was notified.").waitFor();
  expect((await server.data(ann, query, { id })).approvalRequest).toEqual({
    status: "REJECTED",
    decidedBy: "cleo@example.org",
    comment: "Paid already.",
  });
  await context.close();
});
