/** The statistics in a real browser: the built page, served by the real server, on a real database. */

import { beforeAll, expect, test } from "vitest";
import { insert, insertRequest } from "../support/db/rows.ts";
import { useWeb } from "../support/web/use-web.ts";
import { expectAccessible, PHONE, type WebPerson } from "../support/web/web.ts";

const web = useWeb({ keepsRequests: true });
beforeAll(async () => {
  // Two days of March, noon in Berlin.
  await decided(2, "APPROVE", "bob", 60, { workflow_id: "release" });
  await decided(2, "APPROVE", "bob", 120, { workflow_id: "release" });
  await decided(2, "REJECT", "cleo", 180, { workflow_id: "refunds", requested_by: "rita" });
  await decided(3, "APPROVE", "bob", 60, { workflow_id: "release" });
  const created_at = noon(3);
  const { pool } = web.server.database;
  await insertRequest(pool, { created_at, status: "TIMEOUT", decision_source: "TIMEOUT", decided_at: noon(4) });
  await insertRequest(pool, { created_at, title: "Waits long", requested_by: "rita" });
  await insertRequest(pool, { title: "Waits since today" });
});

const noon = (day: number) => new Date(`2026-03-0${day}T11:00:00Z`);

async function decided(day: number, decision: string, by: string, seconds: number, more: object): Promise<void> {
  const { pool } = web.server.database;
  const decided_at = new Date(noon(day).getTime() + seconds * 1_000);
  const status = decision === "APPROVE" ? "APPROVED" : "REJECTED";
  const id = await insertRequest(pool, {
    created_at: noon(day),
    status,
    decision,
    decision_source: "APPROVER",
    decided_by: by,
    decided_at,
    approvers: decision === "APPROVE" ? [by] : [],
    ...more,
  });
  await insert(pool, "approval_decisions", { approval_request_id: id, approver: by, decision, decided_at });
}

const MARCH = "/statistics?from=2026-03-01&to=2026-03-04";
const AUDITOR = { scope: "approvals:read" };
const section = ({ page }: WebPerson, name: string) => page.getByRole("region", { name, exact: true }).first();

/** Shows the table of a chart. */
async function openTable(person: WebPerson, name: string): Promise<void> {
  await section(person, name).getByText("Table", { exact: true }).click();
  await section(person, name).getByRole("row").first().waitFor();
}

/** The text of that table. */
async function expectTable(person: WebPerson, name: string, expected: string[][]): Promise<void> {
  await openTable(person, name);
  const cells = async () => {
    const rows = await section(person, name).getByRole("row").all();
    return Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
  };
  await expect.poll(cells).toEqual(expected);
}

/** The drawn bars, by the name of their series. */
const bars = (person: WebPerson, name: string) => section(person, name).locator(".recharts-bar-rectangle path");

test("charts of the statistics and their tables show the same numbers", async () => {
  const auditor = await web.open("olga", MARCH, AUDITOR);
  await bars(auditor, "How requests ended").first().waitFor();
  // Day 2: approved, rejected; day 3: approved, timed out, open.
  await expect.poll(() => bars(auditor, "How requests ended").count()).toBe(5);
  await auditor.page
    .getByRole("img", { name: "How requests ended: 3 approved, 1 rejected, 1 timed out, 0 cancelled, 1 open." })
    .waitFor();
  await expectTable(auditor, "How requests ended", [
    ["Day", "All", "Approved", "Rejected", "Timed out", "Cancelled", "Open"],
    ["1 Mar", "0", "0", "0", "0", "0", "0"],
    ["2 Mar", "3", "2", "1", "0", "0", "0"],
    ["3 Mar", "3", "1", "0", "1", "0", "1"],
    ["4 Mar", "0", "0", "0", "0", "0", "0"],
  ]);
  await expect.poll(() => bars(auditor, "How requests ended").count()).toBe(0);
  await expectTable(auditor, "Time to decide", [
    ["Day", "Median time", "95th percentile"],
    ["1 Mar", "–", "–"],
    ["2 Mar", "2m", "2m 54s"],
    ["3 Mar", "1m", "1m"],
    ["4 Mar", "–", "–"],
  ]);
  await expectTable(auditor, "By workflow", [
    ["Workflow", "All", "Approved", "Rejected", "Timed out", "Cancelled", "Open", "Median time", "95th percentile"],
    ["release", "3", "3", "0", "0", "0", "0", "1m", "1m 54s"],
    ["workflow", "2", "0", "0", "1", "0", "1", "–", "–"],
    ["refunds", "1", "0", "1", "0", "0", "0", "3m", "3m"],
  ]);
  await expectTable(auditor, "By approver", [
    ["Approver", "All", "Approved", "Rejected", "Median time", "95th percentile"],
    ["bob", "3", "3", "0", "1m", "1m 54s"],
    ["cleo", "1", "0", "1", "3m", "3m"],
  ]);
});

test("the period of the statistics is in the address and survives a reload", async () => {
  const auditor = await web.open("olga", "/statistics", AUDITOR);
  const total = auditor.page.locator("dl > div").filter({ hasText: "Requests" }).locator("dd");
  await expect.poll(() => total.textContent()).toMatch(/^1\b/);
  await auditor.page.getByLabel("Period").selectOption("All time");
  await expect.poll(() => total.textContent()).toMatch(/^7\b/);
  expect(new URL(auditor.page.url()).search).toBe("?period=all");
  await auditor.page.reload();
  await expect.poll(() => total.textContent()).toMatch(/^7\b/);
  expect(await auditor.page.getByLabel("Period").inputValue()).toBe("all");

  await auditor.page.goto(`${web.server.url}/statistics?from=2020-01-01&to=2020-02-01`);
  await auditor.page.getByRole("heading", { name: "No requests in this period" }).waitFor();
});

test("a user who does not see everything has the statistics of their own requests", async () => {
  const rita = await web.open("rita", MARCH);
  await section(rita, "By approver").waitFor();
  await expectTable(rita, "By approver", [
    ["Approver", "All", "Approved", "Rejected", "Median time", "95th percentile"],
    ["cleo", "1", "0", "1", "3m", "3m"],
  ]);
  await rita.page.getByText("Requests that you made.").waitFor();
});

test("the statistics list the requests that wait longest for every period, with links", async () => {
  const auditor = await web.open("olga", "/statistics", AUDITOR);
  const links = section(auditor, "Longest waiting").getByRole("link");
  await expect.poll(() => links.allTextContents()).toEqual(["Waits long", "Waits since today"]);
  await links.first().click();
  await auditor.page.waitForURL(/\/requests\/./);
});

test("the statistics page is accessible, also on a phone and in dark mode", async () => {
  const desk = await web.open("olga", MARCH, AUDITOR);
  await bars(desk, "By approver").first().waitFor();
  for (const name of ["How requests ended", "Time to decide", "By workflow", "By approver"])
    await openTable(desk, name);
  await expectAccessible(desk.page);

  const phone = await web.open("olga", MARCH, { ...PHONE, ...AUDITOR, colorScheme: "dark" });
  await bars(phone, "By approver").first().waitFor();
  await openTable(phone, "By workflow");
  await expectAccessible(phone.page);
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test("the code of the charts is loaded only on the statistics page", async () => {
  const auditor = await web.open("olga", "/history", AUDITOR);
  await auditor.page.getByRole("list", { name: "Requests" }).waitFor();
  const loaded = () =>
    auditor.page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => name)
        .filter((name) => name.includes("/charts-")),
    );
  expect(await loaded()).toEqual([]);
  await auditor.page.getByRole("link", { name: "Statistics" }).click();
  await bars(auditor, "By workflow").first().waitFor();
  expect((await loaded()).length).toBeGreaterThan(0);
});
