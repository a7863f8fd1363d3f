import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEmbedded } from "../../src/db/embedded/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { jobOf, requestIdOf } from "../support/handler/jobs.ts";
import { type Started, startScript } from "../support/processes.ts";
import { type ApiProcess, startApi } from "../support/server/api-process.ts";
import { tokenFor } from "../support/server/server.ts";

let database: TestDatabase;
let api: ApiProcess;
let token: string;
/** A client that observes from outside and is not under test. */
let observer: ApprovalHandler;
const started: Started[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  token = await tokenFor("orchestrator", { scope: "approvals:request" });
  api = await startApi({ databaseUrl: database.url });
  observer = new ApprovalHandler({ url: `${api.url}/graphql`, token });
});
afterAll(async () => {
  await observer.close();
  await api.end("SIGTERM");
  await database.drop();
});
afterEach(async () => {
  for (const process of started.splice(0)) await process.end("SIGKILL");
});

/** Runs the job in a separate process. */
function run(job: JobContext, url = api.url): Started {
  const env = { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: token, JOB: JSON.stringify(job) };
  const process = startScript("test/support/handler/process.ts", [], env);
  started.push(process);
  return process;
}
const resultOf = async (process: Started) => JSON.parse(await process.line());

async function approve(user: string, requestId: string, url = api.url): Promise<void> {
  const query = "mutation ($input: ApproveRequestInput!) { approveRequest(input: $input) { __typename } }";
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${await tokenFor(user)}` },
    body: JSON.stringify({ query, variables: { input: { requestId } } }),
  });
  expect(await answer.json()).toEqual({ data: { approveRequest: { __typename: "ApproveRequestPayload" } } });
}

// Every test starts processes; a bound for a machine that is busy, not an expectation.
describe("a workflow in another process than the API", { timeout: 180_000 }, () => {
  it("continues when somebody approves, and its process exits", async () => {
    const job = jobOf();
    const workflow = run(job);
    const id = await requestIdOf(observer, job);
    await approve("bob", id);
    expect(await resultOf(workflow)).toMatchObject({ success: true, output: { requestId: id, decidedBy: "bob" } });
    expect(await workflow.end()).toEqual({ code: 0, stderr: "" });
  });

  it("finds its request again after it was killed during the wait", async () => {
    const job = jobOf();
    const killed = run(job);
    const id = await requestIdOf(observer, job);
    await killed.end("SIGKILL");
    const again = run(job);
    await approve("bob", id);
    expect(await resultOf(again)).toMatchObject({ success: true, output: { requestId: id } });
  });

  it("receives a decision that was made while it was not running", async () => {
    const job = jobOf();
    const killed = run(job);
    const id = await requestIdOf(observer, job);
    await killed.end("SIGKILL");
    await approve("bob", id);
    expect(await resultOf(run(job))).toMatchObject({ success: true, output: { requestId: id } });
  });

  it("leaves its request open when it is aborted, and its process exits", async () => {
    const job = jobOf();
    const workflow = run(job);
    const id = await requestIdOf(observer, job);
    workflow.child.kill("SIGTERM");
    expect(await resultOf(workflow)).toEqual({ rejected: "AbortError" });
    expect(await workflow.end()).toEqual({ code: 0, stderr: "" });
    expect(await observer.getStatus(job.jobId, job.executionId)).toMatchObject({ requestId: id, status: "PENDING" });
  });

  it("continues after the API was killed and restarted", async () => {
    const job = jobOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const workflow = run(job);
    const id = await requestIdOf(observer, job);
    await approve("bob", id);
    const { port } = new URL(api.url);
    await api.end("SIGKILL");
    api = await startApi({ databaseUrl: database.url, port: Number(port) });
    await approve("cleo", id);
    expect(await resultOf(workflow)).toMatchObject({ success: true, output: { approvers: ["bob", "cleo"] } });
  });

  it("continues after the database was restarted, also if it created its request during the outage", async () => {
    const dataDir = join(tmpdir(), `countersign-restart-${randomBytes(6).toString("hex")}`);
    const before = await startEmbedded({ dataDir, durable: true });
    await migrate(before.url);
    const other = await startApi({ databaseUrl: before.url });
    const observing = new ApprovalHandler({ url: `${other.url}/graphql`, token });
    try {
      const job = jobOf();
      const workflow = run(job, other.url);
      const id = await requestIdOf(observing, job);
      await before.stop();
      const late = jobOf();
      const lateWorkflow = run(late, other.url);
      const after = await startEmbedded({ dataDir, durable: true, port: before.port });
      try {
        const lateId = await requestIdOf(observing, late);
        await approve("bob", id, other.url);
        await approve("bob", lateId, other.url);
        expect(await resultOf(workflow)).toMatchObject({ success: true, output: { requestId: id } });
        expect(await resultOf(lateWorkflow)).toMatchObject({ success: true, output: { requestId: lateId } });
      } finally {
        await observing.close();
        await other.end("SIGTERM");
        await after.stop();
      }
    } finally {
      other.child.kill("SIGKILL");
      await before.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
