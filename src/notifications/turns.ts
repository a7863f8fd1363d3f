/** Whose turn it is on a channel: which askers had theirs lately, and how far the look at all askers has come. */

/** More are not remembered; who is not counts as one who has waited. */
const MOST_REMEMBERED = 256;

export interface Turns {
  /** The askers that were served lately, the latest last. */
  recent(): readonly string[];
  /** The asker behind whom the next look begins; empty: with the first. */
  after(): string;
  /** Notes whose messages were taken, and how far the look came. */
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
