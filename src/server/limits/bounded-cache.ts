/** A cache bounded by the total weight of its entries; the least recently used entry is evicted first. */

export interface BoundedCache<K, V> {
  get(key: K): V | undefined;
  /** Adds or replaces an entry; an entry heavier than the bound is not stored. */
  set(key: K, value: V, weight: number): void;
  delete(key: K): void;
  /** The weight of all entries. */
  readonly weight: number;
}

/** @param most weight of all entries */
export function createBoundedCache<K, V>(most: number): BoundedCache<K, V> {
  const entries = new Map<K, { value: V; weight: number }>();
  let total = 0;

  function remove(key: K): void {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A map is in the order of insertion.
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, weight) {
      remove(key);
      if (weight > most) return;
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= most) return;
        remove(oldest);
      }
    },
    delete: remove,
    get weight() {
      return total;
    },
  };
}
