/** Handlers, documents and queries for the orchestrator's tests. */

import type { Pool } from "../../../src/db/pool.ts";
import type { JobDefinition, WorkflowDefinition } from "../../../src/model/runs.ts";
import type { Core } from "../approvals/core.ts";
import { callerOf } from "../approvals/requests.ts";
import type { TestDatabase } from "../db/database.ts";
import { eventually } from "../eventually.ts";
import { type Started, startScript } from "../processes.ts";
import { type ApiProcess, startApi } from "../server/api-process.ts";
import { tokenFor } from "../server/server.ts";
import { createEngineDatabase } from "./engine-database.ts";

export const gate = (id: string, dependencies: string[], config: object = {}): JobDefinition => ({
  id,
  type: "approval",
  dependencies,
  config: { title: `May ${id} go on?`, notifyUsers: ["bob"], ...config },
});
export const effect = (id: string, dependencies: string[] = []): JobDefinition => ({
  id,
  type: "effect",
  dependencies,
});

/** One gate between two effects. */
export const GATED: WorkflowDefinition = {
  id: "gated",
  jobs: [effect("build"), gate("approval", ["build"]), effect("deploy", ["approval"])],
};

/** Two gates in sequence, and one beside them. */
export const RELEASE: WorkflowDefinition = {
  id: "release",
  jobs: [
    effect("build"),
    gate("stage-gate", ["build"]),
    effect("stage", ["stage-gate"]),
    gate("production-gate", ["stage"]),
    effect("production", ["production-gate"]),
    gate("notes-gate", ["build"]),
    effect("notes", ["notes-gate"]),
    effect("announce", ["production", "notes"]),
  ],
};

export interface OrchestratorStage {
  database: TestDatabase;
  api: ApiProcess;
  /** Starts a process that starts these runs, and resolves when it is ready. */
  start(runs: readonly (readonly [WorkflowDefinition, string])[], env?: Record<string, string>): Promise<Started>;
  /** Kills the started processes. */
  killAll(): Promise<void>;
  stop(): Promise<void>;
}

/** A database with the tables that record effects, an API, and orchestrators as processes. */
export async function startStage(): Promise<OrchestratorStage> {
  const database = await createEngineDatabase();
  await database.pool.query(`
    create table effects (key uuid primary key, execution_id text not null, job_id text not null);
    create table calls (execution_id text not null, job_id text not null, process integer not null);
    create table ends (run_id uuid not null, job_id text not null);
    create function note_end() returns trigger language plpgsql as $$
    begin
      insert into ends values (new.run_id, new.job_id);
      return new;
    end $$;
    create trigger note_end after update on workflow_run_jobs for each row
      when (old.status in ('PENDING', 'RUNNING') and new.status not in ('PENDING', 'RUNNING'))
      execute function note_end();`);
  const api = await startApi({ databaseUrl: database.url });
  const token = await tokenFor("orchestrator", { scope: "approvals:request" });
  const started: Started[] = [];
  const killAll = async () => {
    for (const process of started.splice(0)) await process.end("SIGKILL");
  };
  return {
    database,
    api,
    async start(runs, env = {}) {
      const process = startScript("test/support/orchestrator/process.ts", [], {
        DATABASE_URL: database.url,
        COUNTERSIGN_URL: api.url,
        COUNTERSIGN_TOKEN: token,
        RUNS: JSON.stringify(runs),
        ...env,
      });
      started.push(process);
      const line = await process.line();
      if (line !== "ready") throw new Error(`the process printed ${line} instead of ready`);
      return process;
    },
    killAll,
    async stop() {
      await killAll();
      await api.end("SIGTERM");
      await database.drop();
    },
  };
}

/** The open request of a job, once it is created. */
export const openRequest = (pool: Pool, executionId: string, jobId: string): Promise<string> =>
  eventually(async () => {
    const { rows } = await pool.query<{ id: string }>(
      "select id from approval_requests where execution_id = $1 and job_id = $2 and status = 'PENDING'",
      [executionId, jobId],
    );
    return rows[0]?.id;
  });

/** The request that a job's row names, once it does. */
export const notedRequest = (pool: Pool, executionId: string, jobId: string): Promise<string> =>
  eventually(async () => ((await jobsOf(pool, executionId))[jobId]?.request_id as string | null) ?? undefined);

/** Decides as bob. */
export const decide = (core: Pick<Core, "manager">, requestId: string, isApproval: boolean): Promise<unknown> =>
  isApproval
    ? core.manager.approve(requestId, {}, callerOf("bob"))
    : core.manager.reject(requestId, { comment: "no" }, callerOf("bob"));

/** Resolves with the run's status once it has ended. */
export const ended = (pool: Pool, executionId: string): Promise<string> =>
  eventually(async () => {
    const { rows } = await pool.query<{ status: string }>(
      "select status from workflow_runs where execution_id = $1 and status <> 'RUNNING'",
      [executionId],
    );
    return rows[0]?.status;
  });

/** The jobs of a run by id, as they are. */
export async function jobsOf(pool: Pool, executionId: string): Promise<Record<string, Record<string, unknown>>> {
  const { rows } = await pool.query(
    `select j.* from workflow_run_jobs j join workflow_runs r on r.id = j.run_id
      where r.execution_id = $1 order by j.position`,
    [executionId],
  );
  return Object.fromEntries(rows.map((row) => [row.job_id, row]));
}

/** The attempts of a job in their order: number, outcome, error and process id. */
export async function attemptsOf(pool: Pool, executionId: string, jobId: string) {
  const { rows } = await pool.query<{ number: number; outcome: string | null; error: string | null; pid: number }>(
    `select a.number, a.outcome, a.error, split_part(a.process, ':', 2)::int as pid
       from workflow_run_attempts a join workflow_runs r on r.id = a.run_id
      where r.execution_id = $1 and a.job_id = $2 order by a.number`,
    [executionId, jobId],
  );
  return rows;
}

/** The jobs of a run whose effects were applied, sorted. */
export async function effectsOf(pool: Pool, executionId: string): Promise<string[]> {
  const { rows } = await pool.query<{ job_id: string }>(
    "select job_id from effects where execution_id = $1 order by job_id",
    [executionId],
  );
  return rows.map((row) => row.job_id);
}
