/** Tests the launch of orchestrators: one in a process, several names on one database. */

import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createEnginePool } from "../../src/db/engine-pool.ts";
import { createOrchestrator, type Orchestrator, orchestrator } from "../../src/orchestrator/entry.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function orchestratorOf(name?: string): Orchestrator {
  const databaseUrl = database.url;
  const made = createOrchestrator({ databaseUrl, log: pino({ level: "silent" }), ...(name && { name }) });
  made.registerHandler("work", { type: "work", execute: async () => ({ success: true, output: name }) });
  return made;
}
const WORKFLOW = { id: "named", jobs: [{ id: "work", type: "work" }] };

/** The connections of others than this test. */
async function connections(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  return rows[0]?.n ?? 0;
}

const noConnections = () => expect.poll(connections, { timeout: 60_000 }).toBe(0);

describe("the default orchestrator of a process", () => {
  it("reads the environment when it is launched, and runs on DATABASE_URL", async () => {
    vi.stubEnv("DATABASE_URL", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    orchestrator.registerHandler("work", { type: "work", execute: async () => ({ success: true }) });
    await expect(orchestrator.launch()).rejects.toThrow("DATABASE_URL");
    expect(() => createOrchestrator()).toThrow("DATABASE_URL");
    vi.stubEnv("DATABASE_URL", database.url);
    await orchestrator.launch();
    const run = await orchestrator.start(WORKFLOW, { executionId: randomUUID() });
    expect((await run.result()).status).toBe("SUCCEEDED");
    await orchestrator.shutdown();
  });
});

it("a process survives when the database ends a session of the engine that is in use", async () => {
  const pool = createEnginePool({ url: database.url, connections: 1, log: pino({ level: "silent" }) });
  const client = await pool.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  const ended = new Promise<void>((resolve) => client.once("end", resolve));
  await database.pool.query("select pg_terminate_backend($1)", [rows[0].pid]);
  await ended;
  client.release(true);
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

describe("an orchestrator", () => {
  it("is launched once, also if launch is called twice at once, and leaves nothing behind", async () => {
    await noConnections(); // Those of the test before may still be closing.
    const orchestrator = orchestratorOf();
    const [first, second] = await Promise.allSettled([orchestrator.launch(), orchestrator.launch()]);
    expect(first).toEqual({ status: "fulfilled", value: undefined });
    expect(second).toMatchObject({ reason: { message: "the orchestrator is already launched" } });
    const run = await orchestrator.start(WORKFLOW, { executionId: randomUUID() });
    expect((await run.result()).status).toBe("SUCCEEDED");
    await orchestrator.shutdown();
    await noConnections();
  });

  it("is the only one in its process, also if two are launched at once", async () => {
    await noConnections(); // Those of the test before may still be closing.
    const both = [orchestratorOf(), orchestratorOf()];
    const launches = await Promise.allSettled(both.map((orchestrator) => orchestrator.launch()));
    const refused = launches.filter(({ status }) => status === "rejected");
    const message = expect.stringContaining("a process can have one orchestrator");
    expect(refused).toEqual([expect.objectContaining({ reason: expect.objectContaining({ message }) })]);
    for (const orchestrator of both) await orchestrator.shutdown();
    await noConnections();
  });

  it("ends if it is shut down while it is launched", async () => {
    await noConnections(); // Those of the test before may still be closing.
    const orchestrator = orchestratorOf();
    const launched = orchestrator.launch();
    await orchestrator.shutdown();
    await launched;
    await expect(orchestrator.find("named", "1")).rejects.toThrow("the orchestrator is shut down");
    await noConnections();
  });

  it("may have a name of its own beside others on one database", async () => {
    for (const name of ["east", "west", "east"]) {
      const orchestrator = orchestratorOf(name);
      await orchestrator.launch();
      const run = await orchestrator.start(WORKFLOW, { executionId: randomUUID() });
      expect((await run.result()).jobs.work).toEqual({ status: "SUCCEEDED", output: name });
      await orchestrator.shutdown();
    }
  });
});
