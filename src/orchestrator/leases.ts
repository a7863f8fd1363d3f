/**
 * Who is alive: each process holds a lease and prolongs it. What an executor without a lease was running is handed to
 * the living, by whoever notices first. A process that finds its own lease gone was taken for dead, and begins anew.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Hub } from "../db/hub.ts";
import { logFailure } from "../db/outage-log.ts";
import type { Pool } from "../db/pool.ts";
import {
  endLostAttempts,
  lostExecutors,
  removeLapsed,
  renewLease,
  runsUnknownToEngine,
} from "../db/queries/executors.ts";
import type { Logger } from "../log.ts";

export interface LeaseOptions {
  pool: Pool;
  hub: Pick<Hub, "onLease" | "onResync">;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** ms that a lease holds. */
  leaseMs: number;
  /** The engine's name for those who go on with each other's runs. */
  name: string;
  /** Gives the id whose lease is held. */
  executorId: () => string;
  /** Begins anew under another id. */
  onLost: () => Promise<void>;
  /** Hands what these executors were running to the living. */
  recover: (executorIds: string[]) => Promise<void>;
  /** Starts a run that was written and not started, if this process can. */
  startRun: (run: { id: string; types: readonly string[] }) => Promise<void>;
}

/** Every so many rounds it is looked whether something was left behind, whatever the reason. */
const THOROUGH_EVERY = 10;
/** Before another attempt to take over runs, in ms. */
const RETRY_MS = 1_000;

export class Leases {
  readonly #options: LeaseOptions;
  #isStopping = false;
  #wake = new AbortController();
  #running: Promise<void> | null = null;
  readonly #unsubscribe: (() => void)[] = [];
  #isDue = true;

  constructor(options: LeaseOptions) {
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
    this.#running = this.#run();
  }

  /** Ends the rounds; the lease itself stays as it is. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    this.#isStopping = true;
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { leaseMs, log } = this.#options;
    let trustAgainAt = 0;
    for (let round = 0; !this.#isStopping; round++) {
      this.#wake = new AbortController();
      let pauseMs = leaseMs / 4;
      try {
        await this.#renew();
      } catch (error) {
        // While the database was away nobody could prolong anything: the others get the time to.
        trustAgainAt = performance.now() + leaseMs;
        this.#isDue = true;
        logFailure(log, "warn", { err: error }, "the lease of this process could not be prolonged; trying again");
      }
      try {
        const isThorough = this.#isDue || round % THOROUGH_EVERY === 0;
        if (performance.now() >= trustAgainAt) await this.#lookAround(isThorough);
      } catch (error) {
        this.#isDue = true;
        pauseMs = Math.min(pauseMs, RETRY_MS);
        logFailure(
          log,
          "warn",
          { err: error },
          "the runs of processes that are gone could not be resumed; trying again",
        );
      }
      if (!this.#isStopping) await sleep(pauseMs, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  async #renew(): Promise<void> {
    const { pool, leaseMs, executorId, onLost, log } = this.#options;
    if (await renewLease(pool, executorId(), leaseMs)) return;
    log.warn("this process was taken for dead, and its runs are with others; beginning anew");
    await onLost();
    this.#isDue = true;
  }

  async #lookAround(isThorough: boolean): Promise<void> {
    const { pool, name, recover, startRun, log } = this.#options;
    const removed = await removeLapsed(pool);
    if (removed === 0 && !isThorough) return;
    this.#isDue = false;
    await endLostAttempts(pool);
    const lost = await lostExecutors(pool, name);
    if (lost.length > 0) {
      log.info({ executors: lost }, "going on with the runs of processes that are gone");
      await recover(lost);
    }
    for (const run of await runsUnknownToEngine(pool)) await startRun(run);
  }
}
