/** Stores what the jobs of this process wait for, if they wait for a slot longer than a moment. */

import type { Pool } from "../db/pool.ts";
import { noteSlotWaits } from "../db/queries/slots.ts";
import type { Logger } from "../log.ts";
import type { Halt } from "./halt.ts";

/** Waits that are shorter than this many ms are not stored. */
const NOTE_AFTER_MS = 500;

interface Waiting {
  runId: string;
  jobId: string;
  reason: string;
  since: number;
}

export class SlotWaits {
  readonly #pool: Pool;
  readonly #log: Pick<Logger, "debug">;
  readonly #waiting = new Set<Waiting>();
  /** Waits that are not stored yet, longest first. */
  readonly #fresh = new Set<Waiting>();
  #noting: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pool, log: Pick<Logger, "debug">) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Resolves when a job has its slot, or its run is halted. After that nothing is stored about the wait. */
  async wait(job: { runId: string; jobId: string; halt: Halt }, reason: string, ready: Promise<void>): Promise<void> {
    const { runId, jobId, halt } = job;
    const waiting: Waiting = { runId, jobId, reason, since: performance.now() };
    this.#waiting.add(waiting);
    this.#fresh.add(waiting);
    this.#schedule();
    await halt.unlessOver(ready);
    this.#waiting.delete(waiting);
    // The current write may be about it.
    if (!this.#fresh.delete(waiting)) await this.#noting;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#noting !== null) return;
    const [longest] = this.#fresh;
    if (longest === undefined) return;
    const ms = Math.max(0, longest.since + NOTE_AFTER_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#noting = this.#note().finally(() => {
        this.#noting = null;
        this.#schedule();
      });
    }, ms).unref();
  }

  async #note(): Promise<void> {
    const now = performance.now();
    const due = [...this.#fresh].filter(({ since }) => since + NOTE_AFTER_MS <= now + 1);
    for (const waiting of due) this.#fresh.delete(waiting);
    try {
      if (due.length > 0) await noteSlotWaits(this.#pool, due);
    } catch (error) {
      this.#log.debug({ err: error }, "the slots that jobs wait for could not be stored; trying again");
      for (const waiting of due) {
        if (!this.#waiting.has(waiting)) continue;
        waiting.since = now;
        this.#fresh.add(waiting);
      }
    }
  }
}
