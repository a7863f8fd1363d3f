/** Commands on runs in a real browser: the built page, served by the real server, on a real database. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { endRun, insertRun, type MadeRun } from "../support/orchestrator/runs.ts";
import { tokenFor } from "../support/server/server.ts";
import { DESK, expectAccessible, PHONE, startWeb, type Web } from "../support/web/web.ts";

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
  "the person who started a run cancels it with a reason, after a confirmation (%s)",
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
    await ann.page.getByRole("alert").getByText("Being cancelled").waitFor();
    expect(await ann.page.getByRole("button", { name: "Cancel the run" }).count()).toBe(0);
    const { rows } = await pool().query("select cancelled_by, cancel_reason from workflow_runs where id = $1", [id]);
    expect(rows).toEqual([{ cancelled_by: "ann", cancel_reason: "Wrong branch." }]);
  },
);

test("a user who may only see a run has no button to cancel it", async () => {
  const { id } = await startedRun();
  const olga = await web.open("olga", `/runs/run_${id}`, { scope: "approvals:read" });
  await olga.page.getByRole("region", { name: "Jobs", exact: true }).waitFor();
  expect(await olga.page.getByRole("button", { name: "Cancel the run" }).count()).toBe(0);
});

/** A workflow that people with the role `release` may start; returns its name. */
async function registered(inputSchema: object | null): Promise<string> {
  const name = `release-${randomUUID()}`;
  const definition = { id: name, jobs: [{ id: "build", type: "echo" }] };
  const input = { definition, inputSchema, startRoles: ["release"] };
  const program = await tokenFor("program", { scope: "approvals:request" });
  const register = `mutation ($input: RegisterWorkflowInput!) {
    registerWorkflow(input: $input) { ... on RegisterWorkflowPayload { created } }
  }`;
  await web.server.data(program, register, { input });
  return name;
}
const RELEASE = { roles: ["release"] };

test.each(LOOKS)(
  "a person with the role starts a run with a form of the workflow's input (%s)",
  async (_look, look) => {
    const name = await registered({
      type: "object",
      properties: {
        version: { type: "string", title: "Version", minLength: 3 },
        region: { enum: ["eu", "us"] },
        dryRun: { type: "boolean" },
      },
      required: ["version"],
    });
    const rita = await web.open("rita", "/runs", { ...RELEASE, ...look });
    await rita.page.getByRole("link", { name: "Start a run" }).click();
    await rita.page.getByLabel("Workflow").selectOption(name);
    const start = rita.page.getByRole("button", { name: "Start the run" });
    await start.click();
    await rita.page.getByText("This field is required.").waitFor();
    await rita.page.getByLabel("Version").fill("1");
    await start.click();
    await rita.page.getByText("must NOT have fewer than 3 characters").waitFor();
    await rita.page.getByLabel("Version").fill("1.4");
    await rita.page.getByLabel("region").selectOption("eu");
    await rita.page.getByLabel("dryRun").check();
    await expectAccessible(rita.page);
    await start.click();
    await rita.page.waitForURL(/\/runs\/run_/);
    await rita.page.getByRole("heading", { level: 1, name }).waitFor();
    const { rows } = await pool().query("select input, created_by from workflow_runs where workflow_id = $1", [name]);
    expect(rows).toEqual([{ input: { version: "1.4", region: "eu", dryRun: true }, created_by: "rita" }]);
  },
);

test("the input of a new run may be JSON, and users without a role cannot start a run", async () => {
  const name = await registered(null);
  const rita = await web.open("rita", `/runs/start?workflow=${name}`, RELEASE);
  await rita.page.getByLabel("Input", { exact: true }).last().fill("[1]");
  await rita.page.getByRole("button", { name: "Start the run" }).click();
  await rita.page.getByText("Enter a JSON object").waitFor();
  await rita.page.getByLabel("Input", { exact: true }).last().fill('{ "free": [1] }');
  await rita.page.getByLabel("Execution id").fill("by-hand");
  await rita.page.getByRole("button", { name: "Start the run" }).click();
  await rita.page.waitForURL(/\/runs\/run_/);
  const { rows } = await pool().query("select input, execution_id from workflow_runs where workflow_id = $1", [name]);
  expect(rows).toEqual([{ input: { free: [1] }, execution_id: "by-hand" }]);

  const mallory = await web.open("mallory", `/runs/start?workflow=${name}`);
  await mallory.page.getByText("You may not start this workflow").waitFor();
  const nobody = await web.open("nobody", "/runs/start");
  await nobody.page.getByText("No workflows that you may start").waitFor();
});

test.each(LOOKS)(
  "a person starts a run again from a checkpoint, and the page leads to the new run (%s)",
  async (_look, look) => {
    const run = await startedRun();
    const state = { config: {}, dependencies: ["build"], results: { build: { size: 42 } }, workflow: null as unknown };
    state.workflow = {
      id: run.workflowId,
      jobs: [
        { id: "build", type: "script" },
        { id: "approval", type: "approval" },
      ],
    };
    await pool().query(
      `insert into approval_checkpoints (id, name, workflow_id, job_id, execution_id, state)
     values ($1, 'before-release', $2, 'approval', $3, $4)`,
      [randomUUID(), run.workflowId, run.executionId, state],
    );
    const ann = await web.open("ann", `/runs/run_${run.id}`, look);
    await ann.page.getByRole("button", { name: "Start again" }).click();
    const dialog = ann.page.getByRole("dialog", { name: "Start this run again?" });
    await dialog.getByText("before-release, before approval").waitFor({ state: "attached" });
    expect(await dialog.getByLabel("Changed configuration").count()).toBe(0);
    await expectAccessible(ann.page);
    await dialog.getByRole("button", { name: "Start again" }).click();
    await ann.page.getByText("started from the checkpoint").waitFor();
    const { rows } = await pool().query(
      "select created_by, start_roles from workflow_runs where workflow_id = $1 and id <> $2",
      [run.workflowId, run.id],
    );
    expect(rows).toEqual([{ created_by: "ann", start_roles: ["release"] }]);

    const dora = await web.open("dora", `/runs/run_${run.id}`, { ...look, scope: "approvals:admin" });
    await dora.page.getByRole("button", { name: "Start again" }).click();
    await dora.page.getByLabel("Changed configuration").fill('{ "none": {} }');
    await dora.page.getByRole("dialog").getByRole("button", { name: "Start again" }).click();
    await dora.page.getByText('there is no job "none"').waitFor();
  },
);

/** Registers a version of a run's workflow, with the jobs that `change` makes of its jobs. */
async function registerVersion({ id, workflowId }: MadeRun, version: number, change: (jobs: object[]) => object[]) {
  const { rows } = await pool().query("select definition from workflow_runs where id = $1", [id]);
  const definition = { ...rows[0].definition, jobs: change(rows[0].definition.jobs) };
  await pool().query("insert into workflow_definitions (name, version, definition) values ($1, $2, $3)", [
    workflowId,
    version,
    definition,
  ]);
}

test.each(LOOKS)("a person moves a run to a newer version, after a list of the changes (%s)", async (_look, look) => {
  const run = await startedRun();
  await registerVersion(run, 2, (jobs) => [...jobs.slice(0, -1), { id: "announce", type: "echo" }]);
  const ann = await web.open("ann", `/runs/run_${run.id}`, look);
  await ann.page.getByRole("button", { name: "Move to version 2" }).click();
  const dialog = ann.page.getByRole("dialog", { name: "Move this run to version 2?" });
  await dialog.getByText("Added: announce").waitFor();
  await dialog.getByText("Removed: tell").waitFor();
  await expectAccessible(ann.page);
  await dialog.getByRole("button", { name: "Move", exact: true }).click();
  await ann.page.getByText("The run continues with version 2.").waitFor();
  await ann.page.getByText("a document without a version → version 2").waitFor();
  expect(await ann.page.getByRole("button", { name: "Move to" }).count()).toBe(0);

  await registerVersion(run, 3, (jobs) => jobs.map((job, place) => (place === 0 ? { ...job, config: { x: 1 } } : job)));
  await ann.page.reload();
  await ann.page.getByRole("button", { name: "Move to version 3" }).click();
  const refused = ann.page.getByRole("dialog", { name: "Move this run to version 3?" });
  await refused.getByText("build is changed, but it is SUCCEEDED").waitFor();
  expect(await refused.getByRole("button", { name: "Move", exact: true }).count()).toBe(0);
});

test.each(LOOKS)(
  "a person retries a failed job after a confirmation, and the page follows the run again (%s)",
  async (_look, look) => {
    const run = await insertRun(pool(), {
      workflowId: `release-${randomUUID()}`,
      jobs: [
        { id: "build", status: "SUCCEEDED" },
        { id: "deploy", dependencies: ["build"], status: "FAILED", error: "The registry is not reachable." },
        { id: "announce", dependencies: ["deploy"], status: "SKIPPED" },
      ],
    });
    await endRun(pool(), run.id, "FAILED");
    const dora = await web.open("dora", `/runs/run_${run.id}`, { ...look, scope: "approvals:admin" });
    await dora.page.getByRole("button", { name: "Retry deploy" }).click();
    const dialog = dora.page.getByRole("dialog", { name: "Retry deploy?" });
    await expectAccessible(dora.page);
    await dialog.getByRole("button", { name: "Retry" }).click();
    await dora.page.getByText("deploy runs again.").waitFor();
    const retries = dora.page.getByRole("list", { name: "Retried jobs" });
    await retries.getByText("by dora").waitFor();
    await retries.getByText("The registry is not reachable.").waitFor();
    await expectAccessible(dora.page);
    const { rows } = await pool().query(
      "select job_id, status from workflow_run_jobs where run_id = $1 order by position",
      [run.id],
    );
    expect(rows.map(({ status }) => status)).toEqual(["SUCCEEDED", "PENDING", "PENDING"]);
    await pool().query(
      "update workflow_run_jobs set status = 'FAILED', error = 'Again.' where run_id = $1 and job_id = 'deploy'",
      [run.id],
    );
    await pool().query("update workflow_run_jobs set status = 'SKIPPED' where run_id = $1 and job_id = 'announce'", [
      run.id,
    ]);
    await endRun(pool(), run.id, "FAILED");
    await dora.page.getByText("Again.").first().waitFor();
    const again = dora.page.getByRole("button", { name: "Retry deploy" });
    await again.waitFor();
    await pool().query("select countersign_retry_job($1, 2, 'deploy', '{}', false, 'eve')", [run.id]);
    await again.click();
    await dialog.getByRole("button", { name: "Retry" }).click();
    await dialog.getByText("The run is already RUNNING: its job deploy was retried.").waitFor();

    const olga = await web.open("olga", `/runs/run_${run.id}`, { ...look, scope: "approvals:read" });
    await olga.page.getByRole("list", { name: "Retried jobs" }).getByText("by eve").waitFor();
    expect(await olga.page.getByRole("button", { name: "Retry deploy" }).count()).toBe(0);
  },
);
