/**
 * The inbox of a client: read once and followed from then on, also while other pages are shown, so that going back to it
 * is at once. News is put on screen in steps, so that a burst of thousands costs a few drawings.
 */

import type { Client, OperationResult } from "@urql/core";
import { onPendingChange, type PendingChange } from "../api/live.tsx";
import type { InboxPageQuery } from "../generated/graphql.ts";
import { reconnections } from "../shared/connection-state.ts";
import { createStore, type Store } from "../shared/store.ts";
import { InboxPage } from "./inbox.graphql.ts";
import { InboxList, type Row } from "./inbox-list.ts";

/** A row that somebody else has just decided: it stays for a moment, and says so. */
export interface Departure {
  row: Row;
  by: PendingChange["request"];
}

export interface Inbox {
  rows: readonly Row[];
  /** Of what is still in sight, by id. */
  departures: ReadonlyMap<string, Departure>;
  /** Whether everything is there. */
  isComplete: boolean;
  /** How many there are, where a page said so. */
  total: number | null;
  /** Why the last reading failed; null where it did not. */
  error: unknown;
}

const STEP_MS = 60;
const STAYS_MS = 5_000;
/** More than these at once leave without a word each. */
const MOST_DEPARTURES = 20;

export class InboxSource {
  readonly inbox: Store<Inbox> = createStore<Inbox>({
    rows: [],
    departures: new Map(),
    isComplete: false,
    total: null,
    error: null,
  });
  readonly #client: Client;
  readonly #viewerId: string;
  readonly #list = new InboxList();
  readonly #departures = new Map<string, Departure>();
  readonly #listeners = new Set<(left: readonly Departure[]) => void>();
  #left: Departure[] = [];
  #total: number | null = null;
  #isComplete = false;
  #error: unknown = null;
  #reading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, viewerId: string) {
    this.#client = client;
    this.#viewerId = viewerId;
    onPendingChange((change) => this.#hear(change));
    reconnections.subscribe(() => void this.read());
    void this.read();
  }

  /** Calls back with what others have decided meanwhile. @returns what ends it */
  onDepartures(listener: (left: readonly Departure[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes out what was decided here; nobody has to be told. */
  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#list.remove(id);
      this.#departures.delete(id);
    }
    this.#left = this.#left.filter(({ row }) => !ids.includes(row.id));
    this.#show();
  }

  /** Reads everything, page by page; another reading that is under way gives up. */
  async read(): Promise<void> {
    const reading = ++this.#reading;
    this.#list.begin();
    this.#error = null;
    let after: string | null = null;
    for (;;) {
      const { data, error } = await this.#page(after);
      if (reading !== this.#reading) return;
      if (data === undefined) {
        this.#error = error;
        return this.#show();
      }
      const { edges, pageInfo, totalCount } = data.pendingApprovals;
      this.#list.put(edges.map(({ node }) => node));
      this.#total = totalCount ?? this.#total;
      if (!pageInfo.hasNextPage) break;
      this.#soon();
      after = pageInfo.endCursor ?? null;
    }
    this.#list.finish();
    this.#isComplete = true;
    this.#show();
  }

  #page(after: string | null): Promise<OperationResult<InboxPageQuery>> {
    return this.#client
      .query(InboxPage, { after, isFirst: after === null }, { requestPolicy: "network-only" })
      .toPromise();
  }

  #hear(change: PendingChange): void {
    const row = this.#list.apply(change);
    // Of their own decisions people know.
    if (row !== null && !this.#isOwn(change)) this.#left.push({ row, by: change.request });
    this.#total = change.pendingCount;
    this.#soon();
  }

  #isOwn({ request }: PendingChange): boolean {
    return request.decidedBy === this.#viewerId || request.approvers.includes(this.#viewerId);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#show(), STEP_MS);
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#depart();
    this.inbox.set({
      rows: this.#withDepartures(),
      departures: new Map(this.#departures),
      isComplete: this.#isComplete,
      total: this.#total,
      error: this.#error,
    });
  }

  #depart(): void {
    const left = this.#left;
    if (left.length === 0) return;
    this.#left = [];
    for (const listener of [...this.#listeners]) listener(left);
    if (left.length > MOST_DEPARTURES) return;
    for (const departure of left) this.#departures.set(departure.row.id, departure);
    setTimeout(() => {
      for (const { row } of left) this.#departures.delete(row.id);
      this.#show();
    }, STAYS_MS);
  }

  /** Those that leave stand where they stood, so that nothing moves under a finger. */
  #withDepartures(): readonly Row[] {
    const rows = this.#list.sorted();
    const leaving = [...this.#departures.values()].filter(({ row }) => !this.#list.has(row.id));
    if (leaving.length === 0) return rows;
    const all = [...rows, ...leaving.map(({ row }) => row)];
    return all.sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : a.expiresAt > b.expiresAt ? 1 : a.id < b.id ? -1 : 1));
  }
}

const sources = new WeakMap<Client, InboxSource>();

/** The one of this client; made when it is wanted first. */
export function inboxOf(client: Client, viewerId: string): InboxSource {
  let source = sources.get(client);
  if (source === undefined) {
    source = new InboxSource(client, viewerId);
    sources.set(client, source);
  }
  return source;
}
