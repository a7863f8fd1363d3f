/** Pauses of a run's jobs, which end early when the execution stops or the run is cancelled. */

import { after } from "./timeouts.ts";

export class Halt {
  /** Ends the pauses early. Null without a pause, as in most runs. */
  #ends: Set<() => void> | null = null;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends all pauses, now and in the future. */
  end(): void {
    this.#isOver = true;
    for (const end of this.#ends ?? []) end();
  }

  /** Resolves after this many ms, or when the pauses end. The timer does not keep the process alive. */
  async pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const endTimer = after(ms, over.resolve);
    await this.unlessOver(over.promise);
    endTimer();
  }

  /** Resolves with the value, or with undefined if the pauses end before. */
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
