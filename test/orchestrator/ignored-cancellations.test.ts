/** Tests cancelled jobs whose handlers ignore the cancellation. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";
import { attemptsOf, jobsOf } from "../support/orchestrator/orchestrator.ts";

let database: TestDatabase;
let orchestrator: Orchestrator;
/** The callbacks that end the running handlers, by execution. */
const running = new Map<string, { begun: PromiseWithResolvers<void>; end: PromiseWithResolvers<void> }>();
const undone: string[] = [];

beforeAll(async () => {
  database = await createEngineDatabase();
  const log = pino({ level: "silent" });
  orchestrator = createOrchestrator({ databaseUrl: database.url, log, cancelGraceMs: 50 });
  const execute = async ({ executionId }: { executionId: string }) => {
    running.get(executionId)?.begun.resolve();
    await running.get(executionId)?.end.promise;
    return { success: true, output: "late" };
  };
  orchestrator.registerHandler("deaf", { type: "deaf", execute });
  orchestrator.registerHandler("polite", { type: "polite", execute, cancel: async () => {} });
  orchestrator.registerHandler("work", { type: "work", execute: async () => ({ success: true }) });
  orchestrator.registerHandler("undo", {
    type: "undo",
    async execute({ executionId }) {
      undone.push(executionId);
      return { success: true };
    },
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await database.drop();
});

describe("a cancelled job", () => {
  it.each(["deaf", "polite"])(
    "of type %s that never ends is CANCELLED, and its late result is ignored",
    async (type) => {
      const executionId = randomUUID();
      const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      running.set(executionId, { begun, end });
      const jobs = [
        { id: "work", type: "work" },
        { id: "stuck", type, dependencies: ["work"], retries: { attempts: 5, delayMs: 1 } },
        { id: "behind", type: "work", dependencies: ["stuck"] },
        { id: "undo", type: "undo", compensates: "work" },
      ];
      const run = await orchestrator.start({ id: "stuck", jobs }, { executionId });
      await begun.promise;
      await orchestrator.cancel("stuck", executionId, "changed plans");
      const result = await run.result();
      expect(result).toMatchObject({
        status: "CANCELLED",
        jobs: {
          stuck: {
            status: "CANCELLED",
            reason: "The run was cancelled: changed plans",
            error: "The handler ignored its signal: it did not end within 50 ms of its cancellation.",
          },
          behind: { status: "CANCELLED" },
          undo: { status: "SUCCEEDED" },
        },
      });
      expect(undone).toContain(executionId);
      end.resolve();
      // Its answer comes before this run has ended.
      const next = await orchestrator.start({ id: "next", jobs: [{ id: "work", type: "work" }] }, { executionId });
      await next.result();
      expect(await run.result()).toEqual(result);
      expect(await attemptsOf(database.pool, executionId, "stuck")).toMatchObject([
        { number: 1, outcome: "CANCELLED" },
      ]);
      expect((await jobsOf(database.pool, executionId)).stuck).toMatchObject({ status: "CANCELLED", output: null });
    },
  );
});

describe("an orchestrator", () => {
  it.each(["leaseMs", "maxBlockedMs", "cancelGraceMs"])("refuses a %s that is not a positive number", (name) => {
    for (const value of [0, -1, Number.NaN, "5"]) {
      expect(() => createOrchestrator({ databaseUrl: database.url, [name]: value })).toThrow(
        `createOrchestrator: ${name} must be a positive number of milliseconds, not ${typeof value === "string" ? "'5'" : value}.`,
      );
    }
  });
});
