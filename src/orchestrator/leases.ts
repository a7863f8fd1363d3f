/**
 * Takes over the runs of dead processes. Each living process has a lease, which a thread renews. If a lease expires, the
 * process that notices first hands its runs to the others. If its process is alive after all, it continues with the runs
 * that no other process has taken over.
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
  /** Stops the runs of this process that other processes have taken over. */
  stopTakenOver: () => Promise<void>;
  /** Takes over runs that wait for a handler which this process has. */
  takeWaiting: () => Promise<void>;
  /** Starts a run that was stored or reopened, but not started. */
  startRun: (run: EngineRun) => Promise<void>;
}

/** Each round with a multiple of this number does all checks, also without a reason. */
const THOROUGH_EVERY = 10;
/** ms before the next try to take over runs. */
const RETRY_MS = 1_000;

export class Leases {
  readonly #options: LeasesOptions;
  #isStopping = false;
  #wake = new AbortController();
  #running: Promise<void> | null = null;
  readonly #unsubscribe: (() => void)[] = [];
  #isDue = true;
  #renewedAt = performance.now();
  /** Expired leases of other processes count from this time on. */
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
    // A lease may have been released while the connection was lost.
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

  /** Call this after the lease of this process was renewed. @param isNew whether it had expired */
  renewed(isNew: boolean): void {
    this.#renewedAt = performance.now();
    if (!isNew) return;
    this.#options.log.warn(
      "the lease of this process had expired; the process stops the runs that other processes have taken over",
    );
    this.#isDue = true;
    this.#wake.abort();
  }

  /** Call this if the lease could not be renewed. */
  failed(error: Error): void {
    this.#distrust();
    const message = "the lease of this process could not be renewed; trying again";
    logFailure(this.#options.log, "warn", { err: error }, message);
  }

  /** No process could renew its lease while the database was not available, so the others get the time for that. */
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
        const message = "the runs of dead processes could not be taken over; trying again";
        logFailure(log, "warn", { err: error }, message);
      }
      if (!this.#isStopping) await sleep(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  async #round(isThorough: boolean): Promise<void> {
    const { pool, leaseMs, runs, stopTakenOver, takeWaiting, startRun, log } = this.#options;
    if (performance.now() - this.#renewedAt > leaseMs / 2) this.#distrust();
    const mayTake = performance.now() >= this.#trustAt;
    const removed = mayTake ? await removeLapsed(pool) : 0;
    if (removed === 0 && !isThorough && !this.#isDue) return;
    this.#isDue = !mayTake;
    await stopTakenOver();
    await takeWaiting();
    if (!mayTake) return;
    const lost = await takeOverLost(pool, runs);
    if (lost.length > 0) log.info({ executors: lost }, "taking over the runs of dead processes");
    for (const run of await runsUnknownToEngine(pool, runs.name)) await startRun(run);
  }
}
