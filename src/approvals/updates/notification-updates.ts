/**
 * A person's messages in the app, live. A snapshot is all that is remembered: every hint has the messages read that it
 * does not show, so each is told once, in whatever order transactions commit, and none waits for another.
 */

import type { Hub } from "../../db/hub.ts";
import { Queue } from "../../db/mailbox.ts";
import type { Pool } from "../../db/pool.ts";
import {
  type NotificationPosition,
  type PlacedNotification,
  readInApp,
  type Snapshot,
} from "../../db/queries/notifications.ts";
import { isConnectionError } from "../../db/transaction.ts";
import { turnsAt } from "../../db/turns.ts";
import type { ApprovalNotification } from "../model.ts";

export interface NotificationSources {
  hub: Hub;
  pool: Pool;
}

/** A message, or null where only the count is news; and where following goes on behind it. */
export interface NotificationUpdate {
  notification: ApprovalNotification | null;
  unreadCount: number;
  position: NotificationPosition;
  /** At or above this transaction messages may yet come, also before the position. */
  horizon: string;
}

/** Where following goes on: behind the message at `position`, and missing nothing from `resumeAt` on. */
export interface NotificationStart {
  position: NotificationPosition;
  resumeAt: NotificationPosition;
}

/** Messages of one read, and most that are kept for a slow reader: reading on waits for it. */
const STRETCH = 200;
const RETRY_MS = 500;
/** Before every message of a transaction. */
export const FIRST_ID = "00000000-0000-0000-0000-000000000000";

class NotificationUpdates extends Queue<NotificationUpdate> {
  readonly #sources: NotificationSources;
  readonly #userId: string;
  readonly #unsubscribe: (() => void)[];
  readonly #start: NotificationStart | null;
  /** All that it shows was told; null until the first reading is told to its end. */
  #told: Snapshot | null = null;
  /** The reading that is being told, and how far. */
  #telling: Snapshot | null = null;
  #position: NotificationPosition | null;
  #unreadCount = -1;
  #woken = true;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;
  #backlog: NotificationUpdate[] = [];

  constructor(sources: NotificationSources, userId: string, after: NotificationStart | null) {
    super({
      capacity: STRETCH,
      onClose: () => {
        clearTimeout(this.#timer);
        for (const end of this.#unsubscribe) end();
      },
      onDrain: () => this.#wake(),
    });
    this.#sources = sources;
    this.#userId = userId;
    this.#start = after;
    this.#position = after?.resumeAt ?? null;
    const wake = () => this.#wake();
    this.#unsubscribe = [sources.hub.onTold(userId, wake), sources.hub.onResync(wake)];
    this.#wake();
  }

  #wake(): void {
    this.#woken = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#woken && !this.ended) {
        if (!this.#flush()) return;
        await turnsAt(this.#sources.pool).run(() => this.#readOn());
      }
    } catch (error) {
      // A database that restarts is waited for; what else fails would fail again, and the subscriber can resume.
      if (isConnectionError(error)) this.#again();
      else this.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readOn(): Promise<void> {
    // It may have ended while it waited for its turn, or have been woken again.
    if (this.ended) return;
    this.#woken = false;
    // Without a place to start from it begins with what the first snapshot does not show.
    const limit = this.#told === null && this.#start === null ? 0 : STRETCH;
    const stretch = { unseenIn: this.#told, seenIn: this.#telling, after: this.#position, limit };
    const { rows, unread, snapshot } = await readInApp(this.#sources.pool, this.#userId, stretch);
    const telling = this.#telling ?? snapshot;
    this.#backlog = rows
      .filter(({ id }) => this.#told !== null || id !== this.#start?.position.id)
      .map((row) => this.#update(row, unread, telling));
    const last = rows.at(-1);
    if (last !== undefined && rows.length === limit) {
      this.#telling = telling;
      this.#position = last;
      this.#woken = true;
    } else {
      // Whatever was written since it began to be told, it does not show, and the hint has gone by.
      this.#woken ||= this.#telling !== null;
      this.#told = telling;
      this.#telling = null;
      this.#position = null;
      if (unread !== this.#unreadCount) this.#backlog.push(this.#update(null, unread, telling));
    }
    this.#flush();
  }

  #update(row: PlacedNotification | null, unreadCount: number, { xmin: horizon }: Snapshot): NotificationUpdate {
    this.#unreadCount = unreadCount;
    const position = row === null ? { tx: horizon, id: FIRST_ID } : { tx: row.tx, id: row.id };
    return { notification: row, unreadCount, position, horizon };
  }

  /** Hands over what was read; false while the reader has to catch up first. */
  #flush(): boolean {
    let handed = 0;
    for (const update of this.#backlog) {
      if (!this.put(update)) break;
      handed += 1;
    }
    this.#backlog = this.#backlog.slice(handed);
    return this.#backlog.length === 0;
  }

  #again(): void {
    clearTimeout(this.#timer);
    if (this.ended) return;
    this.#timer = setTimeout(() => this.#wake(), RETRY_MS);
    this.#timer.unref();
  }
}

/**
 * The person's messages in the app from now on, each once, and the number of unread ones whenever it changes. The first
 * update tells how things stand: whoever queries after it misses nothing.
 * @param after where to go on, at least once; null: it begins at the present
 */
export const watchNotifications = (
  sources: NotificationSources,
  userId: string,
  after: NotificationStart | null,
): AsyncIterableIterator<NotificationUpdate, undefined> => new NotificationUpdates(sources, userId, after);
