/**
 * Compares the versions of all watched rows with their table, in one query: after every reconnect, and as a sweep while
 * anyone waits. Nobody waiting, no query.
 */

import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import { queryInTime } from "../db/query.ts";
import type { Logger } from "../log.ts";
import type { Watches } from "./watches.ts";

const RETRY_FIRST_MS = 100;

// The left join finds rows that were deleted: their version is null.
const findMoved = (table: string) => `
select w.id::text as id, r.version
  from unnest($1::uuid[], $2::integer[]) as w (id, version)
  left join ${table} r on r.id = w.id
 where r.version > w.version or r.id is null`;

export interface SweepOptions {
  pool: Pool;
  /** Whose rows are watched. */
  table: "approval_requests" | "workflow_runs";
  watches: Watches;
  log: Pick<Logger, "warn">;
  /** Gives the ms until the next sweep. */
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

  /** Sees to it that a sweep is due; to be called when a waiter has registered. */
  arm(): void {
    if (!this.#timer && !this.#running) this.#schedule(this.#options.interval());
  }

  /** Compares now. While a comparison is on its way another follows it: the first may have looked too early. */
  now(): void {
    if (this.#running) this.#again = true;
    else if (!this.#stopped) this.#running = this.#run();
  }

  /** Ends the sweeps and resolves when no query is on its way. */
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
        "the versions of watched rows could not be compared",
      );
    }
    this.#running = null;
    if (this.#options.watches.size > 0) this.#schedule(wait);
  }

  async #compare(): Promise<void> {
    const { pool, watches, table } = this.#options;
    const { ids, versions } = watches.snapshot();
    if (ids.length === 0) return;
    const moved = await queryInTime<{ id: string; version: number | null }>(pool, findMoved(table), [ids, versions]);
    for (const { id, version } of moved) watches.hint(id, version ?? Number.POSITIVE_INFINITY);
  }
}
