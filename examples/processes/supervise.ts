/** Starts something again whenever it ends by itself, and says so. */

import { setTimeout as sleep } from "node:timers/promises";

/** What runs until it ends by itself or is ended. */
export interface Running {
  /** Resolves once it has ended, with how. */
  readonly exited: Promise<string>;
  end(): Promise<void>;
}

/** Between an end and the next start, in ms: short at first, longer where it ends again and again. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** What has run for so long did not end because of its start, in ms. */
const STEADY_MS = 30_000;

/**
 * Starts something, and starts it again in the same way whenever it ends by itself.
 * @param name of what is started, for the lines that are printed
 * @throws what the first start throws
 */
export async function supervise<T extends Running>(
  name: string,
  start: () => Promise<T>,
): Promise<{ first: T; stop(): Promise<void> }> {
  const stopping = new AbortController();
  const first = await start();
  let current: T | null = first;
  let pause = FIRST_PAUSE_MS;

  /** Null where it is stopped meanwhile. */
  async function again(): Promise<T | null> {
    for (; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return null;
      try {
        const started = await start();
        console.log(`${name} runs again.`);
        return started;
      } catch (error) {
        if (!stopping.signal.aborted) console.log(`${name} could not be started: ${(error as Error).message}`);
      }
    }
  }

  async function watch(): Promise<void> {
    while (current !== null) {
      const since = performance.now();
      const how = await current.exited;
      if (stopping.signal.aborted) return;
      console.log(`${name} has ended (${how}). Starting it again …`);
      if (performance.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      current = await again();
      if (stopping.signal.aborted) return;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  const watching = watch();
  return {
    first,
    async stop() {
      stopping.abort();
      await current?.end();
      await watching;
      // It may have started in between.
      await current?.end();
    },
  };
}
