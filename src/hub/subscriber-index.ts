/**
 * The index of subscribers by row. There may be 10,000 of them, so each is one small object without a closure or a Map.
 */

/** Receives hints about one row. It is an object, so that a waiter can implement it itself. */
export interface Subscriber {
  /**
   * The row has, or may have, a newer version: read it. `Infinity`: the row may be deleted. The same hint may come more than
   * once, at any time from the subscription until `close`.
   * @param row the row itself, as this process has committed it; it saves the read
   */
  hint(version: number, row?: unknown): void;
}

/** The registration of one subscriber. */
export interface Subscription {
  /**
   * Reports that the subscriber has this version, so it needs hints about newer ones only. Older versions are ignored.
   */
  seen(version: number): void;
  /** Ends the subscription. May be called more than once. */
  close(): void;
}

/** The subscribers to one row are a linked list, because most rows have only one. */
class Entry implements Subscription {
  readonly id: string;
  version: number;
  /** null once closed */
  subscriber: Subscriber | null;
  next: Entry | null = null;
  previous: Entry | null = null;
  readonly #index: SubscriberIndex;

  constructor(index: SubscriberIndex, id: string, version: number, subscriber: Subscriber) {
    this.#index = index;
    this.id = id;
    this.version = version;
    this.subscriber = subscriber;
  }

  seen(version: number): void {
    if (version > this.version) this.version = version;
  }

  close(): void {
    this.#index.remove(this);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class SubscriberIndex {
  readonly #first = new Map<string, Entry>();
  readonly #onError: (error: unknown) => void;
  #size = 0;

  /** @param onError receives errors that subscribers throw; the other subscribers still get the hint */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws TypeError if `id` is not a UUID: it would never get a hint, and every comparison would fail */
  add(id: string, version: number, subscriber: Subscriber): Subscription {
    const key = id.toLowerCase();
    if (!UUID.test(key)) throw new TypeError(`the id must be a UUID, not ${JSON.stringify(id)}`);
    const entry = new Entry(this, key, version, subscriber);
    const first = this.#first.get(key);
    if (first) {
      entry.next = first;
      first.previous = entry;
    }
    this.#first.set(key, entry);
    this.#size++;
    return entry;
  }

  remove(entry: Entry): void {
    if (!entry.subscriber) return;
    entry.subscriber = null;
    this.#size--;
    if (entry.previous) entry.previous.next = entry.next;
    else if (entry.next) this.#first.set(entry.id, entry.next);
    else this.#first.delete(entry.id);
    if (entry.next) entry.next.previous = entry.previous;
    // `next` stays, because a subscriber may close itself while `hint` iterates over the list.
  }

  /** Sends a hint to every subscriber to the row that does not have this version. */
  hint(id: string, version: number, row?: unknown): void {
    for (let entry = this.#first.get(id) ?? null; entry; entry = entry.next) {
      if (version <= entry.version) continue;
      try {
        entry.subscriber?.hint(version, row);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Each row once, with the lowest version that one of its subscribers has. */
  snapshot(): { ids: string[]; versions: number[] } {
    const ids: string[] = [];
    const versions: number[] = [];
    for (const [id, first] of this.#first) {
      let lowest = first.version;
      for (let entry = first.next; entry; entry = entry.next) lowest = Math.min(lowest, entry.version);
      ids.push(id);
      versions.push(lowest);
    }
    return { ids, versions };
  }
}
