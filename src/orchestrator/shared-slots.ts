/**
 * Slots that are counted in all processes. The database grants them: a job claims a slot and waits for the notification.
 * While it waits it takes no queries.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "../db/pool.ts";
import {
  claimSlot,
  claimsOf,
  grantedClaims,
  releaseAllSlots,
  releaseSlots,
  type SlotClaim,
} from "../db/queries/slots.ts";
import type { Hub } from "../hub/hub.ts";
import type { Logger } from "../log.ts";
import type { Halt } from "./halt.ts";
import type { Slot } from "./process-slots.ts";
import { retryForever } from "./retry-forever.ts";
import type { Semaphore } from "./semaphore.ts";
import type { SlotSources } from "./slot-sources.ts";

/** The pool in which a job claims a slot. */
export interface SharedPool extends Pick<SlotClaim, "pool" | "isShared" | "total" | "perProcess"> {}

/** The job that claims it. */
export interface Claimant {
  runId: string;
  token: string;
  jobId: string;
  /** Ends the wait when the execution stops or the run is cancelled. */
  halt: Halt;
}

interface Claim {
  claimant: Claimant;
  pool: SharedPool;
  isGranted: boolean;
  grant: () => void;
}

/** ms before the next try. */
const RETRY_MS = 1_000;
const STOPPED = new Error("the run was halted");

export class SharedSlots {
  readonly #pool: Pool;
  readonly #log: Pick<Logger, "debug" | "error">;
  readonly #semaphore: Semaphore;
  readonly #executorId: string;
  readonly #claims = new Map<number, Claim>();
  #last = 0;
  /** Claims whose rows are to be deleted. */
  #freed: number[] = [];
  #releasing: Promise<void> | null = null;
  #reading = false;
  #isDue = false;
  #isClosed = false;

  constructor({ pool, log, semaphore, executorId }: Pick<SlotSources, "pool" | "log" | "semaphore" | "executorId">) {
    this.#pool = pool;
    this.#log = log;
    this.#semaphore = semaphore;
    this.#executorId = executorId;
  }

  /** Resumes waiting jobs when they get slots. @returns a function that ends that */
  listen(hub: Pick<Hub, "onSlots" | "onResync">): () => void {
    const ends = [
      hub.onSlots((executorId) => executorId === this.#executorId && this.#lookForGranted()),
      hub.onResync(() => void this.compare()),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Claims a slot. If the run is halted in the meantime there is no slot, but `ready` is null all the same. */
  async take(claimant: Claimant, pool: SharedPool): Promise<Slot> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const claim: Claim = { claimant, pool, isGranted: false, grant: resolve };
    this.#claims.set(id, claim);
    const free = () => {
      if (this.#claims.delete(id)) this.#release([id]);
    };
    try {
      if (await this.#insert(id, claim)) claim.isGranted = true;
    } catch (error) {
      if (error !== STOPPED) {
        free();
        throw error;
      }
      return { ready: null, free };
    }
    return { ready: claim.isGranted ? null : promise, free };
  }

  /** Releases all slots. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#releasing;
    this.#claims.clear();
    if (this.#last > 0) await releaseAllSlots(this.#pool, this.#executorId);
  }

  /** @throws STOPPED */
  async #insert(id: number, { claimant, pool, isGranted }: Claim): Promise<boolean> {
    const { jobId } = claimant;
    const slot = { executorId: this.#executorId, claim: id, jobId, ...pool, isHeld: isGranted };
    const stopped = () => (this.#isClosed || claimant.halt.isOver ? STOPPED : null);
    for (;;) {
      const result = await retryForever(() => claimSlot(this.#pool, claimant, slot), {
        log: this.#log,
        semaphore: this.#semaphore,
        stopped,
      });
      if (result === undefined) throw STOPPED; // Another process owns the run, so its job cannot start here.
      if (result !== null) return result;
      // The lease has expired; this process will renew it, or stop.
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Deletes rows, many in one statement. */
  #release(ids: readonly number[]): void {
    this.#freed.push(...ids);
    this.#releasing ??= this.#releaseFreed().finally(() => {
      this.#releasing = null;
    });
  }

  async #releaseFreed(): Promise<void> {
    const stopped = () => (this.#isClosed ? STOPPED : null);
    try {
      while (this.#freed.length > 0) {
        const ids = this.#freed;
        this.#freed = [];
        await retryForever(() => releaseSlots(this.#pool, this.#executorId, ids), {
          log: this.#log,
          semaphore: this.#semaphore,
          stopped,
        });
      }
    } catch {
      // `close` releases all of them.
    }
  }

  #lookForGranted(): void {
    this.#isDue = true;
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      try {
        for (const id of await grantedClaims(this.#pool, this.#executorId)) this.#grant(id);
      } catch (error) {
        this.#isDue = true;
        this.#log.debug({ err: error }, "the slots that were granted could not be read; trying again");
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.#reading = false;
  }

  #grant(id: number): void {
    const claim = this.#claims.get(id);
    if (claim === undefined || claim.isGranted) return;
    claim.isGranted = true;
    claim.grant();
  }

  /**
   * Compares the claims with their rows. A grant may have been missed, a crash of the database server loses the last claims
   * and releases, and all rows are deleted after the lease of this process has expired.
   */
  async compare(): Promise<void> {
    if (this.#claims.size === 0 && this.#last === 0) return;
    const stopped = () => (this.#isClosed ? STOPPED : null);
    try {
      const rows = await retryForever(() => claimsOf(this.#pool, this.#executorId), {
        log: this.#log,
        semaphore: this.#semaphore,
        stopped,
      });
      const stored = new Map(rows.map(({ claim, isGranted }) => [claim, isGranted]));
      const stray = [...stored.keys()].filter((id) => !this.#claims.has(id));
      if (stray.length > 0) this.#release(stray);
      for (const [id, isGranted] of stored) if (isGranted) this.#grant(id);
      for (const [id, claim] of [...this.#claims]) {
        if (stored.has(id)) continue;
        if (await this.#insert(id, claim).catch(() => false)) this.#grant(id);
        if (!this.#claims.has(id)) this.#release([id]); // It was released in the meantime.
      }
    } catch (error) {
      if (error !== STOPPED) this.#log.error({ err: error }, "slots could not be compared with their rows");
    }
  }
}
