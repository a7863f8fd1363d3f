/** Turns of the askers on one channel: who was served lately, and where the next scan of all askers starts. */

/** Askers beyond these are forgotten and count as waiting. */
const MOST_REMEMBERED = 256;

export interface Turns {
  /** The askers that were served lately, the latest last. */
  recent(): readonly string[];
  /** The asker after whom the next scan starts; empty for the first. */
  after(): string;
  /** Records whose messages were taken, and the last asker that was scanned. */
  note(askers: readonly string[], walkedTo: string): void;
}

export function createTurns(): Turns {
  const served = new Set<string>();
  let after = "";
  return {
    recent: () => [...served],
    after: () => after,
    note(askers, walkedTo) {
      after = walkedTo;
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
