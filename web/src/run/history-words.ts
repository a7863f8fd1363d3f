/** The texts about a job's attempts, waits and log. Pure. */

import type { WorkflowRunAttemptOutcome, WorkflowRunJobWait } from "../generated/graphql.ts";
import type { JobState } from "./run-words.ts";

export const WAIT_WORDS: Readonly<Record<WorkflowRunJobWait, string>> = {
  HANDLER: "for a process that can run it",
  RETRY: "for its next attempt",
  TOKEN: "for a valid token",
  SLOT: "for a free slot",
  CANCELLATION: "for its request to be cancelled",
};

const OUTCOMES: Readonly<Record<WorkflowRunAttemptOutcome, { words: string; state: JobState }>> = {
  SUCCEEDED: { words: "Succeeded", state: "SUCCEEDED" },
  FAILED: { words: "Failed", state: "FAILED" },
  TIMED_OUT: { words: "Timed out", state: "FAILED" },
  LOST: { words: "Process lost", state: "FAILED" },
  HANDED_OVER: { words: "Handed over to another process", state: "SKIPPED" },
  CANCELLED: { words: "Cancelled", state: "CANCELLED" },
};

/** The text and the mark for the outcome of an attempt. */
export const outcomeOf = (outcome: WorkflowRunAttemptOutcome | null | undefined): { words: string; state: JobState } =>
  outcome == null ? { words: "Running", state: "RUNNING" } : OUTCOMES[outcome];

/** The text of the link to a job's history; null if its handler was not called. */
export function historyWords(job: { attempts: number; logLineCount?: number | null }): string | null {
  const hasLog = job.logLineCount != null && job.logLineCount > 0;
  if (job.attempts === 0) return null;
  if (job.attempts === 1) return hasLog ? "Log" : "History";
  return `${job.attempts} attempts${hasLog ? " and log" : ""}`;
}

/** The fields of a log line: size=42 url="https://…" */
export const fieldWords = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");

interface StoppedRun {
  isOpen: boolean;
  status: string;
  cancelRequestedAt?: string | null;
  cancelledBy?: string | null;
  cancelReason?: string | null;
  reason?: string | null;
}

/** Why a run stops, or stopped, before its jobs are done; null if there is nothing to report. */
export function stopWords(
  run: StoppedRun,
): { title: string; text: string | null; tone: "warning" | "bad" | "soft" } | null {
  const { isOpen, status, cancelRequestedAt, cancelledBy, cancelReason, reason } = run;
  const by = cancelledBy == null ? "" : ` by ${cancelledBy}`;
  if (isOpen) {
    if (cancelRequestedAt == null) return null;
    const text = reason ?? cancelReason ?? "Running jobs end, and open requests are cancelled.";
    const title = reason == null ? `Being cancelled${by}` : "The run timed out and is being stopped";
    return { title, text, tone: "warning" };
  }
  if (reason != null) return { title: "Why it ended", text: reason, tone: status === "FAILED" ? "bad" : "soft" };
  if (status !== "CANCELLED" || (by === "" && cancelReason == null)) return null;
  return { title: `Cancelled${by}`, text: cancelReason ?? null, tone: "soft" };
}
