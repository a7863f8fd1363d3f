/** Runs of workflows in a real browser: the built page, served by the real server, on a real database. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  endRun,
  insertAttempt,
  insertLog,
  insertRun,
  type JobRow,
  linkRequest,
  type MadeRun,
  moveJob,
  noteWaiting,
  RELEASE,
} from "../support/orchestrator/runs.ts";
import { APPROVE, tokenFor } from "../support/server/server.ts";
import { expectAccessible, PHONE, startWeb, type Web, type WebPerson } from "../support/web/web.ts";

let web: Web;
let program: string;
beforeAll(async () => {
  web = await startWeb();
  program = await tokenFor("orchestrator", { scope: "approvals:request" });
});
afterAll(() => web.stop());
afterEach(() => web.closeWindows());

const AUDITOR = { scope: "approvals:read" };
const pool = () => web.server.database.pool;
const make = (jobs: readonly JobRow[] = RELEASE) => insertRun(pool(), { workflowId: `release-${randomUUID()}`, jobs });
async function gate({ id, workflowId, executionId }: MadeRun, jobId = "approval", more: object = {}): Promise<string> {
  const asked = { workflowId, executionId, jobId, title: `Let ${jobId} pass?`, ...more };
  const requestId = await web.server.ask(program, asked);
  await linkRequest(pool(), id, jobId, requestId);
  return requestId;
}
const approve = async (id: string) => web.server.data(await tokenFor("bob"), APPROVE, { id });

const graph = ({ page }: WebPerson, name = "Job graph") => page.getByRole("region", { name, exact: true });
/** The texts of the graph, job by job in reading order. */
const texts = (person: WebPerson, name?: string) => graph(person, name).getByRole("listitem").allInnerTexts();
const words = async (person: WebPerson, name?: string) =>
  (await texts(person, name)).map((text) => text.replaceAll(/\s+/g, " ").trim());
const row = ({ page }: WebPerson, job: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: new RegExp(`^${job} `) }) });

test("a run is shown as a graph, with the gate at which it waits and who must decide", async () => {
  const run = await make();
  await gate(run, "approval", { allowedApprovers: ["bob", "cleo"], notifyUsers: ["dan"] });
  const auditor = await web.open("olga", `/runs/run_${run.id}`, AUDITOR);
  await auditor.page.getByRole("heading", { level: 1, name: run.workflowId }).waitFor();
  await expect
    .poll(() => words(auditor))
    .toEqual([
      "build Succeeded at the start",
      "security Running after build",
      "approval Needs a decision after build",
      "deploy Not started after security and approval",
      "tell Not started after deploy",
    ]);
  await auditor.page.getByText("Waiting at approval; 1 of 5 jobs done.").waitFor();
  const held = auditor.page.getByRole("region", { name: "Gate approval" });
  await held.getByText("Let approval pass?").waitFor();
  await held.getByText("1 approval from bob or cleo is needed.").waitFor();
  // Colour is not the only difference: each state has its own shape.
  const shapes = await graph(auditor)
    .locator("[data-state] svg path:first-child")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
  expect(new Set(shapes).size).toBeGreaterThanOrEqual(2);
  await held.getByRole("link", { name: "Open the request" }).click();
  await auditor.page.waitForURL(/\/requests\/./);
});

test("the page follows a run to its end without a reload", async () => {
  const run = await make();
  const auditor = await web.open("olga", `/runs/${run.id}`, AUDITOR);
  await auditor.page.getByText("Running security and approval; 1 of 5 jobs done.").waitFor();
  const id = await gate(run);
  await auditor.page.getByRole("region", { name: "Gate approval" }).waitFor();
  await approve(id);
  await auditor.page.getByRole("region", { name: "Gate approval" }).waitFor({ state: "detached" });
  await moveJob(pool(), run.id, "approval", "SUCCEEDED", { output: { approvedBy: "bob" } });
  await auditor.page.getByText("2 of 5 jobs done.").waitFor();
  await moveJob(pool(), run.id, "security", "FAILED", { error: "The scanner found a hole." });
  for (const job of ["deploy", "tell"]) await moveJob(pool(), run.id, job, "SKIPPED", { reason: "security failed" });
  await endRun(pool(), run.id, "FAILED");
  await auditor.page.getByText("security failed; 2 skipped; 2 of 5 jobs succeeded.").waitFor();
  await row(auditor, "security").getByText("The scanner found a hole.").waitFor();
  await row(auditor, "approval").getByText("Let approval pass?: Approved").waitFor();
  await row(auditor, "approval").getByText("Output", { exact: true }).click();
  await row(auditor, "approval").getByText('"approvedBy": "bob"').waitFor();
});

test("the branches of a run are shown with their rules, the path that was taken and why a job was skipped", async () => {
  const rejected = { field: "results.approval.status", operator: "==", value: "REJECTED" };
  const run = await make([
    { id: "canary", status: "SUCCEEDED" },
    { id: "approval", type: "approval", dependencies: ["canary"], status: "FAILED", error: "Rejected by bob." },
    { id: "deploy", dependencies: ["approval"], status: "SKIPPED", reason: "approval failed: Rejected by bob." },
    { id: "explain", dependencies: ["approval"], status: "SUCCEEDED", rule: { when: [rejected] } },
    { id: "promote", dependencies: ["approval"], status: "SKIPPED", reason: "Its condition does not hold." },
    { id: "report", dependencies: ["deploy", "explain"], status: "SUCCEEDED", rule: { runIf: "always" } },
    { id: "take-back", dependencies: ["canary"], status: "RUNNING", rule: { compensates: "canary" } },
  ]);
  const auditor = await web.open("olga", `/runs/${run.id}`, AUDITOR);
  await row(auditor, "explain").getByText('if approval.status == "REJECTED"').waitFor();
  await expect
    .poll(() => words(auditor))
    .toEqual(
      expect.arrayContaining([
        "deploy Skipped after approval",
        'explain Succeeded if approval.status == "REJECTED" after approval',
        "report Succeeded always after deploy and explain",
        "take-back Running undoes canary after canary",
      ]),
    );
  await row(auditor, "promote").getByText("Its condition does not hold.").waitFor();
  const lines = graph(auditor).locator("svg path[data-kind]");
  const kinds = await lines.evaluateAll((paths) => paths.map((path) => path.getAttribute("data-kind")));
  // To the gate and the compensation, from the rejection to its explanation, and from both branches to the report.
  expect(kinds.toSorted()).toEqual(["failure", "failure", "success", "success", "success"]);
  expect(await graph(auditor).locator("path[data-undo]").count()).toBe(1);
  await expectAccessible(auditor.page);

  await gate(run, "approval");
  const bob = await web.open("bob", `/runs/${run.id}`);
  await row(bob, "promote").getByText("because approval failed").waitFor();
  expect(await bob.page.getByText("undoes canary").count()).toBe(0);
  await expectAccessible(bob.page);
});

test("an approver sees the progress of a run but not its data", async () => {
  const run = await make();
  await gate(run);
  await moveJob(pool(), run.id, "security", "FAILED", { error: "A secret." });
  const bob = await web.open("bob", `/runs/${run.id}`);
  await bob.page.getByRole("region", { name: "Gate approval" }).getByRole("link", { name: "Decide" }).waitFor();
  await bob.page.getByText("are visible only to people who may see all requests").waitFor();
  await row(bob, "security").getByText("Failed").waitFor();
  expect(await bob.page.getByText("A secret.").count()).toBe(0);
  expect(await bob.page.getByText("Output", { exact: true }).count()).toBe(0);

  const mallory = await web.open("mallory", `/runs/${run.id}`);
  await mallory.page.getByText("Not found").waitFor();
  await expectAccessible(mallory.page);
});

test("the page of a request shows its current place in the workflow", async () => {
  const run = await make();
  const id = await gate(run);
  const bob = await web.open("bob", `/requests/${id}`);
  const name = "Jobs of the workflow";
  await graph(bob, name).waitFor();
  await expect
    .poll(async () => (await words(bob, name))[2])
    .toBe("approval Needs a decision after build, this request");
  expect(await graph(bob, name).locator('[aria-current="step"]').innerText()).toContain("approval");
  await approve(id);
  await moveJob(pool(), run.id, "approval", "SUCCEEDED");
  await expect.poll(() => words(bob, name)).toContain("approval Succeeded after build, this request");
  await expectAccessible(bob.page);
  await bob.page.getByRole("link", { name: "Open the run" }).click();
  await bob.page.waitForURL(`**/runs/run_${run.id}`);

  const alone = await web.open("bob", `/requests/${await web.server.ask(program)}`);
  await alone.page.getByRole("region", { name: "What you need to know" }).waitFor();
  expect(await alone.page.getByText("Status in the workflow").count()).toBe(0);
});

test("the list has the current runs that the viewer may see, and is filtered by the address", async () => {
  const [held, ended] = [await make(), await make()];
  const userId = `person-${randomUUID()}`;
  const person = { notifyUsers: [userId] };
  await gate(ended, "approval", person);
  await endRun(pool(), ended.id, "SUCCEEDED");
  const viewer = await web.open(userId, "/runs");
  const list = viewer.page.getByRole("list", { name: "Runs" }).getByRole("listitem");
  await expect.poll(() => list.count()).toBe(1);
  await gate(held, "approval", person);
  await viewer.page.getByRole("link", { name: held.workflowId }).waitFor();
  await list.filter({ hasText: held.workflowId }).getByText("Waiting at approval; 1 of 5 jobs done").waitFor();
  await viewer.page.getByLabel("Status").selectOption("Ended");
  await viewer.page.waitForURL("**/runs?show=ended");
  await list.filter({ hasText: ended.workflowId }).waitFor();
  await expect.poll(() => list.count()).toBe(1);
  await viewer.page.goto(`${web.server.url}/runs?workflow=${held.workflowId}`);
  await list.filter({ hasText: held.workflowId }).waitFor();
  await expect.poll(() => list.count()).toBe(1);
  await expectAccessible(viewer.page);
});

test("the navigation links to runs only if the viewer can see one", async () => {
  const run = await make();
  const [asked, stranger] = [`person-${randomUUID()}`, `person-${randomUUID()}`];
  await gate(run, "approval", { notifyUsers: [asked] });
  const pages = ({ page }: WebPerson) => page.getByRole("navigation", { name: "Pages" });
  const one = await web.open(asked);
  await pages(one).getByRole("link", { name: "Runs" }).click();
  await one.page.getByRole("link", { name: run.workflowId }).waitFor();
  const other = await web.open(stranger);
  await pages(other).getByRole("link", { name: "History" }).waitFor();
  await other.page.waitForLoadState("networkidle");
  expect(await pages(other).getByRole("link", { name: "Runs" }).count()).toBe(0);
  await gate(await make(), "approval", { notifyUsers: [stranger] });
  await pages(other).getByRole("link", { name: "Runs" }).waitFor();
});

test("every job of a run can be reached by keyboard, and the graph scrolls in its own box on a phone", async () => {
  const jobs = Array.from({ length: 100 }, (_, n): JobRow => {
    const dependencies =
      n === 0 ? [] : n % 5 === 0 ? [`job-${n - 1}`, `job-${Math.max(0, n - 7)}`] : [`job-${n - (n % 5)}`];
    return { id: `job-${n}`, dependencies, status: n < 40 ? "SUCCEEDED" : n === 40 ? "RUNNING" : "PENDING" };
  });
  const run = await make(jobs);
  await gate(run, "job-40");
  const phone = await web.open("olga", `/runs/${run.id}`, { ...PHONE, ...AUDITOR, colorScheme: "dark" });
  await graph(phone).waitFor();
  await expectAccessible(phone.page);
  expect(await phone.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  // The gate at which the run waits is scrolled into view.
  const box = await graph(phone).boundingBox();
  const gateBox = await graph(phone)
    .getByRole("link", { name: /^job-40 Needs/ })
    .boundingBox();
  expect(gateBox && box && gateBox.x >= box.x && gateBox.x + gateBox.width <= box.x + box.width).toBe(true);

  const desk = await web.open("olga", `/runs/${run.id}`, AUDITOR);
  await graph(desk).focus();
  await desk.page.keyboard.press("Tab");
  expect(await desk.page.evaluate("document.activeElement.textContent")).toContain("job-0");
  await desk.page.keyboard.press("Enter");
  await desk.page.waitForURL(/#job-job-0$/);
  await expectAccessible(desk.page);
});

test("the code for runs is loaded only on the pages of runs", async () => {
  const bob = await web.open("bob", "/");
  await bob.page.getByRole("navigation", { name: "Pages" }).waitFor();
  const loaded = await bob.page.evaluate(
    `performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /assets\\/(run|graph|request-run)/.test(name))`,
  );
  expect(loaded).toEqual([]);
});

test("a job's attempts, wait and log are shown on the page of its run, and new lines appear without a reload", async () => {
  const run = await make();
  await insertAttempt(pool(), run.id, "security", { number: 1, outcome: "TIMED_OUT", error: "It took too long." });
  await insertAttempt(pool(), run.id, "security", { number: 2, outcome: "FAILED", error: "No scanner." });
  const lines = Array.from({ length: 120 }, (_, n) => ["info", `scanned ${n + 1}`, { left: 120 - n }] as const);
  await insertLog(pool(), run.id, "security", lines);
  await pool().query("update workflow_run_jobs set attempts = 2 where run_id = $1 and job_id = 'security'", [run.id]);
  await noteWaiting(pool(), run.id, "security", "RETRY", "Attempt 2 of 3 failed: No scanner.", new Date());
  for (const look of [{}, { ...PHONE, colorScheme: "dark" as const }]) {
    const auditor = await web.open("olga", `/runs/${run.id}`, { ...AUDITOR, ...look });
    await row(auditor, "security").getByText("for its next attempt").waitFor();
    await row(auditor, "security").getByRole("link", { name: "2 attempts and log" }).click();
    const history = auditor.page.getByRole("region", { name: "History of security" });
    await history.getByText("Attempt 2 of 3 failed: No scanner.").waitFor();
    const attempts = history.getByRole("list", { name: "Attempts, newest first" }).getByRole("listitem");
    await expect.poll(() => attempts.count()).toBe(2);
    expect((await attempts.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "))).toEqual([
      expect.stringMatching(/^2\. Failed started .* took 30 seconds worker-1:4711 No scanner\.$/),
      expect.stringMatching(/^1\. Timed out .* It took too long\.$/),
    ]);
    const log = history.getByRole("region", { name: "Log of security" });
    await log.getByText("scanned 120 left=1", { exact: true }).waitFor();
    expect(await log.getByText("scanned 20 ").count()).toBe(0);
    await history.getByRole("button", { name: "Show earlier lines" }).click();
    await log.getByText("scanned 1 left=120", { exact: true }).waitFor();
    const news = `news ${randomUUID()}`;
    await insertLog(pool(), run.id, "security", [["error", news]]);
    await log.getByText(news).waitFor();
    await expectAccessible(auditor.page);
    if ("viewport" in look) expect(await auditor.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  }
});

test("a run shows when it times out, that it has timed out, and who cancelled it", async () => {
  const timed = await make();
  await pool().query("update workflow_runs set timeout_at = now() + interval '2 hours' where id = $1", [timed.id]);
  const auditor = await web.open("olga", `/runs/${timed.id}`, AUDITOR);
  await auditor.page.getByText(/timeout: 1h 59m left/).waitFor();
  await pool().query(
    "update workflow_runs set reason = 'The run timed out after 2 hours.', cancel_requested_at = now() where id = $1",
    [timed.id],
  );
  await auditor.page.getByText("The run timed out and is being stopped").waitFor();
  await endRun(pool(), timed.id, "FAILED");
  await auditor.page.getByRole("alert").getByText("The run timed out after 2 hours.").waitFor();

  const cancelled = await make();
  await pool().query(
    "update workflow_runs set cancelled_by = 'dora', cancel_reason = 'Superseded.', cancel_requested_at = now() where id = $1",
    [cancelled.id],
  );
  await auditor.page.goto(`${web.server.url}/runs/${cancelled.id}`);
  await auditor.page.getByText("Being cancelled by dora").waitFor();
  await endRun(pool(), cancelled.id, "CANCELLED");
  await auditor.page.getByText("Cancelled by dora").waitFor();
  await auditor.page.getByText("Superseded.").waitFor();
});

test("a job that has started a run links to that run, and the run links back", async () => {
  const parent = await make([{ id: "deploy", type: "workflow", status: "RUNNING" }]);
  const child = await insertRun(pool(), { workflowId: "deployment", jobs: [{ id: "roll-out", status: "RUNNING" }] });
  const link = "update workflow_runs set parent_run_id = $2, parent_job_id = 'deploy' where id = $1";
  await pool().query(link, [child.id, parent.id]);
  const auditor = await web.open("olga", `/runs/${parent.id}`, AUDITOR);
  await row(auditor, "deploy").getByText("Run of deployment: Running").waitFor();
  await expectAccessible(auditor.page);
  await row(auditor, "deploy").getByRole("link", { name: "Run of deployment" }).click();
  await auditor.page.getByRole("heading", { level: 1, name: "deployment" }).waitFor();
  await auditor.page.getByText("started by the job deploy of").waitFor();
  await auditor.page.getByRole("link", { name: `${parent.workflowId}, ${parent.executionId}` }).click();
  await auditor.page.getByRole("heading", { level: 1, name: parent.workflowId }).waitFor();
});

test("a job that runs over a list shows the progress of its items, and each item on demand", async () => {
  const run = await make([{ id: "approve", type: "approval", status: "RUNNING" }]);
  await pool().query(
    `with job as (update workflow_run_jobs set item_count = 3 where run_id = $1 and job_id = 'approve')
     insert into workflow_run_jobs (run_id, job_id, position, type, status, item_of, item_index, item)
     select $1, format('approve[%s]', i), 0, 'approval', 'RUNNING', 'approve', i, jsonb_build_object('name', 'region ' || i)
       from generate_series(0, 2) i`,
    [run.id],
  );
  await gate(run, "approve[1]");
  for (const look of [{}, { ...PHONE, colorScheme: "dark" as const }]) {
    const auditor = await web.open("olga", `/runs/${run.id}`, { ...AUDITOR, ...look });
    await auditor.page.getByText("3 items: 3 running").click();
    const items = row(auditor, "approve").getByRole("listitem");
    await items.filter({ hasText: "approve[1]: Needs a decision" }).getByRole("link").waitFor();
    await items.filter({ hasText: 'approve[2]: Running{"name":"region 2"}' }).waitFor();
    await expectAccessible(auditor.page);
  }
  const auditor = await web.open("olga", `/runs/${run.id}`, AUDITOR);
  await auditor.page.getByText("3 items: 3 running").waitFor();
  await moveJob(pool(), run.id, "approve[0]", "SUCCEEDED");
  await auditor.page.getByText("3 items: 1 succeeded, 2 running").waitFor();
});
