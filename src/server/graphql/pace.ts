/** Spreads the answers of many operations that are ready at the same time over several turns of the event loop. */

/** How long one turn may be busy with answers, in ms. */
const MOST_MS = 20;

let began: number | null = null;

/**
 * Resolves at once for the first answer of a turn. Every other one waits for a callback of its own, so that the answers
 * before it have been written, and for a later turn once this one has been busy for long.
 */
export async function paced(): Promise<void> {
  while (began !== null) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (began !== null && performance.now() - began < MOST_MS) return;
  }
  began = performance.now();
  setImmediate(() => {
    began = null;
  });
}
