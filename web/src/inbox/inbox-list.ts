/**
 * What waits for the viewer, kept from pages and from news of changes, in whatever order they come. Pure of React and of
 * the network. A request's version tells which of two states is the newer one.
 */

import type { InboxRowFragment } from "../generated/graphql.ts";

export type Row = InboxRowFragment;

export interface Change {
  change: "ADDED" | "UPDATED" | "REMOVED";
  request: Row;
}

export class InboxList {
  readonly #rows = new Map<string, Row>();
  /** What left while pages were read, with its version: a page may have been written before. */
  readonly #gone = new Map<string, number>();
  /** What the present reading found, or was told to be there; null between readings. */
  #found: Set<string> | null = null;
  #sorted: readonly Row[] | null = [];

  get size(): number {
    return this.#rows.size;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** The whole inbox is read from the start; what was there before stays until `finish`. */
  begin(): void {
    this.#found = new Set();
    this.#gone.clear();
  }

  /** A page of the reading. */
  put(rows: readonly Row[]): void {
    for (const row of rows) {
      if ((this.#gone.get(row.id) ?? 0) >= row.version) continue;
      this.#found?.add(row.id);
      this.#set(row);
    }
  }

  /** The reading is over: what it did not find has left. */
  finish(): void {
    const found = this.#found;
    if (found === null) return;
    this.#found = null;
    this.#gone.clear();
    for (const id of [...this.#rows.keys()]) if (!found.has(id)) this.#delete(id);
  }

  /** News of one request. @returns the row that has left by it, if it was there */
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

  /** Takes a request out, because the viewer has decided it here. */
  remove(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#gone.set(id, row.version);
    this.#found?.delete(id);
    this.#delete(id);
  }

  /** Soonest to expire first; the same array until something changes. */
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

/** Instants in ISO 8601 and UTC sort as texts do. */
const bySoonest = (a: Row, b: Row): number =>
  a.expiresAt < b.expiresAt ? -1 : a.expiresAt > b.expiresAt ? 1 : a.id < b.id ? -1 : 1;
