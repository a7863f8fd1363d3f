/**
 * What a waiter hears of one row with a version: register with the hub, read the row, then follow. Notifications are only
 * hints that there is a newer version; the version is all that is remembered. One small object for each waiter.
 */

import type { Loaders } from "../db/loaders.ts";
import { isOutage } from "../db/outages.ts";
import type { Hub } from "../hub/hub.ts";
import type { Subscriber, Subscription } from "../hub/subscriber-index.ts";
import type { Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { Mailbox } from "./mailbox.ts";

/** A read that failed is tried again after this many ms; the hub's sweep would come later. */
const RETRY_MS = 500;

export interface UpdateSources {
  hub: Hub;
  loaders: Loaders;
}

/** A subclass may have no fields of its own: what it says is asked for while the base class is built. */
export abstract class RowUpdates<T extends { version: number }> extends Mailbox<T> implements Subscriber {
  protected readonly sources: UpdateSources;
  protected readonly viewer: Viewer;
  protected readonly id: string;
  readonly #subscription: Subscription;
  /** The highest version that was sent, or that the subscriber had. */
  #version: number;
  #reading = false;
  /** The highest version that was hinted at during a read, which may have looked too early. */
  #hinted = 0;
  #received = false;

  constructor(sources: UpdateSources, viewer: Viewer, id: string, afterVersion: number) {
    super(() => this.#subscription.close());
    this.sources = sources;
    this.viewer = viewer;
    this.id = id;
    this.#version = afterVersion;
    // The comparison of versions must find whatever this waiter has not been sent, so it knows what it has.
    this.#subscription = this.register(afterVersion);
    this.#read();
  }

  /** Registers with the hub. */
  protected abstract register(afterVersion: number): Subscription;
  /** Reads the row; null where it is gone or not the viewer's to see. */
  protected abstract load(): Promise<T | null>;
  /** What a viewer is told who may not, or no longer, see the row. */
  protected notFound(): NotFoundError {
    return new NotFoundError();
  }
  /** Whether there may be later states. */
  protected abstract isOpen(row: T): boolean;

  hint(version: number): void {
    if (version <= this.#version || this.ended) return;
    this.#hinted = Math.max(this.#hinted, version);
    if (!this.#reading) this.#read();
  }

  #read(): void {
    this.#reading = true;
    this.#hinted = 0;
    this.load().then(
      (row) => {
        this.#reading = false;
        this.#receive(row);
        if (this.#hinted > this.#version && !this.ended) this.#read();
      },
      (error) => {
        this.#reading = false;
        // A database that restarts is waited for from the first read on; what else fails at once would fail again.
        if (!this.#received && !isOutage(error)) this.fail(error);
        else if (!this.ended) setTimeout(() => this.hint(Number.POSITIVE_INFINITY), RETRY_MS).unref();
      },
    );
  }

  #receive(row: T | null): void {
    if (this.ended) return;
    if (row === null) {
      this.fail(this.notFound());
      return;
    }
    this.#received = true;
    if (row.version > this.#version) {
      this.#version = row.version;
      this.#subscription.seen(row.version);
      this.put(row);
    }
    if (!this.isOpen(row)) this.end();
  }
}

/** The updates of what there is not. */
export function updatesOfNothing<T>(error: NotFoundError): AsyncIterableIterator<T, undefined> {
  const none = new Mailbox<T>();
  none.fail(error);
  return none;
}
