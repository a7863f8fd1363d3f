/** The texts about runs and jobs. Pure. */

import type { WorkflowRunJobStatus, WorkflowRunStatus } from "../generated/graphql.ts";
import { count, list } from "../shared/words.ts";

/** The state of a job as the page shows it. An open job may wait for people (WAITING) or for something else (HELD). */
export type JobState = WorkflowRunJobStatus | "WAITING" | "HELD";

export const JOB_STATE_WORDS: Readonly<Record<JobState, string>> = {
  PENDING: "Not started",
  RUNNING: "Running",
  WAITING: "Needs a decision",
  HELD: "Waiting",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  SKIPPED: "Skipped",
  CANCELLED: "Cancelled",
};

export interface JobView {
  id: string;
  status: WorkflowRunJobStatus;
  dependencies: readonly string[];
  request?: { isOpen: boolean } | null;
  waitingFor?: string | null;
}

export function jobStateOf({
  status,
  request,
  waitingFor,
}: Pick<JobView, "status" | "request" | "waitingFor">): JobState {
  if (status !== "RUNNING" && status !== "PENDING") return status;
  if (status === "RUNNING" && request?.isOpen === true && waitingFor !== "CANCELLATION") return "WAITING";
  return waitingFor == null ? status : "HELD";
}

export interface RunView {
  status: WorkflowRunStatus;
  cancelRequestedAt?: string | null;
  jobs: readonly JobView[];
}

/** A run of the list in the form that the functions below take: its gates come as a list of their own. */
export const withGates = <T extends RunView>(run: T & { waitingFor: readonly { jobId: string }[] }): RunView => {
  const gates = new Set(run.waitingFor.map(({ jobId }) => jobId));
  return { ...run, jobs: run.jobs.map((job) => ({ ...job, request: gates.has(job.id) ? { isOpen: true } : null })) };
};

/** The gates at which a run waits. */
export const gatesOf = <T extends JobView>({ status, jobs }: { status: string; jobs: readonly T[] }): T[] =>
  status === "RUNNING" ? jobs.filter((job) => jobStateOf(job) === "WAITING") : [];

/** The status of a run whose jobs were not read. */
export function statusWords({ status, cancelRequestedAt }: Omit<RunView, "jobs">): string {
  if (status === "RUNNING" && cancelRequestedAt != null) return "Being cancelled";
  return { RUNNING: "Running", SUCCEEDED: "Succeeded", FAILED: "Failed", CANCELLED: "Cancelled" }[status];
}

/** The status of a run whose jobs were read: it may be waiting. */
export function runWords(run: RunView): string {
  if (run.status === "RUNNING" && run.cancelRequestedAt == null) {
    const states = run.jobs.map(jobStateOf);
    const isHeld = states.includes("HELD") && !states.includes("RUNNING");
    return states.includes("WAITING") || isHeld ? "Waiting" : "Running";
  }
  return statusWords(run);
}

/** What a run waits for, and its progress: "Waiting at approval; 2 of 5 jobs done". */
export function progressWords(run: RunView): string {
  const done = run.jobs.filter(({ status }) => status === "SUCCEEDED").length;
  const jobs = count(run.jobs.length, "job");
  const of = (n: number) => `${n} of ${jobs}`;
  if (run.status === "SUCCEEDED" && done === run.jobs.length)
    return done === 1 ? "1 job succeeded" : `All ${jobs} succeeded`;
  if (run.status !== "RUNNING") {
    const failed = run.jobs.filter(({ status }) => status === "FAILED").map(({ id }) => id);
    const skipped = run.jobs.filter(({ status }) => status === "SKIPPED").length;
    const parts = [
      failed.length > 0 && `${list(failed)} failed`,
      skipped > 0 && `${skipped} skipped`,
      `${of(done)} succeeded`,
    ];
    return parts.filter((part) => part !== false).join("; ");
  }
  const gates = gatesOf(run).map(({ id }) => id);
  const running = run.jobs.filter((job) => jobStateOf(job) === "RUNNING").map(({ id }) => id);
  const heldIds = run.jobs.filter((job) => jobStateOf(job) === "HELD").map(({ id }) => id);
  const [what = ""] = [
    gates.length > 0 && `Waiting at ${list(gates)}; `,
    running.length > 0 && `Running ${list(running)}; `,
    heldIds.length > 0 && `Waiting to run ${list(heldIds)}; `,
  ].filter((part) => part !== false);
  return `${what}${of(done)} done`;
}

/** The progress of the items of a job: "12 items: 3 succeeded, 9 running". */
export function itemsWords(
  itemCount: number,
  counts: readonly { status: WorkflowRunJobStatus; count: number }[],
): string {
  const parts = counts.map(({ status, count: n }) => `${n} ${JOB_STATE_WORDS[status].toLowerCase()}`);
  return `${count(itemCount, "item")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** Why a job was skipped, derived from its dependencies, because not every viewer may see the stored reason. */
export function blockedWords(job: JobView, jobs: readonly JobView[]): string | null {
  if (job.status !== "SKIPPED") return null;
  const blocking = jobs.filter(
    ({ id, status }) => job.dependencies.includes(id) && ["FAILED", "SKIPPED", "CANCELLED"].includes(status),
  );
  if (blocking.length === 0) return "because the run took another branch";
  return `because ${list(blocking.map(({ id, status }) => `${id} ${WAS[status as keyof typeof WAS]}`))}`;
}
const WAS = { FAILED: "failed", SKIPPED: "was skipped", CANCELLED: "was cancelled" } as const;

/** How the run passed from one job to another: after a success, after a failure, or not at all. */
export function lineKind(from: JobView["status"] | undefined, to: JobView["status"] | undefined): LineKind | undefined {
  if (from === "SUCCEEDED") return to === "SKIPPED" || to === "CANCELLED" ? undefined : "success";
  const hasRun = to === "RUNNING" || to === "SUCCEEDED" || to === "FAILED";
  return hasRun && (from === "FAILED" || from === "SKIPPED" || from === "CANCELLED") ? "failure" : undefined;
}
export type LineKind = "success" | "failure";

/** The dependencies of a job: "after build and test". */
export const afterWords = ({ dependencies }: Pick<JobView, "dependencies">): string =>
  dependencies.length === 0 ? "at the start" : `after ${list(dependencies, 4)}`;
