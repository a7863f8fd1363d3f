/**
 * Bytes that clients make the process hold, bounded in all. Where they exceed the bound, the client that holds the most
 * is cut, then the next one, until a quarter of the bound is free again.
 */

/** One client, as the budget sees it. */
export interface Holder {
  /** The bytes that it holds now. */
  bytes(): number;
  /** Ends it; it holds nothing afterwards. */
  cut(): void;
}

export interface ByteBudget {
  /** Counts a client from now on; returns how to stop counting it. */
  add(holder: Holder): () => void;
  /** Some client holds so many bytes more. */
  grow(bytes: number): void;
}

/** The share that stays in use after a cut, so that the next byte does not count everything again. */
const KEPT = 0.75;

/** @param most bytes of all clients together */
export function createByteBudget(most: number): ByteBudget {
  const holders = new Set<Holder>();
  // At least what is held: only a count takes off what has gone.
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
