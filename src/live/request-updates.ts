/** Updates of one request, for one waiter. */

import { mayRead } from "../approvals/policy.ts";
import type { Subscription } from "../hub/subscriber-index.ts";
import { isOpen, type RequestHead, type RequestOrHead, type Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import { failedUpdates, RowUpdates, type UpdateSources } from "./row-updates.ts";

class RequestUpdates extends RowUpdates<RequestOrHead> {
  protected register(afterVersion: number): Subscription {
    return this.sources.hub.subscribe(this.id, afterVersion, this);
  }

  protected load(): Promise<RequestHead | null> {
    return this.sources.loaders.requests.load(this.id);
  }

  protected mayRead(request: RequestOrHead): boolean {
    return mayRead(request, this.viewer);
  }

  protected isOpen(request: RequestOrHead): boolean {
    return isOpen(request);
  }
}

/**
 * The current request, then every later state, never a lower or equal version after a higher one. Ends once the request
 * is final. Versions may be skipped, except the last.
 * @param afterVersion nothing is sent until the version is above it; null: the first update is the current state
 * @returns an iterator that is already registered; it fails with NotFoundError if the request is unknown or the viewer
 *   may not (or no longer) see it
 */
export function subscribeToRequest(
  sources: UpdateSources,
  viewer: Viewer,
  id: string,
  afterVersion: number | null,
): AsyncIterableIterator<RequestOrHead, undefined> {
  if (isRequestId(id)) return new RequestUpdates(sources, viewer, id, afterVersion ?? 0);
  return failedUpdates(new NotFoundError());
}
