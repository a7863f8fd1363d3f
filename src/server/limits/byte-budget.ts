/**
 * Bounds the memory that clients take together. When the bound is exceeded, the client that takes the most is
 * disconnected, then the next, until a quarter of the bound is free.
 */

/** One client, as the budget sees it. */
export interface Holder {
  /** The bytes that it takes now. */
  bytes(): number;
  /** Disconnects it and frees its memory. */
  cut(): void;
}

export interface ByteBudget {
  /** Counts a client from now on; returns how to stop counting it. */
  add(holder: Holder): () => void;
  /** Adds to what the clients take. */
  grow(bytes: number): void;
}

/** The share that stays in use after a cut, so that the next byte does not count everything again. */
const KEPT = 0.75;

/** @param most bytes of all clients together */
export function createByteBudget(most: number): ByteBudget {
  const holders = new Set<Holder>();
  // An upper estimate: only a count subtracts what was freed.
  let estimate = 0;

  function count(): void {
    const held = [...holders].map((holder) => ({ holder, bytes: holder.bytes() }));
    estimate = held.reduce((sum, { bytes }) => sum + bytes, 0);
    if (estimate <= most) return;
    held.sort((one, other) => other.bytes - one.bytes);
    for (const { holder, bytes } of held) {
      if (estimate <= most * KEPT) return;
      estimate -= bytes;
      holders.delete(holder);
      holder.cut();
    }
  }

  return {
    add(holder) {
      holders.add(holder);
      return () => holders.delete(holder);
    },
    grow(bytes) {
      estimate += bytes;
      if (estimate > most) count();
    },
  };
}
