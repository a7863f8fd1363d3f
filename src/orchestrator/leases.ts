/**
 * Which processes live: each has a lease, which a thread renews. The runs of a process without a lease are handed to the
 * others, by the one that notices first. A process whose lease was lost, and is back, goes on with what nobody has taken.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import {
  type EngineRun,
  type EngineRuns,
  removeLapsed,
  runsUnknownToEngine,
  takeOverLost,
} from "../db/queries/executors.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";

export interface LeasesOptions {
  pool: Pool;
  hub: Pick<Hub, "onLease" | "onResync">;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** How long a lease lasts, in ms. */
  leaseMs: number;
  runs: EngineRuns;
  /** Leaves the runs of this process that others have taken over. */
  leaveTaken: () => Promise<void>;
  /** Takes runs of other processes that wait for a handler which this one has. */
  takeWaiting: () => Promise<void>;
  /** Starts a run that was stored, or opened again, and not started. */
  startRun: (run: EngineRun) => Promise<void>;
}

/** Every so many rounds it is looked whether something was left behind, whatever the reason. */
const THOROUGH_EVERY = 10;
/** Before another attempt to take over runs, in ms. */
const RETRY_MS = 1_000;

export class Leases {
  readonly #options: LeasesOptions;
  #isStopping = false;
  #wake = new AbortController();
  #running: Promise<void> | null = null;
  readonly #unsubscribe: (() => void)[] = [];
  #isDue = true;
  #renewedAt = performance.now();
  /** Leases of others that are over count from this time on. */
  #trustAt = 0;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  start(): void {
    const { hub } = this.#options;
    const lookNow = () => {
      this.#isDue = true;
      this.#wake.abort();
    };
    // While the connection was gone a lease may have been given up.
    this.#unsubscribe.push(hub.onLease(lookNow), hub.onResync(lookNow));
    this.#renewedAt = performance.now();
    this.#running = this.#run();
  }

  /** Ends the rounds. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    this.#isStopping = true;
    this.#wake.abort();
    await this.#running;
  }

  /** To be called when this process's own lease was renewed. @param isNew whether it was lost before */
  renewed(isNew: boolean): void {
    this.#renewedAt = performance.now();
    if (!isNew) return;
    this.#options.log.warn(
      "the lease of this process was lost; it leaves the runs that other processes have taken over",
    );
    this.#isDue = true;
    this.#wake.abort();
  }

  /** To be called when it could not be renewed. */
  failed(error: Error): void {
    this.#distrust();
    const message = "the lease of this process could not be renewed; trying again";
    logFailure(this.#options.log, "warn", { err: error }, message);
  }

  /** While the database was away nobody could renew a lease: the others get the time to. */
  #distrust(): void {
    this.#trustAt = performance.now() + this.#options.leaseMs;
    this.#isDue = true;
  }

  async #run(): Promise<void> {
    const { leaseMs, log } = this.#options;
    for (let round = 0; !this.#isStopping; round++) {
      this.#wake = new AbortController();
      let pauseMs = leaseMs / 4;
      try {
        await this.#round(round % THOROUGH_EVERY === 0);
      } catch (error) {
        this.#isDue = true;
        pauseMs = Math.min(pauseMs, RETRY_MS);
        const message = "the runs of processes that are gone could not be taken over; trying again";
        logFailure(log, "warn", { err: error }, message);
      }
      if (!this.#isStopping) await sleep(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  async #round(isThorough: boolean): Promise<void> {
    const { pool, leaseMs, runs, leaveTaken, takeWaiting, startRun, log } = this.#options;
    if (performance.now() - this.#renewedAt > leaseMs / 2) this.#distrust();
    const mayTake = performance.now() >= this.#trustAt;
    const removed = mayTake ? await removeLapsed(pool) : 0;
    if (removed === 0 && !isThorough && !this.#isDue) return;
    this.#isDue = !mayTake;
    await leaveTaken();
    await takeWaiting();
    if (!mayTake) return;
    const lost = await takeOverLost(pool, runs);
    if (lost.length > 0) log.info({ executors: lost }, "taking over the runs of processes that are gone");
    for (const run of await runsUnknownToEngine(pool, runs.name)) await startRun(run);
  }
}
