/** Tests cancelling a run over GraphQL, REST and the command while an orchestrator runs it, and the right to do so. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { effect, ended, gate, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { endRun, insertRun } from "../support/orchestrator/runs.ts";
import { gist, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const CANCEL = `mutation ($input: CancelWorkflowRunInput!) {
  cancelWorkflowRun(input: $input) {
    ... on CancelWorkflowRunPayload { run { id status isOpen canCancel cancelRequestedAt cancelledBy cancelReason } }
    ... on Error { code message }
    ... on ValidationError { issues { path message } }
  }
}`;
const PROGRAM = { scope: "approvals:request" };
const ADMIN = { scope: "approvals:admin" };

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

/** A run that waits at its gate. */
async function waiting(): Promise<{ id: string; executionId: string; requestId: string }> {
  const executionId = randomUUID();
  const jobs = [gate("approval", []), effect("deploy", ["approval"])];
  const { id } = await orchestrator.start({ id: "release", jobs }, { executionId });
  return { id, executionId, requestId: await notedRequest(server.database.pool, executionId, "approval") };
}
const cancel = async (userId: string, options: TokenOptions, runId: string, reason?: string): Promise<Data> =>
  (await server.data(await tokenFor(userId, options), CANCEL, { input: { runId, reason } })).cancelWorkflowRun;
const statusOf = async (requestId: string): Promise<Data> =>
  (await restClient(server, await tokenFor("bob")).get(`/approvals/${requestId}`)).body;

describe("a run that waits at a gate is cancelled with its request", () => {
  it("over GraphQL, and stores the canceller and the reason, also when somebody cancels it again", async () => {
    const { id, executionId, requestId } = await waiting();
    const cancelled = await cancel("dora", ADMIN, `run_${id}`, "Wrong branch.");
    expect(cancelled.run).toMatchObject({
      id: `run_${id}`,
      canCancel: false,
      cancelRequestedAt: expect.any(String),
      cancelledBy: "dora",
      cancelReason: "Wrong branch.",
    });
    expect(await ended(server.database.pool, executionId)).toBe("CANCELLED");
    expect(await statusOf(requestId)).toMatchObject({ status: "CANCELLED", comment: "Wrong branch." });
    const again = await cancel("erik", ADMIN, id, "Too late.");
    expect(again.run).toMatchObject({ status: "CANCELLED", cancelledBy: "dora", cancelReason: "Wrong branch." });
  });

  it("over REST, by the program that created the request", async () => {
    const { id, executionId, requestId } = await waiting();
    const rest = restClient(server, await tokenFor("program", PROGRAM));
    const answer = await rest.post(`/runs/run_${id}/cancel`, { reason: "Superseded." });
    expect(answer).toMatchObject({ status: 200, body: { id: `run_${id}`, cancelledBy: "program" } });
    expect(await ended(server.database.pool, executionId)).toBe("CANCELLED");
    expect((await statusOf(requestId)).status).toBe("CANCELLED");
    expect((await rest.get(`/runs/${id}?wait=10`)).body).toMatchObject({ status: "CANCELLED", canCancel: false });
    expect(gist(await rest.post(`/runs/${randomUUID()}/cancel`, {}))).toEqual([404, "NOT_FOUND"]);
    expect(gist(await rest.post(`/runs/${id}/cancel`, { reason: 7 }))).toEqual([422, "VALIDATION", "reason"]);
  });

  it("by the command, which also lists and shows it and waits for its end", async () => {
    const { id, executionId } = await waiting();
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await tokenFor("program", PROGRAM) };
    const run = (...args: string[]) => runCommand(["runs", ...args], { env });
    const listed = await run("list", "--workflow", "release", "--execution", executionId, "--status", "running");
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("RUNNING, waiting at approval: 0 of 2") });
    expect(JSON.parse((await run("list", "--json", "--execution", executionId)).stdout)).toMatchObject([
      { id: `run_${id}`, status: "RUNNING", waitingFor: [{ jobId: "approval" }] },
    ]);
    const cancelled = await run("cancel", id, "--reason", "Wrong branch.", "--wait");
    expect(cancelled).toMatchObject({ code: 3, stdout: expect.stringMatching(/CANCELLED: 0 of 2 jobs succeeded\n/) });
    expect(cancelled.stdout).toContain("Cancelled by program.\n");
    expect((await run("show", id)).stdout).toMatch(/\napproval +approval +CANCELLED +1 /);
    expect(await run("show", randomUUID())).toMatchObject({ code: 4, stderr: expect.stringContaining("no such run") });
    expect(await run("cancel", randomUUID())).toMatchObject({ code: 4, stderr: expect.stringContaining("NOT_FOUND") });
    expect(await run("stop", id)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("unknown command: runs stop"),
    });
  });
});

describe("the right to cancel a run", () => {
  it("is not given to approvers, readers and other programs", async () => {
    const { id } = await waiting();
    expect(await cancel("bob", {}, id)).toMatchObject({ code: "FORBIDDEN" });
    expect(await cancel("olga", { scope: "approvals:read" }, id)).toMatchObject({ code: "FORBIDDEN" });
    expect(await cancel("other", PROGRAM, id)).toMatchObject({ code: "NOT_FOUND" });
    expect(await cancel("mallory", {}, id)).toMatchObject({ code: "NOT_FOUND" });
    for (const unknown of [randomUUID(), "nonsense", ""]) {
      expect(await cancel("dora", ADMIN, unknown)).toMatchObject({ code: "NOT_FOUND" });
    }
    const { rows } = await server.database.pool.query("select cancel_requested_at from workflow_runs where id = $1", [
      id,
    ]);
    expect(rows).toEqual([{ cancel_requested_at: null }]);
  });

  it("is given to the person who started it, and not to others with a start role, who see it before its first request", async () => {
    const { pool } = server.database;
    const started = async () => {
      const { id } = await insertRun(pool);
      await pool.query("update workflow_runs set created_by = 'ann', start_roles = '{release}' where id = $1", [id]);
      return id;
    };
    expect((await cancel("ann", {}, await started())).run).toMatchObject({ cancelledBy: null, isOpen: true });
    expect((await cancel("rita", { roles: ["release"] }, await started())).run).toMatchObject({ canCancel: false });
    expect(await cancel("mallory", { roles: ["other"] }, await started())).toMatchObject({ code: "NOT_FOUND" });
  });

  it("ends with the run: a succeeded or failed run is no longer cancelled", async () => {
    const { id } = await insertRun(server.database.pool);
    await endRun(server.database.pool, id, "FAILED");
    expect(await cancel("dora", ADMIN, id)).toMatchObject({ code: "CONFLICT", message: "The run is already FAILED." });
  });

  it("includes a reason that can be stored, and a blank reason counts as omitted", async () => {
    const { id } = await insertRun(server.database.pool);
    const long = await cancel("dora", ADMIN, id, "x".repeat(100_001));
    expect(long).toMatchObject({ code: "VALIDATION", issues: [{ path: "reason" }] });
    expect((await cancel("dora", ADMIN, id, " ")).run).toMatchObject({ cancelReason: null, cancelledBy: "dora" });
  });
});
