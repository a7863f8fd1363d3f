/**
 * A viewer's inbox, live. The state is the set of requests that the viewer can decide, as far as the subscriber was
 * told of it; every row that changes is held against it, and after a lost connection the whole inbox is.
 */

import { canDecideNow, mayDecide, mayRead } from "../approvals/policy.ts";
import type { Loaders } from "../db/loaders.ts";
import { isOutage } from "../db/outages.ts";
import type { Pool } from "../db/pool.ts";
import { type InboxEntry, inboxVersions } from "../db/queries/request-lists.ts";
import type { Hub } from "../hub/hub.ts";
import type { RequestHead, Viewer } from "../model/approvals.ts";
import type { PersonOf } from "../model/same-person.ts";
import { type ChangedRows, changedRows } from "./changed-rows.ts";
import { Queue } from "./mailbox.ts";
import { turnsAt } from "./turns.ts";

/** What happened to the inbox, and how many requests are in it now. */
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

/** Updates kept for a slow reader; of the rest only the ids are, and the rows are read again when it has caught up. */
const CAPACITY = 500;
/** Ids kept for a slow reader; beyond them the whole inbox is compared instead. */
const MOST_OWED = 10_000;
const RETRY_MS = 500;

/** A row, and what the directory knew of its people when it was read. */
interface ReadRow {
  request: RequestHead;
  personOf: PersonOf;
}

class InboxUpdates extends Queue<InboxUpdate> {
  readonly #sources: InboxSources;
  readonly #viewer: Viewer;
  readonly #rows: ChangedRows;
  readonly #unsubscribe: (() => void)[];
  /** What the subscriber was told to be in the inbox, or found there itself, and in which version. */
  readonly #inbox = new Map<string, number>();
  /** Requests that the subscriber may have found in the inbox, or not. */
  readonly #unsure = new Set<string>();
  readonly #since: Date;
  /** Rows that changed while the inbox was read for the first time; null from then on. */
  #early: Map<string, ReadRow> | null = new Map();
  /** Rows that have to be read again once the reader has caught up, and those that are being read again. */
  readonly #owed = new Set<string>();
  readonly #asked = new Set<string>();
  #full = false;
  #tooManyOwed = false;
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
    this.#since = sources.now();
    this.#rows = changedRows(sources.hub, sources.loaders);
    this.#unsubscribe = [
      this.#rows.follow((id, request, personOf) => this.#hear(id, request, personOf)),
      sources.hub.onResync(() => this.#compare()),
    ];
    this.#compare();
  }

  /** Reads what is in the inbox now; asked for meanwhile, it does so once more. */
  #compare(): void {
    if (this.ended) return;
    this.#compareAgain = this.#comparing;
    if (this.#comparing) return;
    this.#comparing = true;
    const { pool } = this.#sources;
    const read = turnsAt(pool).run(async () => (this.ended ? [] : inboxVersions(pool, this.#viewer)));
    read.then(
      (rows) => {
        this.#comparing = false;
        if (this.ended) return;
        const inbox = new Map(rows.map((row) => [row.id, row]));
        if (this.#early !== null) this.#begin(inbox, this.#early);
        else this.#findMissed(inbox);
        if (this.#compareAgain) this.#compare();
      },
      (error) => {
        this.#comparing = false;
        // A database that restarts is waited for; what else fails at once would fail again.
        if (this.#early !== null && !isOutage(error)) this.fail(error);
        else setTimeout(() => this.#compare(), RETRY_MS).unref();
      },
    );
  }

  /**
   * The subscriber subscribes first and queries then. What changed between the two readings, its own and this one, it
   * knows in the old state or in the new; so what changed since it subscribed is told, also where it may be known.
   */
  #begin(inbox: ReadonlyMap<string, InboxEntry>, early: ReadonlyMap<string, ReadRow>): void {
    this.#early = null;
    for (const [id, { version, updatedAt }] of inbox) {
      if (updatedAt < this.#since || early.has(id)) this.#inbox.set(id, version);
      else {
        // What tells of it is still on its way, and would find it known.
        this.#unsure.add(id);
        this.#owed.add(id);
      }
    }
    for (const [id, row] of early) {
      const { request, personOf } = row;
      if (request.updatedAt >= this.#since) {
        const wasDecidable = request.version > 1 && mayDecide(request, this.#viewer, personOf);
        if (this.#inbox.delete(id) || wasDecidable) this.#unsure.add(id);
        // An older state than the one in the inbox is followed by a newer.
        if (request.version < (inbox.get(id)?.version ?? 0)) continue;
      }
      this.#weigh(row);
    }
    this.#catchUp();
  }

  #findMissed(inbox: ReadonlyMap<string, InboxEntry>): void {
    for (const [id, { version }] of inbox) if (this.#inbox.get(id) !== version) this.#owed.add(id);
    for (const id of this.#inbox.keys()) if (!inbox.has(id)) this.#owed.add(id);
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#full || this.#asked.size > 0) return;
    for (const id of this.#owed.values().take(CAPACITY)) this.#asked.add(id);
    for (const id of this.#asked) this.#owed.delete(id);
    if (this.#asked.size > 0) this.#rows.read(this.#asked);
    else if (this.#tooManyOwed) {
      this.#tooManyOwed = false;
      this.#compare();
    }
  }

  #hear(id: string, request: RequestHead | null, personOf: PersonOf): void {
    if (request === null || !mayRead(request, this.#viewer)) this.#forget(id);
    else if (this.#early !== null) this.#early.set(id, { request, personOf });
    else this.#weigh({ request, personOf });
    if (this.#asked.delete(id) && this.#asked.size === 0) this.#catchUp();
  }

  /**
   * A request that was deleted, or is not the viewer's to see any more, cannot be shown, not even to say that it has
   * left; the count of the next update tells.
   */
  #forget(id: string): void {
    this.#early?.delete(id);
    this.#inbox.delete(id);
    this.#unsure.delete(id);
  }

  #weigh({ request, personOf }: ReadRow): void {
    const { id, version } = request;
    const known = this.#inbox.get(id);
    const belongs = canDecideNow(request, this.#viewer, this.#sources.now(), personOf);
    if (known === undefined && !belongs && !this.#unsure.has(id)) return;
    if (known !== undefined && (belongs ? version <= known : version < known)) return;
    const change = !belongs ? "REMOVED" : known === undefined ? "ADDED" : "UPDATED";
    const pendingCount = this.#inbox.size + (belongs ? 1 : 0) - (known === undefined ? 0 : 1);
    if (!this.put({ change, pendingCount, request })) {
      this.#full = true;
      if (this.#owed.size < MOST_OWED) this.#owed.add(id);
      else this.#tooManyOwed = true;
      return;
    }
    this.#unsure.delete(id);
    if (belongs) this.#inbox.set(id, version);
    else this.#inbox.delete(id);
  }
}

/** What comes into the viewer's inbox, changes in it or leaves it, from now on. */
export const watchInbox = (sources: InboxSources, viewer: Viewer): AsyncIterableIterator<InboxUpdate, undefined> =>
  new InboxUpdates(sources, viewer);
