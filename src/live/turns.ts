/**
 * Lets the readers behind subscriptions take turns, so that however many there are they leave most of the pool to
 * commands and queries. Who waits for a turn reads more at once when it comes.
 */

import type { Pool } from "../db/pool.ts";

/** Of the pool's ten connections. */
const AT_A_TIME = 3;

class Turns {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Runs the work when it is its turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < AT_A_TIME) this.#running++;
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

const ofPools = new WeakMap<Pool, Turns>();

/** The turns at a pool. */
export function turnsAt(pool: Pool): Turns {
  let turns = ofPools.get(pool);
  if (turns === undefined) {
    turns = new Turns();
    ofPools.set(pool, turns);
  }
  return turns;
}
