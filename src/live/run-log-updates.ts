/** Follows the log of a job, line by line, until the job has ended. */

import { jobHasEnded, logPages } from "../db/queries/run-history.ts";
import { NotFoundError } from "../model/errors.ts";
import type { LogLine } from "../model/runs.ts";
import { Follower, type FollowerSources } from "./follower.ts";

/** Lines of one read, and most that are stored for a slow subscriber, for which the next read waits. */
const PAGE_SIZE = 100;

export interface LogStart {
  runId: string;
  jobId: string;
  /** Lines above this one are sent. */
  after: number;
  /** Whether the viewer may see the log now. */
  maySee: () => Promise<boolean>;
}

class RunLogUpdates extends Follower<LogLine> {
  readonly #start: LogStart;
  #after: number;

  constructor(sources: FollowerSources, start: LogStart) {
    super(sources, PAGE_SIZE, (hub, wake) => {
      const ends = [
        hub.onRunLog(start.runId, wake),
        // The job may have ended.
        hub.onRuns((changes) => changes.some(({ id }) => id === start.runId) && wake()),
      ];
      return () => {
        for (const end of ends) end();
      };
    });
    this.#start = start;
    this.#after = start.after;
    this.wake();
  }

  protected async readNext(): Promise<void> {
    const { runId, jobId, maySee } = this.#start;
    // A job's lines are stored before its end, so a read after its end finds all of them.
    const hasEnded = (await maySee()) ? await jobHasEnded(this.pool, runId, jobId) : undefined;
    if (hasEnded === undefined) {
      this.fail(new NotFoundError("log"));
      return;
    }
    const page = { runId, jobId, after: this.#after, before: null, size: PAGE_SIZE, isFromEnd: false };
    const [{ items, hasNextPage } = { items: [], hasNextPage: false }] = await logPages(this.pool, [page]);
    this.#after = items.at(-1)?.line ?? this.#after;
    this.deliverAll(items);
    if (hasNextPage) this.wake();
    else if (hasEnded) this.end();
  }
}

/**
 * The lines of a job's log after a given line. Ends once the job has ended. Fails with NotFoundError if there is none.
 */
export const subscribeToRunLog = (
  sources: FollowerSources,
  start: LogStart,
): AsyncIterableIterator<LogLine, undefined> => new RunLogUpdates(sources, start);
