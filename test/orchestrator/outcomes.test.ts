/**
 * Tests branches on an outcome in a running orchestrator: rejected gates, conditions, cancelled runs, compensations.
 */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { JobDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;
/** The calls of the jobs of type `work`, in order. */
const calls: JobContext[] = [];
/** The behaviour of a job, by its id. Default: it succeeds and outputs its id. */
const behaviours = new Map<string, (context: JobContext) => unknown>();

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  orchestrator.registerHandler("work", {
    type: "work",
    async execute(context) {
      calls.push(context);
      const output = (await behaviours.get(context.jobId)?.(context)) ?? context.jobId;
      return { success: true, output };
    },
  });
  orchestrator.registerHandler("broken", {
    type: "broken",
    execute: async () => ({ success: false, error: "out of order", output: { code: 7 } }),
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const work = (id: string, dependencies: string[] = [], more: Partial<JobDefinition> = {}): JobDefinition => ({
  id,
  type: "work",
  dependencies,
  ...more,
});
const broken = (id: string, dependencies: string[] = [], more: Partial<JobDefinition> = {}): JobDefinition => ({
  ...work(id, dependencies, more),
  type: "broken",
});
const start = async (jobs: readonly JobDefinition[], more: object = {}) => {
  const executionId = randomUUID();
  const run = await orchestrator.start({ id: "release", jobs, ...more }, { executionId });
  return { executionId, run };
};
const calledIn = (executionId: string) => calls.filter((call) => call.executionId === executionId);
const idsCalledIn = (executionId: string) => calledIn(executionId).map(({ jobId }) => jobId);
const statusesOf = (jobs: Record<string, { status: string }>) =>
  Object.fromEntries(Object.entries(jobs).map(([id, { status }]) => [id, status]));
/** Runs until its signal is aborted. */
const endless = ({ signal }: JobContext) => {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => reject(signal.reason));
  return promise;
};

describe("a document with branches", () => {
  const issuesOf = async (jobs: unknown) => {
    const workflow = { id: "release", jobs: jobs as JobDefinition[] };
    const error = await orchestrator.start(workflow, { executionId: randomUUID() }).catch((caught) => caught);
    return (error.issues as { path: string; message: string }[]).map(({ path, message }) => `${path}: ${message}`);
  };

  it("is refused with every fault of its branches at once", async () => {
    const condition = (field: string, operator = "==", value: unknown = 1) => ({ field, operator, value });
    const issues = await issuesOf([
      work("a", [], { runIf: "sometimes" as never, allowFailure: "yes" as never }),
      work("b", [], { runIf: "failed" }),
      work("c", ["a"], { when: [] }),
      work("d", ["a"], { when: [condition("context.a"), condition("results.a.x", "=~"), condition("results")] }),
      work("e", ["a"], { when: [condition("results.nowhere.x"), condition("jobs.a.error"), condition("results.f.x")] }),
      work("f", ["e"], { compensates: "e", runIf: "always" }),
      work("g", ["f"], { compensates: "f" }),
      work("j", ["a"], { when: "results.a.x" as never }),
      work("k.l"),
      work("m", ["k.l"], { when: [condition("results.k.l.x")] }),
    ]);
    expect(issues).toEqual([
      'jobs.0.runIf: must be one of succeeded, failed, always, not "sometimes"',
      'jobs.0.allowFailure: must be true or false, not "yes"',
      "jobs.1.runIf: cannot be failed without dependencies: no job before this one can fail",
      "jobs.2.when: must have at least one condition",
      'jobs.3.when.0.field: must start with one of results, jobs, input, but is "context.a"',
      'jobs.3.when.1.operator: must be one of == != > >= < <= contains startsWith endsWith in notIn EQ NE GT GTE LT LTE CONTAINS STARTS_WITH ENDS_WITH IN NOT_IN, not "=~"',
      'jobs.3.when.2.field: must name a field below results, as in results.amount, but is "results"',
      'jobs.4.when.0.field: there is no job "nowhere"',
      'jobs.4.when.1.field: must be jobs.a.status, the only field of a job, but is "jobs.a.error"',
      "jobs.5.runIf: cannot be used with compensates, which defines when the job runs",
      'jobs.6.compensates: "f" is a compensation, and cannot be compensated',
      'jobs.6.dependencies.0: "f" compensates another job, so it runs after all jobs that do not',
      'jobs.7.when: must be a list, not "results.a.x"',
      'jobs.9.when.0.field: leads to the job "k" and not to the job "k.l": the dots of a path separate names; give the job an id without dots',
      'jobs.4.when.2.field: "f" does not come before "e"; add it to the dependencies',
    ]);
  });

  it("is refused if compensations name no other job, or form a circle", async () => {
    const when = [{ field: "results.a.x", operator: "==", value: 1 }];
    const jobs = [
      work("a", ["undo"], { when }),
      work("undo", [], { compensates: "a" }),
      work("self", [], { compensates: "self", when }),
      work("none", [], { compensates: "nowhere" }),
      work("odd", [], { compensates: 1 as never }),
    ];
    expect(await issuesOf(jobs)).toEqual([
      'jobs.0.dependencies.0: "undo" compensates another job, so it runs after all jobs that do not',
      "jobs.2.compensates: must name another job",
      'jobs.3.compensates: there is no job "nowhere"',
      "jobs.4.compensates: there is no job 1",
    ]);
  });

  it("is refused if a condition reads a job that does not come before it, near or far", async () => {
    const onBuild = [{ field: "results.build.size", operator: "<", value: 100 }];
    expect(await issuesOf([work("build"), work("test", ["build"]), work("deploy", [], { when: onBuild })])).toEqual([
      'jobs.2.when.0.field: "build" does not come before "deploy"; add it to the dependencies',
    ]);
    const { run } = await start([work("build"), work("test", ["build"]), work("deploy", ["test"], { when: onBuild })]);
    expect((await run.result()).jobs.deploy?.status).toBe("SKIPPED");
  });
});

describe("a gate with a job for its rejection", () => {
  const rejected = [{ field: "results.approval.status", operator: "==", value: "REJECTED" }];
  const jobs = [
    work("stage"),
    gate("approval", ["stage"]),
    work("deploy", ["approval"]),
    work("roll-back", ["approval"], { when: rejected }),
    work("tell", ["approval"], { runIf: "failed" }),
    work("clean", ["deploy", "roll-back"], { runIf: "always" }),
  ];

  it("runs that job, and not the jobs after an approval, once it is rejected", async () => {
    const { executionId, run } = await start(jobs);
    await decide(core, await openRequest(core.pool, executionId, "approval"), false);
    const { status, jobs: ends } = await run.result();
    expect(status).toBe("FAILED");
    expect(statusesOf(ends)).toEqual({
      stage: "SUCCEEDED",
      approval: "FAILED",
      deploy: "SKIPPED",
      "roll-back": "SUCCEEDED",
      tell: "SUCCEEDED",
      clean: "SUCCEEDED",
    });
    const rollBack = calledIn(executionId).find(({ jobId }) => jobId === "roll-back");
    expect(rollBack?.results).toMatchObject({ approval: { status: "REJECTED", decidedBy: "bob", comment: "no" } });
  });

  it("skips that job with the condition as reason once it is approved", async () => {
    const { executionId, run } = await start(jobs);
    await decide(core, await openRequest(core.pool, executionId, "approval"), true);
    const { status, jobs: ends } = await run.result();
    expect(status).toBe("SUCCEEDED");
    expect(ends["roll-back"]).toEqual({
      status: "SKIPPED",
      reason: 'Its condition does not hold: results.approval.status == "REJECTED". The value is "APPROVED".',
    });
    expect(ends.tell).toEqual({ status: "SKIPPED", reason: "No job before tell failed." });
    expect(idsCalledIn(executionId)).toEqual(["stage", "deploy", "clean"]);
  });

  it("does not let an approval pass that does not count", async () => {
    const approved = [{ field: "results.approval.status", operator: "==", value: "APPROVED" }];
    const always = [{ field: "config.title", operator: "startsWith", value: "May" }];
    const config = { decisionSource: "approver", approvalType: "conditional", autoApproveConditions: always };
    const { executionId, run } = await start([
      gate("approval", [], config),
      work("deploy", ["approval"], { when: approved }),
      work("tell", ["approval"], { runIf: "failed", when: approved }),
    ]);
    const { jobs: ends } = await run.result();
    expect(ends.approval).toMatchObject({ status: "FAILED", output: { status: "APPROVED" } });
    expect(ends.deploy?.status).toBe("SKIPPED");
    expect(idsCalledIn(executionId)).toEqual(["tell"]);
  });

  it("may be rejected without making the run FAILED", async () => {
    const allowed = jobs.map((job) => (job.id === "approval" ? { ...job, allowFailure: true } : job));
    const { executionId, run } = await start(allowed);
    await decide(core, await openRequest(core.pool, executionId, "approval"), false);
    const { status, jobs: ends } = await run.result();
    expect([status, ends.approval?.status, ends.deploy?.status]).toEqual(["SUCCEEDED", "FAILED", "SKIPPED"]);
  });
});

describe("conditions of a job", () => {
  it("read outputs and statuses near and far, and do not hold if one is missing", async () => {
    behaviours.set("measure", () => ({ size: 42, tags: ["canary"] }));
    const when = (field: string, operator: string, value: unknown) => [{ field, operator, value }];
    const { executionId, run } = await start([
      work("measure"),
      broken("scan", ["measure"]),
      work("small", ["measure"], { when: when("results.measure.size", "<", 100) }),
      work("large", ["measure"], { when: when("results.measure.size", "GTE", 100) }),
      work("canary", ["small"], { when: when("results.measure.tags", "contains", "canary") }),
      work("missing", ["measure"], { when: when("results.measure.weight", "!=", 1) }),
      work("odd", ["measure"], { when: when("results.measure.size", "!=", "42") }),
      work("report", ["scan"], { runIf: "always", when: when("results.scan.code", "==", 7) }),
      work("quarantine", ["scan"], { when: when("jobs.scan.status", "==", "FAILED") }),
      work("release", ["scan"], { when: when("results.scan.code", "==", 7) }),
    ]);
    const { jobs: ends } = await run.result();
    expect(idsCalledIn(executionId).toSorted()).toEqual(["canary", "measure", "quarantine", "report", "small"]);
    expect(ends.missing?.reason).toBe(
      "Its condition cannot be evaluated: results.measure.weight has no value, and measure is SUCCEEDED.",
    );
    expect(ends.odd?.reason).toContain("does not hold");
    expect(ends.release?.reason).toBe("scan failed: out of order");
  });
});

describe("conditions on the input of a run", () => {
  it("choose the jobs, also the first ones", async () => {
    const when = (operator: string, value: unknown) => [{ field: "input.stage", operator, value }];
    const jobs = [
      work("production", [], { when: when("==", "production") }),
      work("trial", [], { when: when("!=", "production") }),
      work("none", [], { when: [{ field: "input.other", operator: "!=", value: 1 }] }),
    ];
    const executionId = randomUUID();
    const run = await orchestrator.start({ id: "release", jobs }, { executionId, input: { stage: "trial" } });
    const { jobs: ends } = await run.result();
    expect(idsCalledIn(executionId)).toEqual(["trial"]);
    expect(ends.none?.reason).toBe("Its condition cannot be evaluated: input.other has no value.");
  });
});

describe("a cancelled run", () => {
  it('runs the jobs with runIf "always", and compensates the succeeded jobs with their outputs', async () => {
    behaviours.set("wait", endless);
    behaviours.set("charge", () => ({ receipt: 17 }));
    let failures = 0;
    behaviours.set("refund", () => {
      if (failures++ < 2) throw new Error("not yet");
    });
    const { executionId, run } = await start([
      work("reserve"),
      work("charge", ["reserve"]),
      work("wait", ["charge"]),
      work("deploy", ["wait"]),
      work("tell", ["wait"], { runIf: "failed" }),
      work("clean", ["deploy"], { runIf: "always" }),
      work("release", [], { compensates: "reserve" }),
      work("refund", [], { compensates: "charge", retries: { attempts: 3, delayMs: 1 } }),
      work("stop", [], { compensates: "deploy" }),
    ]);
    await expect.poll(() => idsCalledIn(executionId)).toContain("wait");
    expect(await orchestrator.cancel("release", executionId, "changed plans")).toBe("CANCELLED");
    const { status, jobs: ends } = await run.result();
    expect(status).toBe("CANCELLED");
    expect(statusesOf(ends)).toEqual({
      reserve: "SUCCEEDED",
      charge: "SUCCEEDED",
      wait: "CANCELLED",
      deploy: "CANCELLED",
      tell: "CANCELLED",
      clean: "SUCCEEDED",
      release: "SUCCEEDED",
      refund: "SUCCEEDED",
      stop: "SKIPPED",
    });
    expect(ends.stop?.reason).toBe("deploy did not run, so there is nothing to undo.");
    expect(idsCalledIn(executionId).slice(3)).toEqual(["clean", "refund", "refund", "refund", "release"]);
    const refund = calledIn(executionId).find(({ jobId }) => jobId === "refund");
    expect(refund).toMatchObject({ results: { charge: { receipt: 17 } }, dependencies: ["charge"] });
    expect(await refund?.result?.("reserve")).toBe("reserve");
    expect((await jobsOf(core.pool, executionId)).refund?.dependencies).toEqual(["charge"]);
  });

  it('lets a job with runIf "always" finish, also if it had started before', async () => {
    const go = Promise.withResolvers<void>();
    behaviours.set("clean-up", ({ signal }) => {
      signal?.addEventListener("abort", () => go.reject(signal.reason));
      return go.promise;
    });
    behaviours.set("wait", endless);
    const { executionId, run } = await start([work("clean-up", [], { runIf: "always" }), work("wait")]);
    await expect.poll(() => idsCalledIn(executionId).length).toBe(2);
    const cancelling = orchestrator.cancel("release", executionId);
    await expect.poll(async () => (await jobsOf(core.pool, executionId)).wait?.status).toBe("CANCELLED");
    go.resolve();
    expect(await cancelling).toBe("CANCELLED");
    expect((await run.result()).jobs["clean-up"]?.status).toBe("SUCCEEDED");
  });

  it("does not stop the compensations of a run that had failed before", async () => {
    const go = Promise.withResolvers<void>();
    behaviours.set("undo-later", ({ signal }) => {
      signal?.addEventListener("abort", () => go.reject(signal.reason));
      return go.promise;
    });
    const { executionId, run } = await start([
      work("earlier"),
      work("later", ["earlier"]),
      broken("last", ["later"]),
      work("undo-earlier", [], { compensates: "earlier" }),
      work("undo-later", [], { compensates: "later" }),
    ]);
    await expect.poll(() => idsCalledIn(executionId)).toContain("undo-later");
    const cancelling = orchestrator.cancel("release", executionId);
    await expect
      .poll(async () => (await orchestrator.inspect("release", executionId))?.cancelRequestedAt)
      .toBeInstanceOf(Date);
    go.resolve();
    expect(await cancelling).toBe("FAILED");
    expect(statusesOf((await run.result()).jobs)).toMatchObject({
      "undo-later": "SUCCEEDED",
      "undo-earlier": "SUCCEEDED",
    });
  });
});

describe("a run that times out", () => {
  it("is compensated", async () => {
    behaviours.set("wait", endless);
    const { executionId, run } = await start(
      [work("book"), work("wait", ["book"]), work("unbook", [], { compensates: "book" })],
      { timeoutMs: 500 },
    );
    expect(await run.result()).toMatchObject({
      status: "FAILED",
      jobs: { book: { status: "SUCCEEDED" }, wait: { status: "CANCELLED" }, unbook: { status: "SUCCEEDED" } },
    });
    expect(idsCalledIn(executionId)).toEqual(["book", "wait", "unbook"]);
  });
});
