/** Restarts a process whenever it ends by itself, and logs that. */

import { setTimeout as sleep } from "node:timers/promises";

/** A process that runs until it ends or is stopped. */
export interface Running {
  /** Resolves once it has ended, with the signal or the code. */
  readonly exited: Promise<string>;
  end(): Promise<void>;
}

/** Delays before a restart in ms, growing if it ends repeatedly. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The maximum delay between the interrupt that ends a child and the same interrupt to this process, in ms. */
const SAME_INTERRUPT_MS = 200;
/** A process that has run for this time did not end because of its start, in ms. */
const STEADY_MS = 30_000;

/**
 * Starts something, and starts it again in the same way whenever it ends by itself.
 * @param name the name of the process in the printed lines
 * @param interrupted once it is aborted, nothing is started again
 * @throws the error of the first start
 */
export async function supervise<T extends Running>(
  name: string,
  start: () => Promise<T>,
  interrupted: AbortSignal,
): Promise<{ first: T; stop(): Promise<void> }> {
  const stopped = new AbortController();
  const stopping = AbortSignal.any([stopped.signal, interrupted]);
  const pauseFor = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => {});
  const first = await start();
  let current: T | null = first;
  let pause = FIRST_PAUSE_MS;

  /** Null if it is stopped in the meantime. */
  async function again(): Promise<T | null> {
    for (; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await pauseFor(pause);
      if (stopping.aborted) return null;
      try {
        const started = await start();
        console.log(`${name} runs again.`);
        return started;
      } catch (error) {
        if (!stopping.aborted) console.log(`${name} could not be started: ${(error as Error).message}`);
      }
    }
  }

  async function watch(): Promise<void> {
    while (current !== null) {
      const since = performance.now();
      const how = await current.exited;
      await pauseFor(SAME_INTERRUPT_MS);
      if (stopping.aborted) return;
      console.log(`${name} has ended (${how}). Restarting …`);
      if (performance.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      current = await again();
      if (stopping.aborted) return;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  const watching = watch();
  return {
    first,
    async stop() {
      stopped.abort();
      await current?.end();
      await watching;
      // It may have started in between.
      await current?.end();
    },
  };
}
