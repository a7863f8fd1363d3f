/**
 * Reads the inbox once and keeps it up to date, also while other pages are shown, so that it is ready when the viewer
 * returns. Changes are rendered in batches, so that thousands of events cause only a few renders.
 */

import type { Client, OperationResult } from "@urql/core";
import { onPendingChange, type PendingChange } from "../api/live.tsx";
import { earlyRows } from "../early.ts";
import type { InboxPageQuery } from "../generated/graphql.ts";
import { firstConnection, reconnections } from "../shared/connection-state.ts";
import { createStore, type Store } from "../shared/store.ts";
import type { InboxRows } from "./first-rows.ts";
import { InboxPage } from "./inbox.graphql.ts";
import { InboxList, type Row } from "./inbox-list.ts";

/** A row that another user has just decided. It stays visible for a few seconds. */
export interface Departure {
  row: Row;
  by: PendingChange["request"];
}

export interface Inbox {
  rows: readonly Row[];
  /** The departures that are still visible, by id. */
  departures: ReadonlyMap<string, Departure>;
  /** Whether the whole inbox is loaded. */
  isComplete: boolean;
  /** The error of the last read; null if it succeeded. */
  error: unknown;
}

const PAGE_SIZE = 100;
const STEP_MS = 60;
const STAYS_MS = 5_000;
/** If more rows than this leave at the same time, they disappear immediately. */
const MAX_DEPARTURES = 20;

export class InboxSource {
  readonly inbox: Store<Inbox> = createStore<Inbox>({
    rows: [],
    departures: new Map(),
    isComplete: false,
    error: null,
  });
  readonly #client: Client;
  readonly #viewerId: string;
  readonly #list = new InboxList();
  readonly #departures = new Map<string, Departure>();
  readonly #listeners = new Set<(left: readonly Departure[]) => void>();
  #pendingDepartures: Departure[] = [];
  #isComplete = false;
  #error: unknown = null;
  #reading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, viewerId: string) {
    this.#client = client;
    this.#viewerId = viewerId;
    onPendingChange((change) => this.#onChange(change));
    reconnections.subscribe(() => void this.read());
    if (earlyRows.value != null) this.#showEarly(earlyRows.value);
    void this.#readFirst();
  }

  async #readFirst(): Promise<void> {
    const rows = await earlyRows.promise;
    if (rows !== null && this.#list.size === 0 && this.#reading === 0) this.#showEarly(rows);
    // Changes before the connection would be missed.
    await firstConnection();
    if (this.#reading === 0) await this.read();
  }

  /** Shows the rows that were requested before this code had loaded. The read of the whole inbox confirms them. */
  #showEarly(rows: InboxRows): void {
    this.#list.add(rows.edges.map(({ node }) => node));
    this.#isComplete = !rows.pageInfo.hasNextPage;
    this.#update();
  }

  /** Calls back with requests that others have decided. @returns a function that unsubscribes */
  onDepartures(listener: (left: readonly Departure[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Removes requests that were decided on this page. They cause no notice. */
  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#list.remove(id);
      this.#departures.delete(id);
    }
    this.#pendingDepartures = this.#pendingDepartures.filter(({ row }) => !ids.includes(row.id));
    this.#update();
  }

  /** Reads the whole inbox, page by page. A read that is already running stops. */
  async read(): Promise<void> {
    const reading = ++this.#reading;
    this.#list.start();
    this.#error = null;
    let after: string | null = null;
    for (;;) {
      const { data, error } = await this.#page(after);
      if (reading !== this.#reading) return;
      if (data === undefined) {
        this.#error = error;
        return this.#update();
      }
      const { edges, pageInfo } = data.pendingApprovals;
      this.#list.add(edges.map(({ node }) => node));
      if (!pageInfo.hasNextPage) break;
      if (after === null) this.#update();
      else this.#scheduleUpdate();
      after = pageInfo.endCursor ?? null;
    }
    this.#list.finish();
    this.#isComplete = true;
    this.#update();
  }

  #page(after: string | null): Promise<OperationResult<InboxPageQuery>> {
    return this.#client.query(InboxPage, { after, first: PAGE_SIZE }, { requestPolicy: "network-only" }).toPromise();
  }

  #onChange(change: PendingChange): void {
    const row = this.#list.apply(change);
    // The viewer's own decisions need no notice.
    if (row !== null && !this.#isOwn(change)) this.#pendingDepartures.push({ row, by: change.request });
    this.#scheduleUpdate();
  }

  #isOwn({ request }: PendingChange): boolean {
    return request.decidedBy === this.#viewerId || request.approvers.includes(this.#viewerId);
  }

  #scheduleUpdate(): void {
    this.#timer ??= setTimeout(() => this.#update(), STEP_MS);
  }

  #update(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#publishDepartures();
    this.inbox.set({
      rows: this.#withDepartures(),
      departures: new Map(this.#departures),
      isComplete: this.#isComplete,
      error: this.#error,
    });
  }

  #publishDepartures(): void {
    const left = this.#pendingDepartures;
    if (left.length === 0) return;
    this.#pendingDepartures = [];
    for (const listener of [...this.#listeners]) listener(left);
    if (left.length > MAX_DEPARTURES) return;
    for (const departure of left) this.#departures.set(departure.row.id, departure);
    setTimeout(() => {
      for (const { row } of left) this.#departures.delete(row.id);
      this.#update();
    }, STAYS_MS);
  }

  /** Rows that leave keep their place for a moment, so that no other row moves under the pointer. */
  #withDepartures(): readonly Row[] {
    const rows = this.#list.sorted();
    const leaving = [...this.#departures.values()].filter(({ row }) => !this.#list.has(row.id));
    if (leaving.length === 0) return rows;
    const all = [...rows, ...leaving.map(({ row }) => row)];
    return all.sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : a.expiresAt > b.expiresAt ? 1 : a.id < b.id ? -1 : 1));
  }
}

const sources = new WeakMap<Client, InboxSource>();

/** The source of a client, created on first use. */
export function inboxOf(client: Client, viewerId: string): InboxSource {
  let source = sources.get(client);
  if (source === undefined) {
    source = new InboxSource(client, viewerId);
    sources.set(client, source);
  }
  return source;
}
