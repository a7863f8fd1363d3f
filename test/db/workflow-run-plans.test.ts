/** With 100,000 runs, no list reads the whole table, for any viewer: the plans use indexes and read few rows. */

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { takeWaitingRuns } from "../../src/db/queries/hand-over.ts";
import { attemptsOfRuns, jobHasEnded, logLengthsOfRuns, logPages } from "../../src/db/queries/run-history.ts";
import {
  countVisibleRuns,
  jobStatesOfRuns,
  listVisibleRuns,
  requestsOfRuns,
  runsOfRequests,
} from "../../src/db/queries/run-lists.ts";
import type { RunFilter } from "../../src/db/queries/workflow-runs.ts";
import type { Queryable } from "../../src/db/query.ts";
import type { Viewer } from "../../src/model/approvals.ts";
import { createOrchestrator } from "../../src/orchestrator/entry.ts";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import type { TestDatabase } from "../support/db/database.ts";
import { expectFewByIndex, explain, mostLookedAt } from "../support/db/explain.ts";
import { createDatabaseOfManyRequests } from "../support/db/many-requests.ts";

const COUNT = 100_000;
const FEW = 5_000;

let database: TestDatabase;
let atTheApisRole: Pool;
let ids: string[];
beforeAll(async () => {
  database = await createDatabaseOfManyRequests({ query_timeout: 120_000 });
  const { pool, url } = database;
  // Each request belongs to the second of three jobs of a run. One run in a hundred is still running.
  await pool.query(
    `insert into workflow_runs (id, workflow_id, execution_id, definition, status, ended_at, created_at)
     select id, workflow_id, execution_id, '{}', case when decision_source is null then 'RUNNING' else 'SUCCEEDED' end,
            decided_at, created_at from approval_requests`,
  );
  await pool.query(
    `insert into workflow_run_jobs (run_id, job_id, position, type, status, ended_at, request_id)
     select r.id, j.id, j.place, 'script', 'SUCCEEDED', now(), case when j.id = 'approval' then r.id end
       from approval_requests r, (values ('build', 0), ('approval', 1), ('deploy', 2)) j (id, place)`,
  );
  // Each build had two attempts, and logged three lines.
  await pool.query(
    `insert into workflow_run_attempts (run_id, job_id, number, outcome, ended_at)
     select id, 'build', number, 'FAILED', now() from workflow_runs, generate_series(1, 2) number`,
  );
  await pool.query(
    `insert into workflow_run_logs (run_id, job_id, line, attempt, level, message)
     select id, 'build', line, 1, 'info', 'a line' from workflow_runs, generate_series(1, 3) line`,
  );
  await pool.query("vacuum analyze workflow_runs, workflow_run_jobs, workflow_run_attempts, workflow_run_logs");
  ids = (await pool.query<{ id: string }>("select id from workflow_runs limit 100")).rows.map(({ id }) => id);
  atTheApisRole = createPool(url, { query_timeout: 120_000, asApi: true, log: pino({ level: "silent" }) });
}, 300_000);
afterAll(async () => {
  await atTheApisRole.end();
  await database.drop();
});

const person = viewerOf("user-20", { roles: ["role-3"] });
const nobody = viewerOf("nobody", { roles: ["other"] });
const list =
  (viewer: Viewer, filter: RunFilter = {}) =>
  (db: Queryable) =>
    listVisibleRuns(db, viewer, filter, null, 20);
const count =
  (viewer: Viewer, filter: RunFilter = {}) =>
  (db: Queryable) =>
    countVisibleRuns(db, viewer, filter, 1_000);

const pagesOf = (isFromEnd: boolean) =>
  ids.map((runId) => ({ runId, jobId: "build", after: 1, before: null, size: 20, isFromEnd }));

const ROLES = { "the tables' owner": () => database.pool, "the API's role": () => atTheApisRole } as const;

describe.each(Object.entries(ROLES))("with 100,000 runs, as %s", (_role, pool) => {
  it.each<[string, RegExp, (db: Queryable) => Promise<unknown>]>([
    ["an admin's list", /runs_created$/, list(admin)],
    [
      "an admin's list behind a cursor",
      /runs_created$/,
      (db) => {
        const createdAt = new Date(Date.now() - (COUNT / 2) * 60_000);
        return listVisibleRuns(db, admin, {}, { createdAt, id: "80000000-0000-4000-8000-000000000000" }, 20);
      },
    ],
    ["an admin's list of what goes on", /runs_(status_created|created|open)/, list(admin, { statuses: ["RUNNING"] })],
    ["an admin's list of a rare status", /runs_status_created/, list(admin, { statuses: ["CANCELLED"] })],
    ["a list by workflow", /runs_workflow_created/, list(admin, { workflowId: "workflow-7" })],
    ["a list of an unknown workflow", /runs_(key|workflow_created)/, list(admin, { workflowId: "none" })],
    ["a list by execution", /runs_execution/, list(admin, { executionId: "run-777" })],
    ["an ordinary viewer's list", /runs_created$/, list(person)],
    ["an ordinary viewer's list of what goes on", /./, list(person, { statuses: ["RUNNING"] })],
    ["the list of someone who sees nothing", /people/, list(nobody)],
    [
      "the list of a workflow of someone who sees nothing",
      /people|workflow/,
      list(nobody, { workflowId: "workflow-7" }),
    ],
    ["an admin's count of a workflow", /runs_/, count(admin, { workflowId: "workflow-7" })],
    ["an ordinary viewer's count", /people/, count(person)],
    ["an ordinary viewer's count of an execution", /runs_execution/, count(person, { executionId: "run-777" })],
    ["an ordinary viewer's count of a workflow", /runs_workflow_created/, count(person, { workflowId: "workflow-7" })],
    ["a count of nothing", /people/, count(nobody)],
    ["the requests of runs", /run_jobs_pkey/, (db) => requestsOfRuns(db, ids)],
    ["the runs of requests", /run_jobs_request/, (db) => runsOfRequests(db, ids)],
    ["the jobs of runs", /run_jobs_pkey/, (db) => jobStatesOfRuns(db, ids)],
    ["the attempts of runs", /run_attempts_pkey/, (db) => attemptsOfRuns(db, ids)],
    ["the lengths of the logs of runs", /run_logs_pkey/, (db) => logLengthsOfRuns(db, ids)],
    ["pages of logs", /run_logs_pkey/, (db) => logPages(db, pagesOf(false))],
    ["pages of the ends of logs", /run_logs_pkey/, (db) => logPages(db, pagesOf(true))],
    ["whether a job has ended", /run_jobs_pkey/, (db) => jobHasEnded(db, ids[0] as string, "build")],
  ])("%s uses an index and reads few rows", async (_what, index, run) => {
    const nodes = await explain(pool(), run);
    expectFewByIndex(nodes, index, FEW);
  });

  it("the run of a request is found by its id", async () => {
    const [id] = ids;
    const nodes = await explain(pool(), (db) =>
      db.query("update approval_requests set expires_at = expires_at where id = $1", [id]),
    );
    expect(mostLookedAt(nodes)).toBeLessThan(FEW);
  });
});

it("a process that looks for runs without a handler reads no other runs", async () => {
  const { pool, url } = database;
  // It creates the engine's tables, and does not touch the runs of another name.
  const orchestrator = createOrchestrator({ databaseUrl: url, name: "another", log: pino({ level: "silent" }) });
  await orchestrator.launch();
  await orchestrator.shutdown();
  await pool.query(
    `insert into countersign_engine.workflow_status
            (workflow_uuid, status, name, executor_id, application_name, application_version, created_at, updated_at)
     select id::text, 'PENDING', 'run', 'gone', 'countersign', '1', 0, 0 from workflow_runs where status = 'RUNNING'`,
  );
  await pool.query("analyze countersign_engine.workflow_status");
  const types = ["script"];
  const taker = { name: "countersign", version: "1", queue: "queue", executorId: "own", types, token: "token" };
  const plans = await explain(pool, (db) => takeWaitingRuns(db, taker));
  expectFewByIndex(plans, /^workflow_run_jobs_waits_for_handler$/, FEW);
});
