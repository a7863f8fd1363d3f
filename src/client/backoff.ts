/** How long to wait before trying again: doubled each time, up to a bound, and never the same for two clients. */

import { setTimeout as sleep } from "node:timers/promises";

export interface BackoffLimits {
  /** ms before the first repetition. */
  firstMs: number;
  /** The longest wait, in ms. */
  mostMs: number;
}

/**
 * A wait between half and all of the doubled first one.
 * @param failures how many attempts have failed in a row; 0 waits for nothing
 */
export function backoffMs({ firstMs, mostMs }: BackoffLimits, failures: number): number {
  if (failures === 0) return 0;
  const most = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return most * (0.5 + Math.random() / 2);
}

/** Waits for as long as `backoffMs` says. @throws the reason of an aborted signal */
export async function backOff(limits: BackoffLimits, failures: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(backoffMs(limits, failures), undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
