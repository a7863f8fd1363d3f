/**
 * Streams the audit log, resumable at a position. It reads when the hub reports new rows, and again shortly after while
 * rows are held back by a transaction that is still running.
 */

import { type AuditFilter, logPresent, readLog } from "../db/queries/audit.ts";
import type { Hub } from "../hub/hub.ts";
import type { ApprovalAuditLog, EventPosition, Viewer } from "../model/approvals.ts";
import { Follower, type FollowerSources } from "./follower.ts";
import { prefetchTogether } from "./request-prefetch.ts";

/** Where a stream resumes: after the row at `position`, without missing a row from `resumeAt` on. */
export interface LogStart {
  position: EventPosition;
  resumeAt: EventPosition;
}

/** Rows of one read, and most rows stored for a slow subscriber, for which the next read waits. */
const PAGE_SIZE = 500;
/** While rows are held back, the log is read again after a pause that grows up to a second. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1_000;

/** The open streams of each hub. */
const open = new WeakMap<Hub, Set<EventStream>>();

class EventStream extends Follower<ApprovalAuditLog> {
  readonly #viewer: Viewer;
  readonly #filter: AuditFilter;
  #position: EventPosition | null;
  /** Rows at or above the starting horizon that the subscriber has, or that existed before the stream started. */
  #skip: Set<string>;
  #pauseMs = FIRST_PAUSE_MS;
  /** The last event that the subscriber has read and is sending. */
  #sending: ApprovalAuditLog | null = null;
  readonly #openedAt = performance.now();

  constructor(sources: FollowerSources, viewer: Viewer, filter: AuditFilter, after: LogStart | null) {
    super(sources, PAGE_SIZE, (hub, wake) => {
      const end = hub.onLog(wake);
      return () => {
        end();
        open.get(hub)?.delete(this);
      };
    });
    const others = open.get(sources.hub) ?? new Set();
    open.set(sources.hub, others.add(this));
    this.#viewer = viewer;
    this.#filter = filter;
    this.#position = after?.resumeAt ?? null;
    this.#skip = new Set(after ? [after.position.seq] : []);
    this.wake();
  }

  override async next(): Promise<IteratorResult<ApprovalAuditLog, undefined>> {
    // A subscriber that reads the next event has sent the last one.
    this.#sending = null;
    const result = await super.next();
    this.#sending = result.value ?? null;
    return result;
  }

  /** For how many seconds the oldest unsent event could have been sent. */
  lagSeconds(now: Date): number {
    const oldest = this.#sending ?? this.oldest();
    if (oldest === undefined || this.ended) return 0;
    return (
      Math.max(0, Math.min(now.getTime() - oldest.createdAt.getTime(), performance.now() - this.#openedAt)) / 1_000
    );
  }

  protected async readNext(): Promise<void> {
    if (this.#position === null) {
      const { seen, horizon } = await logPresent(this.pool);
      this.#skip = new Set(seen);
      this.#position = { tx: horizon, seq: "0" };
      // Rows that were written during this query are read now.
      this.wake();
      return;
    }
    const { rows, heldBack, readTo } = await readLog(this.pool, this.#viewer, this.#filter, this.#position, PAGE_SIZE);
    // The rows are now held back by a different transaction.
    if (readTo.tx !== this.#position.tx) this.#pauseMs = FIRST_PAUSE_MS;
    this.#position = readTo;
    const events = rows.filter((row) => !this.#skip.delete(row.position.seq));
    prefetchTogether(events);
    this.deliverAll(events);
    if (rows.length === PAGE_SIZE) this.wake();
    if (!heldBack || this.woken) return;
    this.wakeIn(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/**
 * All events of requests that the viewer may see, in the order of the audit log and without a gap.
 * @param after where the stream resumes; null: it starts now
 */
export const followLog = (
  sources: FollowerSources,
  viewer: Viewer,
  filter: AuditFilter,
  after: LogStart | null,
): AsyncIterableIterator<ApprovalAuditLog, undefined> => new EventStream(sources, viewer, filter, after);

/** Seconds by which the slowest stream of this process is behind what it has read of the log; 0 without a stream. */
export const followersLagSeconds = (hub: Hub, now: Date): number =>
  Math.max(0, ...[...(open.get(hub) ?? [])].map((stream) => stream.lagSeconds(now)));
