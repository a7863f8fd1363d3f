/** The inbox in a real browser: the built page, served by the real server, on a real database. */

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";
import { type Started, startScript } from "../support/processes.ts";
import { APPROVE, tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import { PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();
beforeAll(() => allowRewriting(web.server.database.pool));
const started: Started[] = [];

afterEach(async () => {
  for (const process of started.splice(0)) await process.end("SIGKILL");
});

const { ask } = web;
const statusOf = async (id: string) => {
  const { approvalRequest } = await web.server.data(
    web.requester,
    "query ($id: ID!) { approvalRequest(id: $id) { status comment decisions { approver comment } } }",
    { id },
  );
  return approvalRequest;
};

const titles = ({ page }: WebPerson) => page.getByRole("list", { name: "Requests" }).getByRole("link");
const row = ({ page }: WebPerson, title: string) => page.getByRole("listitem").filter({ hasText: title });
const dialog = ({ page }: WebPerson) => page.getByRole("dialog");
const said = ({ page }: WebPerson, text: string) => page.getByRole("status", { name: "Notices" }).getByText(text);

test("a decision in the browser wakes the handler that waits for it in another process", async () => {
  const observer = new ApprovalHandler({ url: `${web.server.url}/graphql`, token: web.requester });
  const bob = await web.open("bob");
  await bob.page.getByText("No pending requests").waitFor();

  const job = jobOf();
  const env = { COUNTERSIGN_URL: web.server.url, COUNTERSIGN_TOKEN: web.requester, JOB: JSON.stringify(job) };
  const workflow = startScript("test/support/handler/process.ts", [], env);
  started.push(workflow);
  const requestId = await requestIdOf(observer, job);
  await observer.close();

  await titles(bob).first().waitFor();
  await bob.page.getByRole("button", { name: "Approve" }).click();
  await dialog(bob).getByText("Your approval is enough: the workflow continues.").waitFor();
  await dialog(bob).getByLabel("Comment").fill("Looks right.");
  await dialog(bob).getByRole("button", { name: "Approve" }).click();

  expect(JSON.parse(await workflow.line())).toMatchObject({
    success: true,
    output: { requestId, decidedBy: "bob", comment: "Looks right." },
  });
  await said(bob, "Approved. The workflow continues.").waitFor();
  await bob.page.getByText("No pending requests").waitFor();
});

describe("the list of the inbox", () => {
  test("has the earliest expiry first, and adds new requests while it is open", async () => {
    await ask("Tomorrow", { timeoutMs: 86_400_000 });
    await ask("Soon", { timeoutMs: 1_800_000 });
    const bob = await web.open("bob");
    await titles(bob).first().waitFor();
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Soon", "Tomorrow"]);
    await ask("Between", { timeoutMs: 7_200_000 });
    await titles(bob).nth(2).waitFor();
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Soon", "Between", "Tomorrow"]);
  });

  test("reports who decided a request that leaves it", async () => {
    const id = await ask("Deploy 7", { notifyUsers: ["bob", "carol"] });
    await ask("Deploy 8");
    const bob = await web.open("bob");
    await titles(bob).nth(1).waitFor();
    await web.server.data(await tokenFor("carol"), APPROVE, { id });
    await row(bob, "Deploy 7").getByText("Carol approved it.", { exact: false }).waitFor();
    await said(bob, "“Deploy 7” has left your inbox: carol approved it.").waitFor();
    await row(bob, "Deploy 7").waitFor({ state: "detached" });
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Deploy 8"]);
  });

  test("shows the number of requests in the navigation, in the tab's title and on its icon", async () => {
    await ask("One");
    const bob = await web.open("bob");
    const { page } = bob;
    await page.getByLabel("1 waiting for you").waitFor();
    await expect.poll(() => page.title()).toBe("(1) Inbox · Countersign");
    await ask("Two");
    await page.getByLabel("2 waiting for you").waitFor();
    await expect.poll(() => page.title()).toBe("(2) Inbox · Countersign");
    const icon = () => page.locator('link[rel="icon"]').getAttribute("href");
    await expect.poll(async () => decodeURIComponent((await icon()) as string)).toContain(">2</text>");
  });

  test("can be searched and filtered, with the filters in the address", async () => {
    await ask("Deploy the shop", { workflowId: "release" });
    await ask("Deploy the gate", { workflowId: "infra" });
    await ask("Refund 12", { workflowId: "refunds", requestedBy: "zoe" });
    const bob = await web.open("bob");
    const { page } = bob;
    await titles(bob).nth(2).waitFor();
    await page.getByLabel("Search the inbox").fill("deploy");
    await expect.poll(() => titles(bob).count()).toBe(2);
    await page.getByLabel("Workflow").selectOption("infra");
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Deploy the gate"]);
    await page.waitForURL(`${web.server.url}/?q=deploy&workflow=infra`);

    await page.reload();
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Deploy the gate"]);
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await expect.poll(() => titles(bob).count()).toBe(3);
    await page.getByLabel("Requester").selectOption("zoe");
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Refund 12"]);
    await page.getByLabel("Time left").selectOption("urgent");
    await page.getByText("No matching requests").waitFor();
  });
});

describe("deciding in the inbox:", () => {
  test("the dialog shows how many approvals are missing, and that the decision is recorded", async () => {
    const id = await ask("Both of us", { notifyUsers: ["bob", "carol"], requireMinApprovers: 2 });
    const bob = await web.open("bob");
    await row(bob, "Both of us").getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByText("After yours, one more approval is needed. The workflow continues to wait.").waitFor();
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await said(bob, "Your approval is recorded. One more approval is needed.").waitFor();
    expect(await statusOf(id)).toMatchObject({ status: "PENDING", decisions: [{ approver: "bob" }] });
  });

  test("a rejection needs a reason", async () => {
    const id = await ask("Delete everything");
    const bob = await web.open("bob");
    await row(bob, "Delete everything").getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByText("A rejection needs a reason.").waitFor();
    await dialog(bob).getByLabel("Comment").fill("Not everything.");
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await said(bob, "Rejected. The workflow was notified.").waitFor();
    expect(await statusOf(id)).toMatchObject({ status: "REJECTED", comment: "Not everything." });
  });

  test("the second user reads who was faster", async () => {
    const id = await ask("Race", { notifyUsers: ["bob", "carol"] });
    const bob = await web.open("bob");
    await row(bob, "Race").getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByLabel("Comment").fill("No.");
    await web.server.data(await tokenFor("carol"), APPROVE, { id });
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByText("carol was faster and has approved it.").waitFor();
    await dialog(bob).getByRole("button", { name: "Close" }).last().click();
    expect(await statusOf(id)).toMatchObject({ status: "APPROVED" });
  });

  test("nobody can decide about content that has changed since it was shown", async () => {
    const id = await ask("Pay 10");
    const bob = await web.open("bob");
    await row(bob, "Pay 10").getByRole("button", { name: "Approve" }).click();
    await web.server.database.pool.query("update approval_requests set context = '{\"amount\": 10000}' where id = $1", [
      id,
    ]);
    await dialog(bob).getByLabel("Comment").fill("A small sum.");
    await dialog(bob).getByRole("button", { name: "Approve" }).click();
    await dialog(bob).getByText("Its content has changed since it was shown to you.", { exact: false }).waitFor();
    expect(await statusOf(id)).toMatchObject({ status: "PENDING" });
    await dialog(bob).getByRole("button", { name: "Review again" }).click();
    await bob.page.waitForURL(`${web.server.url}/requests/${id}`);
    await bob.page.getByRole("button", { name: "Approve" }).click();
    expect(await dialog(bob).getByLabel("Comment").inputValue()).toBe("A small sum.");
  });

  test("several requests of low risk are decided with one confirmation, each with its own result", async () => {
    const [first, second, third] = await Promise.all([
      ask("A", { notifyUsers: ["bob", "carol"] }),
      ask("B", { metadata: { risk: "low" } }),
      ask("C", { metadata: { risk: "high" } }),
    ]);
    const bob = await web.open("bob");
    await titles(bob).nth(2).waitFor();
    await expect.poll(() => row(bob, "Risk: high").getByRole("checkbox").isDisabled()).toBe(true);
    await bob.page.getByLabel("Select all low-risk requests").check();
    await bob.page.getByRole("button", { name: "Reject 2" }).click();
    await dialog(bob).getByLabel("Comment").fill("Not today.");
    await web.server.data(await tokenFor("carol"), APPROVE, { id: first });
    await dialog(bob).getByRole("button", { name: "Reject" }).click();
    await dialog(bob).getByText("1 request rejected, 1 not.").waitFor();
    await expect
      .poll(() => dialog(bob).getByRole("listitem").allTextContents())
      .toEqual(["Acarol was faster and has approved it.", "BRejected. The workflow was notified."]);
    await dialog(bob).getByRole("button", { name: "Done" }).click();
    const statuses = await Promise.all([first, second, third].map(async (id) => (await statusOf(id)).status));
    expect(statuses).toEqual(["APPROVED", "REJECTED", "PENDING"]);
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["C"]);
  });

  test("the keyboard alone is sufficient", async () => {
    const first = await ask("First", { timeoutMs: 600_000 });
    const second = await ask("Second", { timeoutMs: 1_200_000 });
    const bob = await web.open("bob");
    const { page } = bob;
    await titles(bob).nth(1).waitFor();
    await page.keyboard.press("?");
    await dialog(bob).getByText("Reject the request, or the selected requests").waitFor();
    await page.keyboard.press("Escape");
    await dialog(bob).waitFor({ state: "detached" });
    await page.keyboard.press("j");
    await page.locator(":focus", { hasText: "First" }).waitFor();
    await page.keyboard.press("a");
    await page.locator("textarea:focus").waitFor();
    await page.keyboard.type("by key: jarx");
    await page.keyboard.press("Control+Enter");
    await dialog(bob).waitFor({ state: "detached" });
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["Second"]);
    await page.keyboard.press("j");
    await page.locator(":focus", { hasText: "Second" }).waitFor();
    await page.keyboard.press("r");
    await page.locator("textarea:focus").waitFor();
    await page.keyboard.type("no");
    await page.keyboard.press("Control+Enter");
    await page.getByText("No pending requests").waitFor();
    expect(await statusOf(first)).toMatchObject({ status: "APPROVED", comment: "by key: jarx" });
    expect(await statusOf(second)).toMatchObject({ status: "REJECTED", comment: "no" });
  });
});

describe("the connection of the inbox", () => {
  test("is lost and restored, which the page reports before it shows the missed changes", async () => {
    const gone = await ask("Gone meanwhile", { notifyUsers: ["bob", "carol"] });
    const bob = await web.open("bob");
    const { page } = bob;
    const state = page.getByRole("status", { name: "Connection" });
    const live = page.locator('[data-state="live"]');
    await titles(bob).first().waitFor();
    await live.waitFor({ state: "attached" });
    await page.context().setOffline(true);
    await state.getByText("You are offline.", { exact: false }).waitFor();
    await web.server.data(await tokenFor("carol"), APPROVE, { id: gone });
    await ask("New meanwhile");
    await page.context().setOffline(false);
    await live.waitFor({ state: "attached" });
    await expect.poll(() => titles(bob).allTextContents()).toEqual(["New meanwhile"]);
    await ask("Live again");
    await expect.poll(() => titles(bob).count()).toBe(2);
    // The browser reports what it could not fetch.
    bob.complaints.splice(0);
  });

  test("ends with the session, and the page explains how to sign in again", async () => {
    // A busy machine may need longer for the page than the session lasts.
    for (const expiresIn of [3, 12, 48]) {
      const bob = await web.open("bob", "/", { expiresIn });
      const state = bob.page.getByRole("status", { name: "Connection" });
      const ended = state.getByText("Your session has ended", { exact: false });
      const signedOut = bob.page.getByText("You are not signed in.");
      await ended.or(signedOut).first().waitFor();
      const isLate = bob.complaints.length > 0 || (await signedOut.isVisible());
      if (isLate && expiresIn < 48) {
        bob.complaints.splice(0);
        continue;
      }
      await state.getByRole("link", { name: "How to sign in" }).click();
      await signedOut.waitFor();
      return;
    }
  });
});

test("on a phone no part of the inbox is wider than the screen", async () => {
  await ask("A title that goes on for rather longer than anybody can read in one line of a phone ".repeat(3).trim());
  const bob = await web.open("bob", "/", PHONE);
  await titles(bob).first().waitFor();
  expect(await bob.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
});
