/**
 * Limits the concurrent reads of subscriptions, so that any number of them leaves most of the pool to commands and
 * queries. A subscription that waits reads more rows at once afterwards.
 */

import type { Pool } from "../db/pool.ts";

/** Most concurrent reads, of the pool's ten connections. */
const MAX_RUNNING = 3;

class ReadLimiter {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Runs the work as soon as the limit allows. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < MAX_RUNNING) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

const limiters = new WeakMap<Pool, ReadLimiter>();

/** The limiter of a pool. */
export function readLimiterOf(pool: Pool): ReadLimiter {
  let limiter = limiters.get(pool);
  if (limiter === undefined) {
    limiter = new ReadLimiter();
    limiters.set(pool, limiter);
  }
  return limiter;
}
