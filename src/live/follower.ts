/**
 * Follows rows of the database for one subscriber: it reads on when the hub says that there may be more, and keeps no
 * more of what it read than a slow subscriber has room for.
 */

import { isOutage } from "../db/outages.ts";
import type { Pool } from "../db/pool.ts";
import type { Hub } from "../hub/hub.ts";
import { Queue } from "./mailbox.ts";
import { turnsAt } from "./turns.ts";

export interface FollowerSources {
  hub: Hub;
  pool: Pool;
}

const RETRY_MS = 500;

/** Who extends it wakes it at the end of the constructor: reading may begin at once. */
export abstract class Follower<T> extends Queue<T> {
  protected readonly pool: Pool;
  readonly #unsubscribe: (() => void)[];
  #woken = false;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;
  #backlog: readonly T[] = [];

  /**
   * @param capacity most values that are kept for a slow subscriber: reading on waits for it
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

  /** Reads on from where it is, and gives what it finds. */
  protected abstract readOn(): Promise<void>;

  /** Whether it reads on at once. */
  protected get woken(): boolean {
    return this.#woken;
  }

  /** There may be more; a reading that is under way is followed by another. */
  protected wake(): void {
    this.#woken = true;
    void this.#work();
  }

  /** Reads on after so many ms, unless it is woken before. */
  protected wakeIn(pauseMs: number): void {
    clearTimeout(this.#timer);
    if (this.ended) return;
    this.#timer = setTimeout(() => this.wake(), pauseMs);
    this.#timer.unref();
  }

  /** Hands over what was read, now or when the subscriber has caught up. */
  protected give(values: readonly T[]): void {
    this.#backlog = values;
    this.#flush();
  }

  /** The first value that the subscriber has not taken. */
  protected oldest(): T | undefined {
    return this.first() ?? this.#backlog[0];
  }

  async #work(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#woken && !this.ended) {
        if (!this.#flush()) return;
        await turnsAt(this.pool).run(async () => {
          // It may have ended while it waited for its turn, or have been woken again.
          if (this.ended) return;
          this.#woken = false;
          await this.readOn();
        });
      }
    } catch (error) {
      // A database that restarts is waited for; what else fails would fail again, and the subscriber can resume.
      if (isOutage(error)) this.wakeIn(RETRY_MS);
      else this.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  /** False while the subscriber has to catch up first. */
  #flush(): boolean {
    let handed = 0;
    for (const value of this.#backlog) {
      if (!this.put(value)) break;
      handed += 1;
    }
    this.#backlog = this.#backlog.slice(handed);
    return this.#backlog.length === 0;
  }
}
