/**
 * Async queues, which subscriptions return as async iterators. They are written by hand: `return()` of an async
 * generator hangs while a `next()` is pending, so its waiter would leak, and the Repeater of the libraries throws when
 * a thousand pushes are pending. Here `return()` resolves a pending `next()`, and a producer never gets an error.
 */

type Settle<T> = (result: IteratorResult<T, undefined> | Promise<never>) => void;

const DONE: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });
const EMPTY = Symbol("empty");

/** The base of both queues: pending reads, and one end, which the producer or the consumer causes. */
abstract class AsyncQueue<T> implements AsyncIterableIterator<T, undefined> {
  #reader: Settle<T> | null = null;
  /** Reads after the first one; a consumer that waits for each read has none. */
  #readers: Settle<T>[] | null = null;
  #ended = false;
  #failure: Promise<never> | null = null;
  readonly #onClose: (() => void) | undefined;

  /** @param onClose called once, when the queue ends by `end`, `fail` or `return`; the place to unsubscribe */
  constructor(onClose?: () => void) {
    this.#onClose = onClose;
  }

  /** Removes and returns the next stored value, or returns EMPTY. */
  protected abstract take(): T | typeof EMPTY;
  protected abstract clear(): void;

  get ended(): boolean {
    return this.#ended;
  }

  /** Ends the queue. Stored values can still be read. */
  end(): void {
    this.#close();
  }

  /** Ends the queue. Stored values can still be read, then one `next()` rejects with `error`. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const failure = Promise.reject(error);
    // The consumer may never read it. An unhandled rejection would end the process.
    failure.catch(() => {});
    if (this.#reader) this.#shift()?.(failure);
    else this.#failure = failure;
    this.#close();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.take();
    if (value !== EMPTY) return Promise.resolve({ done: false, value });
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = null;
      return failure;
    }
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve) => {
      if (!this.#reader) this.#reader = resolve;
      else if (this.#readers) this.#readers.push(resolve);
      else this.#readers = [resolve];
    });
  }

  /** Ends the queue for the consumer: stored values are dropped and every pending `next()` is done. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#failure = null;
    this.clear();
    this.#close();
    return Promise.resolve(DONE);
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Delivers the value to a pending read; returns false if there is none. */
  protected deliver(value: T): boolean {
    if (!this.#reader) return false;
    this.#shift()?.({ done: false, value });
    return true;
  }

  #shift(): Settle<T> | null {
    const reader = this.#reader;
    this.#reader = this.#readers?.shift() ?? null;
    return reader;
  }

  #close(): void {
    if (this.#ended) return;
    this.#ended = true;
    while (this.#reader) this.#shift()?.(DONE);
    this.#onClose?.();
  }
}

/** Stores only the newest value: for consumers that need the current state, not every state before it. */
export class LatestQueue<T> extends AsyncQueue<T> {
  #slot: T | typeof EMPTY = EMPTY;

  /** Replaces a value that was not read yet. Does nothing after the end. */
  put(value: T): void {
    if (!this.ended && !this.deliver(value)) this.#slot = value;
  }

  protected take(): T | typeof EMPTY {
    const value = this.#slot;
    this.#slot = EMPTY;
    return value;
  }

  protected clear(): void {
    this.#slot = EMPTY;
  }
}

export interface QueueOptions {
  /** Most values that are stored for a slow consumer. */
  capacity: number;
  onClose?: () => void;
  /**
   * Called when the consumer has read everything after a value was rejected: continue, or read again what was missed.
   */
  onDrain?: () => void;
}

/** Stores values in order, up to its capacity. */
export class BoundedQueue<T> extends AsyncQueue<T> {
  readonly #capacity: number;
  readonly #onDrain: (() => void) | undefined;
  #values: T[] = [];
  #overflowed = false;

  constructor(options: QueueOptions) {
    super(options.onClose);
    this.#capacity = options.capacity;
    this.#onDrain = options.onDrain;
  }

  /**
   * @returns false if the value was rejected: the queue has ended, is full, or has rejected an earlier value and waits
   *   for `onDrain`, so that no value is lost unnoticed. Stop then, or combine what was missed in `onDrain`
   */
  put(value: T): boolean {
    if (this.ended || this.#overflowed) return false;
    if (this.deliver(value)) return true;
    if (this.#values.length >= this.#capacity) {
      this.#overflowed = true;
      return false;
    }
    this.#values.push(value);
    return true;
  }

  /** The value that is read next. */
  protected first(): T | undefined {
    return this.#values[0];
  }

  protected take(): T | typeof EMPTY {
    if (this.#values.length === 0) return EMPTY;
    const value = this.#values.shift() as T;
    // After this read has its value, so that values that `onDrain` puts come after it.
    if (this.#overflowed && this.#values.length === 0) queueMicrotask(() => this.#drained());
    return value;
  }

  protected clear(): void {
    this.#values = [];
  }

  #drained(): void {
    this.#overflowed = false;
    if (!this.ended) this.#onDrain?.();
  }
}
