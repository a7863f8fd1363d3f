/** Checks that every wait receives the change of its request, once and in order. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Update } from "./client.ts";

const QUIET_MS = 15_000;
/** How long a second copy of the last message may take. */
const COPIES_MS = 100;

export interface Faults {
  lost: number;
  doubled: number;
  reordered: number;
}

/** The messages of one round, in which each request changes once. */
export class Delivery {
  readonly #waiting: Set<string>;
  readonly #versions: Map<string, number>;
  readonly #complete = Promise.withResolvers<true>();
  readonly #faults = { doubled: 0, reordered: 0 };
  #lastAt = Number.NaN;

  readonly #quietMs: number;

  /**
   * @param version of all requests before the change
   * @param quietMs what has not arrived so long after the message before it is lost
   */
  constructor(ids: readonly string[], version: number, quietMs = QUIET_MS) {
    this.#quietMs = quietMs;
    this.#waiting = new Set(ids);
    this.#versions = new Map(ids.map((id) => [id, version]));
  }

  add({ id, version }: Update): void {
    const last = this.#versions.get(id) ?? version;
    if (version === last) this.#faults.doubled += 1;
    else if (version < last) this.#faults.reordered += 1;
    else {
      this.#versions.set(id, version);
      this.#waiting.delete(id);
      this.#lastAt = Date.now();
      if (this.#waiting.size === 0) this.#complete.resolve(true);
    }
  }

  /** Waits for all messages that still arrive, and returns when the last one did, in ms since 1970, and the faults. */
  async end(): Promise<{ lastAt: number; faults: Faults }> {
    for (let before = -1; this.#waiting.size > 0 && this.#waiting.size !== before; ) {
      before = this.#waiting.size;
      await Promise.race([this.#complete.promise, sleep(this.#quietMs, undefined, { ref: false })]);
    }
    await sleep(COPIES_MS);
    return { lastAt: this.#lastAt, faults: { lost: this.#waiting.size, ...this.#faults } };
  }
}

/** Adds the faults of several rounds up, as in `lost 3, doubled 1`; null without any. */
export function faultsIn(rounds: readonly Faults[]): string | null {
  const counts = (["lost", "doubled", "reordered"] as const).map(
    (kind) => [kind, rounds.reduce((sum, faults) => sum + faults[kind], 0)] as const,
  );
  return (
    counts
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${kind} ${count.toLocaleString("en-US")}`)
      .join(", ") || null
  );
}
