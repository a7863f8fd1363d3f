/** Tests processes that are killed while jobs with forEach and sub-workflows run: each effect is applied once. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkflowDefinition } from "../../src/model/runs.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { eventually } from "../support/eventually.ts";
import {
  decide,
  effect,
  ended,
  gate,
  type OrchestratorStage,
  startStage,
} from "../support/orchestrator/orchestrator.ts";

let stage: OrchestratorStage;
let core: Core;
beforeAll(async () => {
  stage = await startStage();
  core = await startCore(stage.database.url);
});
afterAll(async () => {
  await core.close();
  await stage.stop();
});

const ITEMS = Array.from({ length: 40 }, (_, index) => index);
const workflow: WorkflowDefinition = {
  id: "fan-out",
  jobs: [
    { ...effect("each"), forEach: { items: ITEMS, concurrency: 4 } },
    { ...gate("approve", ["each"]), forEach: { items: ["eu", "us"] } },
    {
      id: "sub",
      type: "workflow",
      dependencies: ["approve"],
      retries: { losses: 1 },
      config: { workflow: { id: "inner", jobs: [effect("inner"), gate("inner-gate", ["inner"])] } },
    },
  ],
};

it("a run over a list, with gates and a sub-workflow, survives three kills, and repeats only items that had not ended", async () => {
  const { pool } = stage.database;
  const executionId = randomUUID();
  const env = { LEASE_MS: "1500" };
  const endedItems = async () =>
    (
      await pool.query<{ job_id: string }>(
        `select j.job_id from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
          where r.execution_id = $1 and j.item_of = 'each' and j.status = 'SUCCEEDED'`,
        [executionId],
      )
    ).rows.map((row) => row.job_id);
  let process = await stage.start([[workflow, executionId]], env);
  await eventually(async () => (await endedItems()).length >= 5 || undefined);
  await process.end("SIGKILL");
  const before = await endedItems();
  const callsOf = async () =>
    (await pool.query<{ job_id: string }>("select job_id from calls where execution_id = $1", [executionId])).rows;
  const calledBefore = (await callsOf()).filter(({ job_id }) => before.includes(job_id)).length;

  process = await stage.start([], env);
  const requests = (jobId: string) =>
    eventually(async () => {
      const sql = "select id from approval_requests where job_id = $1 and status = 'PENDING'";
      return (await pool.query<{ id: string }>(sql, [jobId])).rows[0]?.id;
    });
  const first = await requests("approve[0]");
  const second = await requests("approve[1]");
  expect((await callsOf()).filter(({ job_id }) => before.includes(job_id))).toHaveLength(calledBefore);
  await decide(core, first, true);
  await process.end("SIGKILL");
  await decide(core, second, true);

  process = await stage.start([], env);
  const inner = await requests("inner-gate");
  await process.end("SIGKILL");
  await stage.start([], env);
  await decide(core, inner, true);
  expect(await ended(pool, executionId)).toBe("SUCCEEDED");

  const { rows } = await pool.query<{ job_id: string; n: number }>(
    "select job_id, count(*)::int as n from effects group by job_id having count(*) > 1",
  );
  expect(rows).toEqual([]);
  const effects = await pool.query("select count(*)::int as n from effects");
  expect(effects.rows[0].n).toBe(ITEMS.length + 1);
  const children = await pool.query("select status from workflow_runs where parent_run_id is not null");
  expect(children.rows).toEqual([{ status: "SUCCEEDED" }]);
});
