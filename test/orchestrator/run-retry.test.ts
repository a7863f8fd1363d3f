/** Tests retrying a failed job of a run over GraphQL, REST and the command: the right to do so, and the refusals. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runCommand } from "../support/cli/process.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { ended, gate, jobsOf, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { endRun, insertRun, type JobRow } from "../support/orchestrator/runs.ts";
import { gist, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, type TokenOptions, tokenFor } from "../support/server/server.ts";

const PROGRAM = { scope: "approvals:request" };
const ADMIN = { scope: "approvals:admin" };
const READER = { scope: "approvals:read" };
const RELEASE = { roles: ["release"] };
const RUN = `id status isOpen canRetry generation retries { generation jobId retriedBy jobError runStatus runReason }
  jobs { id status error attempts }`;
const RETRY = `mutation ($input: RetryWorkflowJobInput!) {
  retryWorkflowJob(input: $input) {
    ... on RetryWorkflowJobPayload { run { ${RUN} } }
    ... on Error { code message } ... on ValidationError { issues { path message } }
  }
}`;

let server: TestServer;
let orchestrator: Orchestrator;
/** The executions whose deployment fails. */
const faults = new Set<string>();
beforeAll(async () => {
  server = await startServer();
  orchestrator = createOrchestrator({ databaseUrl: server.database.url });
  const token = await tokenFor("program", PROGRAM);
  orchestrator.registerHandler("approval", new ApprovalHandler({ url: `${server.url}/graphql`, token }));
  orchestrator.registerHandler("deploy", {
    type: "deploy",
    execute: async ({ executionId }) => ({
      success: !faults.has(executionId),
      error: "The registry is not reachable.",
    }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await server.stop();
});

const pool = () => server.database.pool;
const restOf = async (userId: string, options: TokenOptions = {}) =>
  restClient(server, await tokenFor(userId, options));
const retry = async (userId: string, options: TokenOptions, runId: string, jobId: string): Promise<Data> =>
  (await server.data(await tokenFor(userId, options), RETRY, { input: { runId, jobId } })).retryWorkflowJob;

/** A run that rita has started and whose deployment has failed. */
async function failed() {
  const id = `release-${randomUUID()}`;
  const jobs = [
    { id: "deploy", type: "deploy" },
    { id: "announce", type: "deploy", dependencies: ["deploy"] },
  ];
  await orchestrator.registerWorkflow({ id, jobs }, { startRoles: ["release"] });
  const executionId = randomUUID();
  faults.add(executionId);
  const { body: run } = await (await restOf("rita", RELEASE)).post(`/workflows/${id}/start`, { executionId });
  expect(await ended(pool(), executionId)).toBe("FAILED");
  faults.delete(executionId);
  return { id: run.id as string, executionId };
}

describe("a failed job is retried", () => {
  it("over GraphQL by the person who started the run, and the run shows who retried it and why", async () => {
    const { id, executionId } = await failed();
    const { run } = await retry("rita", RELEASE, id, "deploy");
    expect(run).toMatchObject({ id, generation: 2, retries: [{ jobId: "deploy", retriedBy: null, jobError: null }] });
    const reader = await restOf("olga", READER);
    const { body } = await reader.get(`/runs/${id}?wait=10`);
    expect(body).toMatchObject({ status: "SUCCEEDED", generation: 2, canRetry: false });
    expect(body.retries).toMatchObject([
      {
        generation: 2,
        jobId: "deploy",
        retriedBy: "rita",
        jobError: "The registry is not reachable.",
        runStatus: "FAILED",
        runReason: null,
        retriedAt: expect.any(String),
        runEndedAt: expect.any(String),
      },
    ]);
    const history = body.jobs[0].attemptHistory;
    expect(history.map(({ number, generation, outcome }: Data) => [number, generation, outcome])).toEqual([
      [1, 1, "FAILED"],
      [2, 2, "SUCCEEDED"],
    ]);
    expect((await jobsOf(pool(), executionId)).announce).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
  });

  it("over REST by an admin, and a second call is answered that the run is RUNNING", async () => {
    const { id } = await insertRun(pool(), { jobs: [{ id: "deploy", type: "none", status: "FAILED" }] });
    await endRun(pool(), id, "FAILED");
    const admin = await restOf("dora", ADMIN);
    expect((await admin.get(`/runs/${id}`)).body).toMatchObject({ canRetry: true, retries: [], generation: 1 });
    const first = await admin.post(`/runs/${id}/retry`, { jobId: "deploy" });
    expect(first).toMatchObject({ status: 200, body: { id: `run_${id}`, isOpen: true, canRetry: false } });
    const second = await admin.post(`/runs/run_${id}/retry`, { jobId: "deploy" });
    expect(second).toMatchObject({
      status: 409,
      body: { detail: "The run is already RUNNING: its job deploy was retried. Wait until it has ended." },
    });
    expect(gist(await admin.post(`/runs/${id}/retry`, {}))).toEqual([422, "VALIDATION", "jobId"]);
    expect(gist(await admin.post(`/runs/${randomUUID()}/retry`, { jobId: "deploy" }))).toEqual([404, "NOT_FOUND"]);
  });

  it("by the command, which waits for the new end and shows the retry", async () => {
    const { id } = await failed();
    const env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_TOKEN: await tokenFor("dora", ADMIN) };
    const done = await runCommand(["runs", "retry", id, "--job", "deploy", "--wait"], { env });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("SUCCEEDED: 2 of 2 jobs succeeded") });
    expect(done.stdout).toMatch(/\nJob deploy was retried at [^ ]+Z by dora\.\n/);
    const refused = await runCommand(["runs", "retry", id, "--job", "none"], { env });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('--job there is no job "none"') });
    const without = await runCommand(["runs", "retry", id], { env });
    expect(without).toMatchObject({ code: 4, stderr: expect.stringContaining("--job") });
  });

  it("and a subscription that starts then follows the run to its next end", async () => {
    const { id } = await insertRun(pool(), { jobs: [{ id: "deploy", type: "none", status: "FAILED" }] });
    await endRun(pool(), id, "FAILED");
    await retry("dora", ADMIN, id, "deploy");
    const waiting = (await restOf("dora", ADMIN)).get(`/runs/${id}?wait=30`);
    await pool().query("update workflow_run_jobs set status = 'SUCCEEDED' where run_id = $1", [id]);
    await endRun(pool(), id, "SUCCEEDED");
    expect((await waiting).body).toMatchObject({ status: "SUCCEEDED", isOpen: false });
  });
});

describe("the right to retry a job", () => {
  it("is given to admins, the program that started the run, its starter, and the holders of its roles", async () => {
    const made = async () => {
      const { id } = await insertRun(pool(), { jobs: [{ id: "deploy", type: "none", status: "FAILED" }] });
      await endRun(pool(), id, "FAILED");
      await pool().query("update workflow_runs set created_by = 'ann', start_roles = '{release}' where id = $1", [id]);
      return id;
    };
    for (const [userId, options] of [
      ["dora", ADMIN],
      ["ann", {}],
      ["ann", PROGRAM],
      ["rita", RELEASE],
    ] as const) {
      expect(await retry(userId, options, await made(), "deploy"), userId).toMatchObject({ run: { isOpen: true } });
    }
    const id = await made();
    for (const [userId, options, code] of [
      ["olga", READER, "FORBIDDEN"],
      ["other", { ...PROGRAM, ...RELEASE }, "FORBIDDEN"],
      ["other", PROGRAM, "NOT_FOUND"],
      ["mallory", { roles: ["other"] }, "NOT_FOUND"],
    ] as const) {
      expect(await retry(userId, options, id, "deploy"), userId).toMatchObject({ code });
      expect(
        (await server.data(await tokenFor(userId, options), `{ workflowRun(id: "${id}") { canRetry } }`)).workflowRun,
      ).not.toMatchObject({ canRetry: true });
    }
    const { rows } = await pool().query("select status, generation from workflow_runs where id = $1", [id]);
    expect(rows).toEqual([{ status: "FAILED", generation: 1 }]);
  });

  it("is not given to an approver, nor to a program that created only some of the run's requests", async () => {
    const executionId = randomUUID();
    const jobs = [gate("approval", []), { id: "deploy", type: "deploy", dependencies: ["approval"] }];
    faults.add(executionId);
    const { id } = await orchestrator.start({ id: "gated", jobs }, { executionId });
    const requestId = await notedRequest(pool(), executionId, "approval");
    await (await restOf("bob")).post(`/approvals/${requestId}/approve`, {});
    expect(await ended(pool(), executionId)).toBe("FAILED");
    expect(await retry("bob", {}, id, "deploy")).toMatchObject({ code: "FORBIDDEN" });
    expect(await retry("other", PROGRAM, id, "deploy")).toMatchObject({ code: "NOT_FOUND" });
    faults.delete(executionId);
    expect(await retry("program", PROGRAM, id, "deploy")).toMatchObject({ run: { generation: 2 } });
    expect(await ended(pool(), executionId)).toBe("SUCCEEDED");
  });
});

describe("a retry is refused", () => {
  const refusal = async (status: "RUNNING" | "FAILED" | "CANCELLED", jobs: readonly JobRow[], jobId: string) => {
    const { id } = await insertRun(pool(), { jobs });
    if (status !== "RUNNING") await endRun(pool(), id, status);
    const { code, message } = await retry("dora", ADMIN, id, jobId);
    const { rows } = await pool().query("select generation from workflow_runs where id = $1", [id]);
    expect(rows).toEqual([{ generation: 1 }]);
    return `${code}: ${message}`;
  };
  const FAILED: readonly JobRow[] = [
    { id: "build", status: "SUCCEEDED" },
    { id: "deploy", status: "FAILED" },
    { id: "announce", status: "SKIPPED", dependencies: ["deploy"] },
    { id: "notes", status: "CANCELLED" },
  ];

  it.each([
    ["build", "The job build is SUCCEEDED; only a FAILED job can be retried. Start a new run."],
    [
      "announce",
      "The job announce is SKIPPED. Retry the FAILED job before it; the jobs that depend on that job run again with it.",
    ],
    ["notes", "The job notes is CANCELLED; only a FAILED job can be retried. Start a new run."],
  ])("for a job that has not FAILED: %s", async (jobId, message) => {
    expect(await refusal("FAILED", FAILED, jobId)).toBe(`CONFLICT: ${message}`);
  });

  it.each([["none"], [""], ["deploy "]])("for a job that is not in the run: %j", async (jobId) => {
    expect(await refusal("FAILED", FAILED, jobId)).toBe(
      `VALIDATION: jobId: there is no job ${JSON.stringify(jobId)} in the run; FAILED: deploy`,
    );
  });

  it("while the run is RUNNING, and after it was cancelled", async () => {
    const running = "The run is RUNNING. Wait until it has ended, then retry the job.";
    expect(await refusal("RUNNING", FAILED, "deploy")).toBe(`CONFLICT: ${running}`);
    const cancelled = "The run is CANCELLED, so none of its jobs can be retried. Start a new run.";
    expect(await refusal("CANCELLED", FAILED, "deploy")).toBe(`CONFLICT: ${cancelled}`);
  });

  it("if a job of the run was compensated", async () => {
    const jobs: JobRow[] = [...FAILED, { id: "undo", status: "SUCCEEDED", rule: { compensates: "build" } }];
    expect(await refusal("FAILED", jobs, "deploy")).toBe(
      "CONFLICT: The run has been rolled back: undo was called to undo build. Start a new run.",
    );
  });

  it("for a gate whose request was decided, and the error names the checkpoint to start from", async () => {
    const executionId = randomUUID();
    const jobs = [gate("approval", [], { createCheckpoint: true }), gate("second", [])];
    const { id } = await orchestrator.start({ id: "gated", jobs }, { executionId });
    for (const jobId of ["approval", "second"]) {
      const requestId = await notedRequest(pool(), executionId, jobId);
      await (await restOf("bob")).post(`/approvals/${requestId}/reject`, { comment: "No." });
    }
    expect(await ended(pool(), executionId)).toBe("FAILED");
    const checkpointId = (await orchestrator.inspect("gated", executionId))?.jobs[0]?.metadata?.checkpointId;
    const start = `Start the run again from its checkpoint ${checkpointId}, or start a new run.`;
    for (const jobId of ["approval", "second"]) {
      expect(await retry("dora", ADMIN, id, jobId)).toEqual({
        code: "CONFLICT",
        message: `The request of ${jobId} is REJECTED. A request is not asked again. ${start}`,
      });
    }
  });

  it("by the database too: an ended run does not change without a new generation", async () => {
    const { id } = await insertRun(pool(), { jobs: FAILED });
    await endRun(pool(), id, "FAILED");
    for (const change of [
      "update workflow_runs set status = 'RUNNING', ended_at = null where id = $1",
      "update workflow_runs set status = 'RUNNING', ended_at = null, generation = 3 where id = $1",
      "update workflow_runs set generation = 2 where id = $1",
      "update workflow_run_jobs set status = 'PENDING', ended_at = null where run_id = $1",
      "update workflow_run_jobs set status = 'PENDING', ended_at = null, generation = 2 where run_id = $1",
    ]) {
      await expect(pool().query(change, [id]), change).rejects.toMatchObject({
        constraint: expect.stringMatching(/_final$/),
      });
    }
    const done = await pool().query("select countersign_retry_job($1, 1, 'build', '{}', false, null) as done", [id]);
    expect(done.rows).toEqual([{ done: false }]);
  });
});
