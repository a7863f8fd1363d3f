/**
 * The rows behind the hub's changes, read once for everyone who looks on: a thousand inboxes cost the queries of one.
 * One read follows the other, so nobody is given an older state of a row after a newer one.
 */

import type { Loaders } from "../db/loaders.ts";
import type { Change } from "../hub/changes.ts";
import type { Hub } from "../hub/hub.ts";
import type { RequestHead } from "../model/approvals.ts";
import type { PersonOf } from "../model/same-person.ts";

/**
 * Receives a row as it is now, or null where it is gone.
 * @param personOf what the directory knows now of the requester, the creator and the approvers
 */
export type RowListener = (id: string, request: RequestHead | null, personOf: PersonOf) => void;

/** Rows of one read. */
const AT_ONCE = 500;
const RETRY_MS = 500;

export interface ChangedRows {
  /** Calls for every row that changes from now on, and for what is asked for; returns how to end that. */
  follow(listener: RowListener): () => void;
  /** Has these rows read as well, and everyone told of them. */
  read(ids: Iterable<string>): void;
}

class RowReader implements ChangedRows {
  readonly #hub: Hub;
  readonly #loaders: Loaders;
  readonly #listeners = new Set<RowListener>();
  readonly #ids = new Set<string>();
  #unsubscribe: (() => void) | null = null;
  #reading = false;

  constructor(hub: Hub, loaders: Loaders) {
    this.#hub = hub;
    this.#loaders = loaders;
  }

  follow(listener: RowListener): () => void {
    this.#listeners.add(listener);
    this.#unsubscribe ??= this.#hub.onChange((changes: readonly Change[]) => this.read(changes.map(({ id }) => id)));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      this.#ids.clear();
    };
  }

  read(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id);
    if (!this.#reading && this.#ids.size > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#ids.size > 0) await this.#readSome();
    } catch {
      // Whatever it was, the rows are still owed.
      setTimeout(() => this.read([]), RETRY_MS).unref();
    } finally {
      this.#reading = false;
    }
  }

  async #readSome(): Promise<void> {
    const ids = this.#ids.values().take(AT_ONCE).toArray();
    for (const id of ids) this.#ids.delete(id);
    try {
      const requests = await Promise.all(ids.map((id) => this.#loaders.requests.load(id)));
      const personOf = await this.#loaders.persons.load(requests.flatMap(peopleOf));
      for (const listener of this.#listeners) {
        ids.forEach((id, index) => void listener(id, requests[index] ?? null, personOf));
      }
    } catch (error) {
      if (this.#listeners.size > 0) for (const id of ids) this.#ids.add(id);
      throw error;
    }
  }
}

/** The people whom the viewer of a request must not be in order to decide it. */
const peopleOf = (request: RequestHead | null): string[] =>
  request === null ? [] : [request.requestedBy, request.createdBy, ...request.approvers];

const ofHubs = new WeakMap<Hub, RowReader>();

/** The one reader of a hub's process. */
export function changedRows(hub: Hub, loaders: Loaders): ChangedRows {
  let rows = ofHubs.get(hub);
  if (rows === undefined) {
    rows = new RowReader(hub, loaders);
    ofHubs.set(hub, rows);
  }
  return rows;
}
