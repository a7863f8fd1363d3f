/** Runs that have asked some of the sample requests, as an orchestrator would keep them. */

import type { RunStatus } from "../../src/approvals/workflow-run-model.ts";
import type { Pool } from "../../src/db/pool.ts";
import { insertRun, type JobRow, noteAsked } from "./runs.ts";

const BUILT: readonly JobRow[] = [
  { id: "checkout", status: "SUCCEEDED" },
  { id: "build", dependencies: ["checkout"], status: "SUCCEEDED", output: { image: "checkout:4.12.0", megabytes: 42 } },
  { id: "test", dependencies: ["build"], status: "SUCCEEDED", output: { passed: 1204, failed: 0 } },
  { id: "scan", dependencies: ["build"], status: "SUCCEEDED", output: { findings: [] } },
];
const REST = (status: JobRow["status"]): readonly JobRow[] => [
  { id: "deploy", dependencies: ["approval"], status },
  { id: "smoke-test", dependencies: ["deploy"], status },
  { id: "announce", dependencies: ["smoke-test"], status },
];
const gate = (status: JobRow["status"]): JobRow => ({
  ...{ id: "approval", type: "approval", dependencies: ["test", "scan"], status },
  ...(status === "FAILED" && { error: "rejected by bob@company.com" }),
});

/** The jobs of a release: up to its gate, behind it, and where it was turned down. */
const RELEASE = {
  RUNNING: [...BUILT, gate("RUNNING"), ...REST("PENDING")],
  SUCCEEDED: [...BUILT, gate("SUCCEEDED"), ...REST("SUCCEEDED")],
  FAILED: [...BUILT, gate("FAILED"), ...REST("SKIPPED")],
} as const;

/** Writes the run that asked this request, begun some minutes before it; returns the run's id. */
export async function insertSampleRun(pool: Pool, requestId: string, status: keyof typeof RELEASE): Promise<string> {
  const { rows } = await pool.query<{ workflowId: string; executionId: string }>(
    `select workflow_id as "workflowId", execution_id as "executionId" from approval_requests where id = $1`,
    [requestId],
  );
  const run = await insertRun(pool, { ...rows[0], jobs: RELEASE[status] });
  await noteAsked(pool, run.id, "approval", requestId);
  await setTimes(pool, run.id, requestId, status);
  return run.id;
}

/** As if it had begun before its request, and ended behind it. */
async function setTimes(pool: Pool, id: string, requestId: string, status: RunStatus): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin; set local session_replication_role = replica");
    await client.query(
      `update workflow_runs w set status = $3, created_at = r.created_at - interval '8 minutes',
              ended_at = case when $3 <> 'RUNNING' then r.decided_at + interval '4 minutes' end
         from approval_requests r where w.id = $1 and r.id = $2`,
      [id, requestId, status],
    );
    await client.query(
      `update workflow_run_jobs j
          set started_at = case when j.started_at is not null then begun end,
              ended_at = case when j.ended_at is null then null
                              when j.job_id = 'approval' then coalesce(r.decided_at, begun)
                              else begun + (20 + j.position * 17) * interval '1 second' end
         from approval_requests r, workflow_run_jobs o,
              lateral (select case when o.job_id = 'approval' then r.created_at
                                   when o.position < 4 then r.created_at - (8 - 2 * o.position) * interval '1 minute'
                                   else r.decided_at + (o.position - 5) * interval '1 minute' end as begun) t
        where j.run_id = $1 and r.id = $2 and o.run_id = j.run_id and o.job_id = j.job_id`,
      [id, requestId],
    );
    await client.query("commit");
  } finally {
    client.release();
  }
}
