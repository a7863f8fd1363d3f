/** Updates of one run of a workflow, for one waiter. */

import type { Subscription } from "../hub/subscriber-index.ts";
import type { Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import { failedUpdates, RowUpdates, type UpdateSources } from "./row-updates.ts";
import { findVisibleRun, isRunOpen, type VisibleRun } from "./visible-run.ts";

const noRun = () => new NotFoundError("workflow run");

class RunUpdates extends RowUpdates<VisibleRun> {
  protected register(afterVersion: number): Subscription {
    return this.sources.hub.subscribeToRun(this.id, afterVersion, this);
  }

  protected load(): Promise<VisibleRun | null> {
    return findVisibleRun(this.id, this.viewer, this.sources.loaders);
  }

  /** Only visible runs are loaded. */
  protected mayRead(): boolean {
    return true;
  }

  protected override notFound(): NotFoundError {
    return noRun();
  }

  protected isOpen(run: VisibleRun): boolean {
    return isRunOpen(run);
  }
}

/**
 * The current run, then every later state, never a lower or equal version after a higher one. Ends once the run has
 * ended. A change of a job, or of a request that the run waits for, is a change of the run.
 * @param afterVersion nothing is sent until the version is above it; null: the first update is the current state
 * @returns an iterator that is already registered; it fails with NotFoundError if the run is unknown or the viewer may
 *   not (or no longer) see it
 */
export function subscribeToRun(
  sources: UpdateSources,
  viewer: Viewer,
  id: string,
  afterVersion: number | null,
): AsyncIterableIterator<VisibleRun, undefined> {
  return isRequestId(id) ? new RunUpdates(sources, viewer, id, afterVersion ?? 0) : failedUpdates(noRun());
}
