/**
 * Slots: what a job needs before its handler is called. It first takes its workflow's, where the document has a limit,
 * then its type's. Who has the latter waits for no other, so jobs never wait for each other in a circle.
 */

import type { Hub } from "../hub/hub.ts";
import type { Limits } from "./limits.ts";
import { ProcessSlots, type Slot } from "./process-slots.ts";
import { type Claimant, SharedSlots } from "./shared-slots.ts";
import type { Place } from "./slot-order.ts";
import type { SlotSources } from "./slot-sources.ts";
import { SlotWaits } from "./slot-waits.ts";

/** A job whose handler is to be called. */
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

  constructor({ pool, log, limits, name, executorId, line }: SlotSources) {
    this.#limits = limits;
    this.#name = name;
    this.#shared = new SharedSlots({ pool, log, line, executorId });
    this.#waits = new SlotWaits(pool, log);
  }

  /** @returns how to end that */
  listen(hub: Pick<Hub, "onSlots" | "onResync">): () => void {
    return this.#shared.listen(hub);
  }

  /**
   * Resolves when the job may begin, or its run is halted.
   * @returns how to give the slots back; doing it twice changes nothing
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
      const shown = JSON.stringify(type);
      if (total !== null) {
        const own = Number.isFinite(perProcess) ? perProcess : null;
        const pool = this.#poolOf("type", type);
        const slot = this.#shared.take(candidate, { pool, isShared: false, total, perProcess: own });
        const inProcess = own !== null && own < total ? `, ${own} in a process,` : "";
        const limit = `The limit of ${counted(total, "job")} of type ${shown}${inProcess} at once is reached.`;
        await take(await slot, limit);
      } else if (Number.isFinite(perProcess)) {
        const limit = `The limit of ${counted(perProcess, "job")} of type ${shown} at once in a process is reached.`;
        await take(this.#ofProcess.take(candidate, perProcess), limit);
      }
      return free;
    } catch (error) {
      free();
      throw error;
    }
  }

  /** To be called after the lease of this process was lost, and with it all rows. */
  compare(): void {
    void this.#shared.compare();
  }

  /** Gives all slots back. The runs have been halted before. */
  close(): Promise<void> {
    return this.#shared.close();
  }

  #poolOf(kind: "type" | "workflow", name: string): string {
    return JSON.stringify([this.#name, kind, name]);
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
