/** Pauses of a run's jobs, which end early when the run is left to another process or cancelled. */

import { after } from "./timeouts.ts";

export class Halt {
  /** How pauses end early. Null without a pause: most runs wait in none. */
  #ends: Set<() => void> | null = null;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends every pause, also those to come. */
  end(): void {
    this.#isOver = true;
    for (const end of this.#ends ?? []) end();
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
    this.#ends ??= new Set();
    this.#ends.add(end);
    try {
      return await Promise.race([value, over.promise]);
    } finally {
      this.#ends?.delete(end);
      if (this.#ends?.size === 0) this.#ends = null;
    }
  }
}
