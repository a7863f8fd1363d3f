/** The state of a run before it asks, and what a new run takes over from it. */

import type { Pool } from "../db/pool.ts";
import { isCheckpoint, saveCheckpoint } from "../db/queries/checkpoints.ts";
import { jobsCalled } from "../db/queries/run-branches.ts";
import type { Checkpoint, CheckpointStore } from "../handler/checkpoints.ts";
import { type Issue, ValidationError } from "../model/errors.ts";
import { digestOf } from "../model/json.ts";
import type { ApprovalCheckpoint, JobDefinition, WorkflowDefinition } from "../model/runs.ts";
import { checkpointIdOf, runIdOf } from "./keys.ts";
import { dependenciesOf, inOrder } from "./order.ts";
import { outputText } from "./outputs.ts";
import { shown } from "./shown.ts";
import type { RunOnItsWay } from "./words.ts";

/** Keeps checkpoints of a run's jobs as rows, with the document and the outputs of all jobs that have succeeded. */
export class RunCheckpoints implements CheckpointStore {
  readonly #pool: Pool;
  readonly #run: RunOnItsWay;
  readonly #persist: <T>(work: () => Promise<T>) => Promise<T>;

  /** @param persist repeats a read or a write of the database until it succeeds */
  constructor(pool: Pool, run: RunOnItsWay, persist: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#pool = pool;
    this.#run = run;
    this.#persist = persist;
  }

  async save({ name, workflowId, jobId, executionId, state }: Checkpoint): Promise<{ id: string }> {
    const id = checkpointIdOf(workflowId, executionId, jobId);
    const whole = { config: state.config, dependencies: state.dependencies, workflow: this.#run.definition };
    const checkpoint = { id, name, workflowId, jobId, executionId, state: whole, runId: this.#run.id };
    await this.#persist(() => saveCheckpoint(this.#pool, checkpoint));
    return { id };
  }

  async find({ workflowId, jobId, executionId }: Omit<Checkpoint, "name" | "state">): Promise<{ id: string } | null> {
    const id = checkpointIdOf(workflowId, executionId, jobId);
    return (await this.#persist(() => isCheckpoint(this.#pool, id))) ? { id } : null;
  }
}

/** What is to be different from the run that the checkpoint was kept of. */
export interface CheckpointChanges {
  /** Another document for the same workflow; default: that of the checkpoint. */
  workflow?: WorkflowDefinition;
  /** Fields of the configuration to be changed, by job id. */
  config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Outputs by job id; these jobs are not run, those behind them are. */
  results?: Readonly<Record<string, unknown>>;
}

/**
 * The document with the changes, and the outputs that are given, as JSON carries them.
 * @throws ValidationError for jobs that are not there, and for outputs that cannot be kept
 */
export function checkedChanges(
  checkpoint: ApprovalCheckpoint,
  changes: CheckpointChanges,
): { workflow: WorkflowDefinition; results: Record<string, unknown> } {
  const workflow = changes.workflow ?? checkpoint.state.workflow;
  if (workflow === null) {
    throw new ValidationError([{ path: "workflow", message: "is needed: the checkpoint was kept without one" }]);
  }
  const config = changes.config ?? {};
  const given = changes.results ?? {};
  const issues: Issue[] = [];
  if (workflow.id !== checkpoint.workflowId) {
    const must = `must be that of the checkpoint, ${checkpoint.workflowId}`;
    issues.push({ path: "workflow.id", message: `${must}, not ${shown(workflow.id)}` });
  }
  // Whether they are jobs at all is checked with the document.
  const jobs = Array.isArray(workflow.jobs) ? (workflow.jobs as (JobDefinition | null | undefined)[]) : [];
  const known = new Set(jobs.map((job) => job?.id));
  for (const [path, byJob] of Object.entries({ config, results: given })) {
    for (const jobId of Object.keys(byJob)) {
      if (!known.has(jobId)) issues.push({ path: `${path}.${jobId}`, message: `there is no job ${shown(jobId)}` });
    }
  }
  for (const [jobId, fields] of Object.entries(config)) {
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) continue;
    issues.push({ path: `config.${jobId}`, message: `must be an object of fields to change, not ${shown(fields)}` });
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

/** What makes two jobs the same; how often they are tried is not part of it. */
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
 * The jobs of the new run that are not run: those whose outputs are given, and those that had succeeded, are the same as
 * they were, and stand behind none that is not.
 * @param undone jobs that have succeeded and were undone, so that they have to run again
 */
export function takenFrom(
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
