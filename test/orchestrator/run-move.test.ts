/** Tests moving a run to another registered version over GraphQL, REST and the command, and the right to do so. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { decide, effect, ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { gist, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const PROGRAM = { scope: "approvals:request" };
const ADMIN = { scope: "approvals:admin" };
const READER = { scope: "approvals:read" };
const RELEASE = { roles: ["release"] };
const RUN = `id status generation workflowVersion moves { generation movedBy fromVersion toVersion added removed changed }
  movePlan { version added removed changed refusal }`;
const MOVE = `mutation ($input: MoveWorkflowRunInput!) {
  moveWorkflowRun(input: $input) {
    ... on MoveWorkflowRunPayload { run { ${RUN} } }
    ... on Error { code message } ... on ValidationError { issues { path message } }
  }
}`;
const DEPLOYED = { version: 2, added: ["announce"], removed: ["archive"], changed: ["deploy"] };

let server: TestServer;
let orchestrator: Orchestrator;
beforeAll(async () => {
  server = await startServer();
  orchestrator = createOrchestrator({ databaseUrl: server.database.url });
  const token = await tokenFor("program", PROGRAM);
  orchestrator.registerHandler("approval", new ApprovalHandler({ url: `${server.url}/graphql`, token }));
  orchestrator.registerHandler("effect", { type: "effect", execute: async () => ({ success: true }) });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await server.stop();
});

const pool = () => server.database.pool;
const restOf = async (userId: string, options: TokenOptions = {}) =>
  restClient(server, await tokenFor(userId, options));
const move = async (userId: string, options: TokenOptions, runId: string, version?: number): Promise<Data> =>
  (await server.data(await tokenFor(userId, options), MOVE, { input: { runId, version } })).moveWorkflowRun;
const shown = async (userId: string, options: TokenOptions, id: string): Promise<Data> =>
  (await server.data(await tokenFor(userId, options), `query ($id: ID!) { workflowRun(id: $id) { ${RUN} } }`, { id }))
    .workflowRun;

/** A run of version 1 that rita has started and that waits at its gate. Two newer versions are registered. */
async function waiting() {
  const id = `release-${randomUUID()}`;
  const before = [effect("build"), gate("approval", ["build"]), effect("deploy", ["approval"])];
  await orchestrator.registerWorkflow(
    { id, jobs: [...before, effect("archive", ["deploy"])] },
    { startRoles: ["release"] },
  );
  const executionId = randomUUID();
  const { body: run } = await (await restOf("rita", RELEASE)).post(`/workflows/${id}/start`, { executionId });
  const requestId = await notedRequest(pool(), executionId, "approval");
  const deploy = { ...effect("deploy", ["approval"]), config: { region: "eu" } };
  const next = [...before.slice(0, 2), deploy, effect("announce", ["deploy"])];
  await orchestrator.registerWorkflow({ id, jobs: next }, { startRoles: ["release"] });
  return { id: run.id as string, workflowId: id, executionId, requestId, before, next };
}

describe("a run that waits is moved to a newer registered version", () => {
  it("over GraphQL by the person who started it, and shows the changes and the caller", async () => {
    const { id, executionId, requestId } = await waiting();
    expect(await shown("rita", RELEASE, id)).toMatchObject({
      workflowVersion: 1,
      moves: [],
      movePlan: { ...DEPLOYED, refusal: null },
    });
    const { run } = await move("rita", RELEASE, id);
    const { version, ...changes } = DEPLOYED;
    const moved = { generation: 2, fromVersion: 1, toVersion: version, ...changes };
    expect(run).toMatchObject({
      generation: 2,
      workflowVersion: 2,
      movePlan: null,
      moves: [{ ...moved, movedBy: null }],
    });
    expect((await move("rita", RELEASE, id)).run).toMatchObject({ generation: 2 });
    expect((await shown("olga", READER, id)).moves).toEqual([{ ...moved, movedBy: "rita" }]);
    await decide(server.app.services, requestId, true);
    expect(await ended(pool(), executionId)).toBe("SUCCEEDED");
    expect(Object.keys(await jobsOf(pool(), executionId))).toEqual(["build", "approval", "deploy", "announce"]);
  });

  it("over REST and by the command, and back again while the changed jobs have not started", async () => {
    const { id, executionId, requestId } = await waiting();
    const program = await restOf("program", PROGRAM);
    const moved = await program.post(`/runs/${id}/move`, { version: 2 });
    expect(moved).toMatchObject({ status: 200, body: { id, workflowVersion: 2, generation: 2 } });
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await tokenFor("dora", ADMIN) };
    const run = (...args: string[]) => runCommand(["runs", "move", id, ...args], { env });
    expect(await run("--version", "1", "--dry-run")).toMatchObject({
      code: 0,
      stdout: "Version 1: added: archive; removed: announce; changed: deploy.\n",
    });
    expect(await run("--version", "1")).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect((await shown("olga", READER, id)).moves).toMatchObject([
      { toVersion: 2 },
      { movedBy: "dora", toVersion: 1 },
    ]);
    expect(await run("--version", "9")).toMatchObject({ code: 4, stderr: expect.stringContaining("NOT_FOUND") });
    await decide(server.app.services, requestId, true);
    expect(await ended(pool(), executionId)).toBe("SUCCEEDED");
    expect((await runCommand(["runs", "show", id], { env })).stdout).toContain("Moved to version 1 at ");
    expect(gist(await program.post(`/runs/${id}/move`, { version: 2 }))).toEqual([409, "CONFLICT"]);
  });

  it("only if no started job differs and the input fits, and the answer names the fault", async () => {
    const { id, workflowId, before, next } = await waiting();
    const build = { ...effect("build"), config: { cache: false } };
    await orchestrator.registerWorkflow({ id: workflowId, jobs: [build, ...next.slice(1)] });
    const refusal =
      "The run cannot be moved: build is changed, but it is SUCCEEDED. Jobs that have started or ended must not change.";
    expect((await shown("dora", ADMIN, id)).movePlan).toMatchObject({ version: 3, refusal });
    expect(await move("dora", ADMIN, id)).toEqual({ code: "CONFLICT", message: refusal });
    const inputSchema = { type: "object", required: ["region"] };
    await orchestrator.registerWorkflow({ id: workflowId, jobs: before }, { inputSchema });
    expect(await move("dora", ADMIN, id)).toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/^The input of the run does not fit version 4: input/),
    });
    expect(await shown("dora", ADMIN, id)).toMatchObject({ generation: 1, workflowVersion: 1 });
    expect(await move("dora", ADMIN, id, 0)).toMatchObject({ code: "VALIDATION", issues: [{ path: "version" }] });
  });

  it("only by callers with the right, not by a person who only decides or only reads", async () => {
    const { id } = await waiting();
    expect(await move("bob", {}, id)).toMatchObject({ code: "FORBIDDEN" });
    expect(await move("olga", READER, id)).toMatchObject({ code: "FORBIDDEN" });
    expect(await move("mallory", {}, id)).toMatchObject({ code: "NOT_FOUND" });
    expect((await shown("bob", {}, id)).movePlan).toBeNull();
  });
});
