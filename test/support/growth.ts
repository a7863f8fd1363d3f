/** Measures how the work for an input grows with its length. */

/** The shortest time of a size whose ratio is meaningful. */
const ENOUGH_MS = 0.1;
const SMALLEST = 512;
const LARGEST = 16_384;
/** How many times the input is doubled: other costs in one measurement hardly affect the mean. */
const DOUBLINGS = 4;
const REPETITIONS = 6;
const ATTEMPTS = 12;
/** The long input takes less than this only if the work hardly reads it; then the ratio measures memory alone. */
const NEXT_TO_NOTHING_MS = 2;
const NEVER = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];

/**
 * How many times as long the double input takes, as the mean of several doublings. Whatever else runs only ever adds to a
 * time, so the least of several repetitions counts, and a growth that is too high is measured again.
 * @param inputOf makes an input of about so many characters
 * @param good growth at which measuring ends
 */
export function growthOf<T>(inputOf: (size: number) => T, work: (input: T) => unknown, good: number): number {
  let size = SMALLEST;
  while (size < LARGEST && least(work, inputOf(size)) < ENOUGH_MS) size *= 2;
  // Where an input outgrows a cache of the processor, a double one takes longer than twice; at another size it does
  // not.
  const scales = [size, 4 * size].map((from) => ({
    inputs: [from, 2 ** DOUBLINGS * from].map(inputOf) as [T, T],
    best: NEVER,
  }));
  let growth = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && growth > good; attempt++) {
    for (const scale of scales) {
      const [short, long] = scale.inputs.map((input) => least(work, input)) as [number, number];
      scale.best = [Math.min(scale.best[0], short), Math.min(scale.best[1], long)];
      if (scale.best[1] < NEXT_TO_NOTHING_MS) return 1;
      growth = Math.min(growth, (scale.best[1] / scale.best[0]) ** (1 / DOUBLINGS));
      if (growth <= good) break;
    }
  }
  return growth;
}

function least<T>(work: (input: T) => unknown, input: T): number {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const startedAt = performance.now();
    work(input);
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}
