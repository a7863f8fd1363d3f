/** Tests odd errors, outputs and changes of handlers: the run reports the fault, and nothing else is harmed. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobAnswer, JobContext } from "../../src/handler/job.ts";
import { createOrchestrator, type JobDefinition, type Orchestrator } from "../../src/orchestrator/entry.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";

let database: TestDatabase;
let orchestrator: Orchestrator;
/** The behaviour of jobs of type `work`, by id. Default: they succeed. */
const behaviours = new Map<string, (context: JobContext) => unknown>();

beforeAll(async () => {
  database = await createEngineDatabase();
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("work", {
    type: "work",
    execute: async (context) => ((await behaviours.get(context.jobId)?.(context)) ?? { success: true }) as JobAnswer,
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await database.drop();
});

const work = (id: string, dependencies: string[] = [], more: object = {}): JobDefinition => ({
  id,
  type: "work",
  dependencies,
  ...more,
});

async function runJobs(...jobs: JobDefinition[]) {
  const run = await orchestrator.start({ id: "odd", jobs }, { executionId: randomUUID() });
  return (await run.result()).jobs;
}

/** The outcome of one job. */
async function endOf(behaviour: (context: JobContext) => unknown) {
  behaviours.set("odd", behaviour);
  return (await runJobs(work("odd"))).odd;
}

const refuse = () => {
  throw new TypeError("no");
};
const unreadable = new Proxy({}, { get: refuse, getPrototypeOf: refuse });

describe("a handler that throws", () => {
  it.each([
    ["an error whose message is not text", Object.assign(new Error(), { message: { code: 1 } }), "Error: { code: 1 }"],
    ["an error without a message", Object.assign(new Error(), { message: undefined }), "Error: undefined"],
    ["an object without a text form", Object.create(null), "[Object: null prototype] {}"],
    ["an object", { code: 1 }, "{ code: 1 }"],
    ["a symbol", Symbol("gone"), "Symbol(gone)"],
    ["nothing", null, "null"],
    ["an object that cannot be read", unreadable, "an unreadable value was thrown"],
  ])("%s fails its job with a readable error", async (_what, thrown, error) => {
    const end = await endOf(() => {
      throw thrown;
    });
    expect(end).toEqual({ status: "FAILED", error });
  });
});

const circle: Record<string, unknown> = {};
circle.itself = circle;

describe("a job with an output that JSON would change", () => {
  it.each([
    ["NaN", { sizes: [1, Number.NaN] }, "answer.output.sizes.1: NaN is not a JSON number"],
    ["a function", () => 1, "answer.output: function is not a JSON value"],
    ["a Map", { by: new Map([["a", 1]]) }, "answer.output.by: Map is not a JSON value"],
    ["a promise", { later: Promise.resolve(1) }, "answer.output.later: Promise is not a JSON value"],
    ["an error", { why: new Error("lost") }, "answer.output.why: Error is not a JSON value"],
    ["a list with a hole", [1, undefined], "answer.output.1: undefined is not a JSON value"],
    ["an invalid date", { at: new Date("never") }, "answer.output.at: is not a valid date, or its toJSON returns null"],
    ["a BigInt", { n: 10n }, "answer.output.n: BigInt is not a JSON value"],
  ])("fails, and the error names the place: %s", async (_what, output, fault) => {
    const error = `its output cannot be stored: ${fault}`;
    expect(await endOf(() => ({ success: true, output }))).toEqual({ status: "FAILED", error });
  });

  it("fails if the output contains itself", async () => {
    const { error } = (await endOf(() => ({ success: true, output: circle }))) ?? {};
    expect(error).toMatch(/^its output cannot be stored: answer.output: cannot be written as JSON: .*circular/);
  });

  it("has its dates stored as text, and its undefined fields omitted", async () => {
    const output = { at: new Date(0), nothing: undefined, none: null };
    const end = await endOf(() => ({ success: true, output }));
    expect(end).toEqual({ status: "SUCCEEDED", output: { at: "1970-01-01T00:00:00.000Z", none: null } });
  });
});

describe("a job that did not succeed", () => {
  it.each([
    ["an error", new Error("why"), "why"],
    ["an object", { code: 7 }, "{ code: 7 }"],
    ["nothing", undefined, "no reason was given"],
    ["a blank text", " ", "no reason was given"],
  ])("has a readable error, given %s", async (_what, given, error) => {
    expect(await endOf(() => ({ success: false, error: given }))).toEqual({ status: "FAILED", error });
  });

  it("has a readable error also if its output cannot be stored", async () => {
    const end = await endOf(() => ({ success: false, error: "disk full", output: Number.NaN }));
    const error = "disk full; its output cannot be stored: answer.output: NaN is not a JSON number";
    expect(end).toEqual({ status: "FAILED", error });
  });
});

describe("a handler that changes its arguments", () => {
  it("changes nothing for its next call, for other jobs, or in the document", async () => {
    const seen: unknown[] = [];
    const change = (context: JobContext) => {
      const { config, dependencies, results } = context as { config: { list: number[] } } & JobContext;
      seen.push(structuredClone({ config, dependencies, results }));
      config.list.push(2);
      (dependencies as string[]).length = 0;
      (results as Record<string, unknown>).before = "changed";
      if (seen.length < 3) throw new Error("again");
    };
    behaviours.set("before", () => ({ success: true, output: "as it was" }));
    behaviours.set("change", change);
    const more = { config: { list: [1] }, retries: { attempts: 3, delayMs: 1 } };
    const executionId = randomUUID();
    const jobs = [work("before"), work("change", ["before"], more)];
    const run = await orchestrator.start({ id: "odd", jobs }, { executionId });
    expect((await run.result()).status).toBe("SUCCEEDED");
    const given = { config: { list: [1] }, dependencies: ["before"], results: { before: "as it was" } };
    expect(seen).toEqual([given, given, given]);
    expect((await orchestrator.inspect("odd", executionId))?.definition.jobs[1]).toMatchObject(more);
  });
});
