/** Tests rows and values that the database refuses: the run fails with the reason instead of retrying for ever. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertRun } from "../../src/db/queries/run-starts.ts";
import { startRun } from "../../src/orchestrator/engine.ts";
import { createOrchestrator, type Orchestrator } from "../../src/orchestrator/entry.ts";
import { runIdOf } from "../../src/orchestrator/keys.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { createEngineDatabase } from "../support/orchestrator/engine-database.ts";

let database: TestDatabase;
let orchestrator: Orchestrator;

beforeAll(async () => {
  database = await createEngineDatabase();
  orchestrator = createOrchestrator({ databaseUrl: database.url, log: pino({ level: "silent" }) });
  orchestrator.registerHandler("work", { type: "work", execute: async () => ({ success: true }) });
  orchestrator.registerHandler("measure", {
    type: "measure",
    execute: async ({ results }) => {
      const sizes = Object.values(results).map((output) => (output as string).length);
      return { success: true, output: { outputs: sizes.length, all: sizes.reduce((sum, size) => sum + size, 0) } };
    },
  });
  await orchestrator.launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await database.drop();
});

const work = (id: string, dependencies: string[] = []) => ({ id, type: "work", dependencies });

describe("a job", () => {
  it("gets outputs that together exceed the size of one value in the database", async () => {
    const executionId = randomUUID();
    const before = Array.from({ length: 265 }, (_, n) => `before-${n}`);
    const jobs = [...before.map((id) => work(id)), { id: "join", type: "measure", dependencies: before }];
    const id = runIdOf("fan-in", executionId);
    const definition = { id: "fan-in", jobs };
    await insertRun(database.pool, { id, definition, executionId, startedFromCheckpoint: null, taken: {} });
    await database.pool.query(
      `update workflow_run_jobs set status = 'SUCCEEDED', output = to_jsonb(repeat('x', 1040000))
        where run_id = $1 and job_id <> 'join'`,
      [id],
    );
    await startRun({ id, generation: 1, engineId: id });
    await expect
      .poll(
        async () => {
          const sql = "select status, output from workflow_run_jobs where run_id = $1 and job_id = 'join'";
          return (await database.pool.query(sql, [id])).rows[0];
        },
        { timeout: 150_000 },
      )
      .toEqual({ status: "SUCCEEDED", output: { outputs: 265, all: 265 * 1_040_000 } });
  });

  it.each(["RUNNING", "SUCCEEDED"])("fails with the reason if the database refuses that it is %s", async (status) => {
    await database.pool.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'more than it can hold' using errcode = '54000'; end $$;
      create trigger refuse before update on workflow_run_jobs for each row
        when (new.job_id = 'refused' and new.status = '${status}') execute function refuse()`);
    const jobs = [work("refused"), work("behind", ["refused"]), work("beside")];
    const run = await orchestrator.start({ id: "refused", jobs }, { executionId: randomUUID() });
    const error = "The database refused what it needs: more than it can hold";
    expect(await run.result()).toEqual({
      status: "FAILED",
      jobs: {
        refused: { status: "FAILED", error },
        behind: { status: "SKIPPED", reason: `refused failed: ${error}` },
        beside: { status: "SUCCEEDED" },
      },
    });
    await database.pool.query("drop function refuse cascade");
  });
});
