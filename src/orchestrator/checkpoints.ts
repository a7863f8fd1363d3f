/** Checkpoints: the state of a run before a job asks for approval, and what a new run takes over from it. */

import type { Pool } from "../db/pool.ts";
import { isCheckpoint, saveCheckpoint } from "../db/queries/checkpoints.ts";
import { jobsCalled } from "../db/queries/run-branches.ts";
import type { Checkpoint, CheckpointStore } from "../handler/checkpoints.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import { digestOf } from "../model/json.ts";
import type { ApprovalCheckpoint, JobDefinition, WorkflowDefinition } from "../model/runs.ts";
import { excerpt } from "./excerpt.ts";
import { checkpointIdOf, runIdOf } from "./keys.ts";
import { dependenciesOf, inOrder } from "./order.ts";
import { outputText } from "./outputs.ts";
import type { ActiveRun } from "./run-result.ts";

/** Stores checkpoints of a run's jobs as rows, with the document and the outputs of all jobs that have succeeded. */
export class RunCheckpoints implements CheckpointStore {
  readonly #pool: Pool;
  readonly #run: ActiveRun;
  readonly #withRetries: <T>(work: () => Promise<T>) => Promise<T>;

  /** @param withRetries repeats a read or a write of the database until it succeeds */
  constructor(pool: Pool, run: ActiveRun, withRetries: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#pool = pool;
    this.#run = run;
    this.#withRetries = withRetries;
  }

  async save({ name, workflowId, jobId, executionId, state }: Checkpoint): Promise<{ id: string }> {
    const id = checkpointIdOf(workflowId, executionId, jobId);
    const whole = { config: state.config, dependencies: state.dependencies, workflow: this.#run.definition };
    const checkpoint = { id, name, workflowId, jobId, executionId, state: whole, runId: this.#run.id };
    await this.#withRetries(() => saveCheckpoint(this.#pool, checkpoint));
    return { id };
  }

  async find({ workflowId, jobId, executionId }: Omit<Checkpoint, "name" | "state">): Promise<{ id: string } | null> {
    const id = checkpointIdOf(workflowId, executionId, jobId);
    return (await this.#withRetries(() => isCheckpoint(this.#pool, id))) ? { id } : null;
  }
}

/** The differences between the new run and the run of the checkpoint. */
export interface CheckpointChanges {
  /** Another document for the same workflow. Default: the document of the checkpoint. */
  workflow?: WorkflowDefinition;
  /** Fields of the configuration to change, by job id. */
  config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Outputs by job id. These jobs do not run; the jobs that depend on them do. */
  results?: Readonly<Record<string, unknown>>;
}

/**
 * The document with the changes, and the given outputs, as JSON.
 * @throws ValidationError for unknown jobs, and for outputs that cannot be stored
 */
export function checkedChanges(
  checkpoint: ApprovalCheckpoint,
  changes: CheckpointChanges,
): { workflow: WorkflowDefinition; results: Record<string, unknown> } {
  const workflow = changes.workflow ?? checkpoint.state.workflow;
  if (workflow === null) {
    throw new ValidationError([{ path: "workflow", message: "is required: the checkpoint was stored without one" }]);
  }
  const config = changes.config ?? {};
  const given = changes.results ?? {};
  const issues: Issue[] = [];
  if (workflow.id !== checkpoint.workflowId) {
    const must = `must be that of the checkpoint, ${checkpoint.workflowId}`;
    issues.push({ path: "workflow.id", message: `${must}, not ${excerpt(workflow.id)}` });
  }
  // The check of the document finds entries that are not jobs.
  const jobs = Array.isArray(workflow.jobs) ? (workflow.jobs as (JobDefinition | null | undefined)[]) : [];
  const known = new Set(jobs.map((job) => job?.id));
  for (const [path, byJob] of Object.entries({ config, results: given })) {
    for (const jobId of Object.keys(byJob)) {
      if (!known.has(jobId)) issues.push({ path: `${path}.${jobId}`, message: `there is no job ${excerpt(jobId)}` });
    }
  }
  for (const [jobId, fields] of Object.entries(config)) {
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) continue;
    issues.push({ path: `config.${jobId}`, message: `must be an object of fields to change, not ${excerpt(fields)}` });
  }
  const results = Object.entries(given).map(([jobId, output]) => {
    const text = outputText({ path: "results", name: jobId }, output, issues);
    return [jobId, text === null ? null : (JSON.parse(text) as unknown)] as const;
  });
  if (issues.length > 0) throw new ValidationError(issues);
  const changed = jobs.map((job) =>
    job && Object.hasOwn(config, job.id) ? { ...job, config: { ...(job.config as object), ...config[job.id] } } : job,
  );
  return {
    workflow: Array.isArray(workflow.jobs) ? { ...workflow, jobs: changed as JobDefinition[] } : workflow,
    results: Object.fromEntries(results),
  };
}

/** The content by which two jobs are the same. Retries are not part of it. */
function contentOf({ id, type, config = {}, ...job }: JobDefinition): string {
  const { runIf, when, forEach } = job;
  const rules = {
    ...(runIf != null && { runIf }),
    ...(when != null && { when }),
    ...(forEach != null && { forEach: { items: forEach.items } }),
  };
  const content = { id, type, config, dependencies: dependenciesOf({ id, type, ...job }), ...rules };
  return digestOf(JSON.parse(JSON.stringify(content)));
}

/** The jobs of the checkpoint's run that have been undone since, or are being undone. */
export async function undoneIn(pool: Pool, { workflowId, executionId, state }: ApprovalCheckpoint): Promise<string[]> {
  const compensations = new Map((state.workflow?.jobs ?? []).map(({ id, compensates }) => [id, compensates]));
  const ids = [...compensations].flatMap(([id, compensates]) => (compensates == null ? [] : [id]));
  if (ids.length === 0) return [];
  const called = await jobsCalled(pool, runIdOf(workflowId, executionId), ids);
  return called.flatMap((id) => compensations.get(id) ?? []);
}

/**
 * The jobs that do not run in the new run: jobs with a given output, and jobs that had succeeded and have not changed,
 * like all jobs before them.
 * @param undone jobs that have succeeded and were undone, so they run again
 */
export function jobsTakenOver(
  checkpoint: ApprovalCheckpoint,
  definition: WorkflowDefinition,
  given: Readonly<Record<string, unknown>> = {},
  undone: readonly string[] = [],
): Record<string, { output: unknown; reason: string }> {
  const { results, workflow } = checkpoint.state;
  const before = new Map((workflow?.jobs ?? []).map((job) => [job.id, contentOf(job)]));
  const same = new Set<string>();
  const taken: [id: string, how: { output: unknown; reason: string }][] = [];
  for (const job of inOrder(definition.jobs)) {
    if (Object.hasOwn(given, job.id)) {
      taken.push([job.id, { output: given[job.id] ?? null, reason: "Its output was given at the start." }]);
      continue;
    }
    const isSame =
      Object.hasOwn(results, job.id) &&
      job.compensates == null &&
      !undone.includes(job.id) &&
      before.get(job.id) === contentOf(job) &&
      dependenciesOf(job).every((id) => same.has(id));
    if (!isSame) continue;
    same.add(job.id);
    const reason = `Taken over from execution ${checkpoint.executionId}.`;
    taken.push([job.id, { output: results[job.id], reason }]);
  }
  return Object.fromEntries(taken);
}
