/** Those who want to hear of one thing. One of them that fails leaves the others alone. */
export class Topic<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  /** @param onError told what a listener threw */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns how to end that; to be called once for each listener */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** One topic for each key, for as long as somebody listens. */
export class KeyedTopic {
  readonly #byKey = new Map<string, Topic<void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Listeners of all keys. */
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

  tell(key: string): void {
    this.#byKey.get(key)?.tell();
  }
}
