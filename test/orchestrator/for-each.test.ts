/**
 * Tests jobs that run once for each entry of a list: their order, their outcome, their rows, and gates for each entry.
 */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { ForEach, JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { attemptsOf, decide, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The behaviour of each job, by its id or the id of its items. */
const behaviours = new Map<string, (context: JobContext) => unknown>();
const calls: JobContext[] = [];

async function launch(options: object = {}): Promise<Orchestrator> {
  const made = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }), ...options });
  made.registerHandler("approval", new ApprovalHandler(core));
  made.registerHandler("work", {
    type: "work",
    async execute(context) {
      calls.push(context);
      const behaviour = behaviours.get(context.jobId) ?? behaviours.get(context.jobId.split("[", 1)[0] as string);
      return { success: true, output: (await behaviour?.(context)) ?? context.item ?? context.jobId };
    },
  });
  await made.launch();
  return made;
}
beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
});
beforeEach(async () => {
  calls.length = 0;
  behaviours.clear();
  orchestrator = await launch();
});
afterEach(() => orchestrator.shutdown());
afterAll(async () => {
  await core.close();
  await database.drop();
});

const work = (id: string, more: object = {}): JobDefinition => ({ id, type: "work", ...more });
const each = (items: ForEach["items"], more: Partial<ForEach> = {}) => ({ forEach: { items, ...more } });
const start = async (jobs: readonly JobDefinition[], options: object = {}) => {
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "fan-out", jobs } as WorkflowDefinition, { executionId, ...options });
  return { executionId, run };
};
const found = async (executionId: string) => {
  const run = await orchestrator.find("fan-out", executionId);
  if (run === null) throw new Error("there is no such run");
  return run.result();
};

describe("a job with forEach", () => {
  it("is called once for each entry of an earlier output, and outputs the list of results in order", async () => {
    behaviours.set("plan", () => ({ regions: [{ name: "eu" }, null, "us"] }));
    behaviours.set("deploy", ({ index }) => `done ${index}`);
    const { executionId, run } = await start([
      work("plan"),
      work("deploy", { dependencies: ["plan"], ...each("results.plan.regions") }),
      work("after", { dependencies: ["deploy"] }),
    ]);
    const { status, jobs } = await run.result();
    expect(status).toBe("SUCCEEDED");
    expect(jobs.deploy).toEqual({ status: "SUCCEEDED", output: ["done 0", "done 1", "done 2"] });
    expect(Object.keys(jobs)).toEqual(["plan", "deploy", "after"]);
    expect(calls.at(-1)?.results).toEqual({ deploy: ["done 0", "done 1", "done 2"] });
    const items = calls.filter(({ index }) => index !== undefined).sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
    expect(items.map(({ jobId, item, index, results }) => [jobId, item, index, results])).toEqual(
      [{ name: "eu" }, null, "us"].map((item, index) => {
        return [`deploy[${index}]`, item, index, { plan: { regions: [{ name: "eu" }, null, "us"] } }];
      }),
    );
    expect(new Set(items.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
    expect((await jobsOf(database.pool, executionId))["deploy[2]"]).toMatchObject({
      status: "SUCCEEDED",
      item: "us",
      item_index: 2,
      item_of: "deploy",
      attempts: 1,
    });
  });

  it("succeeds with an empty list, takes one from the input or the document, and fails with a value that is not a list", async () => {
    const tooMany = Array.from({ length: 1_001 }, (_, index) => index);
    const { run } = await start(
      [
        work("none", each([])),
        work("given", each("input.names")),
        work("literal", each([1, 2])),
        work("text", each("input.text")),
        work("missing", each("input.other")),
        work("many", each("input.tooMany")),
      ],
      { input: { names: ["a"], text: "a", tooMany } },
    );
    const { jobs } = await run.result();
    expect(jobs.none).toEqual({ status: "SUCCEEDED", output: [] });
    expect([jobs.given?.output, jobs.literal?.output]).toEqual([["a"], [1, 2]]);
    expect([jobs.text?.error, jobs.missing?.error, jobs.many?.error]).toEqual([
      'forEach.items: input.text must be a list, not "a"',
      "forEach.items: input.other has no value",
      "forEach.items: input.tooMany has 1001 entries; at most 1000 are allowed",
    ]);
  });

  it("runs no more items at once than its concurrency, and no more than there are slots", async () => {
    let running = 0;
    let most = 0;
    /** The first items end when so many of them run. */
    let full = { at: 3, ...Promise.withResolvers<void>() };
    behaviours.set("narrow", async () => {
      most = Math.max(most, ++running);
      if (running === full.at) full.resolve();
      await full.promise;
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
    });
    const items = Array.from({ length: 12 }, (_, index) => index);
    await (await start([work("narrow", each(items, { concurrency: 3 }))])).run.result();
    expect(most).toBe(3);
    await orchestrator.shutdown();
    orchestrator = await launch({ concurrency: { work: 2 } });
    most = 0;
    full = { at: 2, ...Promise.withResolvers<void>() };
    const { run } = await start([work("narrow", each(items, { concurrency: 12 }))]);
    expect((await run.result()).status).toBe("SUCCEEDED");
    expect(most).toBe(2);
  });

  it("retries each item separately, starts no more items after one has failed, and starts all with continueOnError", async () => {
    const fails = ({ item, jobId }: JobContext) => {
      if (item === "bad") throw new Error(`no ${jobId}`);
    };
    behaviours.set("first", fails);
    behaviours.set("all", fails);
    const items = ["a", "bad", "c", "bad"];
    const { executionId, run } = await start([
      work("first", { ...each(items, { concurrency: 1 }), retries: { attempts: 2, delayMs: 1 } }),
      work("all", each(items, { concurrency: 1, continueOnError: true })),
    ]);
    const { jobs } = await run.result();
    expect(jobs.first).toEqual({
      status: "FAILED",
      error: "first[1] failed: no first[1]",
      output: ["a", null, null, null],
    });
    expect(jobs.all).toEqual({
      status: "FAILED",
      error: "all[1] failed: no all[1] (1 more failed)",
      output: ["a", null, "c", null],
    });
    expect(await attemptsOf(database.pool, executionId, "first[1]")).toHaveLength(2);
    const rows = await jobsOf(database.pool, executionId);
    expect([rows["first[2]"]?.status, rows["first[2]"]?.reason, rows["first[2]"]?.attempts]).toEqual([
      ...["SKIPPED", "It did not start, because another item failed.", 0],
    ]);
  });

  it("fails if the outputs of its items are larger than an output may be", async () => {
    behaviours.set("big", () => "x".repeat(600_000));
    const { jobs } = await (await start([work("big", each([1, 2]))])).run.result();
    expect(jobs.big?.error).toMatch(/^The outputs of its items are 120\d+ bytes of JSON together; at most 1048576/);
  });

  it("repeats only the items that had not ended when its process stopped", async () => {
    const held = Promise.withResolvers<void>();
    behaviours.set("item[1]", () => held.promise);
    const { executionId } = await start([work("item", each(["a", "b", "c"], { concurrency: 2 }))]);
    await eventually(async () => calls.some(({ index }) => index === 2) || undefined);
    await eventually(
      async () => (await jobsOf(database.pool, executionId))["item[2]"]?.status === "SUCCEEDED" || undefined,
    );
    await orchestrator.shutdown();
    behaviours.clear();
    calls.length = 0;
    orchestrator = await launch();
    expect((await found(executionId)).jobs.item?.output).toEqual(["a", "b", "c"]);
    expect(calls.map(({ index }) => index)).toEqual([1]);
  });

  it("is retried in place with the items that had not succeeded", async () => {
    behaviours.set("item[1]", () => Promise.reject(new Error("no luck")));
    const { executionId, run } = await start([work("item", each(["a", "b", "c"], { concurrency: 1 }))]);
    expect((await run.result()).status).toBe("FAILED");
    behaviours.clear();
    calls.length = 0;
    await orchestrator.retry("fan-out", executionId, "item");
    await eventually(async () => (await jobsOf(database.pool, executionId)).item?.status === "SUCCEEDED" || undefined);
    expect((await found(executionId)).jobs.item?.output).toEqual(["a", "b", "c"]);
    expect(calls.map(({ index }) => index)).toEqual([1, 2]);
  });

  it("starts a run for each entry, with the entry in the input", async () => {
    const config = {
      workflow: { id: "regional", jobs: [work("inner")] },
      inputFrom: { region: "item.name", nth: "index" },
    };
    const { executionId, run } = await start([
      { id: "deploy", type: "workflow", config, ...each([{ name: "eu" }, { name: "us" }]) },
    ]);
    const { jobs } = await run.result();
    expect(jobs.deploy?.output).toMatchObject([{ status: "SUCCEEDED" }, { status: "SUCCEEDED" }]);
    expect(calls.map(({ input }) => input)).toEqual(
      expect.arrayContaining([
        { region: "eu", nth: 0 },
        { region: "us", nth: 1 },
      ]),
    );
    const { rows } = await database.pool.query(
      `select c.parent_job_id from workflow_runs c join workflow_runs p on p.id = c.parent_run_id
        where p.execution_id = $1 order by 1`,
      [executionId],
    );
    expect(rows).toEqual([{ parent_job_id: "deploy[0]" }, { parent_job_id: "deploy[1]" }]);
  });
});

describe("a gate with forEach", () => {
  const regions = [{ name: "eu" }, { name: "us" }];
  const approve: JobDefinition = {
    ...gate("approve", [], { title: "Deploy to {item.name} ({index})?", context: { of: "shop" } }),
    ...each(regions),
  };

  it("creates a request that names each entry, and continues when all are approved, also in another process", async () => {
    const { executionId } = await start([approve, work("after", { dependencies: ["approve"] })]);
    const first = await openRequest(database.pool, executionId, "approve[0]");
    const second = await openRequest(database.pool, executionId, "approve[1]");
    const { rows } = await database.pool.query("select title, context from approval_requests where id = $1", [second]);
    expect(rows[0]).toEqual({
      title: "Deploy to us (1)?",
      context: { of: "shop", item: { name: "us" }, index: 1 },
    });
    await decide(core, first, true);
    await eventually(
      async () => (await jobsOf(database.pool, executionId))["approve[0]"]?.status === "SUCCEEDED" || undefined,
    );
    await orchestrator.shutdown();
    orchestrator = await launch();
    await decide(core, second, true);
    const { status, jobs } = await found(executionId);
    expect(status).toBe("SUCCEEDED");
    expect(jobs.approve?.output).toMatchObject([{ requestId: first }, { requestId: second }]);
    const asked = "select count(*)::int as n from approval_requests where execution_id = $1";
    expect((await database.pool.query(asked, [executionId])).rows[0].n).toBe(2);
  });

  it("waits for all of its requests if one is rejected, and then fails", async () => {
    const { executionId, run } = await start([approve, work("after", { dependencies: ["approve"] })]);
    await decide(core, await openRequest(database.pool, executionId, "approve[0]"), false);
    const second = await openRequest(database.pool, executionId, "approve[1]");
    expect((await jobsOf(database.pool, executionId)).approve?.status).toBe("RUNNING");
    await decide(core, second, true);
    const { jobs } = await run.result();
    expect(jobs.approve?.error).toMatch(/^approve\[0\] failed: /);
    expect(jobs.approve?.output).toMatchObject([{ status: "REJECTED" }, { status: "APPROVED" }]);
    expect(jobs.after?.status).toBe("SKIPPED");
  });

  it("cancels all of its requests when the run is cancelled, and creates no more", async () => {
    const { executionId, run } = await start([{ ...approve, ...each(["a", "b", "c"], { concurrency: 2 }) }]);
    const open = [
      await openRequest(database.pool, executionId, "approve[0]"),
      await openRequest(database.pool, executionId, "approve[1]"),
    ];
    expect(await orchestrator.cancel("fan-out", executionId, "changed plans")).toBe("CANCELLED");
    expect((await run.result()).jobs.approve?.status).toBe("CANCELLED");
    const { rows } = await database.pool.query(
      "select id, status from approval_requests where execution_id = $1 order by created_at",
      [executionId],
    );
    expect(rows).toEqual(expect.arrayContaining(open.map((id) => ({ id, status: "CANCELLED" }))));
    expect(rows).toHaveLength(2);
    expect((await jobsOf(database.pool, executionId))["approve[2]"]).toMatchObject({
      status: "CANCELLED",
      attempts: 0,
      reason: "The run was cancelled: changed plans",
    });
  });

  it("cancels its requests also when the run is cancelled while no process runs it", async () => {
    const { executionId } = await start([approve]);
    const id = await openRequest(database.pool, executionId, "approve[1]");
    await openRequest(database.pool, executionId, "approve[0]");
    await orchestrator.shutdown();
    const cancel =
      "update workflow_runs set cancel_requested_at = now(), cancel_reason = 'gone' where execution_id = $1";
    await database.pool.query(cancel, [executionId]);
    orchestrator = await launch();
    const { status, jobs } = await found(executionId);
    expect([status, jobs.approve?.status]).toEqual(["CANCELLED", "CANCELLED"]);
    const { rows } = await database.pool.query("select status from approval_requests where id = $1", [id]);
    expect(rows).toEqual([{ status: "CANCELLED" }]);
  });
});

it("a document with forEach is refused with every fault at once", async () => {
  const jobs = [
    work("a", { forEach: 7 }),
    work("b", { forEach: { items: Array.from({ length: 1_001 }, () => 0), concurrency: 101, extra: 1 } }),
    work("c", { forEach: { items: "context.x", concurrency: 0, continueOnError: "yes" } }),
    work("d", { forEach: { items: "results.gone.x" } }),
    work("e", { forEach: { items: "results.f.x" } }),
    work("f", each([1])),
    work("f[0]"),
    work("g", { forEach: {} }),
  ];
  const issues = await start(jobs).catch((error) => error.issues);
  expect((issues as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "jobs.0.forEach: must be { items, concurrency, continueOnError }, not 7",
    "jobs.1.forEach.extra: is not a known field; known fields: items, concurrency, continueOnError",
    "jobs.1.forEach.items: has 1001 entries; at most 1000 are allowed",
    "jobs.1.forEach.concurrency: must be a whole number from 1 to 100, not 101",
    'jobs.2.forEach.items: must start with one of results, input, but is "context.x"',
    "jobs.2.forEach.concurrency: must be a whole number from 1 to 100, not 0",
    'jobs.2.forEach.continueOnError: must be true or false, not "yes"',
    'jobs.3.forEach.items: there is no job "gone"',
    'jobs.6.id: "f[0]" is the id of an item of the job "f"',
    "jobs.7.forEach.items: must be a list, or a path such as results.plan.regions, not undefined",
    'jobs.4.forEach.items: "f" does not come before "e"; add it to the dependencies',
  ]);
});
