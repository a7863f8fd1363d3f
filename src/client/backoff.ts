/** Exponential backoff with random jitter, so that clients do not retry at the same time. */

import { setTimeout as sleep } from "node:timers/promises";

export interface BackoffLimits {
  /** The wait before the first retry, in ms. */
  firstMs: number;
  /** The longest wait, in ms. */
  mostMs: number;
}

/**
 * A random wait between half and all of the first wait, doubled for each failure.
 * @param failures how many attempts have failed in a row; 0 means no wait
 */
export function backoffMs({ firstMs, mostMs }: BackoffLimits, failures: number): number {
  if (failures === 0) return 0;
  const most = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return most * (0.5 + Math.random() / 2);
}

/** Waits for the time of `backoffMs`. @throws the reason of an aborted signal */
export async function backOff(limits: BackoffLimits, failures: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(backoffMs(limits, failures), undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
