/**
 * The log itself as a stream, resumable at a position. It reads on when the hub says that rows were written, and again
 * shortly after while rows wait behind a transaction that is still running.
 */

import { type AuditFilter, logPresent, readLog } from "../db/queries/audit.ts";
import type { Hub } from "../hub/hub.ts";
import type { ApprovalAuditLog, EventPosition, Viewer } from "../model/approvals.ts";
import { Follower, type FollowerSources } from "./follower.ts";
import { readTogether } from "./requests-ahead.ts";

/** Where a stream goes on: behind the row at `position`, and missing nothing from `resumeAt` on. */
export interface LogStart {
  position: EventPosition;
  resumeAt: EventPosition;
}

/** Rows of one read, and most rows kept for a slow reader: reading on waits for it. */
const STRETCH = 500;
/** While rows are held back the log is looked at again after a pause that grows up to a second. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1_000;

/** The open streams of each hub's process. */
const open = new WeakMap<Hub, Set<EventStream>>();

class EventStream extends Follower<ApprovalAuditLog> {
  readonly #viewer: Viewer;
  readonly #filter: AuditFilter;
  #position: EventPosition | null;
  /** Rows at or above the starting horizon that the subscriber has, or that were there before the stream began. */
  #skip: Set<string>;
  #pauseMs = FIRST_PAUSE_MS;
  /** The event that the subscriber has taken last and is being sent. */
  #sending: ApprovalAuditLog | null = null;
  readonly #openedAt = performance.now();

  constructor(sources: FollowerSources, viewer: Viewer, filter: AuditFilter, after: LogStart | null) {
    super(sources, STRETCH, (hub, wake) => {
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
    // Asking for the next event, the subscriber has sent the last one.
    this.#sending = null;
    const result = await super.next();
    this.#sending = result.value ?? null;
    return result;
  }

  /** For how many seconds the oldest event that the subscriber has not been sent could have been. */
  lagSeconds(now: Date): number {
    const oldest = this.#sending ?? this.oldest();
    if (oldest === undefined || this.ended) return 0;
    return (
      Math.max(0, Math.min(now.getTime() - oldest.createdAt.getTime(), performance.now() - this.#openedAt)) / 1_000
    );
  }

  protected async readOn(): Promise<void> {
    if (this.#position === null) {
      const present = await logPresent(this.pool);
      this.#skip = new Set(present.seen);
      this.#position = { tx: present.horizon, seq: "0" };
      // Whatever was written while the present was being found out is read now.
      this.wake();
      return;
    }
    const { rows, heldBack, readTo } = await readLog(this.pool, this.#viewer, this.#filter, this.#position, STRETCH);
    // What holds it back now is not what did before.
    if (readTo.tx !== this.#position.tx) this.#pauseMs = FIRST_PAUSE_MS;
    this.#position = readTo;
    const events = rows.filter((row) => !this.#skip.delete(row.position.seq));
    readTogether(events);
    this.give(events);
    if (rows.length === STRETCH) this.wake();
    if (!heldBack || this.woken) return;
    this.wakeIn(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/**
 * Everything that happened to requests the viewer may see, in the log's order and without a gap.
 * @param after the stream goes on from here; null: it begins at the present
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
