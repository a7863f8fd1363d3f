/** The history in a real browser: the built page, served by the real server, on a real database. */

import { readFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import { csvRecords } from "../support/audit/csv.ts";
import { insertRequest } from "../support/db/rows.ts";
import { tokenFor } from "../support/server/server.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb();

const FORMULA = '=HYPERLINK("https://evil.example";"Look")';
const day = (n: number) => ({ created_at: `2026-03-0${n}T09:00:00Z`, updated_at: `2026-03-0${n}T09:00:00Z` });
const ended = (n: number, status: string, decision: string, decided_by: string) => ({
  ...day(n),
  status,
  decision,
  decided_by,
  decision_source: "APPROVER",
  decided_at: `2026-03-0${n}T10:00:00Z`,
  approvers: decision === "APPROVE" ? [decided_by] : [],
});

beforeEach(async () => {
  const { pool } = web.server.database;
  const add = (title: string, more: object) => insertRequest(pool, { title, ...more });
  await add("Deploy one", { ...ended(1, "APPROVED", "APPROVE", "bob"), workflow_id: "release" });
  await add("Deploy two", {
    ...ended(2, "REJECTED", "REJECT", "cleo"),
    workflow_id: "release",
    comment: "Not now, Ann",
  });
  await add(FORMULA, { ...ended(3, "APPROVED", "APPROVE", "bob"), workflow_id: "refunds", requested_by: "rita" });
  await add("Deploy four", { ...day(4), workflow_id: "release", notify_users: ["cleo"] });
});

const AUDITOR = { scope: "approvals:read" };
const titles = ({ page }: WebPerson) => page.getByRole("list", { name: "Requests" }).getByRole("link");
const found = ({ page }: WebPerson, words: string) =>
  page.getByRole("status").getByText(words, { exact: true }).waitFor();

async function exported({ page }: WebPerson): Promise<(string | null)[][]> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^approvals-\d{4}-\d\d-\d\d\.csv$/);
  const text = await readFile((await download.path()) as string, "utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  return csvRecords(text.slice(1));
}

test("the history has the requests that the viewer may see, newest first, with their outcomes", async () => {
  const [auditor, bob] = await Promise.all([web.open("olga", "/history", AUDITOR), web.open("bob", "/history")]);
  await found(auditor, "4 requests");
  await expect
    .poll(() => titles(auditor).allTextContents())
    .toEqual(["Deploy four", FORMULA, "Deploy two", "Deploy one"]);
  const second = auditor.page.getByRole("listitem").filter({ hasText: "Deploy two" });
  expect(await second.textContent()).toMatch(/alice asked .*release.*Rejected.*by cleo/);
  await found(bob, "3 requests");
  await expect.poll(() => titles(bob).allTextContents()).toEqual([FORMULA, "Deploy two", "Deploy one"]);
  await titles(bob).first().click();
  await bob.page.waitForURL(/\/requests\/./);
});

test("the history shows the number of requests together with the requests, not before", async () => {
  const auditor = await web.open("olga", "/history", AUDITOR);
  const { page } = auditor;
  await found(auditor, "4 requests");
  const list = Promise.withResolvers<void>();
  await page.route("**/graphql", async (route) => {
    if (route.request().postData()?.includes("query HistoryPage")) await list.promise;
    await route.continue();
  });
  const counted = page.waitForResponse((response) => !!response.request().postData()?.includes("query HistoryCount"));
  await page.getByLabel("Text").fill("deploy");
  await (await counted).finished();
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  expect(
    await page
      .getByRole("status")
      .getByText(/ requests?$/)
      .count(),
  ).toBe(0);
  list.resolve();
  await found(auditor, "3 requests");
});

test("filters apply to the history, are in the address and survive a reload", async () => {
  const auditor = await web.open("olga", "/history", AUDITOR);
  const { page } = auditor;
  await found(auditor, "4 requests");
  await page.getByLabel("Text").fill("deploy");
  await found(auditor, "3 requests");
  await page.getByText("Rejected", { exact: true }).first().click();
  await page.getByText("Approved", { exact: true }).first().click();
  await found(auditor, "2 requests");
  await page.getByLabel("Person").selectOption("Decided by");
  await page.getByRole("combobox", { name: "Name" }).fill("cleo");
  await found(auditor, "1 request");
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Workflow" }).fill("release");
  await page.waitForURL(/workflow=release/);
  await page.keyboard.press("Escape");
  await page.getByLabel("Created", { exact: true }).selectOption("Custom range");
  await page.getByLabel("First day").fill("2026-03-02");
  await page.getByLabel("Last day").fill("2026-03-02");
  await found(auditor, "1 request");
  const query =
    "?q=deploy&status=APPROVED%2CREJECTED&person=cleo&as=decidedBy&workflow=release&from=2026-03-02&to=2026-03-02";
  const sorted = (text: string) => [...new URLSearchParams(text)].sort();
  expect(sorted(new URL(page.url()).search)).toEqual(sorted(query));

  await page.reload();
  await found(auditor, "1 request");
  await expect.poll(() => titles(auditor).allTextContents()).toEqual(["Deploy two"]);
  expect(await page.getByRole("combobox", { name: "Name" }).inputValue()).toBe("cleo");
  expect(await page.getByRole("checkbox", { name: "Rejected" }).isChecked()).toBe(true);

  await page.getByLabel("Last day").fill("2026-03-01");
  await page.getByRole("heading", { name: "No requests match these filters" }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await found(auditor, "4 requests");
  expect(new URL(page.url()).search).toBe("");
});

test("a slow history page applies every change of the filters, however quickly they follow one another", async () => {
  const auditor = await web.open("olga", "/history", AUDITOR);
  const { page } = auditor;
  await found(auditor, "4 requests");
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Emulation.setCPUThrottlingRate", { rate: 6 });
  await page.getByLabel("Text").pressSequentially("deploy");
  await page.getByText("Rejected", { exact: true }).first().click();
  await page.getByText("Approved", { exact: true }).first().click();
  await page.getByLabel("Created", { exact: true }).selectOption("Custom range");
  await page.getByLabel("First day").fill("2026-03-02");
  await page.getByLabel("Last day").fill("2026-03-03");
  await page.waitForURL((url) => {
    const told = Object.fromEntries(url.searchParams);
    return (
      told.q === "deploy" &&
      told.status === "APPROVED,REJECTED" &&
      told.from === "2026-03-02" &&
      told.to === "2026-03-03"
    );
  });
  await found(auditor, "1 request");
});

test("the export of the history has the requests that the filters match, and escapes formulas", async () => {
  const auditor = await web.open("olga", "/history?status=APPROVED,REJECTED", AUDITOR);
  await found(auditor, "3 requests");
  const [head = [], ...rows] = await exported(auditor);
  const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
  expect(column("title")).toEqual([FORMULA, "Deploy two", "Deploy one"]);
  expect(column("requested_by")).toEqual(["rita", "alice", "alice"]);
  expect(column("comment")).toEqual([null, "Not now, Ann", null]);
  expect(column("decided_at")[0]).toBe("2026-03-03T10:00:00.000Z");
  await auditor.page.getByText("Exported 3 requests.").waitFor();
});

test("further pages of the history load when they scroll into view, and the export has all of them", async () => {
  const ids = Array.from({ length: 250 }, (_, n) => n);
  const { pool } = web.server.database;
  await Promise.all(ids.map((n) => insertRequest(pool, { title: `Many ${n}`, workflow_id: "many" })));
  const auditor = await web.open("olga", "/history?workflow=many", AUDITOR);
  await found(auditor, "250 requests");
  await expect
    .poll(async () => {
      await auditor.page.mouse.wheel(0, 20_000);
      return titles(auditor).count();
    })
    .toBe(250);
  await auditor.page.getByRole("button", { name: "Load more" }).waitFor({ state: "detached" });
  const rows = await exported(auditor);
  expect(new Set(rows.slice(1).map(([id]) => id)).size).toBe(250);
});

test("the history shows an outcome immediately, and new requests on demand", async () => {
  const auditor = await web.open("olga", "/history?workflow=release", AUDITOR);
  await found(auditor, "3 requests");
  const requester = await tokenFor("alice", { scope: "approvals:request" });
  const id = await web.server.ask(requester, { title: "Deploy five", workflowId: "release" });
  await auditor.page.getByRole("button", { name: "1 new request: show" }).click();
  await found(auditor, "4 requests");
  await expect.poll(() => titles(auditor).first().textContent()).toBe("Deploy five");
  const cancel = "mutation ($id: ID!) { cancelApprovalRequest(input: { requestId: $id }) { __typename } }";
  await web.server.data(requester, cancel, { id });
  const row = auditor.page.getByRole("listitem").filter({ hasText: "Deploy five" });
  await row.getByText("Cancelled").waitFor();
});

test("the history is accessible, also on a phone and in dark mode", async () => {
  const desk = await web.open("olga", "/history", AUDITOR);
  await found(desk, "4 requests");
  await desk.page.keyboard.press("/");
  await desk.page.keyboard.type("four");
  await found(desk, "1 request");

  const phone = await web.open("olga", "/history", { ...PHONE, ...AUDITOR, colorScheme: "dark" });
  await found(phone, "4 requests");
  expect(await phone.page.getByRole("combobox", { name: "Workflow" }).isVisible()).toBe(false);
  await phone.page.getByRole("button", { name: "Filters" }).click();
  await phone.page.getByText("Timed out", { exact: true }).click();
  await phone.page.getByRole("heading", { name: "No requests match these filters" }).waitFor();
  await expectAccessible(phone.page);
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});
