/**
 * A person's messages in the app, live. A snapshot is all that is remembered: every hint has the messages read that it
 * does not show, so each is told once, in whatever order transactions commit, and none waits for another.
 */

import {
  type NotificationPosition,
  type PlacedNotification,
  readInApp,
  type Snapshot,
} from "../db/queries/notifications.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { Follower, type FollowerSources } from "./follower.ts";
import { readTogether } from "./requests-ahead.ts";

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
/** Before every message of a transaction. */
export const FIRST_ID = "00000000-0000-0000-0000-000000000000";

class NotificationUpdates extends Follower<NotificationUpdate> {
  readonly #userId: string;
  readonly #start: NotificationStart | null;
  /** All that it shows was told; null until the first reading is told to its end. */
  #told: Snapshot | null = null;
  /** The reading that is being told, and how far. */
  #telling: Snapshot | null = null;
  #position: NotificationPosition | null;
  #unreadCount = -1;

  constructor(sources: FollowerSources, userId: string, after: NotificationStart | null) {
    super(sources, STRETCH, (hub, wake) => hub.onNotifications(userId, wake));
    this.#userId = userId;
    this.#start = after;
    this.#position = after?.resumeAt ?? null;
    this.wake();
  }

  protected async readOn(): Promise<void> {
    // Without a place to start from it begins with what the first snapshot does not show.
    const limit = this.#told === null && this.#start === null ? 0 : STRETCH;
    const stretch = { unseenIn: this.#told, seenIn: this.#telling, after: this.#position, limit };
    const { rows, unread, snapshot } = await readInApp(this.pool, this.#userId, stretch);
    const telling = this.#telling ?? snapshot;
    const updates = rows
      .filter(({ id }) => this.#told !== null || id !== this.#start?.position.id)
      .map((row) => this.#update(row, unread, telling));
    readTogether(rows);
    const last = rows.at(-1);
    if (last !== undefined && rows.length === limit) {
      this.#telling = telling;
      this.#position = last;
      this.wake();
    } else {
      // Whatever was written since it began to be told, it does not show, and the hint has gone by.
      if (this.#telling !== null) this.wake();
      this.#told = telling;
      this.#telling = null;
      this.#position = null;
      if (unread !== this.#unreadCount) updates.push(this.#update(null, unread, telling));
    }
    this.give(updates);
  }

  #update(row: PlacedNotification | null, unreadCount: number, { xmin: horizon }: Snapshot): NotificationUpdate {
    this.#unreadCount = unreadCount;
    const position = row === null ? { tx: horizon, id: FIRST_ID } : { tx: row.tx, id: row.id };
    return { notification: row, unreadCount, position, horizon };
  }
}

/**
 * The person's messages in the app from now on, each once, and the number of unread ones whenever it changes. The first
 * update tells how things stand: whoever queries after it misses nothing.
 * @param after where to go on, at least once; null: it begins at the present
 */
export const watchNotifications = (
  sources: FollowerSources,
  userId: string,
  after: NotificationStart | null,
): AsyncIterableIterator<NotificationUpdate, undefined> => new NotificationUpdates(sources, userId, after);
