/** Who waits for which row. There may be 10,000 of them: one small object each, no closure, no Map. */

/** What a waiter is to the hub: an object, so that the waiter itself can be it. */
export interface Watcher {
  /**
   * There is, or may be, a version above the one seen: read the row. `Infinity`: the row may be gone. A hint may come
   * more than once, and from the moment of registering until `close`.
   */
  hint(version: number): void;
}

/** One waiter's registration. */
export interface Watch {
  /** The waiter has this version now and asks for higher ones only; a lower one than before changes nothing. */
  seen(version: number): void;
  /** Ends the registration; again is harmless. */
  close(): void;
}

/** The watches of one request are a linked list, for most are alone. */
class Entry implements Watch {
  readonly id: string;
  version: number;
  /** null once closed */
  watcher: Watcher | null;
  next: Entry | null = null;
  previous: Entry | null = null;
  readonly #watches: Watches;

  constructor(watches: Watches, id: string, version: number, watcher: Watcher) {
    this.#watches = watches;
    this.id = id;
    this.version = version;
    this.watcher = watcher;
  }

  seen(version: number): void {
    if (version > this.version) this.version = version;
  }

  close(): void {
    this.#watches.remove(this);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class Watches {
  readonly #first = new Map<string, Entry>();
  readonly #onError: (error: unknown) => void;
  #size = 0;

  /** @param onError told what a waiter threw at a hint; the others are hinted all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws TypeError when `id` is no UUID: it could never be hinted, and would spoil every comparison */
  add(id: string, version: number, watcher: Watcher): Watch {
    const key = id.toLowerCase();
    if (!UUID.test(key)) throw new TypeError("a request's id is a UUID");
    const watch = new Entry(this, key, version, watcher);
    const first = this.#first.get(key);
    if (first) {
      watch.next = first;
      first.previous = watch;
    }
    this.#first.set(key, watch);
    this.#size++;
    return watch;
  }

  remove(watch: Entry): void {
    if (!watch.watcher) return;
    watch.watcher = null;
    this.#size--;
    if (watch.previous) watch.previous.next = watch.next;
    else if (watch.next) this.#first.set(watch.id, watch.next);
    else this.#first.delete(watch.id);
    if (watch.next) watch.next.previous = watch.previous;
    // `next` stays: a waiter may close itself while `hint` walks the list.
  }

  /** Hints every waiter of the request that has not seen this version. */
  hint(id: string, version: number): void {
    for (let watch = this.#first.get(id) ?? null; watch; watch = watch.next) {
      if (version <= watch.version) continue;
      try {
        watch.watcher?.hint(version);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Every watched request once, with the lowest version that one of its waiters has seen. */
  snapshot(): { ids: string[]; versions: number[] } {
    const ids: string[] = [];
    const versions: number[] = [];
    for (const [id, first] of this.#first) {
      let lowest = first.version;
      for (let watch = first.next; watch; watch = watch.next) lowest = Math.min(lowest, watch.version);
      ids.push(id);
      versions.push(lowest);
    }
    return { ids, versions };
  }
}
