/** The listeners of one kind of event. If a listener fails, the others are still called. */
export class Topic<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  /** @param onError receives errors that listeners throw */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns a function that removes the listener. Add each listener only once. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** One topic for each key that has listeners. */
export class KeyedTopic {
  readonly #byKey = new Map<string, Topic<void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Number of listeners of all keys. */
  get size(): number {
    return this.#byKey.values().reduce((sum, topic) => sum + topic.size, 0);
  }

  add(key: string, listener: () => void): () => void {
    const topic = this.#byKey.get(key) ?? new Topic<void>(this.#onError);
    this.#byKey.set(key, topic);
    const end = topic.add(listener);
    return () => {
      end();
      if (topic.size === 0 && this.#byKey.get(key) === topic) this.#byKey.delete(key);
    };
  }

  publish(key: string): void {
    this.#byKey.get(key)?.publish();
  }
}
