/**
 * What subscriptions return: async iterators written by hand. A generator's `return()` hangs while it is idle, so its
 * waiter would leak; the Repeater of the libraries throws when a thousand pushes are pending. Here `return()` resolves
 * a pending `next()`, and a producer is never refused with an error.
 */

type Settle<T> = (result: IteratorResult<T, undefined> | Promise<never>) => void;

const DONE: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });
const EMPTY = Symbol("empty");

/** What mailbox and queue share: pending reads, and one end whoever brings it about. */
abstract class Stream<T> implements AsyncIterableIterator<T, undefined> {
  #reader: Settle<T> | null = null;
  /** Reads behind the first one; a consumer that waits for each never has any. */
  #readers: Settle<T>[] | null = null;
  #ended = false;
  #failure: Promise<never> | null = null;
  readonly #onClose: (() => void) | undefined;

  /** @param onClose called once, when the stream ends by `end`, `fail` or `return`; the place to unsubscribe */
  constructor(onClose?: () => void) {
    this.#onClose = onClose;
  }

  /** Gives out the next value that is kept, or EMPTY. */
  protected abstract take(): T | typeof EMPTY;
  protected abstract clear(): void;

  get ended(): boolean {
    return this.#ended;
  }

  /** No more values; what is kept is still given out. */
  end(): void {
    this.#close();
  }

  /** No more values; what is kept is still given out, then one `next()` rejects with `error`. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const failure = Promise.reject(error);
    // Nobody may come to read it, which is no reason to end the process.
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

  /** The consumer wants no more: what is kept is dropped and every pending `next()` is done. */
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

  /** Hands the value to a pending read; false when there is none. */
  protected hand(value: T): boolean {
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

/** Keeps the newest value only: for whoever wants to know how a thing stands, not how it came there. */
export class Mailbox<T> extends Stream<T> {
  #slot: T | typeof EMPTY = EMPTY;

  /** Replaces a value that nobody has taken yet; after the end it does nothing. */
  put(value: T): void {
    if (!this.ended && !this.hand(value)) this.#slot = value;
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
  /** How many values may be kept for a slow consumer. */
  capacity: number;
  onClose?: () => void;
  /** Called when the consumer has taken everything after a value was refused: go on, or read again what was missed. */
  onDrain?: () => void;
}

/** Keeps values in order, up to a bound. */
export class Queue<T> extends Stream<T> {
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
   * @returns false when the value was not taken: the queue is full (or has refused a value that is not made up for
   * yet, so that nothing is passed over unnoticed), or ended. Stop then, or collapse what was missed in `onDrain`.
   */
  put(value: T): boolean {
    if (this.ended || this.#overflowed) return false;
    if (this.hand(value)) return true;
    if (this.#values.length >= this.#capacity) {
      this.#overflowed = true;
      return false;
    }
    this.#values.push(value);
    return true;
  }

  /** The value that is taken next. */
  protected first(): T | undefined {
    return this.#values[0];
  }

  protected take(): T | typeof EMPTY {
    if (this.#values.length === 0) return EMPTY;
    const value = this.#values.shift() as T;
    // Once this read has got its value, so that what `onDrain` puts comes behind it.
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
