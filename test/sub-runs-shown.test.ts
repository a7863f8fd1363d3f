/** A run and the runs that its jobs have started, as GraphQL, REST and the command show them, and to whom. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./support/command-process.ts";
import { restClient } from "./support/rest.ts";
import { insertRun, type MadeRun, noteAsked } from "./support/runs.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "./support/server.ts";

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
  await noteAsked(pool, second.id, "gate", requestId);
});
afterAll(() => server.stop());

const read = async (userId: string, options: TokenOptions, id: string) =>
  (await server.data(await tokenFor(userId, options), RUN, { id })).workflowRun;
const READER = { scope: "approvals:read" };

describe("a run that a job has started", () => {
  it("is linked with its parent in both directions over GraphQL, for those who may see both", async () => {
    const seen = { workflowId: "deployment", status: "RUNNING", parentJobId: "deploy" };
    expect(await read("olga", READER, parent.id)).toEqual({
      ...{ id: `run_${parent.id}`, parentJobId: null, parent: null },
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
      ...{ parentJobId: "deploy", parent: { id: `run_${parent.id}`, workflowId: "release" } },
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
      ...{ parentJobId: "deploy", parent: { id: `run_${parent.id}`, executionId: parent.executionId } },
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
