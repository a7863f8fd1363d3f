/** Tests how GraphQL, REST and the command show the runs that jobs have started, and the items of jobs with forEach. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/cli/process.ts";
import { insertRun, linkRequest, type MadeRun } from "../support/orchestrator/runs.ts";
import { restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const RUN = `query ($id: ID!) {
  workflowRun(id: $id) {
    id parentJobId parent { id workflowId } jobs { id startedRuns { id workflowId status parentJobId } }
  }
}`;

let server: TestServer;
let parent: MadeRun;
let first: MadeRun;
let second: MadeRun;
beforeAll(async () => {
  server = await startServer();
  const { pool } = server.database;
  parent = await insertRun(pool, {
    workflowId: "release",
    jobs: [{ id: "deploy", type: "workflow", status: "RUNNING" }],
  });
  const child = { workflowId: "deployment", jobs: [{ id: "gate", type: "approval", status: "RUNNING" as const }] };
  [first, second] = [await insertRun(pool, child), await insertRun(pool, child)];
  await pool.query("update workflow_runs set parent_run_id = $1, parent_job_id = 'deploy' where id = any ($2)", [
    ...[parent.id, [first.id, second.id]],
  ]);
  const { workflowId, executionId } = second;
  const asked = { workflowId, executionId, jobId: "gate", title: "Deploy?", notifyUsers: ["bob"] };
  const requestId = await server.ask(await tokenFor("program", { scope: "approvals:request" }), asked);
  await linkRequest(pool, second.id, "gate", requestId);
});
afterAll(() => server.stop());

const read = async (userId: string, options: TokenOptions, id: string) =>
  (await server.data(await tokenFor(userId, options), RUN, { id })).workflowRun;
const READER = { scope: "approvals:read" };

describe("a run that a job has started", () => {
  it("is linked with its parent in both directions over GraphQL, for viewers who may see both", async () => {
    const seen = { workflowId: "deployment", status: "RUNNING", parentJobId: "deploy" };
    expect(await read("olga", READER, parent.id)).toEqual({
      id: `run_${parent.id}`,
      parentJobId: null,
      parent: null,
      jobs: [
        {
          id: "deploy",
          startedRuns: [
            { id: `run_${first.id}`, ...seen },
            { id: `run_${second.id}`, ...seen },
          ],
        },
      ],
    });
    expect(await read("olga", READER, second.id)).toMatchObject({
      parentJobId: "deploy",
      parent: { id: `run_${parent.id}`, workflowId: "release" },
    });
  });

  it("shows nothing of its parent to a person who sees its gate only, and its parent nothing of it to a stranger", async () => {
    expect(await read("bob", {}, second.id)).toMatchObject({ parent: null, jobs: [{ id: "gate", startedRuns: [] }] });
    expect(await read("bob", {}, parent.id)).toBeNull();
    const role = `team-${randomUUID()}`;
    await server.database.pool.query("update workflow_runs set start_roles = $2 where id = $1", [parent.id, [role]]);
    expect(await read("eve", { roles: [role] }, parent.id)).toMatchObject({
      jobs: [{ id: "deploy", startedRuns: [] }],
    });
  });

  it("is linked over REST and by the command", async () => {
    const token = await tokenFor("olga", READER);
    const rest = restClient(server, token);
    expect((await rest.get(`/runs/${second.id}`)).body).toMatchObject({
      parentJobId: "deploy",
      parent: { id: `run_${parent.id}`, executionId: parent.executionId },
    });
    expect((await rest.get(`/runs/${parent.id}`)).body.jobs[0].startedRuns).toMatchObject([
      ...[{ id: `run_${first.id}` }, { id: `run_${second.id}`, status: "RUNNING" }],
    ]);
    const show = (id: string) => runCommand(["runs", "show", id, "--url", server.url, "--token", token]);
    expect((await show(second.id)).stdout).toContain(
      `Started by the job deploy of run_${parent.id}: release, execution ${parent.executionId}.`,
    );
    expect((await show(parent.id)).stdout).toContain(`deploy has started run_${second.id}: deployment, RUNNING.`);
  });
});

describe("the items of a job with forEach", () => {
  const ITEMS = `query ($id: ID!) {
    workflowRun(id: $id) {
      jobs { id itemCount itemCounts { status count } items { id itemIndex item status request { id } } }
    }
  }`;
  let fanOut: MadeRun;
  beforeAll(async () => {
    const { pool } = server.database;
    fanOut = await insertRun(pool, { jobs: [{ id: "approve", type: "approval", status: "RUNNING" }, { id: "after" }] });
    await pool.query(
      `with job as (update workflow_run_jobs set item_count = 3 where run_id = $1 and job_id = 'approve')
       insert into workflow_run_jobs (run_id, job_id, position, type, status, item_of, item_index, item, ended_at)
       select $1, format('approve[%s]', i), 0, 'approval', case i when 0 then 'SUCCEEDED' else 'RUNNING' end, 'approve', i,
              to_jsonb('region ' || i), case i when 0 then now() end
         from generate_series(0, 2) i`,
      [fanOut.id],
    );
    const { workflowId, executionId } = fanOut;
    const asked = { workflowId, executionId, jobId: "approve[1]", title: "Region 1?", notifyUsers: ["bob"] };
    const requestId = await server.ask(await tokenFor("program", { scope: "approvals:request" }), asked);
    await linkRequest(pool, fanOut.id, "approve[1]", requestId);
  });
  const seen = async (userId: string, options: TokenOptions) =>
    (await server.data(await tokenFor(userId, options), ITEMS, { id: fanOut.id })).workflowRun.jobs;

  it("are below their job over GraphQL, with their requests, and their entries for viewers who may see the detail", async () => {
    const [approve, after] = await seen("olga", READER);
    expect(approve).toMatchObject({
      id: "approve",
      itemCount: 3,
      itemCounts: [
        { status: "SUCCEEDED", count: 1 },
        { status: "RUNNING", count: 2 },
      ],
      items: [
        { id: "approve[0]", itemIndex: 0, item: "region 0", status: "SUCCEEDED", request: null },
        { id: "approve[1]", itemIndex: 1, item: "region 1", status: "RUNNING", request: { id: expect.any(String) } },
        { id: "approve[2]", itemIndex: 2, item: "region 2", status: "RUNNING" },
      ],
    });
    expect(after).toEqual({ id: "after", itemCount: null, itemCounts: [], items: [] });
    expect((await seen("bob", {}))[0].items[1]).toMatchObject({ item: null, request: { id: expect.any(String) } });
  });

  it("are counted by the command, and listed over REST", async () => {
    const token = await tokenFor("olga", READER);
    const shown = await runCommand(["runs", "show", fanOut.id, "--url", server.url, "--token", token]);
    expect(shown.stdout).toContain("approve has 3 items: 1 SUCCEEDED, 2 RUNNING.");
    expect(shown.stdout).toContain("waiting at approve[1]");
    const { body } = await restClient(server, token).get(`/runs/${fanOut.id}`);
    expect(body.jobs.map(({ items }: { items: { id: string }[] }) => items.map(({ id }) => id))).toEqual([
      ["approve[0]", "approve[1]", "approve[2]"],
      [],
    ]);
  });
});
