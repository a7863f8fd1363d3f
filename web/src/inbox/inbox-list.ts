/**
 * The requests that wait for the viewer, merged from pages and change events in any order. Independent of React and the
 * network. The version of a request decides which of two states is newer.
 */

import type { InboxRowFragment } from "../generated/graphql.ts";

export type Row = InboxRowFragment;

export interface Change {
  change: "ADDED" | "UPDATED" | "REMOVED";
  request: Row;
}

export class InboxList {
  readonly #rows = new Map<string, Row>();
  /** The versions of requests that left while pages were read: a page may have an older state. */
  readonly #gone = new Map<string, number>();
  /** The ids that the current read has found so far, in pages or events; null between reads. */
  #found: Set<string> | null = null;
  #sorted: readonly Row[] | null = [];

  get size(): number {
    return this.#rows.size;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** Starts a read of the whole inbox. Earlier rows stay until `finish`. */
  start(): void {
    this.#found = new Set();
    this.#gone.clear();
  }

  /** Adds a page of the read. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if ((this.#gone.get(row.id) ?? 0) >= row.version) continue;
      this.#found?.add(row.id);
      this.#set(row);
    }
  }

  /** Ends the read. Rows that it did not find have left. */
  finish(): void {
    const found = this.#found;
    if (found === null) return;
    this.#found = null;
    this.#gone.clear();
    for (const id of [...this.#rows.keys()]) if (!found.has(id)) this.#delete(id);
  }

  /** Applies a change event. @returns the row that left the inbox, if it was there */
  apply({ change, request }: Change): Row | null {
    if (change !== "REMOVED") {
      if ((this.#gone.get(request.id) ?? 0) < request.version) {
        this.#found?.add(request.id);
        this.#set(request);
      }
      return null;
    }
    const row = this.#rows.get(request.id);
    if (this.#found !== null) {
      this.#found.delete(request.id);
      this.#gone.set(request.id, request.version);
    }
    if (row === undefined || row.version > request.version) return null;
    this.#delete(request.id);
    return row;
  }

  /** Removes a request that the viewer has decided on this page. */
  remove(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#gone.set(id, row.version);
    this.#found?.delete(id);
    this.#delete(id);
  }

  /** The rows, earliest expiry first; the same array until something changes. */
  sorted(): readonly Row[] {
    this.#sorted ??= [...this.#rows.values()].sort(bySoonest);
    return this.#sorted;
  }

  #set(row: Row): void {
    if ((this.#rows.get(row.id)?.version ?? 0) > row.version) return;
    this.#rows.set(row.id, row);
    this.#sorted = null;
  }

  #delete(id: string): void {
    if (this.#rows.delete(id)) this.#sorted = null;
  }
}

/** Instants in ISO 8601 and UTC can be compared as strings. */
const bySoonest = (a: Row, b: Row): number =>
  a.expiresAt < b.expiresAt ? -1 : a.expiresAt > b.expiresAt ? 1 : a.id < b.id ? -1 : 1;
