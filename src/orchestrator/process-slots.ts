/** Slots that are counted in this process only, by type. */

import { indexInLine, type Place } from "./slot-order.ts";

/** A slot, or a place in the line for one. */
export interface Slot {
  /** Resolves when the slot is granted; null if it is granted immediately. */
  ready: Promise<void> | null;
  /** Releases the slot or the place; a second call does nothing. */
  free(): void;
}

interface Waiting extends Place {
  enter: () => void;
}

interface Line {
  taken: number;
  /** In order. */
  waiting: Waiting[];
}

export class ProcessSlots {
  readonly #lines = new Map<string, Line>();

  take({ type, ...place }: Place & { type: string }, limit: number): Slot {
    const line = this.#lines.get(type) ?? { taken: 0, waiting: [] };
    this.#lines.set(type, line);
    let isFree = false;
    const once = (work: () => void) => () => {
      if (isFree) return;
      isFree = true;
      work();
    };
    if (line.taken < limit) {
      line.taken++;
      return { ready: null, free: once(() => this.#release(type, line)) };
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const { priority, createdAt, runId, position } = place;
    const waiting: Waiting = { priority, createdAt, runId, position, enter: resolve };
    line.waiting.splice(indexInLine(line.waiting, waiting), 0, waiting);
    const free = once(() => {
      const index = line.waiting.indexOf(waiting);
      if (index >= 0) line.waiting.splice(index, 1);
      else this.#release(type, line);
    });
    return { ready: promise, free };
  }

  #release(type: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) next.enter();
    else if (--line.taken === 0) this.#lines.delete(type);
  }
}
