/** Plans a move of a run to another version of its document: the changes, and those that are not possible. Pure. */

import type { JobToMove } from "../db/queries/run-moves.ts";
import { digestOf } from "../model/json.ts";
import type { JobDefinition, JobRunStatus, MovePlan, WorkflowDefinition } from "../model/runs.ts";
import { dependenciesOf } from "./order.ts";

/** A change that is not possible. */
export interface RefusedChange {
  jobId: string;
  status: JobRunStatus;
  isRemoved: boolean;
}

/** The content by which two jobs are the same for an active run. Retries and time-outs may change. */
function contentOf(job: JobDefinition): string {
  const { retries, timeoutMs, allowFailure, runIf, config, ...rest } = job;
  const rules = { ...(allowFailure === true && { allowFailure }), ...(runIf !== "succeeded" && { runIf }) };
  const all = { ...rest, ...rules, config: config ?? {}, dependencies: dependenciesOf(job) };
  const given = Object.entries(all).filter(([, value]) => value != null);
  return digestOf(JSON.parse(JSON.stringify(Object.fromEntries(given))));
}

const hasStarted = ({ status, wasCalled }: JobToMove): boolean => status !== "PENDING" || wasCalled;

/**
 * Returns which jobs are added, removed and changed. Jobs that have started or ended must not change, and neither must
 * the jobs that they depend on.
 * @param jobs of the run
 */
export function planOfMove(
  before: WorkflowDefinition,
  after: WorkflowDefinition,
  jobs: readonly JobToMove[],
): { plan: MovePlan; refused: RefusedChange[] } {
  const old = new Map(before.jobs.map((job) => [job.id, contentOf(job)]));
  const next = new Map(after.jobs.map((job) => [job.id, contentOf(job)]));
  const plan = {
    added: [...next.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !next.has(id)),
    changed: [...old.keys()].filter((id) => next.has(id) && next.get(id) !== old.get(id)),
  };
  const started = new Set(jobs.filter(hasStarted).map(({ jobId }) => jobId));
  for (const job of before.jobs) if (started.has(job.id)) for (const id of dependenciesOf(job)) started.add(id);
  const statuses = new Map(jobs.map(({ jobId, status }) => [jobId, status]));
  const refused = [...plan.removed, ...plan.changed]
    .filter((id) => started.has(id))
    .map((jobId) => ({ jobId, status: statuses.get(jobId) ?? "PENDING", isRemoved: !next.has(jobId) }));
  return { plan, refused };
}

/** Whether two documents are the same. */
export const isSameDocument = (before: WorkflowDefinition, after: WorkflowDefinition): boolean =>
  digestOf(JSON.parse(JSON.stringify(before))) === digestOf(JSON.parse(JSON.stringify(after)));
