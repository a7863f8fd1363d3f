/** Tests rejected tokens and unavailable services: the run waits, shows the reason, and resumes. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobHandler } from "../../src/handler/job.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, ended, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";
import { type ApiProcess, startApi } from "../support/server/api-process.ts";
import { readLog } from "../support/server/read-log.ts";
import { tokenFor } from "../support/server/server.ts";

let database: TestDatabase;
let core: Core;
let api: ApiProcess;
let orchestrator: Orchestrator | undefined;
let handler: ApprovalHandler | undefined;
const { log, lines } = readLog();

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  api = await startApi({ databaseUrl: database.url });
});
afterAll(async () => {
  await api.end("SIGTERM");
  await core.close();
  await database.drop();
});
afterEach(() => stop());

const SCOPE = { scope: "approvals:request" };

async function launch(token: () => string | Promise<string>, work?: JobHandler["execute"]): Promise<Orchestrator> {
  handler = new ApprovalHandler({ url: `${api.url}/graphql`, token });
  orchestrator = createOrchestrator({ databaseUrl: database.url, log });
  orchestrator.registerHandler("approval", handler);
  if (work) orchestrator.registerHandler("work", { type: "work", execute: work });
  await orchestrator.launch();
  return orchestrator;
}
async function stop() {
  await orchestrator?.shutdown();
  await handler?.close();
  orchestrator = undefined;
}

/** The job's row once it waits for anything but people. */
const waiting = (executionId: string, jobId: string) =>
  eventually(async () => {
    const job = (await jobsOf(core.pool, executionId))[jobId];
    return job?.waiting_for == null ? undefined : job;
  });
const attemptsOf = async (executionId: string) =>
  (
    await core.pool.query(
      `select a.number, a.outcome, a.error from workflow_run_attempts a join workflow_runs r on r.id = a.run_id
        where r.execution_id = $1 order by a.number`,
      [executionId],
    )
  ).rows;

describe("a gate", () => {
  it("waits while its token has expired, and creates its request with the next one", async () => {
    const executionId = randomUUID();
    const expired = await tokenFor("orchestrator", { ...SCOPE, expiresIn: -60 });
    let token = expired;
    await (await launch(() => token)).start({ id: "release", jobs: [gate("gate", [])] }, { executionId });
    const job = await waiting(executionId, "gate");
    expect(job).toMatchObject({ status: "RUNNING", waiting_for: "TOKEN", failures: 0, error: null });
    expect(job.waiting_reason).toMatch(/^The server refused the token: .*The job waits until/);
    expect(await attemptsOf(executionId)).toMatchObject([{ outcome: "FAILED", error: expect.stringMatching(/token/) }]);
    const line = lines.find(({ level }) => level === 50);
    expect(line).toMatchObject({ type: "approval", jobs: 1, msg: expect.stringMatching(/token of this process is/) });
    expect(JSON.stringify(lines)).not.toContain(expired);
    token = await tokenFor("orchestrator", SCOPE);
    await decide(core, await openRequest(core.pool, executionId, "gate"), true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
    expect((await jobsOf(core.pool, executionId)).gate).toMatchObject({ waiting_for: null, waiting_reason: null });
  });

  it("waits while the server has another secret, and a gate that has created its request does not notice", async () => {
    const executionId = randomUUID();
    const token = await tokenFor("orchestrator", SCOPE);
    const jobs = [gate("first", []), gate("second", ["first"])];
    await (await launch(() => token)).start({ id: "release", jobs }, { executionId });
    const first = await openRequest(core.pool, executionId, "first");
    const port = Number(new URL(api.url).port);
    const restart = async (env: Record<string, string> = {}) => {
      await api.end("SIGTERM");
      api = await startApi({ databaseUrl: database.url, port, env });
    };
    await restart({ AUTH_JWT_SECRET: "another secret of at least 32 bytes" });
    await decide(core, first, true);
    expect(await waiting(executionId, "second")).toMatchObject({ status: "RUNNING", waiting_for: "TOKEN" });
    expect((await jobsOf(core.pool, executionId)).first).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
    await restart();
    await decide(core, await openRequest(core.pool, executionId, "second"), false);
    expect(await ended(core.pool, executionId)).toBe("FAILED");
    expect((await jobsOf(core.pool, executionId)).second).toMatchObject({ error: "Rejected by bob: no.", failures: 0 });
  });

  it("waits while the client of its handler is closed, and another process takes it over", async () => {
    const executionId = randomUUID();
    const token = await tokenFor("orchestrator", SCOPE);
    const first = await launch(() => token);
    await handler?.close();
    await first.start({ id: "release", jobs: [gate("gate", [])] }, { executionId });
    expect(await waiting(executionId, "gate")).toMatchObject({ waiting_for: "RETRY", failures: 0 });
    await stop();
    await launch(() => token);
    await decide(core, await openRequest(core.pool, executionId, "gate"), true);
    expect(await ended(core.pool, executionId)).toBe("SUCCEEDED");
  });
});

describe("a job whose handler throws", () => {
  const failing = (code: string, times: number, fields: object = {}) => {
    let calls = 0;
    return async () => {
      if (++calls <= times) throw Object.assign(new Error("out of order"), { code, ...fields });
      return { success: true, output: calls };
    };
  };
  const run = async (work: JobHandler["execute"]) => {
    const executionId = randomUUID();
    const started = await (await launch(() => "none", work)).start(
      { id: "work", jobs: [{ id: "job", type: "work" }] },
      { executionId },
    );
    return { executionId, started };
  };

  it.each([
    ["UNAUTHENTICATED", "TOKEN"],
    ["UNAVAILABLE", "RETRY"],
  ])("%s is called again without retries, and waits for %s", async (code, waitingFor) => {
    const { executionId, started } = await run(failing(code, 1));
    expect(await waiting(executionId, "job")).toMatchObject({ waiting_for: waitingFor, due_at: expect.any(Date) });
    expect((await started.result()).jobs.job).toEqual({ status: "SUCCEEDED", output: 2 });
    expect((await jobsOf(core.pool, executionId)).job).toMatchObject({ failures: 0, attempts: 2, due_at: null });
  });

  it("UNAVAILABLE again and again has the first and the last of these attempts stored", async () => {
    const { executionId, started } = await run(failing("UNAVAILABLE", 3));
    expect((await started.result()).status).toBe("SUCCEEDED");
    const attempts = await attemptsOf(executionId);
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, "FAILED"],
      [3, "FAILED"],
      [4, "SUCCEEDED"],
    ]);
  });

  it.each([
    ["UNAVAILABLE", { retryable: false }],
    ["RATE_LIMITED", {}],
    ["CONNECTION_FAILED", {}],
  ])("%s of its own with %j has failed", async (code, fields) => {
    const { started } = await run(failing(code, 1, fields));
    expect((await started.result()).jobs.job).toEqual({ status: "FAILED", error: "out of order" });
  });
});
