/** Tests which outputs of earlier jobs a handler gets, and how it loads the others. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { Checkpoint } from "../../src/handler/checkpoints.ts";
import {
  createOrchestrator,
  type JobContext,
  type JobDefinition,
  type Orchestrator,
} from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The behaviour of a job, by its id. Default: it succeeds and outputs its id. */
const behaviours = new Map<string, (context: JobContext) => unknown>();
const stored: Checkpoint[] = [];

const execute = async (context: JobContext) => ({
  success: true,
  output: (await behaviours.get(context.jobId)?.(context)) ?? context.jobId,
});

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  const save = async (checkpoint: Checkpoint) => ({ id: String(stored.push(checkpoint)) });
  const storing = new ApprovalHandler({ ...core, userId: "storing", checkpoints: { save } });
  // As a program wraps it, with fields of its own.
  orchestrator.registerHandler("storing", {
    type: "storing",
    execute: (context) => storing.execute({ ...context, results: { ...context.results, given: 7 } }),
  });
  orchestrator.registerHandler("work", { type: "work", execute });
  orchestrator.registerHandler("silent", { type: "silent", execute: async () => ({ success: true }) });
  orchestrator.registerHandler("choosing", {
    type: "choosing",
    loads: (config) => (config as { loads: string[] }).loads,
    execute,
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const work = (id: string, dependencies: string[] = []): JobDefinition => ({ id, type: "work", dependencies });
const start = async (jobs: JobDefinition[]) => {
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "results", jobs }, { executionId });
  return { executionId, result: () => run.result() };
};

describe("a handler", () => {
  it("gets the outputs of its direct dependencies, and loads those of any job before it", async () => {
    behaviours.set("build", () => ({ size: 42 }));
    behaviours.set("deploy", async ({ results, result, allResults }) => {
      const first = await result<{ size: number }>("build");
      first.size = 0;
      return { results, build: await result("build"), all: await allResults() };
    });
    const run = await start([work("deploy", ["test"]), work("test", ["build"]), work("build"), work("elsewhere")]);
    const all = { test: "test", build: { size: 42 } };
    expect((await run.result()).jobs.deploy?.output).toEqual({
      results: { test: "test" },
      build: { size: 42 },
      all,
    });
  });

  it("fails with an error that names the solution when it reads an output that was not loaded", async () => {
    behaviours.set("reads", ({ results }) => results.build);
    const run = await start([work("build"), work("test", ["build"]), work("reads", ["test"])]);
    expect((await run.result()).jobs.reads).toEqual({
      status: "FAILED",
      error: expect.stringContaining('results does not have the output of the job "build"'),
    });
    expect((await run.result()).jobs.reads?.error).toContain('Use await context.result("build").');
  });

  it("gets the output of a failed job, and sees that a skipped job has none", async () => {
    behaviours.set("undo", async ({ results, result }) => [
      (results.gate as { status: string }).status,
      String(await result("deploy")),
      String(await result("empty")),
    ]);
    const run = await start([
      { id: "empty", type: "silent" },
      gate("gate", ["empty"]),
      work("deploy", ["gate"]),
      { ...work("undo", ["gate", "deploy"]), runIf: "always" },
    ]);
    await decide(core, await openRequest(core.pool, run.executionId, "gate"), false);
    expect((await run.result()).jobs.undo?.output).toEqual(["REJECTED", "undefined", "null"]);
  });

  it("finds nothing under a name that no job before it has", async () => {
    behaviours.set("reads", ({ results }) =>
      [results.nothing, results.later, results.constructor === Object].map(String),
    );
    const run = await start([work("build"), work("reads", ["build"]), work("later", ["reads"])]);
    expect((await run.result()).jobs.reads?.output).toEqual(["undefined", "undefined", "true"]);
  });

  it.each(["beside", "later", "asks", "nowhere"])(
    "may not read the output of %s, which is not before it",
    async (id) => {
      behaviours.set("asks", ({ result }) => result(id).catch(({ code, message }) => ({ code, message })));
      const run = await start([work("build"), work("asks", ["build"]), work("beside"), work("later", ["asks"])]);
      expect((await run.result()).jobs.asks?.output).toEqual({
        code: "NOT_FOUND",
        message: `result: there is no job "${id}" before the job "asks"`,
      });
    },
  );

  it("gets the outputs that it names, near and far, and no other", async () => {
    behaviours.set("chooses", ({ results }) => results);
    const run = async (loads: unknown) => {
      const job = { id: "chooses", type: "choosing", dependencies: ["b"], config: { loads } };
      return (await (await start([work("a"), work("b", ["a"]), work("c"), job])).result()).jobs.chooses?.output;
    };
    expect(await run(["a", "c", "nowhere"])).toEqual({ a: "a" });
    expect(await run([])).toEqual({});
    expect(await run(undefined)).toEqual({ b: "b" });
    expect(await run("a")).toEqual({ b: "b" });
  });

  it("loads the outputs of many jobs one by one", async () => {
    const before = Array.from({ length: 50 }, (_, n) => `before-${n}`);
    behaviours.set("joins", async ({ results, result }) => {
      let length = 0;
      for (const id of before) length += (await result<string>(id)).length;
      return { loaded: Object.keys(results).length, length };
    });
    const join = { id: "joins", type: "choosing", dependencies: before, config: { loads: [] } };
    const run = await start([...before.map((id) => work(id)), join]);
    expect((await run.result()).jobs.joins?.output).toEqual({ loaded: 0, length: before.join("").length });
  });
});

describe("a gate", () => {
  const condition = (field: string) => ({
    approvalType: "conditional",
    autoApproveConditions: [{ field, operator: "<", value: 100 }],
  });

  it("loads the outputs that its conditions read, near and far, and no other", async () => {
    behaviours.set("measure", () => ({ size: 42 }));
    behaviours.set("large", () => "x".repeat(1_000_000));
    const run = await start([
      work("measure"),
      work("large", ["measure"]),
      gate("approval", ["large"], condition("results.measure.size")),
    ]);
    expect((await run.result()).jobs.approval?.output).toMatchObject({ status: "APPROVED", decisionSource: "AUTO" });
    const sql = "select results from approval_requests where execution_id = $1";
    const { rows } = await database.pool.query(sql, [run.executionId]);
    expect(rows).toEqual([{ results: { measure: { size: 42 } } }]);
  });

  it("creates a request if its conditions read a job that is not before it", async () => {
    behaviours.set("measure", () => ({ size: 42 }));
    const run = await start([
      work("build"),
      work("measure"),
      gate("approval", ["build"], condition("results.measure.size")),
    ]);
    await decide(core, await openRequest(core.pool, run.executionId, "approval"), true);
    expect((await run.result()).jobs.approval?.output).toMatchObject({ decisionSource: "APPROVER" });
  });

  it("that another handler wraps reads the results that it is given, and stores all outputs in a checkpoint of its own", async () => {
    behaviours.set("measure", () => ({ size: 42 }));
    const config = { ...(gate("", []).config as object), ...condition("results.given"), createCheckpoint: true };
    const run = await start([
      work("measure"),
      work("test", ["measure"]),
      { id: "approval", type: "storing", dependencies: ["test"], config },
    ]);
    expect((await run.result()).jobs.approval?.output).toMatchObject({ decisionSource: "AUTO" });
    expect(stored.at(-1)?.state.results).toEqual({ measure: { size: 42 }, test: "test", given: 7 });
  });
});
