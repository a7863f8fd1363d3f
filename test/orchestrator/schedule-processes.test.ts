/** Tests a schedule of several processes, one of which is killed, on a database that ends their sessions. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { effect, type OrchestratorStage, startStage } from "../support/orchestrator/orchestrator.ts";

let stage: OrchestratorStage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const SCHEDULE = ["seconds", { cron: "* * * * * *", workflow: { id: "scheduled", jobs: [effect("build")] } }];

async function ticks(): Promise<{ second: number; status: string }[]> {
  const { rows } = await stage.database.pool.query<{ execution_id: string; status: string }>(
    "select execution_id, status from workflow_runs where schedule = 'seconds' order by execution_id",
  );
  return rows.map(({ execution_id: id, status }) => ({
    second: Date.parse(id.slice("seconds:".length)) / 1_000,
    status,
  }));
}

/**
 * Resolves once each tick since the first has started a run that succeeded, and so many of these are later than a time.
 */
const complete = (since: number, count: number) =>
  eventually(async () => {
    const all = await ticks();
    const missing = all.findIndex(({ second, status }, index) => {
      return status !== "SUCCEEDED" || second !== (all[0]?.second ?? 0) + index;
    });
    const done = missing === -1 ? all : all.slice(0, missing);
    return done.filter(({ second }) => second > since).length >= count ? done : undefined;
  });

// The test starts processes. The time-out is a limit for a busy machine, not an expectation.
describe("a schedule of two processes", { timeout: 120_000 }, () => {
  it("starts each tick once, also when one is killed and the sessions of the other are ended", async () => {
    const env = { LEASE_MS: "2000", SCHEDULES: JSON.stringify([SCHEDULE]) };
    const [first] = await Promise.all([stage.start([], env), stage.start([], env)]);
    await complete(0, 2);
    await first.end("SIGKILL");
    await complete(Date.now() / 1_000, 2);
    await stage.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name in ('countersign engine', 'countersign orchestrator')`,
    );
    const done = await complete(Date.now() / 1_000, 2);
    const { rows } = await stage.database.pool.query("select execution_id from effects order by execution_id");
    const seconds = rows.map(({ execution_id: id }) => Date.parse(id.slice("seconds:".length)) / 1_000);
    expect(seconds.slice(0, done.length)).toEqual(done.map(({ second }) => second));
  });
});
