/** Computes how often and when a failed job is retried. */

import type { JobDefinition } from "../model/runs.ts";

export interface Retries {
  attempts: number;
  delayMs: number;
  backoff: number;
  losses: number;
}

/** The longest delay: a day. */
const LONGEST_MS = 86_400_000;

export const retriesOf = ({ retries }: JobDefinition): Retries => ({
  attempts: retries?.attempts ?? 1,
  delayMs: retries?.delayMs ?? 1_000,
  backoff: retries?.backoff ?? 2,
  losses: retries?.losses ?? 3,
});

/** ms before the next attempt. @param failures so far, from 1 */
export const delayOf = ({ delayMs, backoff }: Retries, failures: number): number =>
  Math.min(LONGEST_MS, delayMs * backoff ** (failures - 1));

/** The error of a job that is not called again because its process died each time. @param processes that called it */
export const lostTooOften = (processes: readonly string[]): string =>
  processes.length === 1
    ? `The process that ran this job (${processes[0]}) ended before the job did. The job is not called again.`
    : `${processes.length} processes that ran this job (${processes.join(", ")}) ended before the job did. ` +
      "The job is not called again.";
