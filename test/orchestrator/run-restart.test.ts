/** Tests starting a run again from a checkpoint over GraphQL, REST and the command, and the rights to change it. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { gist, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const PROGRAM = { scope: "approvals:request" };
const ADMIN = { scope: "approvals:admin" };
const RELEASE = { roles: ["release"] };
const RESTART = `mutation ($input: StartRunFromCheckpointInput!) {
  startRunFromCheckpoint(input: $input) {
    ... on StartRunFromCheckpointPayload {
      created run { id executionId createdBy workflowVersion startedFromCheckpoint { id name } detailIsVisible }
    }
    ... on Error { code message } ... on ValidationError { issues { path message } }
  }
}`;

let server: TestServer;
let orchestrator: Orchestrator;
beforeAll(async () => {
  server = await startServer();
  orchestrator = createOrchestrator({ databaseUrl: server.database.url });
  const token = await tokenFor("program", PROGRAM);
  orchestrator.registerHandler("approval", new ApprovalHandler({ url: `${server.url}/graphql`, token }));
  orchestrator.registerHandler("work", {
    type: "work",
    execute: async ({ input, config }) => ({ success: true, output: { input, config } }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await server.stop();
});

const pool = () => server.database.pool;
const work = (id: string, dependencies: string[] = [], config = {}) => ({ id, type: "work", dependencies, config });
const restOf = async (userId: string, options: TokenOptions = {}) =>
  restClient(server, await tokenFor(userId, options));
const restart = async (userId: string, options: TokenOptions, input: object): Promise<Data> =>
  (await server.data(await tokenFor(userId, options), RESTART, { input })).startRunFromCheckpoint;

/** A run of a registered workflow that rita has started and bob has rejected. */
async function rejected() {
  const id = `training-${randomUUID()}`;
  const jobs = [
    work("train", [], { epochs: 3 }),
    gate("approval", ["train"], { createCheckpoint: true, checkpointName: "before-release" }),
    work("release", ["approval"]),
  ];
  const { name } = await orchestrator.registerWorkflow({ id, jobs }, { startRoles: ["release"] });
  const rita = await restOf("rita", RELEASE);
  const { body: run } = await rita.post(`/workflows/${name}/start`, { input: { data: "v1" } });
  const requestId = await notedRequest(pool(), run.executionId, "approval");
  await (await restOf("bob")).post(`/approvals/${requestId}/reject`, { comment: "Not enough epochs." });
  expect(await ended(pool(), run.executionId)).toBe("FAILED");
  const { body } = await rita.get(`/runs/${run.id}`);
  return { name, run, checkpointId: body.jobs[1].checkpoint.id as string, requestId };
}
/** Approves the gate of a run, and waits for its end. */
async function approve(executionId: string): Promise<string> {
  const requestId = await notedRequest(pool(), executionId, "approval");
  await (await restOf("bob")).post(`/approvals/${requestId}/approve`, {});
  return ended(pool(), executionId);
}

describe("a run that was rejected is started again from its checkpoint", () => {
  it("over GraphQL by the person who started it, with the same input, and creates a new request", async () => {
    const { run, checkpointId } = await rejected();
    const { created, run: again } = await restart("rita", RELEASE, { checkpointId });
    expect({ created, again }).toMatchObject({
      created: true,
      again: {
        createdBy: "rita",
        workflowVersion: 1,
        startedFromCheckpoint: { id: checkpointId, name: "before-release" },
      },
    });
    expect(again.executionId).not.toBe(run.executionId);
    expect(await approve(again.executionId)).toBe("SUCCEEDED");
    const jobs = await jobsOf(pool(), again.executionId);
    expect(jobs.train).toMatchObject({ attempts: 0, reason: `Taken over from execution ${run.executionId}.` });
    expect(jobs.release?.output).toEqual({ input: { data: "v1" }, config: {} });
  });

  it("over REST by the program that created it, with a changed configuration and once for its execution id", async () => {
    const { checkpointId } = await rejected();
    const program = await restOf("program", PROGRAM);
    const input = { executionId: randomUUID(), config: { train: { epochs: 9 } } };
    const first = await program.post(`/checkpoints/${checkpointId}/start`, input);
    expect([first.status, first.headers.get("Location")]).toEqual([201, `/api/runs/${first.body.id}`]);
    expect(first.body).toMatchObject({ createdBy: "program", workflowVersion: null });
    const second = await program.post(`/checkpoints/${checkpointId}/start`, input);
    expect([second.status, second.body.id]).toEqual([200, first.body.id]);
    const other = { ...input, config: { train: { epochs: 10 } } };
    expect(gist(await program.post(`/checkpoints/${checkpointId}/start`, other))).toEqual([409, "CONFLICT"]);
    expect(await approve(input.executionId)).toBe("SUCCEEDED");
    expect((await jobsOf(pool(), input.executionId)).train).toMatchObject({
      attempts: 1,
      output: { input: { data: "v1" }, config: { epochs: 9 } },
    });
    const faulty = { config: { trein: {}, train: 7 }, results: { none: 1 } };
    expect(gist(await program.post(`/checkpoints/${checkpointId}/start`, faulty))).toEqual([
      ...[422, "VALIDATION", "config.trein", "results.none", "config.train"],
    ]);
    const bad = { definition: { id: "other", jobs: [] } };
    expect(gist(await program.post(`/checkpoints/${checkpointId}/start`, bad))[2]).toBe("definition.id");
    expect(gist(await program.post(`/checkpoints/${randomUUID()}/start`, {}))).toEqual([404, "NOT_FOUND"]);
  });

  it("by the command, which shows the checkpoint too", async () => {
    const { run, checkpointId } = await rejected();
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await tokenFor("dora", ADMIN) };
    const shown = await runCommand(["runs", "show", run.id], { env });
    expect(shown.stdout).toContain(`Checkpoint ${checkpointId} (before-release) before approval.\n`);
    const results = JSON.stringify({ approval: { by: "hand" } });
    const again = await runCommand(["runs", "restart", checkpointId, "--results", results, "--wait"], { env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("SUCCEEDED: 3 of 3 jobs succeeded") });
    const refused = await runCommand(["runs", "restart", checkpointId, "--config", '{"none":{}}'], { env });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("--config there is no job") });
  });
});

describe("the right to start a run again", () => {
  it("is not given to approvers, readers, and programs that did not create every request", async () => {
    const { checkpointId } = await rejected();
    for (const [userId, options, code] of [
      ["bob", {}, "FORBIDDEN"],
      ["olga", { scope: "approvals:read" }, "FORBIDDEN"],
      ["other", PROGRAM, "NOT_FOUND"],
      ["other", { ...PROGRAM, ...RELEASE }, "FORBIDDEN"],
      ["mallory", {}, "NOT_FOUND"],
    ] as const) {
      expect(await restart(userId, options, { checkpointId }), userId).toMatchObject({ code });
    }
    for (const unknown of [randomUUID(), "nonsense", ""]) {
      expect(await restart("dora", ADMIN, { checkpointId: unknown })).toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("includes replacing a gate by a result only for the program that created the requests, and for admins", async () => {
    const { name, checkpointId } = await rejected();
    const results = { approval: { approved: true } };
    for (const change of [
      { results },
      { config: { approval: { notifyUsers: ["rita"] } } },
      { definition: { id: name, jobs: [] } },
    ]) {
      expect(await restart("rita", RELEASE, { checkpointId, ...change })).toMatchObject({ code: "FORBIDDEN" });
    }
    // A program that may start the workflow did not create the requests of its gates.
    const other = await restOf("other", PROGRAM);
    const { body: run } = await other.post(`/workflows/${name}/start`, {});
    await notedRequest(pool(), run.executionId, "approval");
    const { body } = await other.get(`/runs/${run.id}`);
    expect(body).toMatchObject({ canStartAgain: true, canChange: false, detailIsVisible: true });
    const own = { checkpointId: body.jobs[1].checkpoint.id };
    expect(await restart("other", PROGRAM, { ...own, results })).toMatchObject({ code: "FORBIDDEN" });
    expect(await restart("other", PROGRAM, own)).toMatchObject({ created: true });
  });
});
