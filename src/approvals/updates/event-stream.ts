/**
 * The log itself as a stream, resumable at a position. It reads on when the hub says that rows were written, and again
 * shortly after while rows wait behind a transaction that is still running.
 */

import { type AuditFilter, logPresent, readLog } from "../../db/queries/audit.ts";
import type { ApprovalAuditLog, EventPosition, Viewer } from "../model.ts";
import { Follower, type FollowerSources } from "./follower.ts";

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

class EventStream extends Follower<ApprovalAuditLog> {
  readonly #viewer: Viewer;
  readonly #filter: AuditFilter;
  #position: EventPosition | null;
  /** Rows at or above the starting horizon that the subscriber has, or that were there before the stream began. */
  #skip: Set<string>;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(sources: FollowerSources, viewer: Viewer, filter: AuditFilter, after: LogStart | null) {
    super(sources, STRETCH, (hub, wake) => hub.onLog(wake));
    this.#viewer = viewer;
    this.#filter = filter;
    this.#position = after?.resumeAt ?? null;
    this.#skip = new Set(after ? [after.position.seq] : []);
    this.wake();
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
    this.give(rows.filter((row) => !this.#skip.delete(row.position.seq)));
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
