/**
 * The log itself as a stream, resumable at a position. It reads on when the hub says that rows were written, and again
 * shortly after while rows wait behind a transaction that is still running.
 */

import type { Hub } from "../../db/hub.ts";
import { Queue } from "../../db/mailbox.ts";
import type { Pool } from "../../db/pool.ts";
import { type AuditFilter, logPresent, readLog } from "../../db/queries/audit.ts";
import { isConnectionError } from "../../db/transaction.ts";
import { turnsAt } from "../../db/turns.ts";
import type { ApprovalAuditLog, EventPosition, Viewer } from "../model.ts";

export interface LogSources {
  hub: Hub;
  pool: Pool;
}

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
const RETRY_MS = 500;

class EventStream extends Queue<ApprovalAuditLog> {
  readonly #sources: LogSources;
  readonly #viewer: Viewer;
  readonly #filter: AuditFilter;
  readonly #unsubscribe: (() => void)[];
  #position: EventPosition | null;
  /** Rows at or above the starting horizon that the subscriber has, or that were there before the stream began. */
  #skip: Set<string>;
  #woken = true;
  #reading = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #backlog: ApprovalAuditLog[] = [];

  constructor(sources: LogSources, viewer: Viewer, filter: AuditFilter, after: LogStart | null) {
    super({
      capacity: STRETCH,
      onClose: () => {
        clearTimeout(this.#timer);
        for (const end of this.#unsubscribe) end();
      },
      onDrain: () => this.#wake(),
    });
    this.#sources = sources;
    this.#viewer = viewer;
    this.#filter = filter;
    this.#position = after?.resumeAt ?? null;
    this.#skip = new Set(after ? [after.position.seq] : []);
    const wake = () => this.#wake();
    this.#unsubscribe = [sources.hub.onLog(wake), sources.hub.onResync(wake)];
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
      if (isConnectionError(error)) this.#again(RETRY_MS);
      else this.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readOn(): Promise<void> {
    // It may have ended while it waited for its turn, or have been woken again.
    if (this.ended) return;
    this.#woken = false;
    const { pool } = this.#sources;
    if (this.#position === null) {
      const present = await logPresent(pool);
      this.#skip = new Set(present.seen);
      this.#position = { tx: present.horizon, seq: "0" };
      // Whatever was written while the present was being found out is read now.
      this.#woken = true;
      return;
    }
    const { rows, heldBack, readTo } = await readLog(pool, this.#viewer, this.#filter, this.#position, STRETCH);
    // What holds it back now is not what did before.
    if (readTo.tx !== this.#position.tx) this.#pauseMs = FIRST_PAUSE_MS;
    this.#position = readTo;
    this.#backlog = rows.filter((row) => !this.#skip.delete(row.position.seq));
    if (this.#flush() && rows.length === STRETCH) this.#woken = true;
    if (!heldBack || this.#woken) return;
    this.#again(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** Hands over what was read; false while the reader has to catch up first. */
  #flush(): boolean {
    let handed = 0;
    for (const row of this.#backlog) {
      if (!this.put(row)) break;
      handed += 1;
    }
    this.#backlog = this.#backlog.slice(handed);
    return this.#backlog.length === 0;
  }

  #again(pauseMs: number): void {
    clearTimeout(this.#timer);
    if (this.ended) return;
    this.#timer = setTimeout(() => this.#wake(), pauseMs);
    this.#timer.unref();
  }
}

/**
 * Everything that happened to requests the viewer may see, in the log's order and without a gap.
 * @param after the stream goes on from here; null: it begins at the present
 */
export const followLog = (
  sources: LogSources,
  viewer: Viewer,
  filter: AuditFilter,
  after: LogStart | null,
): AsyncIterableIterator<ApprovalAuditLog, undefined> => new EventStream(sources, viewer, filter, after);
