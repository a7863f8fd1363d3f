/** What the page says of a job's attempts, waits and log, as plain text. Pure. */

import type { WorkflowRunAttemptOutcome, WorkflowRunJobWait } from "../generated/graphql.ts";
import type { Stand } from "./run-words.ts";

export const WAIT_WORDS: Readonly<Record<WorkflowRunJobWait, string>> = {
  HANDLER: "for a process that can run it",
  RETRY: "for its next attempt",
  TOKEN: "for a valid token",
  SLOT: "for a free slot",
  CANCELLATION: "for its request to be cancelled",
};

const OUTCOMES: Readonly<Record<WorkflowRunAttemptOutcome, { words: string; stand: Stand }>> = {
  SUCCEEDED: { words: "Succeeded", stand: "SUCCEEDED" },
  FAILED: { words: "Failed", stand: "FAILED" },
  TIMED_OUT: { words: "Timed out", stand: "FAILED" },
  LOST: { words: "Its process was lost", stand: "FAILED" },
  HANDED_OVER: { words: "Handed over to another process", stand: "SKIPPED" },
  CANCELLED: { words: "Cancelled", stand: "CANCELLED" },
};

/** How an attempt ended, in words and as a mark. */
export const outcomeOf = (outcome: WorkflowRunAttemptOutcome | null | undefined): { words: string; stand: Stand } =>
  outcome == null ? { words: "Under way", stand: "RUNNING" } : OUTCOMES[outcome];

/** The link that opens a job's history, by what there is to see; null where its handler was not called. */
export function historyWords(job: { attempts: number; logLineCount?: number | null }): string | null {
  const hasLog = job.logLineCount != null && job.logLineCount > 0;
  if (job.attempts === 0) return null;
  if (job.attempts === 1) return hasLog ? "Log" : "History";
  return `${job.attempts} attempts${hasLog ? " and log" : ""}`;
}

/** Fields of a line: size=42 url="https://…" */
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

/** Why a run ends, or has ended, before its jobs are done; null where there is nothing to say. */
export function stopWords(
  run: StoppedRun,
): { title: string; text: string | null; tone: "warning" | "bad" | "soft" } | null {
  const { isOpen, status, cancelRequestedAt, cancelledBy, cancelReason, reason } = run;
  const by = cancelledBy == null ? "" : ` by ${cancelledBy}`;
  if (isOpen) {
    if (cancelRequestedAt == null) return null;
    const text = reason ?? cancelReason ?? "Its jobs come to an end, and its requests are withdrawn.";
    const title = reason == null ? `It is being cancelled${by}` : "It has timed out and is being stopped";
    return { title, text, tone: "warning" };
  }
  if (reason != null) return { title: "Why it ended", text: reason, tone: status === "FAILED" ? "bad" : "soft" };
  if (status !== "CANCELLED" || (by === "" && cancelReason == null)) return null;
  return { title: `Cancelled${by}`, text: cancelReason ?? null, tone: "soft" };
}
