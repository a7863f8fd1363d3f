/**
 * Slots that are counted in all processes. The database grants them: a job claims one and waits for the notification that
 * it has it. While it waits it costs no query.
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
import type { AtMost } from "./at-most.ts";
import type { Halt } from "./halt.ts";
import { persistently } from "./persistent.ts";
import type { Slot } from "./process-slots.ts";
import type { SlotSources } from "./slot-sources.ts";

/** What a job claims a slot of. */
export interface SharedPool extends Pick<SlotClaim, "pool" | "isShared" | "total" | "perProcess"> {}

/** The job that claims it. */
export interface Claimant {
  runId: string;
  token: string;
  jobId: string;
  /** Ends the wait when the run is left or cancelled. */
  halt: Halt;
}

interface Claim {
  claimant: Claimant;
  pool: SharedPool;
  isGranted: boolean;
  grant: () => void;
}

/** Before another try, in ms. */
const RETRY_MS = 1_000;
const STOPPED = new Error("the run was halted");

export class SharedSlots {
  readonly #pool: Pool;
  readonly #log: Pick<Logger, "debug" | "error">;
  readonly #line: AtMost;
  readonly #executorId: string;
  readonly #claims = new Map<number, Claim>();
  #last = 0;
  /** Claims whose rows are to be deleted. */
  #freed: number[] = [];
  #releasing: Promise<void> | null = null;
  #reading = false;
  #isDue = false;
  #isClosed = false;

  constructor({ pool, log, line, executorId }: Pick<SlotSources, "pool" | "log" | "line" | "executorId">) {
    this.#pool = pool;
    this.#log = log;
    this.#line = line;
    this.#executorId = executorId;
  }

  /** Has waiting jobs go on when they are granted slots. @returns how to end that */
  listen(hub: Pick<Hub, "onSlots" | "onResync">): () => void {
    const ends = [
      hub.onSlots((executorId) => executorId === this.#executorId && this.#lookForGranted()),
      hub.onResync(() => void this.compare()),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Claims a slot. Where the run is halted meanwhile the slot is not there, and `ready` is null all the same. */
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

  /** Gives all of them back. */
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
    const left = () => (this.#isClosed || claimant.halt.isOver ? STOPPED : null);
    for (;;) {
      const result = await persistently(() => claimSlot(this.#pool, claimant, slot), {
        log: this.#log,
        line: this.#line,
        left,
      });
      if (result === undefined) throw STOPPED; // The run is another process's: its job cannot be begun here.
      if (result !== null) return result;
      // The lease is over, so this process is about to begin anew, or to renew it.
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }

  /** Deletes rows, as many at once as have come together. */
  #release(ids: readonly number[]): void {
    this.#freed.push(...ids);
    this.#releasing ??= this.#releaseFreed().finally(() => {
      this.#releasing = null;
    });
  }

  async #releaseFreed(): Promise<void> {
    const left = () => (this.#isClosed ? STOPPED : null);
    try {
      while (this.#freed.length > 0) {
        const ids = this.#freed;
        this.#freed = [];
        await persistently(() => releaseSlots(this.#pool, this.#executorId, ids), {
          log: this.#log,
          line: this.#line,
          left,
        });
      }
    } catch {
      // Closing gives all of them back.
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
   * Compares the claims with their rows. A grant may have been missed, a crash of the server forgets the last claims and
   * releases, and all rows are gone after the lease of this process was lost.
   */
  async compare(): Promise<void> {
    if (this.#claims.size === 0 && this.#last === 0) return;
    const left = () => (this.#isClosed ? STOPPED : null);
    try {
      const rows = await persistently(() => claimsOf(this.#pool, this.#executorId), {
        log: this.#log,
        line: this.#line,
        left,
      });
      const stored = new Map(rows.map(({ claim, isGranted }) => [claim, isGranted]));
      const stray = [...stored.keys()].filter((id) => !this.#claims.has(id));
      if (stray.length > 0) this.#release(stray);
      for (const [id, isGranted] of stored) if (isGranted) this.#grant(id);
      for (const [id, claim] of [...this.#claims]) {
        if (stored.has(id)) continue;
        if (await this.#insert(id, claim).catch(() => false)) this.#grant(id);
        if (!this.#claims.has(id)) this.#release([id]); // It was given back meanwhile.
      }
    } catch (error) {
      if (error !== STOPPED) this.#log.error({ err: error }, "slots could not be compared with their rows");
    }
  }
}
