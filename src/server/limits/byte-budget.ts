/**
 * Limits the memory of all clients together. When the limit is exceeded, the client that uses the most is disconnected,
 * then the next one, until a quarter of the limit is free.
 */

/** One client of the budget. */
export interface BudgetClient {
  /** The bytes that it uses now. */
  bytes(): number;
  /** Disconnects it and frees its memory. */
  cut(): void;
}

export interface ByteBudget {
  /** Adds a client. @returns removes it */
  add(client: BudgetClient): () => void;
  /** Adds to the bytes of all clients. */
  grow(bytes: number): void;
}

/** The share that may stay in use after a disconnect, so that the next byte does not start another count. */
const REMAINING_SHARE = 0.75;

/** @param most the limit in bytes */
export function createByteBudget(most: number): ByteBudget {
  const clients = new Set<BudgetClient>();
  // An upper bound: only a count subtracts freed bytes.
  let estimate = 0;

  function count(): void {
    const usage = [...clients].map((client) => ({ client, bytes: client.bytes() }));
    estimate = usage.reduce((sum, { bytes }) => sum + bytes, 0);
    if (estimate <= most) return;
    usage.sort((left, right) => right.bytes - left.bytes);
    for (const { client, bytes } of usage) {
      if (estimate <= most * REMAINING_SHARE) return;
      estimate -= bytes;
      clients.delete(client);
      client.cut();
    }
  }

  return {
    add(client) {
      clients.add(client);
      return () => clients.delete(client);
    },
    grow(bytes) {
      estimate += bytes;
      if (estimate > most) count();
    },
  };
}
