/** Tests the limits of an orchestrator: invalid and large documents, and reasons. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { gate, openRequest } from "../support/orchestrator/orchestrator.ts";

const log = pino({ level: "silent" });
let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;

/** An orchestrator that is not launched. */
function orchestratorOf(name?: string): Orchestrator {
  const made = createOrchestrator({ databaseUrl: database.url, log, ...(name && { name }) });
  made.registerHandler("approval", new ApprovalHandler(core));
  made.registerHandler("work", { type: "work", execute: async () => ({ success: true }) });
  return made;
}

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = orchestratorOf();
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const work = (id: string, dependencies: string[] = [], more: object = {}) => ({
  id,
  type: "work",
  dependencies,
  ...more,
});
const start = (workflow: unknown, executionId: unknown = randomUUID()) =>
  orchestrator.start(workflow as WorkflowDefinition, { executionId: executionId as string });
const issuesOf = async (workflow: unknown, executionId?: unknown): Promise<{ path: string; message: string }[]> =>
  (await start(workflow, executionId).catch((caught) => caught)).issues;

const circle: Record<string, unknown> = {};
circle.itself = circle;

describe("a document", () => {
  it("is refused with readable errors, whatever it contains", async () => {
    const nobody = Object.create(null);
    const jobs = [
      work("a", [1n] as never),
      work("b", circle as never, { retries: { attempts: 2n } }),
      work("c", [circle] as never, { retries: circle }),
      { id: 1n, type: circle },
      work("e", [], { config: { n: 1n, circle } }),
      1n,
    ];
    const issues = await issuesOf({ id: nobody, jobs }, 7n);
    const told = issues.map(({ path, message }) => `${path}: ${message}`);
    expect(told.filter((line) => !line.startsWith("jobs.4.config.circle"))).toEqual([
      "executionId: must be a string, not 7n",
      "id: must be a string, not {}",
      "jobs.0.dependencies.0: there is no job 1n",
      expect.stringMatching(/^jobs.1.dependencies: must be a list of the ids of other jobs, not .*Circular/),
      "jobs.1.retries.attempts: must be a whole number from 1 to 100, not 2n",
      expect.stringMatching(/^jobs.2.dependencies.0: there is no job .*Circular/),
      "jobs.2.retries.itself: is not a field of retries; known fields: attempts, delayMs, backoff, losses",
      "jobs.3.id: must be a string, not 1n",
      expect.stringMatching(/^jobs.3.type: there is no handler for .*Circular.*; registered types: approval, work$/),
      "jobs.4.config.n: bigint is not a JSON value",
      "jobs.5: must be a job, { id, type, dependencies, config }, not 1n",
    ]);
  });

  it("is refused above 4 MiB as a whole, and accepted below", async () => {
    const filled = (jobs: number) => ({
      id: "large",
      jobs: Array.from({ length: jobs }, (_, n) => work(`job-${n}`, [], { config: { text: "x".repeat(1_000_000) } })),
    });
    const [issue] = await issuesOf(filled(5));
    expect(issue).toEqual({
      path: "",
      message: expect.stringMatching(/^is 50\d{5} bytes of JSON in all; at most 4194304 \(4 MiB\) are allowed$/),
    });
    expect((await (await start(filled(4))).result()).status).toBe("SUCCEEDED");
  });

  it("of a thousand jobs that all wait for all is refused with some of the circles", async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `j${n}`);
    const issues = await issuesOf({ id: "dense", jobs: ids.map((id) => work(id, ids)) });
    expect(issues).toHaveLength(20);
    expect(issues[0]).toEqual({ path: "jobs.0.dependencies", message: "form a cycle: j0 → j0" });
    expect(Math.max(...issues.map(({ message }) => message.length))).toBeLessThan(500);
  });
});

describe("the reason for which a run is cancelled", () => {
  it.each([
    ["too long", "x".repeat(100_001), "has 100001 characters; at most 100000 are allowed"],
    ["text that cannot be stored", "a\0b", "has a NUL character (U+0000), which cannot be stored"],
    ["half a character", "\ud800", "has half of a surrogate pair, which is not valid Unicode"],
    ["not text", { code: 1 }, 'must be a string, not {"code":1}'],
  ])("is refused if it is %s, before any job is asked to end", async (_what, reason, message) => {
    const executionId = randomUUID();
    await start({ id: "gated", jobs: [gate("approval", [])] }, executionId);
    await openRequest(core.pool, executionId, "approval");
    const refused = orchestrator.cancel("gated", executionId, reason as string);
    await expect(refused).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "reason", message }] });
    expect(await orchestrator.inspect("gated", executionId)).toMatchObject({ cancelRequestedAt: null });
    expect(await orchestrator.cancel("gated", executionId)).toBe("CANCELLED");
  });

  it.each([
    ["as long as it may be", "x".repeat(100_000)],
    ["blank", " "],
  ])("ends the request if it is %s", async (_what, reason) => {
    const executionId = randomUUID();
    await start({ id: "gated", jobs: [gate("approval", [])] }, executionId);
    const id = await openRequest(core.pool, executionId, "approval");
    expect(await orchestrator.cancel("gated", executionId, reason)).toBe("CANCELLED");
    const { rows } = await core.pool.query("select status from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED" }]);
  });

  it("ends the request also if it was written without the orchestrator, and is longer than it may be", async () => {
    const executionId = randomUUID();
    const run = await start({ id: "gated", jobs: [gate("approval", [])] }, executionId);
    const id = await openRequest(core.pool, executionId, "approval");
    const sql =
      "update workflow_runs set cancel_requested_at = now(), cancel_reason = repeat('x', 100001) where id = $1";
    await core.pool.query(sql, [run.id]);
    expect((await run.result()).status).toBe("CANCELLED");
    const { rows } = await core.pool.query("select status from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED" }]);
  });
});
