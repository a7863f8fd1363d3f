/** What people do with runs in a real browser: the built page, served by the real server, on a real database. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { insertRun, type MadeRun } from "./support/runs.ts";
import { DESK, expectAccessible, PHONE, startWeb, type Web } from "./support/web.ts";

let web: Web;
beforeAll(async () => {
  web = await startWeb();
});
afterAll(() => web.stop());
afterEach(() => web.closeWindows());

const pool = () => web.server.database.pool;
const LOOKS = [
  ["desktop, light", { ...DESK, colorScheme: "light" }],
  ["phone, dark", { ...PHONE, colorScheme: "dark" }],
] as const;

/** A run that ann has started. */
async function startedRun(): Promise<MadeRun> {
  const run = await insertRun(pool(), { workflowId: `release-${randomUUID()}` });
  await pool().query("update workflow_runs set created_by = 'ann', start_roles = '{release}' where id = $1", [run.id]);
  return run;
}

test.each(LOOKS)(
  "the person who started a run cancels it with a reason, after a question (%s)",
  async (_look, look) => {
    const { id } = await startedRun();
    const ann = await web.open("ann", `/runs/run_${id}`, look);
    await ann.page.getByRole("button", { name: "Cancel the run" }).click();
    const dialog = ann.page.getByRole("dialog", { name: "Cancel this run?" });
    await dialog.getByRole("button", { name: "Keep it running" }).click();
    await dialog.waitFor({ state: "detached" });
    await ann.page.getByRole("button", { name: "Cancel the run" }).click();
    await dialog.getByLabel("Reason").fill("Wrong branch.");
    await expectAccessible(ann.page);
    await dialog.getByRole("button", { name: "Cancel the run" }).click();
    await ann.page.getByText("The run is being cancelled.").waitFor();
    await ann.page.getByText("It is being cancelled").waitFor();
    expect(await ann.page.getByRole("button", { name: "Cancel the run" }).count()).toBe(0);
    const { rows } = await pool().query("select cancelled_by, cancel_reason from workflow_runs where id = $1", [id]);
    expect(rows).toEqual([{ cancelled_by: "ann", cancel_reason: "Wrong branch." }]);
  },
);

test("who only sees a run is offered no button to cancel it", async () => {
  const { id } = await startedRun();
  const olga = await web.open("olga", `/runs/run_${id}`, { scope: "approvals:read" });
  await olga.page.getByRole("region", { name: "Its jobs" }).waitFor();
  expect(await olga.page.getByRole("button", { name: "Cancel the run" }).count()).toBe(0);
});
