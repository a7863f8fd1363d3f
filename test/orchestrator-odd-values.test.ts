/** What handlers throw, put out and change: whatever it is, the run tells of it, and nothing else is harmed. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobAnswer, JobContext } from "../src/handler/job.ts";
import { createOrchestrator, type JobDefinition, type Orchestrator } from "../src/orchestrator/entry.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";

let database: TestDatabase;
let orchestrator: Orchestrator;
/** What jobs of type `work` do, by their id; by default they succeed. */
const behaviours = new Map<string, (context: JobContext) => unknown>();

beforeAll(async () => {
  database = await createTestDatabase();
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
  ...{ id, type: "work", dependencies },
  ...more,
});

async function runJobs(...jobs: JobDefinition[]) {
  const run = await orchestrator.start({ id: "odd", jobs }, { executionId: randomUUID() });
  return (await run.result()).jobs;
}

/** How one job ends. */
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
    ["an error whose message is no text", Object.assign(new Error(), { message: { code: 1 } }), "Error: { code: 1 }"],
    ["an error without a message", Object.assign(new Error(), { message: undefined }), "Error: undefined"],
    ["an object that is no text", Object.create(null), "[Object: null prototype] {}"],
    ["an object", { code: 1 }, "{ code: 1 }"],
    ["a symbol", Symbol("gone"), "Symbol(gone)"],
    ["nothing", null, "null"],
    ["what cannot be read", unreadable, "something was thrown that cannot be read"],
  ])("%s fails its job, in words", async (_what, thrown, error) => {
    const end = await endOf(() => {
      throw thrown;
    });
    expect(end).toEqual({ status: "FAILED", error });
  });
});
