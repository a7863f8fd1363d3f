/** What the page says of runs, as plain text. Pure. */

import type { WorkflowRunJobStatus, WorkflowRunStatus } from "../generated/graphql.ts";
import { count, list } from "../shared/words.ts";

/** How a job stands, as it is shown: one that is open may wait for people (WAITING), or for something else (HELD). */
export type Stand = WorkflowRunJobStatus | "WAITING" | "HELD";

export const STAND_WORDS: Readonly<Record<Stand, string>> = {
  PENDING: "Not yet",
  RUNNING: "Running",
  WAITING: "Needs a decision",
  HELD: "Waiting",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  SKIPPED: "Skipped",
  CANCELLED: "Cancelled",
};

export interface ShownJob {
  id: string;
  status: WorkflowRunJobStatus;
  dependencies: readonly string[];
  request?: { isOpen: boolean } | null;
  waitingFor?: string | null;
}

export function standOf({ status, request, waitingFor }: Pick<ShownJob, "status" | "request" | "waitingFor">): Stand {
  if (status !== "RUNNING" && status !== "PENDING") return status;
  if (status === "RUNNING" && request?.isOpen === true && waitingFor !== "CANCELLATION") return "WAITING";
  return waitingFor == null ? status : "HELD";
}

export interface ShownRun {
  status: WorkflowRunStatus;
  cancelRequestedAt?: string | null;
  jobs: readonly ShownJob[];
}

/** The same of a run whose gates are told beside its jobs. */
export const withGates = <T extends ShownRun>(run: T & { waitingFor: readonly { jobId: string }[] }): ShownRun => {
  const gates = new Set(run.waitingFor.map(({ jobId }) => jobId));
  return { ...run, jobs: run.jobs.map((job) => ({ ...job, request: gates.has(job.id) ? { isOpen: true } : null })) };
};

/** The gates that hold it. */
export const gatesOf = <T extends ShownJob>({ status, jobs }: { status: string; jobs: readonly T[] }): T[] =>
  status === "RUNNING" ? jobs.filter((job) => standOf(job) === "WAITING") : [];

/** How a run stands whose jobs are not at hand. */
export function statusWords({ status, cancelRequestedAt }: Omit<ShownRun, "jobs">): string {
  if (status === "RUNNING" && cancelRequestedAt != null) return "Being cancelled";
  return { RUNNING: "Running", SUCCEEDED: "Succeeded", FAILED: "Failed", CANCELLED: "Cancelled" }[status];
}

/** How a run stands, in a word or two. */
export function runWords(run: ShownRun): string {
  if (run.status === "RUNNING" && run.cancelRequestedAt == null) {
    const stands = run.jobs.map(standOf);
    const isHeld = stands.includes("HELD") && !stands.includes("RUNNING");
    return stands.includes("WAITING") || isHeld ? "Waiting" : "Running";
  }
  return statusWords(run);
}

/** What holds it, or how far it is: "Waits at approval; 2 of 5 jobs are done". */
export function progressWords(run: ShownRun): string {
  const done = run.jobs.filter(({ status }) => status === "SUCCEEDED").length;
  const jobs = count(run.jobs.length, "job");
  const of = (n: number) => `${n} of ${jobs}`;
  if (run.status === "SUCCEEDED" && done === run.jobs.length)
    return `All of ${jobs} succeeded`.replace("All of 1 job ", "Its one job ");
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
  const running = run.jobs.filter((job) => standOf(job) === "RUNNING").map(({ id }) => id);
  const held = run.jobs.filter((job) => standOf(job) === "HELD").map(({ id }) => id);
  const [what = ""] = [
    gates.length > 0 && `Waits at ${list(gates)}; `,
    running.length > 0 && `Runs ${list(running)}; `,
    held.length > 0 && `Waits to run ${list(held)}; `,
  ].filter((part) => part !== false);
  return `${what}${of(done)} ${done === 1 ? "is" : "are"} done`;
}

/** How far the items of a job are: "12 items: 3 succeeded, 9 running". */
export function itemsWords(
  itemCount: number,
  counts: readonly { status: WorkflowRunJobStatus; count: number }[],
): string {
  const parts = counts.map(({ status, count: n }) => `${n} ${STAND_WORDS[status].toLowerCase()}`);
  return `${count(itemCount, "item")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** Why a job was not run, as its neighbours show it: not everyone may see the reason. */
export function blockedWords(job: ShownJob, jobs: readonly ShownJob[]): string | null {
  if (job.status !== "SKIPPED") return null;
  const blocking = jobs.filter(
    ({ id, status }) => job.dependencies.includes(id) && ["FAILED", "SKIPPED", "CANCELLED"].includes(status),
  );
  if (blocking.length === 0) return "since the run took another branch";
  return `since ${list(blocking.map(({ id, status }) => `${id} ${WAS[status as keyof typeof WAS]}`))}`;
}
const WAS = { FAILED: "failed", SKIPPED: "was skipped", CANCELLED: "was cancelled" } as const;

/** How the run went from one job to the other: not at all, after a success, or after something else. */
export function wayTaken(from: ShownJob["status"] | undefined, to: ShownJob["status"] | undefined): Taken | undefined {
  if (from === "SUCCEEDED") return to === "SKIPPED" || to === "CANCELLED" ? undefined : "success";
  const hasRun = to === "RUNNING" || to === "SUCCEEDED" || to === "FAILED";
  return hasRun && (from === "FAILED" || from === "SKIPPED" || from === "CANCELLED") ? "failure" : undefined;
}
export type Taken = "success" | "failure";

/** What a job waits for, or stands behind: "after build and test". */
export const afterWords = ({ dependencies }: Pick<ShownJob, "dependencies">): string =>
  dependencies.length === 0 ? "at the beginning" : `after ${list(dependencies, 4)}`;
