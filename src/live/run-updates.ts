/** What a waiter hears of one run of a workflow. */

import type { Subscription } from "../hub/subscriber-index.ts";
import type { Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import { RowUpdates, type UpdateSources, updatesOfNothing } from "./row-updates.ts";
import { isRunOpen, type SeenRun, seenRun } from "./visible-run.ts";

const noRun = () => new NotFoundError("workflow run");

class RunUpdates extends RowUpdates<SeenRun> {
  protected register(afterVersion: number): Subscription {
    return this.sources.hub.subscribeToRun(this.id, afterVersion, this);
  }

  protected load(): Promise<SeenRun | null> {
    return seenRun(this.id, this.viewer, this.sources.loaders);
  }

  protected override notFound(): NotFoundError {
    return noRun();
  }

  protected isOpen(run: SeenRun): boolean {
    return isRunOpen(run);
  }
}

/**
 * The run as it is now, then every later state, never a lower or equal version after a higher one; ends once the run
 * has ended. A change of a job, or of a request that holds the run, is a change of the run.
 * @param afterVersion nothing is sent until the version is above it; null: the first message is the present state
 * @returns an iterator that is registered already; it fails with NotFoundError where the run is unknown or not (or no
 *   longer) the viewer's to see
 */
export function watchRun(
  sources: UpdateSources,
  viewer: Viewer,
  id: string,
  afterVersion: number | null,
): AsyncIterableIterator<SeenRun, undefined> {
  return isRequestId(id) ? new RunUpdates(sources, viewer, id, afterVersion ?? 0) : updatesOfNothing(noRun());
}
