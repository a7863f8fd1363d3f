/** Retries one failed job of a run that has ended, in place. The run continues as its next generation. */

import { checkText, MAX_NAME } from "../approvals/validation.ts";
import type { Pool } from "../db/pool.ts";
import { type JobToRetry, type NewRetry, type RunToRetry, reopenJobs, runToRetry } from "../db/queries/run-retries.ts";
import { ConflictError, type Issue, NotFoundError, ValidationError } from "../model/errors.ts";
import { excerpt } from "./excerpt.ts";
import { JobGraph } from "./order.ts";

/** Most jobs that a message names. */
const MOST_NAMED = 20;

/**
 * Retries a failed job. If two callers retry it, the second gets the error that the run is RUNNING.
 * @throws NotFoundError; ValidationError for a job that is not in the document; ConflictError if it cannot be retried,
 * with what to do instead
 */
export async function retryJob(
  pool: Pool,
  runId: string,
  { jobId, by }: { jobId: unknown; by: unknown },
): Promise<void> {
  const retriedBy = checkedBy(by);
  for (;;) {
    const run = await runToRetry(pool, runId);
    if (run === undefined) throw new NotFoundError("workflow run");
    const retry = { ...plannedRetry(run, jobId), by: retriedBy };
    if (await reopenJobs(pool, run, retry)) return;
    // Another caller was faster, so the run is read again.
  }
}

/** @throws ValidationError for a name that cannot be stored */
export function checkedBy(by: unknown): string | null {
  if (by == null || (typeof by === "string" && by.trim() === "")) return null;
  const issues: Issue[] = [];
  if (typeof by === "string") checkText("by", by, MAX_NAME, issues);
  else issues.push({ path: "by", message: `must be a string, not ${excerpt(by)}` });
  if (issues.length > 0) throw new ValidationError(issues);
  return by as string;
}

/** The jobs that run again if this one is retried. Pure. @throws ValidationError, ConflictError */
export function plannedRetry(run: RunToRetry, jobId: unknown): Omit<NewRetry, "by"> {
  const job = run.jobs.find((candidate) => candidate.jobId === jobId);
  if (job === undefined) throw unknownJob(run, jobId);
  const definition = run.definition.jobs.find(({ id }) => id === jobId);
  const isCompensation = definition?.compensates != null;
  const why = whyNotRetried(run, job, isCompensation);
  if (why !== null) throw new ConflictError(why);
  return { jobId: job.jobId, reopened: isCompensation ? [] : reopenedWith(run, job), keepsEnd: isCompensation };
}

function unknownJob({ jobs }: RunToRetry, jobId: unknown): ValidationError {
  const failed = jobs.filter(({ status }) => status === "FAILED").map((job) => job.jobId);
  const named = failed.length === 0 ? "none has FAILED" : `FAILED: ${failed.slice(0, MOST_NAMED).join(", ")}`;
  const more = failed.length > MOST_NAMED ? ` and ${failed.length - MOST_NAMED} more` : "";
  return new ValidationError([
    { path: "jobId", message: `there is no job ${excerpt(jobId)} in the run; ${named}${more}` },
  ]);
}

function whyNotRetried(run: RunToRetry, job: JobToRetry, isCompensation: boolean): string | null {
  const { jobId, status } = job;
  if (run.status === "RUNNING") {
    if (run.lastRetried === null) return "The run is RUNNING. Wait until it has ended, then retry the job.";
    return `The run is already RUNNING: its job ${run.lastRetried} was retried. Wait until it has ended.`;
  }
  if (status === "SKIPPED") {
    return `The job ${jobId} is SKIPPED. Retry the FAILED job before it; the jobs that depend on that job run again with it.`;
  }
  if (status !== "FAILED") return `The job ${jobId} is ${status}; only a FAILED job can be retried. ${insteadOf(run)}`;
  if (isRefused(job)) {
    return `The request of ${jobId} is ${job.request}. A request is not asked again. ${insteadOf(run, job)}`;
  }
  if (isCompensation) return null;
  if (run.status === "CANCELLED") return `The run is CANCELLED, so none of its jobs can be retried. ${insteadOf(run)}`;
  const undone = run.definition.jobs.find(
    ({ id, compensates }) => compensates != null && run.jobs.find((job) => job.jobId === id)?.wasCalled,
  );
  if (undone !== undefined) {
    return `The run has been rolled back: ${undone.id} was called to undo ${undone.compensates}. ${insteadOf(run)}`;
  }
  const cancelledGate = run.jobs.find((candidate) => candidate.status === "CANCELLED" && candidate.request !== null);
  if (cancelledGate === undefined) return null;
  const ended = `When the run ended, the request of ${cancelledGate.jobId} was ${cancelledGate.request}.`;
  return `${ended} A request is not asked again. ${insteadOf(run, cancelledGate)}`;
}

/** Whether its request was not approved. A retry continues with a request that is open or approved. */
const isRefused = ({ request }: JobToRetry): boolean =>
  request === "REJECTED" || request === "TIMEOUT" || request === "CANCELLED";

/** What to do if a job cannot be retried. */
function insteadOf({ jobs }: RunToRetry, gate?: JobToRetry): string {
  const found = gate?.checkpointId ?? jobs.findLast(({ checkpointId }) => checkpointId !== null)?.checkpointId;
  return found == null ? "Start a new run." : `Start the run again from its checkpoint ${found}, or start a new run.`;
}

/**
 * The jobs that did not run because of the failed one: its dependents that were SKIPPED, the compensations, which are
 * decided again at the end, and the jobs that the time-out of the run has CANCELLED.
 */
function reopenedWith(run: RunToRetry, job: JobToRetry): string[] {
  const { definition, hasTimedOut } = run;
  const graph = new JobGraph(definition.jobs);
  const byId = new Map(run.jobs.map((job) => [job.jobId, job]));
  const statusOf = (id: string) => byId.get(id)?.status;
  const cancelled = hasTimedOut ? run.jobs.filter(({ status }) => status === "CANCELLED").map((job) => job.jobId) : [];
  const skipped = graph.dependentsOfAll([job.jobId, ...cancelled]).filter((id) => statusOf(id) === "SKIPPED");
  const compensations = definition.jobs.filter((job) => job.compensates != null && statusOf(job.id) === "SKIPPED");
  return [...new Set([...cancelled, ...skipped, ...compensations.map(({ id }) => id)])];
}
