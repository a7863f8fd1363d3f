/** A line in front of something that only so many may do at once. */

export class AtMost {
  readonly #most: number;
  #under = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work as soon as its turn comes. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#under >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#under++;
    try {
      return await work();
    } finally {
      // Whoever is next takes the place over.
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#under--;
    }
  }
}
