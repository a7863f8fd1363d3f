/** Tests the deletion of ended runs by `countersign prune-runs` and by an orchestrator with a retention. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Pool } from "../../src/db/pool.ts";
import { openSession } from "../../src/db/session.ts";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import { createOrchestrator, type Orchestrator, type OrchestratorOptions } from "../../src/orchestrator/entry.ts";
import { pruneRuns } from "../../src/orchestrator/prune-runs.ts";
import { countRows } from "../support/approvals/core.ts";
import { runCommand } from "../support/cli/process.ts";
import { eventually } from "../support/eventually.ts";
import { decide, effect, effectsOf, ended, gate, notedRequest } from "../support/orchestrator/orchestrator.ts";
import { endRun, insertRun } from "../support/orchestrator/runs.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const ADMIN = { scope: "approvals:admin" };
const DOCUMENT = {
  id: "release",
  jobs: [effect("build"), gate("approval", ["build"], { createCheckpoint: true }), effect("deploy", ["approval"])],
};

let server: TestServer;
let pool: Pool;
let orchestrator: Orchestrator;

async function launch(options: Partial<OrchestratorOptions> = {}): Promise<void> {
  orchestrator = createOrchestrator({ databaseUrl: server.database.url, ...options });
  orchestrator.registerHandler("approval", new ApprovalHandler(server.app.services));
  orchestrator.registerHandler("effect", {
    type: "effect",
    async execute({ log, executionId, jobId }) {
      log.info(`${jobId} of ${executionId}`);
      await pool.query("insert into effects values ($1, $2)", [executionId, jobId]);
      return { success: true, output: { of: executionId } };
    },
  });
  await orchestrator.launch();
}

beforeAll(async () => {
  server = await startServer();
  pool = server.database.pool;
  await pool.query("create table effects (execution_id text not null, job_id text not null)");
  await launch();
});
afterAll(async () => {
  await orchestrator.shutdown();
  await server.stop();
});

/** A run that waits at its gate. */
async function waiting(executionId: string = randomUUID()) {
  const run = await orchestrator.start(DOCUMENT, { executionId });
  return { run, executionId, requestId: await notedRequest(pool, executionId, "approval") };
}
/** A run that was approved and has ended. */
async function approved() {
  const made = await waiting();
  await decide(server.app.services, made.requestId, true);
  await made.run.result();
  // The engine stores the end of the run after that.
  await eventually(async () => {
    const sql = "select status from countersign_engine.workflow_status where workflow_uuid = $1 and status = 'SUCCESS'";
    return (await pool.query(sql, [made.run.id])).rows[0];
  });
  return made;
}
const age = (runId: string, days: number) =>
  pool.query("update workflow_runs set ended_at = now() - make_interval(days => $2) where id = $1", [runId, days]);
const exists = async (runId: string): Promise<boolean> =>
  (await pool.query("select from workflow_runs where id = $1", [runId])).rowCount === 1;

/** The tables that have a row with this text in it. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('public', 'countersign_engine') order by 1`,
  );
  const found = rows.map(async ({ name }) => {
    const { rowCount } = await pool.query(`select from ${name} t where t::text like '%' || $1 || '%' limit 1`, [text]);
    return rowCount === 1 ? [name] : [];
  });
  return (await Promise.all(found)).flat();
}

const prune = (...args: string[]) =>
  runCommand(["prune-runs", ...args], { env: { DATABASE_URL: server.database.url, DATABASE_LISTEN_URL: "" } });
async function session<T>(work: (client: Awaited<ReturnType<typeof openSession>>) => Promise<T>): Promise<T> {
  const client = await openSession({ url: server.database.url, name: "test" });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const pruneNow = () => session((client) => pruneRuns(client, { days: 30, orchestrator: null }));

describe("countersign prune-runs", () => {
  it("deletes a run that ended too long ago from every table, and keeps its request and the audit log", async () => {
    const [old, young, open] = [await approved(), await approved(), await waiting()];
    await age(old.run.id, 31);
    await age(young.run.id, 29);
    await pool.query("update workflow_runs set created_at = now() - interval '1 year' where id = $1", [open.run.id]);
    const before = await countRows(pool);
    expect(await tablesWith(old.run.id)).toEqual(
      expect.arrayContaining(["countersign_engine.workflow_status", "countersign_engine.operation_outputs"]),
    );

    expect(await prune("--older-than", "30", "--dry-run")).toMatchObject({ code: 0, stdout: "Would delete 1 run.\n" });
    expect(await exists(old.run.id)).toBe(true);
    expect(await prune("--older-than", "30")).toMatchObject({ code: 0, stdout: "Deleted 1 run.\n" });

    expect(await tablesWith(old.run.id)).toEqual([]);
    // The request has the execution id as well, and so have its messages, its log and the effects of this test.
    expect((await tablesWith(old.executionId)).filter((name) => /engine|run|checkpoint/.test(name))).toEqual([]);
    expect(await countRows(pool)).toEqual(before);
    expect([await exists(young.run.id), await exists(open.run.id)]).toEqual([true, true]);

    await expect(old.run.result()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await orchestrator.find("release", old.executionId)).toBeNull();
    const query = `query ($request: ID!, $run: ID!) {
      approvalRequest(id: $request) { status run { id } checkpoint { id } }
      workflowRun(id: $run) { id }
    }`;
    const shown = await server.data(await tokenFor("ann", ADMIN), query, { request: old.requestId, run: old.run.id });
    expect(shown).toEqual({
      approvalRequest: { status: "APPROVED", run: null, checkpoint: null },
      workflowRun: null,
    });

    await decide(server.app.services, open.requestId, true);
    expect(await ended(pool, open.executionId)).toBe("SUCCEEDED");
  });

  it("keeps a run with an open request, and one that a remaining run was started again from", async () => {
    const unfinished = await insertRun(pool, { jobs: [{ id: "approval", status: "RUNNING" }] });
    const requestId = await server.ask(await tokenFor("program", { scope: "approvals:request" }));
    await pool.query("update workflow_run_jobs set request_id = $2 where run_id = $1", [unfinished.id, requestId]);
    await endRun(pool, unfinished.id, "FAILED");
    await age(unfinished.id, 40);
    const { run: first } = await approved();
    const { metadata } = (await first.result()).jobs.approval ?? {};
    const second = await orchestrator.startFromCheckpoint(metadata?.checkpointId as string, {
      executionId: randomUUID(),
      results: { approval: null },
    });
    await second.result();
    await age(first.id, 40);

    expect(await prune("--older-than", "30", "--dry-run", "--json")).toMatchObject({
      stdout: '{"runs":0,"dryRun":true}\n',
    });
    expect(await pruneNow()).toBe(0);
    await age(second.id, 35);
    await decide(server.app.services, requestId, false);
    expect(await prune("--older-than", "30", "--dry-run", "--json")).toMatchObject({
      stdout: '{"runs":3,"dryRun":true}\n',
    });
    expect(await prune("--older-than", "30", "--json")).toMatchObject({ stdout: '{"runs":3,"dryRun":false}\n' });
    expect(await Promise.all([unfinished, first, second].map(({ id }) => exists(id)))).toEqual([false, false, false]);
  });

  it("keeps a run that a job of an open run has started, until that one has ended", async () => {
    const parent = await insertRun(pool, { jobs: [{ id: "deploy", type: "workflow", status: "RUNNING" }] });
    const child = await insertRun(pool);
    const link = "update workflow_runs set parent_run_id = $2, parent_job_id = 'deploy' where id = $1";
    await pool.query(link, [child.id, parent.id]);
    await endRun(pool, child.id, "SUCCEEDED");
    await age(child.id, 40);
    await prune("--older-than", "30");
    expect(await exists(child.id)).toBe(true);
    await endRun(pool, parent.id, "SUCCEEDED");
    await prune("--older-than", "30");
    expect([await exists(child.id), await exists(parent.id)]).toEqual([false, true]);
  });

  it("runs once at a time, and skips a run that another transaction is writing", async () => {
    const runs = await Promise.all(Array.from({ length: 120 }, () => insertRun(pool)));
    for (const { id } of runs) {
      await endRun(pool, id, "SUCCEEDED");
      await age(id, 40);
    }
    const [locked] = runs as [(typeof runs)[number]];
    const writer = await pool.connect();
    try {
      await writer.query("begin");
      await writer.query("select from workflow_runs where id = $1 for update", [locked.id]);
      const counts = await Promise.all([pruneNow(), pruneNow(), pruneNow()]);
      expect(counts.reduce((sum, count) => sum + count)).toBe(119);
      await writer.query("commit");
    } finally {
      writer.release();
    }
    expect(await pruneNow()).toBe(1);
  });

  it("refuses an invalid number of days", async () => {
    for (const days of ["-1", "x", "", "1e3", "36501"]) {
      const { code, stderr } = await prune(`--older-than=${days}`);
      expect([code, stderr]).toEqual([4, expect.stringContaining("a number of days from 0 to 36500")]);
    }
  });
});

describe("a start with the execution id of a deleted run", () => {
  it("starts a new run, which ignores the decisions in the old one", async () => {
    const { run, executionId, requestId } = await approved();
    await age(run.id, 31);
    await session(async (client) => {
      await client.query("set session_replication_role = replica");
      const sql = `update approval_requests set created_at = created_at - interval '31 days',
                          decided_at = decided_at - interval '31 days' where id = $1`;
      await client.query(sql, [requestId]);
    });
    expect(await pruneNow()).toBe(1);
    const again = await orchestrator.start(DOCUMENT, { executionId });
    const { status, jobs } = await again.result();
    expect([again.id, status]).toEqual([run.id, "FAILED"]);
    expect(jobs.approval?.error).toMatch(
      `The request ${requestId} has the ids of this job and was decided before this run started`,
    );
    expect(await effectsOf(pool, executionId)).toEqual(["build", "build", "deploy"]);
  });
});

describe("an orchestrator with a retention", () => {
  it("deletes the old runs of its own name, and no others", async () => {
    const [{ run }, other] = [await approved(), await insertRun(pool)];
    await endRun(pool, other.id, "SUCCEEDED");
    await pool.query("update workflow_runs set orchestrator = 'others' where id = $1", [other.id]);
    await age(run.id, 8);
    await age(other.id, 8);
    await orchestrator.shutdown();
    await launch({ retention: { days: 7.5 } });
    await eventually(async () => ((await exists(run.id)) ? undefined : true));
    expect(await tablesWith(run.id)).toEqual([]);
    expect(await exists(other.id)).toBe(true);
  });

  it.each([
    [{ days: 0 }, /retention.days must be a number of days, more than 0 and at most 36500, not 0/],
    [{ days: "30" }, /not '30'/],
    [{ days: Number.NaN }, /not NaN/],
    [{ days: 36_501 }, /not 36501/],
    [{}, /not undefined/],
    [{ days: 3, hours: 1 }, /retention.hours does not exist/],
    [30, /retention must be an object, \{ days: 90 \}, not 30/],
    [null, /not null/],
  ])("refuses %o", (retention, message) => {
    const options = { databaseUrl: server.database.url, retention: retention as never };
    expect(() => createOrchestrator(options)).toThrow(message);
  });
});
