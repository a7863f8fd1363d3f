/**
 * Reads the rows of the hub's changes once for all listeners: a thousand inboxes cost the queries of one. Reads run one
 * after the other, so no listener receives an older state of a row after a newer one.
 */

import type { Loaders } from "../db/loaders.ts";
import type { Change } from "../hub/changes.ts";
import type { Hub } from "../hub/hub.ts";
import type { RequestHead } from "../model/approvals.ts";
import type { PersonOf } from "../model/same-person.ts";

/**
 * Receives the current row, or null if it is deleted.
 * @param personOf what the directory knows now about the requester, the creator and the approvers
 */
export type RowListener = (id: string, request: RequestHead | null, personOf: PersonOf) => void;

/** Most rows of one read. */
const MAX_ROWS = 500;
const RETRY_MS = 500;

export interface ChangedRows {
  /** Calls the listener for every row that changes from now on, and for every requested row. Returns how to stop. */
  follow(listener: RowListener): () => void;
  /** Requests these rows as well, for all listeners. */
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
      // After any error the rows still have to be read.
      setTimeout(() => this.read([]), RETRY_MS).unref();
    } finally {
      this.#reading = false;
    }
  }

  async #readSome(): Promise<void> {
    const ids = this.#ids.values().take(MAX_ROWS).toArray();
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

/** The people who may not decide the request, or not again: its requester, creator and approvers. */
const peopleOf = (request: RequestHead | null): string[] =>
  request === null ? [] : [request.requestedBy, request.createdBy, ...request.approvers];

const readers = new WeakMap<Hub, RowReader>();

/** The reader of a hub. There is one for each process. */
export function changedRows(hub: Hub, loaders: Loaders): ChangedRows {
  let rows = readers.get(hub);
  if (rows === undefined) {
    rows = new RowReader(hub, loaders);
    readers.set(hub, rows);
  }
  return rows;
}
