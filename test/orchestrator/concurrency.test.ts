/** Tests how many jobs run at once in one process, and in which order they start. */

import { randomUUID } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { JobContext } from "../../src/handler/job.ts";
import type { JobDefinition, WorkflowDefinition } from "../../src/model/runs.ts";
import { createOrchestrator, type Orchestrator, type StartOptions } from "../../src/orchestrator/entry.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { eventually, patiently } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { decide, gate, jobsOf, openRequest } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let core: Core;
let orchestrator: Orchestrator;

/** Handlers that are running, in the order in which they were called. */
const running: { context: JobContext; end: (answer?: { success: boolean }) => void }[] = [];
/** The largest number of jobs of a type that ran at once. */
const most = new Map<string, number>();
/** Executions, in the order in which their jobs were called. */
const begun: string[] = [];

/** Runs until the test ends it. */
async function endedByTest(context: JobContext) {
  const { promise, resolve } = Promise.withResolvers<{ success: boolean }>();
  const entry = { context, end: (answer = { success: true }) => resolve(answer) };
  running.push(entry);
  begun.push(context.executionId);
  const ofType = running.filter((other) => other.context.type === context.type).length;
  most.set(context.type, Math.max(most.get(context.type) ?? 0, ofType));
  try {
    return await promise;
  } finally {
    running.splice(running.indexOf(entry), 1);
  }
}

const logged: string[] = [];
const LIMITED = { own: 2, total: { total: 2 }, both: { perProcess: 1, total: 5 }, single: { total: 1 } };

beforeAll(async () => {
  database = await createEngineDatabase();
  core = await startCore(database.url);
  await launch();
});
async function launch(): Promise<void> {
  orchestrator = createOrchestrator({
    databaseUrl: database.url,
    log: pino({ level: "warn" }, { write: (line) => logged.push(line) }),
    leaseMs: 2_000,
    concurrency: { ...LIMITED, approval: { perProcess: 1, total: 1 }, nobody: 1, "*": 50 },
  });
  for (const type of ["own", "total", "both", "single", "other"]) {
    orchestrator.registerHandler(type, { type, execute: endedByTest });
  }
  orchestrator.registerHandler("approval", new ApprovalHandler(core));
  await orchestrator.launch();
}
// The handlers of a failed test would occupy the slots of the next.
afterEach(() => {
  for (const { end } of running) end();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await core.close();
  await database.drop();
});

const job = (type: string, id = "job", more: Partial<JobDefinition> = {}): JobDefinition => ({ id, type, ...more });
const start = async (workflow: WorkflowDefinition, options: Partial<StartOptions> = {}) => {
  const executionId = randomUUID();
  const run = await orchestrator.start(workflow, { executionId, ...options });
  return { ...run, executionId };
};
const runOf = (type: string, options: Partial<StartOptions> = {}) =>
  start({ id: `of-${type}`, jobs: [job(type)] }, options);
const callOf = (executionId: string, jobId = "job") =>
  eventually(async () => running.find(({ context }) => context.executionId === executionId && context.jobId === jobId));
const jobOf = async (executionId: string, jobId = "job") => (await jobsOf(core.pool, executionId))[jobId];
const waitsForSlot = (executionId: string, jobId = "job") =>
  eventually(async () => {
    const row = await jobOf(executionId, jobId);
    return row?.waiting_for === "SLOT" ? row : undefined;
  });
/** Ends each job of a type as soon as it runs, until so many have ended. */
async function endAll(type: string, count: number): Promise<void> {
  for (let ended = 0; ended < count; ended++) {
    const call = await eventually(async () => running.find(({ context }) => context.type === type));
    call.end();
    await eventually(async () => (running.includes(call) ? undefined : true));
  }
}
const slotsInUse = async () => (await core.pool.query("select * from workflow_slots")).rows;

describe("a limit", () => {
  it("of a type that has no handler is logged at launch, since it may be misspelled", () => {
    const warnings = logged.map((line) => JSON.parse(line)).filter(({ types }) => types !== undefined);
    expect(warnings).toMatchObject([
      { types: ["nobody"], msg: "concurrency names types without a handler in this process" },
    ]);
  });
});

describe("the jobs of a type", () => {
  it.each(["own", "total", "both", "single"])(
    "never run more at once than the limit of %s, and all end",
    async (type) => {
      const runs = await Promise.all(Array.from({ length: 20 }, () => runOf(type)));
      await endAll(type, runs.length);
      const results = await Promise.all(runs.map((run) => run.result()));
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["SUCCEEDED"]));
      expect(most.get(type)).toBe({ own: 2, total: 2, both: 1, single: 1 }[type]);
      expect(await eventually(async () => ((await slotsInUse()).length === 0 ? [] : undefined))).toEqual([]);
    },
  );

  it("with a single slot end one after the other, 50 of one run side by side", async () => {
    const jobs = Array.from({ length: 50 }, (_, n) => job("single", `job-${n}`));
    const run = await start({ id: "wide", jobs });
    await endAll("single", 50);
    expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
    expect(most.get("single")).toBe(1);
  });

  it("run at most 50 at once if only other types have a limit", async () => {
    const runs = await Promise.all(Array.from({ length: 60 }, () => runOf("other")));
    const last = runs.at(-1)?.executionId ?? "";
    await eventually(async () =>
      running.filter(({ context }) => context.type === "other").length === 50 ? true : undefined,
    );
    expect(await waitsForSlot(last)).toMatchObject({
      status: "PENDING",
      attempts: 0,
      waiting_reason: 'The limit of 50 jobs of type "other" at once in a process is reached.',
    });
    await endAll("other", runs.length);
    await Promise.all(runs.map((run) => run.result()));
    expect(most.get("other")).toBe(50);
    expect(await jobOf(last)).toMatchObject({ status: "SUCCEEDED", waiting_for: null, waiting_reason: null });
  });

  it("wait without a query, and are shown as waiting", async () => {
    const runs = [await runOf("single")];
    await callOf(runs[0]?.executionId ?? "");
    for (let n = 0; n < 10; n++) runs.push(await runOf("single"));
    for (const { executionId } of runs.slice(1)) {
      expect(await waitsForSlot(executionId)).toMatchObject({
        waiting_reason: 'The limit of 1 job of type "single" at once is reached.',
      });
    }
    const texts: string[] = [];
    const query = pg.Client.prototype.query;
    const spy = vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...args: never[]) {
      const [given] = args as unknown[];
      texts.push(typeof given === "string" ? given : String((given as { text?: string }).text));
      return Reflect.apply(query, this, args);
    } as never);
    try {
      // The process still renews its lease, and the test can wait for that.
      const leases = () => texts.filter((text) => text.includes("orchestrator_executors")).length;
      await eventually(async () => (leases() >= 4 ? true : undefined));
      // The process sometimes looks for runs that wait for a handler; that is independent of slots.
      const ofSlots = texts.filter((text) => /workflow_slots|claim_slot|waiting_for/.test(text));
      expect(ofSlots.filter((text) => !text.includes("waiting_for = 'HANDLER'"))).toEqual([]);
    } finally {
      spy.mockRestore();
    }
    await endAll("single", runs.length);
    await Promise.all(runs.map((run) => run.result()));
  });

  it.each(["own", "total"])("start by the priority of their runs, then by age, with the limit of %s", async (type) => {
    const holders = [await runOf(type), await runOf(type)];
    for (const { executionId } of holders) await callOf(executionId);
    const waiting: Record<string, string> = {};
    for (const [name, priority] of Object.entries({ low: -5, first: 0, second: 0, high: 100 })) {
      waiting[name] = (await runOf(type, name === "first" ? {} : { priority })).executionId;
      await waitsForSlot(waiting[name]);
    }
    const before = begun.length;
    const [held] = running.filter(({ context }) => context.type === type);
    held?.end();
    // The other job continues, so that one job at a time follows.
    for (const name of ["high", "first", "second", "low"]) (await callOf(waiting[name] ?? "")).end();
    await endAll(type, 1);
    const { high, first, second, low } = waiting;
    await vi.waitFor(() => expect(begun.slice(before)).toEqual([high, first, second, low]), patiently);
  });
});

describe("a slot", () => {
  it("is released by a gate once it has created its request, however long it waits", async () => {
    const runs = [];
    for (let n = 0; n < 5; n++)
      runs.push(await start({ id: "gates", concurrency: 1, jobs: [gate("a", []), gate("b", [])] }));
    const requests = await Promise.all(
      runs.flatMap(({ executionId }) => ["a", "b"].map((id) => openRequest(core.pool, executionId, id))),
    );
    expect(await eventually(async () => ((await slotsInUse()).length === 0 ? [] : undefined))).toEqual([]);
    for (const id of requests) await decide(core, id, true);
    for (const run of runs) expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
  });

  it("is released while a job waits for its next attempt", async () => {
    const failing = await start({
      id: "retried",
      jobs: [job("single", "job", { retries: { attempts: 2, delayMs: 86_400_000 } })],
    });
    (await callOf(failing.executionId)).end({ success: false });
    const next = await runOf("single");
    (await callOf(next.executionId)).end();
    expect(await next.result()).toMatchObject({ status: "SUCCEEDED" });
    expect(await orchestrator.cancel("retried", failing.executionId)).toBe("CANCELLED");
  });

  it("is released by a waiting job whose run is cancelled, and the job is not called", async () => {
    const holder = await runOf("single");
    const held = await callOf(holder.executionId);
    const cancelled = await runOf("single");
    await waitsForSlot(cancelled.executionId);
    const next = await runOf("single");
    expect(await orchestrator.cancel("of-single", cancelled.executionId)).toBe("CANCELLED");
    expect(await jobOf(cancelled.executionId)).toMatchObject({ status: "CANCELLED", attempts: 0, waiting_for: null });
    held.end();
    (await callOf(next.executionId)).end();
    expect(await next.result()).toMatchObject({ status: "SUCCEEDED" });
    expect(begun).not.toContain(cancelled.executionId);
  });

  it("is not taken before the job is ready: the jobs of a run do not wait for those after them", async () => {
    const jobs = [job("single", "first"), job("single", "second", { dependencies: ["first"] })];
    const runs = [];
    for (let n = 0; n < 3; n++) runs.push(await start({ id: "chain", jobs }));
    await endAll("single", 6);
    for (const run of runs) expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("a process whose rows or notifications are lost", () => {
  it("gets its slots again after its lease was lost, and starts none of its jobs in the meantime", async () => {
    const holder = await runOf("single");
    await callOf(holder.executionId);
    const waiting = [await runOf("single"), await runOf("single")];
    for (const { executionId } of waiting) await waitsForSlot(executionId);
    // As another process does after a lease has expired; the rows of the slots are deleted with it.
    await core.pool.query("delete from orchestrator_executors");
    await eventually(async () => ((await slotsInUse()).length === 3 ? true : undefined));
    expect((await slotsInUse()).filter(({ granted_at }) => granted_at !== null)).toMatchObject([{ run_id: holder.id }]);
    expect(running).toHaveLength(1);
    await endAll("single", 3);
    for (const run of [holder, ...waiting]) expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
    expect(most.get("single")).toBe(1);
  });

  it("finds the slots that were granted while it received no notification", async () => {
    const holder = await runOf("single");
    const held = await callOf(holder.executionId);
    const waiting = await runOf("single");
    await waitsForSlot(waiting.executionId);
    const row = (await slotsInUse()).find(({ granted_at }) => granted_at !== null);
    // The grant is committed, and its notification is not sent.
    await core.pool.query(`
      begin;
      set local session_replication_role = replica;
      delete from workflow_slots where run_id = '${row?.run_id}';
      update workflow_slots set granted_at = now();
      commit`);
    const { rows } = await core.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'countersign listen'`,
    );
    expect(rows.length).toBeGreaterThan(0);
    (await callOf(waiting.executionId)).end();
    held.end();
    for (const run of [holder, waiting]) expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("a process that is shut down", () => {
  it.each(["own", "total"])(
    "calls no handler of a waiting job, with the limit of %s, and another process does",
    async (type) => {
      const holders = [await runOf(type), await runOf(type)];
      for (const { executionId } of holders) await callOf(executionId);
      const waiting = [await runOf(type), await runOf(type), await runOf(type)];
      for (const { executionId } of waiting) await waitsForSlot(executionId);
      const before = begun.length;
      await orchestrator.shutdown();
      for (const { end } of running) end();
      expect(begun).toHaveLength(before);
      expect(await slotsInUse()).toEqual([]);
      await launch();
      await endAll(type, 5);
      for (const { executionId } of [...holders, ...waiting]) {
        const run = await orchestrator.find(`of-${type}`, executionId);
        expect(await run?.result()).toMatchObject({ status: "SUCCEEDED" });
      }
      expect(begun).toHaveLength(before + 5);
    },
  );
});

describe("the limit of a document", () => {
  it("allows that many of its runs to have a running handler, each with all of its jobs", async () => {
    const document = { id: "two-at-once", concurrency: 2, jobs: [job("other", "a"), job("other", "b")] };
    const runs = [];
    for (let n = 0; n < 6; n++) runs.push(await start(document));
    const third = runs[2]?.executionId ?? "";
    expect(await waitsForSlot(third, "b")).toMatchObject({
      waiting_reason: "The limit of 2 runs of this workflow at once is reached.",
    });
    const ofDocument = () => running.filter(({ context }) => context.workflowId === "two-at-once");
    const seen: number[] = [];
    for (const { executionId } of runs) {
      for (const id of ["a", "b"]) {
        const call = await callOf(executionId, id);
        seen.push(new Set(ofDocument().map(({ context }) => context.executionId)).size);
        call.end();
      }
    }
    for (const run of runs) expect(await run.result()).toMatchObject({ status: "SUCCEEDED" });
    expect(Math.max(...seen)).toBe(2);
  });

  it.each([0, 1.5, -1, "2", Number.NaN, 1_000_001])("is refused if it is %j", async (concurrency) => {
    const refused = await start({ id: "wrong", concurrency: concurrency as number, jobs: [job("own")] }).catch(
      (e) => e,
    );
    expect(refused.issues).toEqual([
      {
        path: "concurrency",
        message: `must be a whole number from 1 to 1000000, not ${JSON.stringify(concurrency) === "null" ? "NaN" : JSON.stringify(concurrency)}`,
      },
    ]);
  });
});

describe("the priority of a run", () => {
  it.each([101, -101, 0.5, "1"])(
    "is refused if it is %j, together with the faults of the document",
    async (priority) => {
      const refused = await start({ id: "", jobs: [job("own")] }, { priority: priority as number }).catch((e) => e);
      expect(refused.issues.map(({ path }: { path: string }) => path)).toEqual(["priority", "id"]);
      expect(refused.issues[0].message).toBe(
        `must be a whole number from -100 to 100, not ${JSON.stringify(priority)}`,
      );
    },
  );

  it("is stored with the run, and does not change when the run is started again", async () => {
    const { executionId, result } = await runOf("own", { priority: 7 });
    await orchestrator.start({ id: "of-own", jobs: [job("own")] }, { executionId, priority: -7 });
    (await callOf(executionId)).end();
    await result();
    expect(await orchestrator.inspect("of-own", executionId)).toMatchObject({ priority: 7 });
  });
});
