/**
 * Updates of one row with a version, for one waiter. It registers with the hub, reads the row, then follows it. A hint
 * has the row if this process has committed it; otherwise the row is read. Only the version is remembered, so a waiter
 * is one small object.
 */

import type { Loaders } from "../db/loaders.ts";
import { isOutage } from "../db/outages.ts";
import type { Hub } from "../hub/hub.ts";
import type { Subscriber, Subscription } from "../hub/subscriber-index.ts";
import type { Viewer } from "../model/approvals.ts";
import { NotFoundError } from "../model/errors.ts";
import { LatestQueue } from "./async-queue.ts";

/** A failed read is repeated after this many ms. The hub's sweep would come later. */
const RETRY_MS = 500;

export interface UpdateSources {
  hub: Hub;
  loaders: Loaders;
}

/** A subclass may not have fields of its own, because the constructor of the base class already calls its methods. */
export abstract class RowUpdates<T extends { version: number }> extends LatestQueue<T> implements Subscriber {
  protected readonly sources: UpdateSources;
  protected readonly viewer: Viewer;
  protected readonly id: string;
  readonly #subscription: Subscription;
  /** The highest version that was sent, or that the subscriber already had. */
  #version: number;
  #reading = false;
  /** The highest version of a hint during a read, which may have read an older version. */
  #hinted = 0;
  #received = false;

  constructor(sources: UpdateSources, viewer: Viewer, id: string, afterVersion: number) {
    super(() => this.#subscription.close());
    this.sources = sources;
    this.viewer = viewer;
    this.id = id;
    this.#version = afterVersion;
    // The hub's comparison of versions must find every state that was not sent, so the hub gets the waiter's version.
    this.#subscription = this.register(afterVersion);
    this.#read();
  }

  /** Registers with the hub. */
  protected abstract register(afterVersion: number): Subscription;
  /** Reads the row; null if it is deleted. */
  protected abstract load(): Promise<T | null>;
  /** Whether the viewer may see the row. */
  protected abstract mayRead(row: T): boolean;
  /** The error for a viewer who may not, or no longer, see the row. */
  protected notFound(): NotFoundError {
    return new NotFoundError();
  }
  /** Whether there may be later states. */
  protected abstract isOpen(row: T): boolean;

  hint(version: number, row?: unknown): void {
    if (version <= this.#version || this.ended) return;
    if (row !== undefined) {
      this.#receive(row as T);
      return;
    }
    this.#hinted = Math.max(this.#hinted, version);
    if (!this.#reading) this.#read();
  }

  #read(): void {
    this.#reading = true;
    this.#hinted = 0;
    this.load().then(
      (row) => {
        this.#reading = false;
        // A row that was delivered during the read replaces an earlier state, which the viewer may not have seen.
        const isOld = this.#received && row !== null && row.version < this.#version;
        if (!isOld) this.#receive(row);
        if (this.#hinted > this.#version && !this.ended) this.#read();
      },
      (error) => {
        this.#reading = false;
        // It waits for a database that restarts. Any other error of the first read would occur again.
        if (!this.#received && !isOutage(error)) this.fail(error);
        else if (!this.ended) setTimeout(() => this.hint(Number.POSITIVE_INFINITY), RETRY_MS).unref();
      },
    );
  }

  #receive(row: T | null): void {
    if (this.ended) return;
    if (row === null || !this.mayRead(row)) {
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

/** Updates of a row that does not exist: fails with the error. */
export function failedUpdates<T>(error: NotFoundError): AsyncIterableIterator<T, undefined> {
  const queue = new LatestQueue<T>();
  queue.fail(error);
  return queue;
}
