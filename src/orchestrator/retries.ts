/** How often and when a job that failed is tried again. */

import type { JobDefinition } from "../approvals/workflow-run-model.ts";

export interface Retries {
  attempts: number;
  delayMs: number;
  backoff: number;
}

/** A day; no delay grows beyond it. */
const LONGEST_MS = 86_400_000;

export const retriesOf = ({ retries }: JobDefinition): Retries => ({
  attempts: retries?.attempts ?? 1,
  delayMs: retries?.delayMs ?? 1_000,
  backoff: retries?.backoff ?? 2,
});

/** ms before the next attempt. @param failures so far, from 1 */
export const delayOf = ({ delayMs, backoff }: Retries, failures: number): number =>
  Math.min(LONGEST_MS, delayMs * backoff ** (failures - 1));
