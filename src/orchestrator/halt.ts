/** Pauses of a run's jobs, which end early when the run is left to another process or cancelled. */

import { after } from "./timeouts.ts";

export class Halt {
  /** Made when the first job pauses: most runs never do. */
  #ending: AbortController | null = null;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends every pause, also those to come. */
  end(): void {
    this.#isOver = true;
    this.#ending?.abort();
  }

  /** Resolves after so many ms, or earlier. The timer does not keep the process alive. */
  async pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const endTimer = after(ms, over.resolve);
    await this.unlessOver(over.promise);
    endTimer();
  }

  /** Resolves with the value, or earlier with undefined. */
  async unlessOver<T>(value: Promise<T>): Promise<T | undefined> {
    if (this.#isOver) return undefined;
    const over = Promise.withResolvers<undefined>();
    const end = () => over.resolve(undefined);
    this.#signal.addEventListener("abort", end, { once: true });
    try {
      return await Promise.race([value, over.promise]);
    } finally {
      this.#signal.removeEventListener("abort", end);
    }
  }

  get #signal(): AbortSignal {
    this.#ending ??= new AbortController();
    return this.#ending.signal;
  }
}
