/**
 * Follows a viewer's inbox. The state is the set of requests that the viewer can decide, as the subscriber knows it.
 * Every row that changes is compared with it, and after a lost connection the whole inbox is.
 */

import { canDecideNow, mayDecide, mayRead } from "../approvals/policy.ts";
import type { Loaders } from "../db/loaders.ts";
import { isOutage } from "../db/outages.ts";
import type { Pool } from "../db/pool.ts";
import { type InboxEntry, inboxVersions } from "../db/queries/request-lists.ts";
import type { Hub } from "../hub/hub.ts";
import type { RequestHead, Viewer } from "../model/approvals.ts";
import type { PersonOf } from "../model/same-person.ts";
import { BoundedQueue } from "./async-queue.ts";
import { type ChangedRows, changedRows } from "./changed-rows.ts";
import { readLimiterOf } from "./read-limiter.ts";

/** A change of the inbox, and how many requests are in it now. */
export interface InboxUpdate {
  change: "ADDED" | "UPDATED" | "REMOVED";
  pendingCount: number;
  request: RequestHead;
}

export interface InboxSources {
  hub: Hub;
  loaders: Loaders;
  pool: Pool;
  /** The database's clock. */
  now(): Date;
}

/** Most updates stored for a slow subscriber. Of more rows only the ids are, to read them when it has caught up. */
const CAPACITY = 500;
/** Most ids stored for a slow subscriber. If there are more, the whole inbox is compared instead. */
const MAX_TO_READ = 10_000;
const RETRY_MS = 500;

/** A row, and what the directory knew about its people when it was read. */
interface ReadRow {
  request: RequestHead;
  personOf: PersonOf;
}

class InboxUpdates extends BoundedQueue<InboxUpdate> {
  readonly #sources: InboxSources;
  readonly #viewer: Viewer;
  readonly #rows: ChangedRows;
  readonly #unsubscribe: (() => void)[];
  /** The requests that the subscriber knows to be in the inbox, by update or by its own query, with their versions. */
  readonly #inbox = new Map<string, number>();
  /** Requests of which it is unknown whether the subscriber found them in the inbox. */
  readonly #uncertain = new Set<string>();
  readonly #openedAt: Date;
  /** Rows that changed while the inbox was read for the first time; null afterwards. */
  #earlyRows: Map<string, ReadRow> | null = new Map();
  /** Ids of rows to read again once the subscriber has caught up, and of those that are being read again. */
  readonly #toRead = new Set<string>();
  readonly #requested = new Set<string>();
  #full = false;
  #tooManyToRead = false;
  #comparing = false;
  #compareAgain = false;

  constructor(sources: InboxSources, viewer: Viewer) {
    super({
      capacity: CAPACITY,
      onClose: () => {
        for (const end of this.#unsubscribe) end();
      },
      onDrain: () => {
        this.#full = false;
        this.#catchUp();
      },
    });
    this.#sources = sources;
    this.#viewer = viewer;
    this.#openedAt = sources.now();
    this.#rows = changedRows(sources.hub, sources.loaders);
    this.#unsubscribe = [
      this.#rows.follow((id, request, personOf) => this.#receive(id, request, personOf)),
      sources.hub.onResync(() => this.#compare()),
    ];
    this.#compare();
  }

  /** Reads the whole inbox. If called again in the meantime, it reads it once more. */
  #compare(): void {
    if (this.ended) return;
    this.#compareAgain = this.#comparing;
    if (this.#comparing) return;
    this.#comparing = true;
    const { pool } = this.#sources;
    const read = readLimiterOf(pool).run(async () => (this.ended ? [] : inboxVersions(pool, this.#viewer)));
    read.then(
      (rows) => {
        this.#comparing = false;
        if (this.ended) return;
        const inbox = new Map(rows.map((row) => [row.id, row]));
        if (this.#earlyRows !== null) this.#initialize(inbox, this.#earlyRows);
        else this.#queueDifferences(inbox);
        if (this.#compareAgain) this.#compare();
      },
      (error) => {
        this.#comparing = false;
        // It waits for a database that restarts. Any other error of the first read would occur again.
        if (this.#earlyRows !== null && !isOutage(error)) this.fail(error);
        else setTimeout(() => this.#compare(), RETRY_MS).unref();
      },
    );
  }

  /**
   * The subscriber subscribes first and then queries. It may know the old or the new state of a row that changed
   * between its query and this read. So every change since it subscribed is sent, even if the subscriber may already
   * know it.
   */
  #initialize(inbox: ReadonlyMap<string, InboxEntry>, early: ReadonlyMap<string, ReadRow>): void {
    this.#earlyRows = null;
    for (const [id, { version, updatedAt }] of inbox) {
      if (updatedAt < this.#openedAt || early.has(id)) this.#inbox.set(id, version);
      else {
        // The hub's hint is still to come, and would find this version already known.
        this.#uncertain.add(id);
        this.#toRead.add(id);
      }
    }
    for (const [id, row] of early) {
      const { request, personOf } = row;
      if (request.updatedAt >= this.#openedAt) {
        const wasDecidable = request.version > 1 && mayDecide(request, this.#viewer, personOf);
        if (this.#inbox.delete(id) || wasDecidable) this.#uncertain.add(id);
        // A newer state than this one will follow.
        if (request.version < (inbox.get(id)?.version ?? 0)) continue;
      }
      this.#apply(row);
    }
    this.#catchUp();
  }

  #queueDifferences(inbox: ReadonlyMap<string, InboxEntry>): void {
    for (const [id, { version }] of inbox) if (this.#inbox.get(id) !== version) this.#toRead.add(id);
    for (const id of this.#inbox.keys()) if (!inbox.has(id)) this.#toRead.add(id);
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#full || this.#requested.size > 0) return;
    for (const id of this.#toRead.values().take(CAPACITY)) this.#requested.add(id);
    for (const id of this.#requested) this.#toRead.delete(id);
    if (this.#requested.size > 0) this.#rows.read(this.#requested);
    else if (this.#tooManyToRead) {
      this.#tooManyToRead = false;
      this.#compare();
    }
  }

  #receive(id: string, request: RequestHead | null, personOf: PersonOf): void {
    if (request === null || !mayRead(request, this.#viewer)) this.#forget(id);
    else if (this.#earlyRows !== null) this.#earlyRows.set(id, { request, personOf });
    else this.#apply({ request, personOf });
    if (this.#requested.delete(id) && this.#requested.size === 0) this.#catchUp();
  }

  /**
   * A request that was deleted, or that the viewer may no longer see, cannot be sent, not even as removed. The count of
   * the next update no longer includes it.
   */
  #forget(id: string): void {
    this.#earlyRows?.delete(id);
    this.#inbox.delete(id);
    this.#uncertain.delete(id);
  }

  #apply({ request, personOf }: ReadRow): void {
    const { id, version } = request;
    const known = this.#inbox.get(id);
    const belongs = canDecideNow(request, this.#viewer, this.#sources.now(), personOf);
    if (known === undefined && !belongs && !this.#uncertain.has(id)) return;
    if (known !== undefined && (belongs ? version <= known : version < known)) return;
    const change = !belongs ? "REMOVED" : known === undefined ? "ADDED" : "UPDATED";
    const pendingCount = this.#inbox.size + (belongs ? 1 : 0) - (known === undefined ? 0 : 1);
    if (!this.put({ change, pendingCount, request })) {
      this.#full = true;
      if (this.#toRead.size < MAX_TO_READ) this.#toRead.add(id);
      else this.#tooManyToRead = true;
      return;
    }
    this.#uncertain.delete(id);
    if (belongs) this.#inbox.set(id, version);
    else this.#inbox.delete(id);
  }
}

/** Requests that enter the viewer's inbox, change in it or leave it, from now on. */
export const subscribeToInbox = (
  sources: InboxSources,
  viewer: Viewer,
): AsyncIterableIterator<InboxUpdate, undefined> => new InboxUpdates(sources, viewer);
