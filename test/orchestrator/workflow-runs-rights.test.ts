/** Tests that the rights on runs in `policy.ts` and the lists of runs in SQL agree, row by row. */

import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mayCancelRun, mayReadRun, mayReadRunDetail, type RunPolicy } from "../../src/approvals/policy.ts";
import { countVisibleRuns, listVisibleRuns, requestsOfRuns, runsOfRequests } from "../../src/db/queries/run-lists.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { COUNT, fillCases, VIEWERS } from "../support/approvals/rights-cases.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { asPerson, claimsOf } from "../support/db/persons.ts";
import { linkRequest } from "../support/orchestrator/runs.ts";

let database: TestDatabase;
/** The policy of each run, by its id: some have one request, some have two. */
let runs: Map<string, RunPolicy & { requests: ApprovalRequest[] }>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { requests } = await fillCases(database.pool);
  const starters = ["ann", "bob", "orchestrator"];
  runs = new Map(
    requests.map((request, index) => {
      const createdBy = index % 4 === 0 ? (starters[(index / 4) % 3] ?? null) : null;
      return [request.id, { createdBy, startRoles: index % 10 === 3 ? ["ops", "release"] : [], requests: [request] }];
    }),
  );
  await database.pool.query(
    `insert into workflow_runs (id, workflow_id, execution_id, definition, created_by, start_roles)
     select id, workflow_id, execution_id, '{}', given ->> 'createdBy',
            array(select jsonb_array_elements_text(given -> 'startRoles'))
       from approval_requests, lateral (select $1::jsonb -> id::text as given) policy`,
    [JSON.stringify(Object.fromEntries(runs))],
  );
  await database.pool.query(
    `insert into workflow_run_jobs (run_id, job_id, position, type, status, request_id)
     select id, unnest(array[job_id, 'second']), unnest(array[0, 1]), 'approval', 'RUNNING', unnest(array[id, null])
       from approval_requests`,
  );
  await database.pool.query(
    `with tried as (
       insert into workflow_run_attempts (run_id, job_id, number) select run_id, job_id, 1 from workflow_run_jobs)
     insert into workflow_run_logs (run_id, job_id, line, attempt, level, message)
     select run_id, job_id, 1, 1, 'info', 'a secret' from workflow_run_jobs`,
  );
  // Every third run has created a second request, with the policy of another run's request.
  for (const [index, request] of requests.entries()) {
    const other = requests[index + 1];
    if (index % 3 !== 0 || other === undefined) continue;
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms,
         expires_at, notify_users, notify_roles, allowed_approvers, allow_self_approval)
       select $1, 'second', $2, title, requested_by, created_by, timeout_ms, expires_at, notify_users, notify_roles,
              allowed_approvers, allow_self_approval
         from approval_requests where id = $3 returning id`,
      [request.workflowId, request.executionId, other.id],
    );
    await linkRequest(database.pool, request.id, "second", rows[0]?.id as string);
    const second = { ...other, id: rows[0]?.id as string, escalationLevel: 0, escalateToUsers: [], voters: [] };
    runs.get(request.id)?.requests.push(second);
  }
});
afterAll(() => database.drop());

it("the list of runs and its count contain the runs that the viewer may read, for every kind of viewer", async () => {
  for (const viewer of VIEWERS) {
    const readable = [...runs].filter(([, run]) => mayReadRun(run, viewer)).map(([id]) => id);
    const { items } = await listVisibleRuns(database.pool, viewer, {}, null, COUNT);
    expect(items.map(({ id }) => id).sort(), JSON.stringify(viewer)).toEqual(readable.sort());
    for (const filter of [{}, { workflowId: "release" }, { statuses: ["RUNNING" as const] }]) {
      expect(await countVisibleRuns(database.pool, viewer, filter, COUNT)).toBe(readable.length);
    }
  }
});

it("a page of runs after a cursor and with a filter contains the rest of them", async () => {
  for (const viewer of VIEWERS.filter(({ roles }) => roles.length === 1)) {
    const { items } = await listVisibleRuns(database.pool, viewer, { statuses: ["RUNNING"] }, null, COUNT);
    const middle = items[Math.floor(items.length / 2)];
    if (middle === undefined) continue;
    const rest = await listVisibleRuns(database.pool, viewer, { workflowId: "release" }, middle, 7);
    const expected = items.slice(items.indexOf(middle) + 1);
    expect(rest.items.map(({ id }) => id)).toEqual(expected.slice(0, 7).map(({ id }) => id));
    expect(rest.hasNextPage).toBe(expected.length > 7);
    expect((await listVisibleRuns(database.pool, viewer, { statuses: ["FAILED"] }, null, 1)).items).toEqual([]);
  }
});

it("the requests loaded with a run are enough to decide who may see what", async () => {
  const told = Map.groupBy(await requestsOfRuns(database.pool, [...runs.keys()]), ({ runId }) => runId);
  for (const viewer of VIEWERS) {
    for (const [id, run] of runs) {
      const toldOf = { ...run, requests: told.get(id) ?? [] };
      expect(mayReadRun(toldOf, viewer)).toBe(mayReadRun(run, viewer));
      expect(mayReadRunDetail(toldOf, viewer)).toBe(mayReadRunDetail(run, viewer));
      expect(mayCancelRun(toldOf, viewer)).toBe(mayCancelRun(run, viewer));
      if (mayReadRunDetail(run, viewer)) expect(mayReadRun(run, viewer)).toBe(true);
      if (mayCancelRun(run, viewer)) expect(mayReadRun(run, viewer)).toBe(true);
    }
  }
});

it("a person with a database login sees the same runs as over the API, and none of their detail", async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const viewer of VIEWERS) {
      const readable = [...runs].filter(([, run]) => mayReadRun(run, viewer)).map(([id]) => id);
      const idsIn = (table: string) => `array(select distinct run_id::text from ${table})`;
      const jobs = `${idsIn("workflow_run_jobs")} as jobs, ${idsIn("workflow_run_attempts")} as attempts`;
      const seen = await asPerson(client, "countersign_person", claimsOf(viewer), (person) =>
        person.query(`select array(select id::text from workflow_runs) as runs, ${jobs}`),
      );
      expect(seen.rows[0].runs.sort(), JSON.stringify(viewer)).toEqual(readable.sort());
      expect(seen.rows[0].jobs.sort()).toEqual(readable);
      expect(seen.rows[0].attempts.sort()).toEqual(readable);
    }
    const everything = { sub: "olga", scope: "approvals:read" };
    // The times of a run that the API shows to every viewer of the run.
    for (const [table, columns] of [
      ["workflow_runs", "timeout_at, priority"],
      ["workflow_run_jobs", "due_at, timeout_at, waiting_for"],
    ] as const) {
      const shown = await asPerson(client, "countersign_person", everything, (person) =>
        person.query(`select ${columns} from ${table}`),
      );
      expect(shown.rowCount, table).toBeGreaterThan(0);
    }
    for (const [table, columns] of [
      ["workflow_runs", ["definition", "cancel_reason", "cancelled_by", "reason"]],
      ["workflow_run_jobs", ["output", "error", "reason", "waiting_reason", "request_id", "deleted_request"]],
      ["workflow_run_attempts", ["executor_id", "process", "error"]],
      ["workflow_run_logs", ["line", "message", "fields"]],
    ] as const) {
      for (const column of columns) {
        const asked = asPerson(client, "countersign_person", everything, (person) =>
          person.query(`select ${column} from ${table}`),
        );
        await expect(asked, `${table}.${column}`).rejects.toThrow(/permission denied/);
      }
    }
  } finally {
    await client.end();
  }
});

it("requests under the keys of jobs that did not create them show nobody a run", async () => {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await client.query("update workflow_run_jobs set request_id = null");
    await client.query("update workflow_runs set created_by = null, start_roles = '{}'");
    for (const viewer of VIEWERS.filter(({ scopes }) => ["", "approvals:request"].includes(scopes.join()))) {
      expect((await listVisibleRuns(client, viewer, {}, null, COUNT)).items).toEqual([]);
      for (const filter of [{}, { workflowId: "release" }]) {
        expect(await countVisibleRuns(client, viewer, filter, COUNT)).toBe(0);
      }
      await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claimsOf(viewer))]);
      await client.query("set local role countersign_person");
      expect((await client.query("select id from workflow_runs")).rows).toEqual([]);
      await client.query("reset role");
    }
    expect(await requestsOfRuns(client, [...runs.keys()])).toEqual([]);
    expect(await runsOfRequests(client, [...runs.keys()])).toEqual([]);
  } finally {
    await client.query("rollback");
    client.release();
  }
});

it("no function of the database reveals a run that the caller may not see", async () => {
  const seen = "select countersign_runs_seen() as id";
  const client = await database.pool.connect();
  try {
    for (const viewer of VIEWERS.filter(({ scopes }) => scopes.length === 0)) {
      const readable = [...runs].filter(([, run]) => mayReadRun(run, viewer)).map(([id]) => id);
      const { rows } = await asPerson(client, "countersign_person", claimsOf(viewer), (person) => person.query(seen));
      expect([...new Set(rows.map(({ id }) => id))].sort(), JSON.stringify(viewer)).toEqual(readable.sort());
    }
    const open = await client.query(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = current_schema() and p.prosecdef and has_function_privilege('public', p.oid, 'execute')`,
    );
    expect(open.rows).toEqual([]);
    await client.query("begin");
    await client.query("create role passer_by");
    await client.query("set local role passer_by");
    await expect(client.query(seen)).rejects.toThrow(/permission denied/);
  } finally {
    await client.query("rollback");
    client.release();
  }
});
