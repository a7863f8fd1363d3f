/**
 * A viewer's inbox, live. The state is the set of requests that the viewer can decide; every change of a row is held
 * against it. One reader for the process loads the rows that changed once, whoever is looking.
 */

import type { Change } from "../../db/changes.ts";
import type { Hub } from "../../db/hub.ts";
import type { Loaders } from "../../db/loaders.ts";
import { Queue } from "../../db/mailbox.ts";
import type { Pool } from "../../db/pool.ts";
import { inboxVersions } from "../../db/queries/request-lists.ts";
import type { ApprovalRequest, Viewer } from "../model.ts";
import { canDecideNow } from "../policy.ts";

/** What happened to the inbox, and how many requests are in it now. */
export interface InboxUpdate {
  change: "ADDED" | "UPDATED" | "REMOVED";
  pendingCount: number;
  request: ApprovalRequest;
}

export interface InboxSources {
  hub: Hub;
  loaders: Loaders;
  pool: Pool;
  /** The database's clock. */
  now(): Date;
}

/** Updates kept for a slow reader; beyond them the inbox is compared again once it has caught up. */
const CAPACITY = 1_000;
const RETRY_MS = 500;

class InboxUpdates extends Queue<InboxUpdate> {
  readonly #sources: InboxSources;
  readonly #viewer: Viewer;
  readonly #inbox = new Map<string, number>();
  readonly #unsubscribe: (() => void)[];
  /** What changed while the inbox was being read. */
  #changed = new Set<string>();
  #reading = false;
  #compare = true;
  #started = false;

  constructor(sources: InboxSources, viewer: Viewer) {
    super({
      capacity: CAPACITY,
      onClose: () => {
        for (const end of this.#unsubscribe) end();
      },
      onDrain: () => this.#recompare(),
    });
    this.#sources = sources;
    this.#viewer = viewer;
    this.#unsubscribe = [
      sources.hub.onChange((changes) => this.#hear(changes)),
      sources.hub.onResync(() => this.#recompare()),
    ];
    void this.#work();
  }

  #recompare(): void {
    this.#compare = true;
    void this.#work();
  }

  #hear(changes: readonly Change[]): void {
    for (const change of changes) this.#changed.add(change.id);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.ended && (this.#compare || this.#changed.size > 0)) {
        if (this.#compare) await this.#readAll();
        else await this.#readChanged();
      }
    } catch (error) {
      if (!this.#started) this.fail(error);
      else setTimeout(() => this.#recompare(), RETRY_MS).unref();
    } finally {
      this.#reading = false;
    }
  }

  /** The whole inbox against what is known; the first time nothing is sent, for nothing has changed yet. */
  async #readAll(): Promise<void> {
    this.#compare = false;
    const now = new Map((await inboxVersions(this.#sources.pool, this.#viewer)).map((row) => [row.id, row.version]));
    if (!this.#started) {
      this.#started = true;
      for (const [id, version] of now) this.#inbox.set(id, version);
      return;
    }
    for (const [id, version] of now) if (this.#inbox.get(id) !== version) this.#changed.add(id);
    for (const id of this.#inbox.keys()) if (!now.has(id)) this.#changed.add(id);
  }

  async #readChanged(): Promise<void> {
    const ids = [...this.#changed];
    this.#changed = new Set();
    const requests = await Promise.all(ids.map((id) => this.#sources.loaders.requests.load(id))).catch((error) => {
      for (const id of ids) this.#changed.add(id);
      throw error;
    });
    const now = this.#sources.now();
    requests.forEach((request, index) => {
      if (request !== null) this.#hold(request, now);
      else this.#inbox.delete(ids[index] as string);
    });
  }

  #hold(request: ApprovalRequest, now: Date): void {
    const known = this.#inbox.get(request.id);
    const belongs = canDecideNow(request, this.#viewer, now);
    if (!belongs && known === undefined) return;
    if (belongs && known !== undefined && request.version <= known) return;
    const change = !belongs ? "REMOVED" : known === undefined ? "ADDED" : "UPDATED";
    const growth = { ADDED: 1, UPDATED: 0, REMOVED: -1 }[change];
    // What a slow reader was not told stays unknown here too, so that comparing again finds it.
    if (!this.put({ change, pendingCount: this.#inbox.size + growth, request })) return;
    if (belongs) this.#inbox.set(request.id, request.version);
    else this.#inbox.delete(request.id);
  }
}

/** What comes into the viewer's inbox, changes in it or leaves it, from now on. */
export const watchInbox = (sources: InboxSources, viewer: Viewer): AsyncIterableIterator<InboxUpdate, undefined> =>
  new InboxUpdates(sources, viewer);
