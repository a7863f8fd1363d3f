/** Starts the runs of the ticks of schedules. */

import { checkedInput } from "../approvals/input-schema.ts";
import type { Pool } from "../db/pool.ts";
import type { NewRun, RunOrigin } from "../db/queries/run-starts.ts";
import { type NewSchedule, typesOfProcesses } from "../db/queries/schedules.ts";
import { listWorkflows, workflowOf } from "../db/queries/workflow-definitions.ts";
import { runsById } from "../db/queries/workflow-runs.ts";
import type { JobHandler } from "../handler/job.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import type { WorkflowDefinition } from "../model/runs.ts";
import { checkedDocument } from "./document.ts";
import { excerpt } from "./excerpt.ts";
import type { Handlers } from "./handlers.ts";
import { runIdOf } from "./keys.ts";
import { workflowToStart } from "./registered.ts";
import { type CheckedSchedule, executionIdOf } from "./schedule-options.ts";
import { storeRun } from "./store-run.ts";

export interface StartSources {
  pool: Pool;
  /** The name of the processes. */
  name: string;
  handlers: Handlers;
  /** Starts a stored run, unless it has been started. */
  startRun: (runId: string) => Promise<void>;
}

/** Most workflows that a message names. */
const MOST_NAMED = 20;

/**
 * Starts the run of a tick, unless it has been started.
 * @throws ValidationError if it can no longer be started, NotFoundError without its workflow
 */
export async function startOfTick(sources: StartSources, schedule: NewSchedule, tick: Date): Promise<void> {
  const { pool, name, startRun } = sources;
  const executionId = executionIdOf(schedule.name, tick);
  const id = runIdOf(schedule.workflowId, executionId);
  const [known] = await runsById(pool, [id]);
  if (known === undefined) {
    const { document, origin } = await startedWith(sources, schedule, executionId);
    const handlers = await handlersOfAll(sources);
    const definition = checkedDocument(document, { executionId, priority: schedule.priority }, handlers);
    const run: NewRun = {
      id,
      definition,
      executionId,
      priority: schedule.priority,
      startedFromCheckpoint: null,
      taken: {},
      origin: { ...origin, orchestrator: name, createdBy: null, schedule: schedule.name },
    };
    await storeRun(pool, run);
  }
  if (known === undefined || known.status === "RUNNING") await startRun(id);
}

async function startedWith(
  { pool }: StartSources,
  { definition, workflowId, workflowVersion, input }: NewSchedule,
  executionId: string,
): Promise<{
  document: WorkflowDefinition;
  origin: Pick<RunOrigin, "input" | "workflowVersion" | "startRoles">;
}> {
  if (definition !== null) {
    return { document: definition, origin: { input, workflowVersion: null, startRoles: [] } };
  }
  const { newest, workflow } = await workflowToStart(pool, workflowId, { version: workflowVersion, executionId });
  const checked = await checkedInput(workflow.inputSchema, input);
  return {
    document: workflow.definition,
    origin: { input: checked, workflowVersion: workflow.version, startRoles: newest.startRoles },
  };
}

/** The handlers of this process, and a placeholder for each that only other processes of the same name have. */
async function handlersOfAll({ pool, name, handlers }: StartSources): Promise<ReadonlyMap<string, JobHandler>> {
  const elsewhere = (await typesOfProcesses(pool, name)).map((type): [string, JobHandler] => [type, ELSEWHERE]);
  return new Map([...elsewhere, ...handlers.byType]);
}
const ELSEWHERE: JobHandler = {
  type: "elsewhere",
  execute: async () => ({ success: false, error: "its handler is in another process" }),
};

/**
 * Checks what a schedule names in the database: the workflow, its version and the input for it.
 * @throws ValidationError
 */
export async function checkStored(pool: Pool, schedule: CheckedSchedule): Promise<void> {
  const { definition, workflowId, workflowVersion, input } = schedule;
  if (definition !== null) return;
  const newest = await workflowOf(pool, workflowId);
  const refuse = (issue: Issue) => new ValidationError([issue]);
  if (newest === undefined) {
    const { items } = await listWorkflows(pool, null, null, MOST_NAMED);
    const names = items.map(({ name }) => name).join(", ") || "none";
    const message = `must be the name of a registered workflow or a document, not ${excerpt(workflowId)}; registered: ${names}`;
    throw refuse({ path: "workflow", message });
  }
  const workflow = workflowVersion === null ? newest : await workflowOf(pool, workflowId, workflowVersion);
  if (workflow === undefined) {
    const message = `must be a version of ${excerpt(workflowId)}, from 1 to ${newest.version}, not ${workflowVersion}`;
    throw refuse({ path: "version", message });
  }
  await checkedInput(workflow.inputSchema, input);
}
