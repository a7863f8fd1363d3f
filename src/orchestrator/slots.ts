/**
 * Slots: the permissions that a job needs before its handler is called. It first takes a slot of its workflow, if the
 * document has a limit, then one of its type. A job with a slot of its type waits for no other slot, so there are no
 * deadlocks.
 */

import type { Hub } from "../hub/hub.ts";
import type { Limits } from "./limits.ts";
import { ProcessSlots, type Slot } from "./process-slots.ts";
import { type Claimant, SharedSlots } from "./shared-slots.ts";
import type { Place } from "./slot-order.ts";
import type { SlotSources } from "./slot-sources.ts";
import { SlotWaits } from "./slot-waits.ts";

/** A job that is ready to start. */
export interface Candidate extends Place, Claimant {
  type: string;
  workflowId: string;
  /** How many runs of the workflow may have a running handler at once; null without a limit. */
  concurrency: number | null;
}

export class Slots {
  readonly #limits: Limits;
  readonly #name: string;
  readonly #ofProcess = new ProcessSlots();
  readonly #shared: SharedSlots;
  readonly #waits: SlotWaits;

  constructor({ pool, log, limits, name, executorId, semaphore }: SlotSources) {
    this.#limits = limits;
    this.#name = name;
    this.#shared = new SharedSlots({ pool, log, semaphore, executorId });
    this.#waits = new SlotWaits(pool, log);
  }

  /** @returns a function that ends that */
  listen(hub: Pick<Hub, "onSlots" | "onResync">): () => void {
    return this.#shared.listen(hub);
  }

  /**
   * Resolves when the job may start, or its run is halted.
   * @returns a function that releases the slots; a second call does nothing
   */
  async take(candidate: Candidate): Promise<() => void> {
    const taken: Slot[] = [];
    const free = () => {
      for (const slot of taken.splice(0)) slot.free();
    };
    const take = async (slot: Slot, reason: string) => {
      taken.push(slot);
      if (slot.ready !== null) await this.#waits.wait(candidate, reason, slot.ready);
    };
    try {
      const { type, workflowId, concurrency } = candidate;
      if (concurrency !== null && !candidate.halt.isOver) {
        const pool = this.#poolOf("workflow", workflowId);
        const slot = this.#shared.take(candidate, { pool, isShared: true, total: concurrency, perProcess: null });
        await take(await slot, `The limit of ${counted(concurrency, "run")} of this workflow at once is reached.`);
      }
      if (candidate.halt.isOver) return free;
      const { perProcess, total } = this.#limits.of(type);
      const quotedType = JSON.stringify(type);
      if (total !== null) {
        const own = Number.isFinite(perProcess) ? perProcess : null;
        const pool = this.#poolOf("type", type);
        const slot = this.#shared.take(candidate, { pool, isShared: false, total, perProcess: own });
        const inProcess = own !== null && own < total ? `, ${own} in a process,` : "";
        const limit = `The limit of ${counted(total, "job")} of type ${quotedType}${inProcess} at once is reached.`;
        await take(await slot, limit);
      } else if (Number.isFinite(perProcess)) {
        const limit = `The limit of ${counted(perProcess, "job")} of type ${quotedType} at once in a process is reached.`;
        await take(this.#ofProcess.take(candidate, perProcess), limit);
      }
      return free;
    } catch (error) {
      free();
      throw error;
    }
  }

  /** Call this after the lease of this process has expired: all rows are deleted with it. */
  compare(): void {
    void this.#shared.compare();
  }

  /** Releases all slots. The runs have been halted before. */
  close(): Promise<void> {
    return this.#shared.close();
  }

  #poolOf(kind: "type" | "workflow", name: string): string {
    return JSON.stringify([this.#name, kind, name]);
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
