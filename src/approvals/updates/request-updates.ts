/**
 * What a waiter hears of one request: register with the hub, read the row, then follow. Notifications are only hints
 * that there is a newer version; the version is all that is remembered. One small object for each waiter.
 */

import type { Hub } from "../../db/hub.ts";
import type { Loaders } from "../../db/loaders.ts";
import { Mailbox } from "../../db/mailbox.ts";
import { isConnectionError } from "../../db/transaction.ts";
import type { Watch, Watcher } from "../../db/watches.ts";
import { NotFoundError } from "../../errors.ts";
import { type ApprovalRequest, isOpen, type Viewer } from "../model.ts";
import { mayRead } from "../policy.ts";
import { isRequestId } from "../request-id.ts";

/** A read that failed is tried again after this many ms; the hub's sweep would come later. */
const RETRY_MS = 500;

export interface UpdateSources {
  hub: Hub;
  loaders: Loaders;
}

class RequestUpdates extends Mailbox<ApprovalRequest> implements Watcher {
  readonly #sources: UpdateSources;
  readonly #viewer: Viewer;
  readonly #id: string;
  readonly #watch: Watch;
  /** The highest version that was sent, or that the subscriber had. */
  #version: number;
  #reading = false;
  /** The highest version that was hinted at during a read, which may have looked too early. */
  #hinted = 0;
  #received = false;

  constructor(sources: UpdateSources, viewer: Viewer, id: string, afterVersion: number) {
    super(() => this.#watch.close());
    this.#sources = sources;
    this.#viewer = viewer;
    this.#id = id;
    this.#version = afterVersion;
    // The comparison of versions must find whatever this waiter has not been sent, so it knows what it has.
    this.#watch = sources.hub.watch(id, afterVersion, this);
    this.#read();
  }

  hint(version: number): void {
    if (version <= this.#version || this.ended) return;
    this.#hinted = Math.max(this.#hinted, version);
    if (!this.#reading) this.#read();
  }

  #read(): void {
    this.#reading = true;
    this.#hinted = 0;
    this.#sources.loaders.requests.load(this.#id).then(
      (request) => {
        this.#reading = false;
        this.#receive(request);
        if (this.#hinted > this.#version && !this.ended) this.#read();
      },
      (error) => {
        this.#reading = false;
        // A database that restarts is waited for from the first read on; what else fails at once would fail again.
        if (!this.#received && !isConnectionError(error)) this.fail(error);
        else if (!this.ended) setTimeout(() => this.hint(Number.POSITIVE_INFINITY), RETRY_MS).unref();
      },
    );
  }

  #receive(request: ApprovalRequest | null): void {
    if (this.ended) return;
    if (request === null || !mayRead(request, this.#viewer)) {
      this.fail(new NotFoundError());
      return;
    }
    this.#received = true;
    if (request.version > this.#version) {
      this.#version = request.version;
      this.#watch.seen(request.version);
      this.put(request);
    }
    if (!isOpen(request)) this.end();
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
): AsyncIterableIterator<ApprovalRequest, undefined> {
  if (isRequestId(id)) return new RequestUpdates(sources, viewer, id, afterVersion ?? 0);
  const none = new Mailbox<ApprovalRequest>();
  none.fail(new NotFoundError());
  return none;
}
