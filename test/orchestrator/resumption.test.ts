/**
 * Tests many waiting runs at once: the queries with which a process resumes them, and the documents that they share.
 */

import { randomUUID } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Documents } from "../../src/orchestrator/documents.ts";
import { createOrchestrator, type WorkflowDefinition } from "../../src/orchestrator/entry.ts";
import { Semaphore } from "../../src/orchestrator/semaphore.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { patiently } from "../support/eventually.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createEngineDatabase();
});
afterAll(() => database.drop());

const WORKFLOW: WorkflowDefinition = {
  id: "waiting",
  jobs: [
    { id: "build", type: "build" },
    { id: "wait", type: "wait", dependencies: ["build"] },
  ],
};
const RUNS = 40;

/** A process whose jobs of type `wait` end when they are left; `waiting` resolves when that many have started. */
async function launch() {
  const orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  const waiting = Promise.withResolvers<void>();
  let begun = 0;
  orchestrator.registerHandler("build", { type: "build", execute: async () => ({ success: true }) });
  orchestrator.registerHandler("wait", {
    type: "wait",
    execute: ({ signal }) => {
      if (++begun === RUNS) waiting.resolve();
      return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  await orchestrator.launch();
  return { orchestrator, waiting: waiting.promise };
}

it("a process reads the runs that it resumes together, and does not store again how their jobs ended", async () => {
  const first = await launch();
  const ids = Array.from({ length: RUNS }, () => randomUUID());
  await Promise.all(ids.map((executionId) => first.orchestrator.start(WORKFLOW, { executionId })));
  await first.waiting;
  await vi.waitFor(async () => {
    const { rows } = await database.pool.query("select from countersign_engine.operation_outputs");
    expect(rows).toHaveLength(RUNS);
  }, patiently);
  await first.orchestrator.shutdown();

  const sent = vi.spyOn(pg.Client.prototype, "query");
  const second = await launch();
  await second.waiting;
  const statements = sent.mock.calls.map(([query]) => query as unknown as string | { name?: string; text?: string });
  sent.mockRestore();
  await second.orchestrator.shutdown();
  const named = (name: string) => statements.filter((query) => typeof query === "object" && query.name === name).length;
  expect(named("start-job")).toBe(RUNS);
  expect(named("runs-to-follow")).toBeLessThan(RUNS / 4);
  const texts = statements.map((query) => (typeof query === "object" ? (query.text ?? "") : query));
  expect(texts.filter((text) => /^\s*SELECT output, error.*operation_outputs/s.test(text))).toEqual([]);
});

it("a queue with a limit runs that many tasks at once, in the order of their arrival, also if some fail", async () => {
  const semaphore = new Semaphore(2);
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = ends.map(({ promise }, place) =>
    semaphore.run(() => {
      begun.push(place);
      return promise;
    }),
  );
  const settled = Promise.allSettled(all);
  await vi.waitFor(() => expect(begun).toEqual([0, 1]), patiently);
  ends[1]?.reject(new Error("refused"));
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 2]), patiently);
  for (const { resolve } of ends) resolve();
  expect((await settled).map(({ status }) => status)).toEqual([
    ...["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"],
  ]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(await semaphore.run(async () => "again")).toBe("again");
});

it("runs with equal documents share one object, and runs with other documents have their own", () => {
  const documents = new Documents();
  const copy = () => structuredClone(WORKFLOW);
  const one = documents.shared(copy());
  expect(documents.shared(copy())).toBe(one);
  expect(documents.shared({ ...copy(), id: "another" })).not.toBe(one);
});
