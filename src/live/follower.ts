/**
 * Follows rows of the database for one subscriber. It reads when the hub reports that there may be more, and stores
 * only as many rows as its capacity allows for a slow subscriber.
 */

import { isOutage } from "../db/outages.ts";
import type { Pool } from "../db/pool.ts";
import type { Hub } from "../hub/hub.ts";
import { BoundedQueue } from "./async-queue.ts";
import { readLimiterOf } from "./read-limiter.ts";

export interface FollowerSources {
  hub: Hub;
  pool: Pool;
}

const RETRY_MS = 500;

/** A subclass calls `wake` at the end of its constructor, because reading may start at once. */
export abstract class Follower<T> extends BoundedQueue<T> {
  protected readonly pool: Pool;
  readonly #unsubscribe: (() => void)[];
  #woken = false;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;
  #backlog: readonly T[] = [];

  /**
   * @param capacity most values that are stored for a slow subscriber, for which the next read waits
   * @param hintsOf subscribes to the hub's hints that there may be more
   */
  constructor({ hub, pool }: FollowerSources, capacity: number, hintsOf: (hub: Hub, wake: () => void) => () => void) {
    super({
      capacity,
      onClose: () => {
        clearTimeout(this.#timer);
        for (const end of this.#unsubscribe) end();
      },
      onDrain: () => this.wake(),
    });
    this.pool = pool;
    const wake = () => this.wake();
    this.#unsubscribe = [hintsOf(hub, wake), hub.onResync(wake)];
  }

  /** Reads the rows after the current position, and delivers them. */
  protected abstract readNext(): Promise<void>;

  /** Whether it reads again at once. */
  protected get woken(): boolean {
    return this.#woken;
  }

  /** Reads now, or again after the current read, because there may be more. */
  protected wake(): void {
    this.#woken = true;
    void this.#work();
  }

  /** Reads again after a pause in ms, unless it is woken before. */
  protected wakeIn(pauseMs: number): void {
    clearTimeout(this.#timer);
    if (this.ended) return;
    this.#timer = setTimeout(() => this.wake(), pauseMs);
    this.#timer.unref();
  }

  /** Delivers values, now or when the subscriber has caught up. */
  protected deliverAll(values: readonly T[]): void {
    this.#backlog = values;
    this.#flush();
  }

  /** The first value that the subscriber has not read. */
  protected oldest(): T | undefined {
    return this.first() ?? this.#backlog[0];
  }

  async #work(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#woken && !this.ended) {
        if (!this.#flush()) return;
        await readLimiterOf(this.pool).run(async () => {
          // It may have ended, or have been woken again, while it waited for the limiter.
          if (this.ended) return;
          this.#woken = false;
          await this.readNext();
        });
      }
    } catch (error) {
      // It waits for a database that restarts. Other errors would occur again, and the subscriber can resume.
      if (isOutage(error)) this.wakeIn(RETRY_MS);
      else this.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  /** Returns false while the subscriber has to catch up first. */
  #flush(): boolean {
    let delivered = 0;
    for (const value of this.#backlog) {
      if (!this.put(value)) break;
      delivered += 1;
    }
    this.#backlog = this.#backlog.slice(delivered);
    return this.#backlog.length === 0;
  }
}
