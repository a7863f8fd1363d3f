/**
 * Follows a person's in-app notifications. It remembers only a database snapshot: after a hint it reads the
 * notifications that the snapshot does not include. So each is sent once, in whatever order transactions commit, and
 * none waits for another.
 */

import {
  type NotificationPosition,
  type PlacedNotification,
  readInApp,
  type Snapshot,
} from "../db/queries/notifications.ts";
import type { ApprovalNotification } from "../model/notifications.ts";
import { Follower, type FollowerSources } from "./follower.ts";
import { prefetchTogether } from "./request-prefetch.ts";

/** A notification, or null if only the count has changed, and the position after which following resumes. */
export interface NotificationUpdate {
  notification: ApprovalNotification | null;
  unreadCount: number;
  position: NotificationPosition;
  /** Notifications of this and later transactions may still come, even before the position. */
  horizon: string;
}

/** Where following resumes: after the notification at `position`, without missing one from `resumeAt` on. */
export interface NotificationStart {
  position: NotificationPosition;
  resumeAt: NotificationPosition;
}

/** Notifications of one read, and most that are stored for a slow subscriber, for which the next read waits. */
const PAGE_SIZE = 200;
/** An id before every notification of a transaction. */
export const FIRST_ID = "00000000-0000-0000-0000-000000000000";

class NotificationUpdates extends Follower<NotificationUpdate> {
  readonly #userId: string;
  readonly #start: NotificationStart | null;
  /** The snapshot whose notifications were all delivered; null until the first one is complete. */
  #delivered: Snapshot | null = null;
  /** The snapshot that is being delivered, and the position in it. */
  #current: Snapshot | null = null;
  #position: NotificationPosition | null;
  #unreadCount = -1;

  constructor(sources: FollowerSources, userId: string, after: NotificationStart | null) {
    super(sources, PAGE_SIZE, (hub, wake) => hub.onNotifications(userId, wake));
    this.#userId = userId;
    this.#start = after;
    this.#position = after?.resumeAt ?? null;
    this.wake();
  }

  protected async readNext(): Promise<void> {
    // Without a start it delivers the notifications that the first snapshot does not include.
    const limit = this.#delivered === null && this.#start === null ? 0 : PAGE_SIZE;
    const page = { unseenIn: this.#delivered, seenIn: this.#current, after: this.#position, limit };
    const { rows, unread, snapshot } = await readInApp(this.pool, this.#userId, page);
    const current = this.#current ?? snapshot;
    const updates = rows
      .filter(({ id }) => this.#delivered !== null || id !== this.#start?.position.id)
      .map((row) => this.#update(row, unread, current));
    prefetchTogether(rows);
    const last = rows.at(-1);
    if (last !== undefined && rows.length === limit) {
      this.#current = current;
      this.#position = last;
      this.wake();
    } else {
      // The snapshot does not include rows written since its delivery started, and their hint is already used.
      if (this.#current !== null) this.wake();
      this.#delivered = current;
      this.#current = null;
      this.#position = null;
      if (unread !== this.#unreadCount) updates.push(this.#update(null, unread, current));
    }
    this.deliverAll(updates);
  }

  #update(row: PlacedNotification | null, unreadCount: number, { xmin: horizon }: Snapshot): NotificationUpdate {
    this.#unreadCount = unreadCount;
    const position = row === null ? { tx: horizon, id: FIRST_ID } : { tx: row.tx, id: row.id };
    return { notification: row, unreadCount, position, horizon };
  }
}

/**
 * The person's in-app notifications from now on, each once, and the number of unread ones whenever it changes. The
 * first update has the current count: a subscriber that queries after it misses nothing.
 * @param after where to resume, at least once; null: it starts now
 */
export const subscribeToNotifications = (
  sources: FollowerSources,
  userId: string,
  after: NotificationStart | null,
): AsyncIterableIterator<NotificationUpdate, undefined> => new NotificationUpdates(sources, userId, after);
