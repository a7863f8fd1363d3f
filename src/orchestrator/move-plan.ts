/** What moving a run to another version of its document changes, and which of it is not possible. Pure. */

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

/** What makes two jobs the same for a run that goes on. How often and how long a job is tried may change. */
function contentOf(job: JobDefinition): string {
  const { retries, timeoutMs, allowFailure, runIf, config, ...rest } = job;
  const rules = { ...(allowFailure === true && { allowFailure }), ...(runIf !== "succeeded" && { runIf }) };
  const all = { ...rest, ...rules, config: config ?? {}, dependencies: dependenciesOf(job) };
  const given = Object.entries(all).filter(([, value]) => value != null);
  return digestOf(JSON.parse(JSON.stringify(Object.fromEntries(given))));
}

const hasBegun = ({ status, wasCalled }: JobToMove): boolean => status !== "PENDING" || wasCalled;

/**
 * Which jobs are added, removed and changed. Jobs that have begun or ended must stay as they are, and so must the jobs
 * that they depend on.
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
  const begun = new Set(jobs.filter(hasBegun).map(({ jobId }) => jobId));
  for (const job of before.jobs) if (begun.has(job.id)) for (const id of dependenciesOf(job)) begun.add(id);
  const statuses = new Map(jobs.map(({ jobId, status }) => [jobId, status]));
  const refused = [...plan.removed, ...plan.changed]
    .filter((id) => begun.has(id))
    .map((jobId) => ({ jobId, status: statuses.get(jobId) ?? "PENDING", isRemoved: !next.has(jobId) }));
  return { plan, refused };
}

/** Whether nothing of the document changes that a run goes by. */
export const isSameDocument = (before: WorkflowDefinition, after: WorkflowDefinition): boolean =>
  digestOf(JSON.parse(JSON.stringify(before))) === digestOf(JSON.parse(JSON.stringify(after)));
