/** Reads a stream in the background and stores its items, so that a test waits for an item and never sleeps. */
export class Reader<T> {
  readonly received: T[] = [];
  /** Resolves when the stream ends: with undefined, or with what it failed with. */
  readonly end: Promise<unknown>;
  #waiting: (() => void)[] = [];

  constructor(stream: AsyncIterable<T>) {
    this.end = this.#read(stream);
  }

  async #read(stream: AsyncIterable<T>): Promise<unknown> {
    let failure: unknown;
    try {
      for await (const value of stream) {
        this.received.push(value);
        this.#wake();
      }
    } catch (error) {
      failure = error;
    }
    this.#wake();
    return failure;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves once the condition is met for the received items. */
  async until(isMet: (received: readonly T[]) => boolean): Promise<readonly T[]> {
    while (!isMet(this.received)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.received;
  }

  /** Resolves with the item at this index. */
  async at(index: number): Promise<T> {
    return (await this.until((received) => received.length > index))[index] as T;
  }
}
