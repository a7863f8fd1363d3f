/** What a waiter hears of one request. */

import { mayRead } from "../approvals/policy.ts";
import type { Subscription } from "../hub/subscriber-index.ts";
import { isOpen, type RequestHead, type Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { isRequestId } from "../model/request-id.ts";
import { RowUpdates, type UpdateSources, updatesOfNothing } from "./row-updates.ts";

class RequestUpdates extends RowUpdates<RequestHead> {
  protected register(afterVersion: number): Subscription {
    return this.sources.hub.subscribe(this.id, afterVersion, this);
  }

  protected async load(): Promise<RequestHead | null> {
    const request = await this.sources.loaders.requests.load(this.id);
    return request !== null && mayRead(request, this.viewer) ? request : null;
  }

  protected isOpen(request: RequestHead): boolean {
    return isOpen(request);
  }
}

/**
 * The request as it is now, then every later state, never a lower or equal version after a higher one; ends once the
 * request is final. Versions may be passed over, the last never is.
 * @param afterVersion nothing is sent until the version is above it; null: the first message is the present state
 * @returns an iterator that is registered already; it fails with NotFoundError where the request is unknown or not
 *   (or no longer) the viewer's to see
 */
export function watchRequest(
  sources: UpdateSources,
  viewer: Viewer,
  id: string,
  afterVersion: number | null,
): AsyncIterableIterator<RequestHead, undefined> {
  if (isRequestId(id)) return new RequestUpdates(sources, viewer, id, afterVersion ?? 0);
  return updatesOfNothing(new NotFoundError());
}
