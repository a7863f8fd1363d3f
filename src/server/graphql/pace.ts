/** Spreads the results of many operations that finish at the same time over several turns of the event loop. */

/** How long one turn may spend on results, in ms. */
const MOST_MS = 20;

let turnStart: number | null = null;

/**
 * Resolves at once for the first result of a turn. Every other result waits until the results before it have been
 * written. When the turn has taken too long, it waits for a later turn.
 */
export async function paced(): Promise<void> {
  while (turnStart !== null) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (turnStart !== null && performance.now() - turnStart < MOST_MS) return;
  }
  turnStart = performance.now();
  setImmediate(() => {
    turnStart = null;
  });
}
