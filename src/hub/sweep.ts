/**
 * Compares the versions that subscribers have with the table, in one query: after every reconnect, and at intervals while
 * there are subscribers. Without subscribers it sends no query.
 */

import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import { queryInTime } from "../db/query.ts";
import type { Logger } from "../log.ts";
import type { SubscriberIndex } from "./subscriber-index.ts";

const RETRY_FIRST_MS = 100;

// The left join finds rows that were deleted: their version is null.
const findMoved = (table: string) => `
select w.id::text as id, r.version
  from unnest($1::uuid[], $2::integer[]) as w (id, version)
  left join ${table} r on r.id = w.id
 where r.version > w.version or r.id is null`;

export interface SweepOptions {
  pool: Pool;
  /** The table of the rows. */
  table: "approval_requests" | "workflow_runs";
  index: SubscriberIndex;
  log: Pick<Logger, "warn">;
  /** Returns the ms until the next sweep. */
  interval: () => number;
}

export class Sweep {
  readonly #options: SweepOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #stopped = false;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Schedules a sweep if none is scheduled. Call it when a subscriber has registered. */
  arm(): void {
    if (!this.#timer && !this.#running) this.#schedule(this.#options.interval());
  }

  /**
   * Compares now. If a comparison is already running, another one follows, because the first may have read too early.
   */
  now(): void {
    if (this.#running) this.#again = true;
    else if (!this.#stopped) this.#running = this.#run();
  }

  /** Ends the sweeps and resolves when no query is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.now();
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    let wait = this.#options.interval();
    try {
      do {
        this.#again = false;
        await this.#compare();
      } while (this.#again && !this.#stopped);
      this.#failures = 0;
    } catch (error) {
      // After a restart of the database the first query often meets a dead connection of the pool.
      wait = Math.min(wait, RETRY_FIRST_MS * 2 ** this.#failures++);
      const { log, table } = this.#options;
      logFailure(
        log,
        "warn",
        { err: error, table, retryInMs: wait },
        "the versions of subscribed rows could not be compared",
      );
    }
    this.#running = null;
    if (this.#options.index.size > 0) this.#schedule(wait);
  }

  async #compare(): Promise<void> {
    const { pool, index, table } = this.#options;
    const { ids, versions } = index.snapshot();
    if (ids.length === 0) return;
    const moved = await queryInTime<{ id: string; version: number | null }>(pool, findMoved(table), [ids, versions]);
    for (const { id, version } of moved) index.hint(id, version ?? Number.POSITIVE_INFINITY);
  }
}
