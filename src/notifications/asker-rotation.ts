/**
 * Rotates among the askers of one channel: which were served recently, and where the next scan of all askers starts.
 */

/** The number of askers that are remembered. All others count as waiting. */
const MOST_REMEMBERED = 256;

export interface AskerRotation {
  /** The askers that were served recently, the latest last. */
  recent(): readonly string[];
  /** The asker after whom the next scan starts; empty before the first scan. */
  after(): string;
  /** Records the askers whose messages were taken, and the last asker that was scanned. */
  note(askers: readonly string[], lastScanned: string): void;
}

export function createAskerRotation(): AskerRotation {
  const served = new Set<string>();
  let after = "";
  return {
    recent: () => [...served],
    after: () => after,
    note(askers, lastScanned) {
      after = lastScanned;
      for (const asker of askers) {
        served.delete(asker);
        served.add(asker);
      }
      for (const asker of served) {
        if (served.size <= MOST_REMEMBERED) break;
        served.delete(asker);
      }
    },
  };
}
