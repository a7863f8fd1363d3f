/**
 * The hub: the one LISTEN connection of a process and the subscribers behind it. What arrives is a hint, the rows are
 * the truth; so a lost connection costs nothing but a comparison of versions when the next one listens.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import {
  CHANNEL,
  LEASE_PAYLOAD,
  LOG_PAYLOAD,
  OUTBOX_PAYLOAD,
  PERSON_PAYLOAD,
  RUN_LOG_PAYLOAD,
  RUN_PAYLOAD,
  SLOT_PAYLOAD,
  START_PAYLOAD,
  TOLD_PAYLOAD,
} from "../db/payloads.ts";
import type { Pool } from "../db/pool.ts";
import { notifyKey } from "../db/queries/notify-key.ts";
import { queryInTime } from "../db/query.ts";
import type { Logger } from "../log.ts";
import {
  type Change,
  type DueMessage,
  parseChanges,
  parseDue,
  parseRunChanges,
  parseStart,
  type RunChange,
  type RunToStart,
} from "./changes.ts";
import { type ListenConnection, openListenConnection } from "./listen-connection.ts";
import { PersonKeys } from "./person-keys.ts";
import { KeyedTopic, Topic } from "./topic.ts";
import { Watched } from "./watched.ts";
import type { Watch, Watcher } from "./watches.ts";

export interface HubOptions {
  /** A direct connection to the database of `pool`. */
  listenUrl: string;
  pool: Pool;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** ms between comparisons while anyone waits; by default anew each time, 15,000 to 30,000 */
  sweepIntervalMs?: number;
  /** ms between two questions to the LISTEN session, by default 3,000 */
  heartbeatMs?: number;
  /** ms that connecting and each answer may take, by default 3,000 */
  heartbeatTimeoutMs?: number;
}

export interface HubStats {
  /** Waiters on requests and on runs. */
  watchers: number;
  /** Listeners to changes, to the log, to people, to the outbox, to news in the app, to runs, to leases, to slots and to reconnects. */
  listeners: number;
  reconnects: number;
  notifications: number;
  lastNotificationAt: Date | null;
}

export interface Hub {
  /**
   * Resolves once a notification of our own has come back over the LISTEN connection. To be called once.
   * @throws when the database cannot be reached at once, or something between us and it swallows notifications
   */
  start(): Promise<void>;
  /** Ends the connection and the sweeps; watchers hear nothing more. */
  stop(): Promise<void>;
  /** Whether the LISTEN connection stands; while it does not, waiters depend on the sweep. */
  readonly up: boolean;
  /**
   * Registers a waiter. Register first, then read the row, then tell the watch what was seen.
   * @param version the version the waiter has already; 0 for none
   * @throws TypeError when `id` is no UUID
   */
  watch(id: string, version: number, watcher: Watcher): Watch;
  /** The same for a run of a workflow. */
  watchRun(id: string, version: number, watcher: Watcher): Watch;
  /**
   * Hints this process's waiters at versions that this process has committed. They need not wait for the notification,
   * which reaches all processes later.
   */
  hint(changes: readonly Pick<Change, "id" | "version">[]): void;
  /** Calls for everything that was created or changed, one call for each notification; returns how to end that. */
  onChange(listener: (changes: readonly Change[]) => void): () => void;
  /** Calls when audit rows were written; returns how to end that. */
  onLog(listener: () => void): () => void;
  /** Calls with the id of a known person whose roles a newer token changed; returns how to end that. */
  onPerson(listener: (id: string) => void): () => void;
  /** Makes a person known, whose id `onPerson` then tells: payloads hold hashes only. */
  knowPerson(id: string): void;
  /** Takes one `knowPerson` back. */
  forgetPerson(id: string): void;
  /** Calls when a message was written or given back; returns how to end that. */
  onOutbox(listener: (due: DueMessage) => void): () => void;
  /** Calls when the person may have news in the app, or has read some; returns how to end that. */
  onTold(recipient: string, listener: () => void): () => void;
  /** Calls for runs of workflows that were started or changed; returns how to end that. */
  onRuns(listener: (changes: readonly RunChange[]) => void): () => void;
  /** Calls with a run that waits for a process to start it; returns how to end that. */
  onStart(listener: (run: RunToStart) => void): () => void;
  /** Calls when a job of this run has logged lines; returns how to end that. */
  onRunLog(runId: string, listener: () => void): () => void;
  /** Calls when an executor of workflows gave up its lease; returns how to end that. */
  onLease(listener: () => void): () => void;
  /** Calls with the id of an executor whose waiting jobs were granted slots; returns how to end that. */
  onSlots(listener: (executorId: string) => void): () => void;
  /** Calls after every (re)connect: what was kept from notifications may be out of date. Returns how to end that. */
  onResync(listener: () => void): () => void;
  stats(): HubStats;
}

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 3_000;

/** A hub that is not started yet; subscribers may register before it is. */
export function createHub(options: HubOptions): Hub {
  return new ListenHub(options);
}

class ListenHub implements Hub {
  readonly #options: HubOptions;
  readonly #heartbeatMs: number;
  readonly #timeoutMs: number;
  readonly #watched: Watched;
  readonly #watchedRuns: Watched;
  readonly #stopping = new AbortController();
  readonly #failed = (error: unknown) => this.#options.log.error({ err: error }, "a subscriber of the hub failed");
  readonly #changes = new Topic<readonly Change[]>(this.#failed);
  readonly #log = new Topic<void>(this.#failed);
  readonly #people = new Topic<string>(this.#failed);
  readonly #outbox = new Topic<DueMessage>(this.#failed);
  readonly #runs = new Topic<readonly RunChange[]>(this.#failed);
  readonly #starts = new Topic<RunToStart>(this.#failed);
  /** By the id of the run. */
  readonly #runLogs = new KeyedTopic(this.#failed);
  readonly #leases = new Topic<void>(this.#failed);
  readonly #slots = new Topic<string>(this.#failed);
  readonly #resyncs = new Topic<void>(this.#failed);
  readonly #personKeys = new PersonKeys();
  /** By the id of the person. */
  readonly #told = new KeyedTopic(this.#failed);
  #connection: ListenConnection | null = null;
  #following: Promise<void> | null = null;
  #renewing: Promise<void> | null = null;
  #proof: { word: string; arrived: () => void } | null = null;
  #reconnects = 0;
  #notifications = 0;
  #lastNotificationAt: number | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#heartbeatMs = options.heartbeatMs ?? 3_000;
    this.#timeoutMs = options.heartbeatTimeoutMs ?? 3_000;
    this.#watched = new Watched("approval_requests", options, this.#failed);
    this.#watchedRuns = new Watched("workflow_runs", options, this.#failed);
  }

  get up(): boolean {
    return this.#connection !== null;
  }

  async start(): Promise<void> {
    if (this.#following) throw new Error("the hub was started before");
    const proven = this.#connect().then((connection) => this.#prove(connection));
    this.#following = proven.then(
      (connection) => this.#follow(connection),
      () => {},
    );
    await proven;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.close();
    await this.#following;
    await this.#renewing;
    await Promise.all([this.#watched.sweep.stop(), this.#watchedRuns.sweep.stop()]);
  }

  watch(id: string, version: number, watcher: Watcher): Watch {
    return this.#watched.add(id, version, watcher);
  }

  watchRun(id: string, version: number, watcher: Watcher): Watch {
    return this.#watchedRuns.add(id, version, watcher);
  }

  hint(changes: readonly Pick<Change, "id" | "version">[]): void {
    this.#watched.hint(changes);
  }

  onChange(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.add(listener);
  }

  onLog(listener: () => void): () => void {
    return this.#log.add(listener);
  }

  onPerson(listener: (id: string) => void): () => void {
    return this.#people.add(listener);
  }

  knowPerson(id: string): void {
    this.#personKeys.add(id);
  }

  forgetPerson(id: string): void {
    this.#personKeys.remove(id);
  }

  onOutbox(listener: (due: DueMessage) => void): () => void {
    return this.#outbox.add(listener);
  }

  onTold(recipient: string, listener: () => void): () => void {
    this.#personKeys.add(recipient);
    const end = this.#told.add(recipient, listener);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
      this.#personKeys.remove(recipient);
    };
  }

  onRuns(listener: (changes: readonly RunChange[]) => void): () => void {
    return this.#runs.add(listener);
  }

  onStart(listener: (run: RunToStart) => void): () => void {
    return this.#starts.add(listener);
  }

  onRunLog(runId: string, listener: () => void): () => void {
    return this.#runLogs.add(runId, listener);
  }

  onLease(listener: () => void): () => void {
    return this.#leases.add(listener);
  }

  onSlots(listener: (executorId: string) => void): () => void {
    return this.#slots.add(listener);
  }

  onResync(listener: () => void): () => void {
    return this.#resyncs.add(listener);
  }

  stats(): HubStats {
    const runTopics = [this.#runs, this.#starts, this.#leases, this.#slots];
    const topics = [this.#changes, this.#log, this.#people, this.#outbox, ...runTopics, this.#resyncs];
    return {
      watchers: this.#watched.watches.size + this.#watchedRuns.watches.size,
      listeners: topics.reduce((sum, { size }) => sum + size, this.#told.size + this.#runLogs.size),
      reconnects: this.#reconnects,
      notifications: this.#notifications,
      lastNotificationAt: this.#lastNotificationAt === null ? null : new Date(this.#lastNotificationAt),
    };
  }

  #connect(): Promise<ListenConnection> {
    return openListenConnection({
      url: this.#options.listenUrl,
      channel: CHANNEL,
      heartbeatMs: this.#heartbeatMs,
      timeoutMs: this.#timeoutMs,
      onPayload: (payload) => this.#receive(payload),
    });
  }

  /**
   * Sent over the pool while the LISTEN session is idle: a transaction pooler would hand a session its own
   * notifications, and a LISTEN connection to another database would hear its own as well.
   */
  async #prove(connection: ListenConnection): Promise<ListenConnection> {
    const word = `proof-${randomUUID()}`;
    const arrived = new Promise<true>((resolve) => {
      this.#proof = { word, arrived: () => resolve(true) };
    });
    const ending = new AbortController();
    try {
      await queryInTime(this.#options.pool, "select pg_notify($1, $2)", [CHANNEL, word]);
      const late = delay(this.#timeoutMs, false, { signal: ending.signal }).catch(() => false);
      if (await Promise.race([arrived, late, connection.closed.then(() => false)])) {
        this.#personKeys.use(await notifyKey(this.#options.pool));
        return connection;
      }
      throw new Error(
        `LISTEN does not work: a NOTIFY sent over DATABASE_URL did not arrive within ${this.#timeoutMs} ms. ` +
          "DATABASE_LISTEN_URL must lead to the same database directly, not through a pooler in transaction mode.",
      );
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      ending.abort();
      this.#proof = null;
    }
  }

  /** Keeps a connection listening until the hub is stopped; never rejects. */
  async #follow(first: ListenConnection): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopping;
    let next: ListenConnection | null = first;
    let failures = 0;
    let refused = 0;
    do {
      try {
        const connection: ListenConnection = next ?? (await this.#connect());
        if (!next) {
          this.#reconnects++;
          this.#renewing ??= this.#renewKey();
        }
        if (refused > 0) log.info({ attempts: refused }, "the LISTEN connection is open again");
        refused = 0;
        next = null;
        const since = performance.now();
        const reason = await this.#use(connection);
        if (signal.aborted) break;
        log.warn({ reason }, "the LISTEN connection is gone; reconnecting");
        if (performance.now() - since > this.#heartbeatMs) failures = 0;
      } catch (error) {
        // Once for an outage, however many attempts that takes.
        if (refused++ === 0) log.warn({ err: error }, "the LISTEN connection could not be opened; trying again");
      }
      const most = Math.min(RECONNECT_FIRST_MS * 2 ** failures++, RECONNECT_MOST_MS);
      await delay(most * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    } while (!signal.aborted);
  }

  /** Another database may have been restored meanwhile. Never rejects. */
  async #renewKey(): Promise<void> {
    const { log, pool } = this.#options;
    const { signal } = this.#stopping;
    for (let renewed = false; !renewed && !signal.aborted; ) {
      try {
        // Hints by the new key could not be read before.
        if (this.#personKeys.use(await notifyKey(pool))) this.#resyncs.tell();
        renewed = true;
      } catch (error) {
        logFailure(log, "warn", { err: error }, "the key of NOTIFY payloads could not be read; trying again");
        await delay(RECONNECT_MOST_MS, undefined, { signal }).catch(() => {});
      }
    }
    this.#renewing = null;
  }

  /** It listens from here on, so what changed before is found by comparing, and what changes later is told. */
  async #use(connection: ListenConnection): Promise<string> {
    if (this.#stopping.signal.aborted) await connection.close();
    else {
      this.#connection = connection;
      this.#watched.sweep.now();
      this.#watchedRuns.sweep.now();
      this.#resyncs.tell();
    }
    const reason = await connection.closed;
    this.#connection = null;
    return reason;
  }

  #receive(payload: string): void {
    this.#notifications++;
    this.#lastNotificationAt = Date.now();
    if (payload === LOG_PAYLOAD) this.#log.tell();
    else if (payload === this.#proof?.word) this.#proof.arrived();
    else if (payload.startsWith(PERSON_PAYLOAD)) this.#tellOf(payload.slice(PERSON_PAYLOAD.length), this.#people);
    else if (payload.startsWith(OUTBOX_PAYLOAD)) this.#outbox.tell(parseDue(payload));
    else if (payload.startsWith(RUN_PAYLOAD)) {
      const changes = parseRunChanges(payload);
      this.#watchedRuns.hint(changes);
      this.#runs.tell(changes);
    } else if (payload.startsWith(RUN_LOG_PAYLOAD)) {
      for (const id of payload.slice(RUN_LOG_PAYLOAD.length).split(",")) this.#runLogs.tell(id);
    } else if (payload.startsWith(START_PAYLOAD)) this.#starts.tell(parseStart(payload));
    else if (payload === LEASE_PAYLOAD) this.#leases.tell();
    else if (payload.startsWith(SLOT_PAYLOAD)) this.#slots.tell(payload.slice(SLOT_PAYLOAD.length));
    else if (payload.startsWith(TOLD_PAYLOAD)) {
      for (const hash of payload.slice(TOLD_PAYLOAD.length).split(",")) this.#tellOf(hash, this.#told);
    } else {
      const changes = parseChanges(payload);
      this.#watched.hint(changes);
      if (changes.length > 0) this.#changes.tell(changes);
    }
  }

  #tellOf(hash: string, topic: { tell(id: string): void }): void {
    const id = this.#personKeys.find(hash);
    if (id !== undefined) topic.tell(id);
  }
}
