/** Runs that have created some of the sample requests, as an orchestrator stores them. */

import type { Pool } from "../../../src/db/pool.ts";
import type { RunStatus } from "../../../src/model/runs.ts";
import {
  insertAttempt,
  insertLog,
  insertRun,
  type JobRow,
  type LogRow,
  linkRequest,
  noteWaiting,
} from "../orchestrator/runs.ts";

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
  id: "approval",
  type: "approval",
  dependencies: ["test", "scan"],
  status,
  ...(status === "FAILED" && { error: "rejected by bob@company.com" }),
});

/** The jobs of a release: up to its gate, after it, and after a rejection. */
const RELEASE = {
  RUNNING: [...BUILT, gate("RUNNING"), ...REST("PENDING")],
  SUCCEEDED: [...BUILT, gate("SUCCEEDED"), ...REST("SUCCEEDED")],
  FAILED: [...BUILT, gate("FAILED"), ...REST("SKIPPED")],
} as const;

/** Writes the run that created this request, started some minutes before; returns the run's id. */
export async function insertSampleRun(pool: Pool, requestId: string, status: keyof typeof RELEASE): Promise<string> {
  const { rows } = await pool.query<{ workflowId: string; executionId: string }>(
    `select workflow_id as "workflowId", execution_id as "executionId" from approval_requests where id = $1`,
    [requestId],
  );
  const run = await insertRun(pool, { ...rows[0], jobs: RELEASE[status] });
  await linkRequest(pool, run.id, "approval", requestId);
  await setTimes(pool, run.id, requestId, status);
  return run.id;
}

/** Moves the start before the request, and the end after it. */
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

/** A month-end close whose reconciliation has failed three times with different errors, and is retried soon. */
const CLOSE: readonly JobRow[] = [
  { id: "export", status: "SUCCEEDED", output: { entries: 48_211 } },
  { id: "rates", status: "SUCCEEDED", output: { currencies: 31 } },
  { id: "reconcile", dependencies: ["export", "rates"], status: "RUNNING" },
  { id: "approval", type: "approval", dependencies: ["reconcile"] },
  { id: "post", dependencies: ["approval"] },
];
const LOGS: readonly (readonly LogRow[])[] = [
  [
    ["info", "reading entries", { month: "2026-10", entries: 48_211 }],
    ["info", "matched", { batch: 1, of: 12, differences: 0 }],
    ["info", "matched", { batch: 2, of: 12, differences: 0 }],
  ],
  [
    ["info", "continuing after batch 2"],
    ["info", "matched", { batch: 3, of: 12, differences: 1 }],
    ["warn", "a rate is missing, using that of the day before", { currency: "NOK", day: "2026-10-31" }],
    ["error", "the ledger refused the batch", { batch: 4, status: 503, retryAfter: "120" }],
  ],
  [
    ["info", "continuing after batch 3"],
    ["debug", "GET https://ledger.company.com/batches/4", { ms: 3_912 }],
    ["info", "matched", { batch: 4, of: 12, differences: 0 }],
    ["warn", "the ledger answers slowly", { p50Ms: 41_300 }],
    ["info", "waiting for batch 5"],
  ],
];

/** Writes a run with attempts, a log, a job that waits for its next attempt, and a time-out; returns its id. */
export async function insertCloseRun(pool: Pool): Promise<string> {
  const { id } = await insertRun(pool, { workflowId: "month-end-close", executionId: "2026-10", jobs: CLOSE });
  const minute = 60;
  for (const [jobId, seconds] of [
    ["export", 48],
    ["rates", 6],
  ] as const) {
    await insertAttempt(pool, id, jobId, { number: 1, outcome: "SUCCEEDED", secondsAgo: 62 * minute, seconds });
  }
  const third = "The job timed out after 15 minutes.";
  const ledger = "the ledger responded with 503 Service Unavailable: batch 4 is locked by another close";
  const attempts = [
    { outcome: "LOST", process: "worker-2:3120", secondsAgo: 60 * minute, seconds: 7 * minute },
    { outcome: "FAILED", process: "worker-3:2987", secondsAgo: 51 * minute, seconds: 4 * minute, error: ledger },
    { outcome: "TIMED_OUT", process: "worker-3:2987", secondsAgo: 21 * minute, seconds: 15 * minute, error: third },
  ] as const;
  for (const [index, attempt] of attempts.entries()) {
    await insertAttempt(pool, id, "reconcile", { number: index + 1, ...attempt });
    await insertLog(pool, id, "reconcile", LOGS[index] ?? [], index + 1);
    await pool.query(
      `update workflow_run_logs
          set created_at = now() - make_interval(secs => $3) + (line - $4) * interval '37 seconds'
        where run_id = $1 and attempt = $2`,
      [id, index + 1, attempt.secondsAgo, [0, 3, 7][index]],
    );
  }
  const due = new Date(Date.now() + 9 * minute * 1_000);
  await noteWaiting(pool, id, "reconcile", "RETRY", `Attempt 3 of 5 failed: ${third}`, due);
  const client = await pool.connect();
  try {
    // Triggers would set these times.
    await client.query("begin; set local session_replication_role = replica");
    await client.query(
      `update workflow_runs set created_at = now() - interval '63 minutes', timeout_at = now() + interval '5 hours'
        where id = $1`,
      [id],
    );
    await client.query(
      `update workflow_run_jobs j
          set attempts = a.attempts, started_at = a.started_at, error = case when status = 'RUNNING' then $2 end,
              ended_at = case when j.ended_at is not null then a.ended_at end
         from (select job_id, count(*) as attempts, min(started_at) as started_at, max(ended_at) as ended_at
                 from workflow_run_attempts where run_id = $1 group by job_id) a
        where j.run_id = $1 and j.job_id = a.job_id`,
      [id, third],
    );
    await client.query("commit");
  } finally {
    client.release();
  }
  return id;
}

const REFUSED = "Rejected by dora@company.com: the error rate has doubled.";
/** A release that was rejected after its canary, and rolled back. */
const ROLLED_BACK: readonly JobRow[] = [
  { id: "reserve", type: "reserve", status: "SUCCEEDED" },
  { id: "canary", type: "deploy", dependencies: ["reserve"], status: "SUCCEEDED" },
  { id: "approval", type: "approval", dependencies: ["canary"], status: "FAILED", error: REFUSED },
  {
    id: "everyone",
    type: "deploy",
    dependencies: ["approval"],
    status: "SKIPPED",
    reason: `approval failed: ${REFUSED}`,
  },
  {
    id: "explain",
    type: "notify",
    dependencies: ["approval"],
    status: "SUCCEEDED",
    rule: { when: [{ field: "results.approval.status", operator: "==", value: "REJECTED" }] },
  },
  {
    id: "report",
    type: "notify",
    dependencies: ["everyone", "explain"],
    status: "SUCCEEDED",
    rule: { runIf: "always" },
  },
  {
    id: "take-back",
    type: "roll-back",
    dependencies: ["canary"],
    status: "SUCCEEDED",
    rule: { compensates: "canary" },
  },
  { id: "free", type: "free", dependencies: ["reserve"], status: "RUNNING", rule: { compensates: "reserve" } },
];

/** Writes a run with branches; returns its id. */
export async function insertRolledBackRun(pool: Pool): Promise<string> {
  const jobs = ROLLED_BACK;
  return (await insertRun(pool, { workflowId: "checkout-canary", executionId: "4.12.1", jobs })).id;
}
