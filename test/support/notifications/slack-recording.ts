/** Collects events and waits for new ones: tests wait for events instead of sleeping. */
export class Recording<T> {
  readonly all: T[] = [];
  readonly #taken = new Set<T>();
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.all.push(item);
    for (const look of [...this.#waiting]) look();
  }

  /** The first matching event that was not returned before, now or as soon as there is one. */
  next(fits: (item: T) => boolean = () => true): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.all.find((item) => !this.#taken.has(item) && fits(item));
        if (found === undefined) return;
        this.#taken.add(found);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
