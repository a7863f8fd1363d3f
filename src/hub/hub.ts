/**
 * The hub: the one LISTEN connection of a process and its subscribers. Notifications are only hints, and subscribers read
 * the rows. After a lost connection, the next one compares versions, so no change is missed.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import {
  CHANNEL,
  LEASE_PAYLOAD,
  LOG_PAYLOAD,
  NOTIFICATION_PAYLOAD,
  OUTBOX_PAYLOAD,
  PERSON_PAYLOAD,
  RUN_LOG_PAYLOAD,
  RUN_PAYLOAD,
  SLOT_PAYLOAD,
  START_PAYLOAD,
} from "../db/payloads.ts";
import type { Pool } from "../db/pool.ts";
import { notifyKey } from "../db/queries/notify-key.ts";
import { queryInTime } from "../db/query.ts";
import type { Logger } from "../log.ts";
import type { ApprovalRequest } from "../model/approvals.ts";
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
import type { Subscriber, Subscription } from "./subscriber-index.ts";
import { TableSubscribers } from "./table-subscribers.ts";
import { KeyedTopic, Topic } from "./topic.ts";

export interface HubOptions {
  /** A direct connection to the database of `pool`. */
  listenUrl: string;
  pool: Pool;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** ms between comparisons while there are subscribers. Default: a random value from 15,000 to 30,000 each time. */
  sweepIntervalMs?: number;
  /** ms between two heartbeats of the LISTEN session. Default: 3,000. */
  heartbeatMs?: number;
  /** Timeout for connecting and for each answer, in ms. Default: 3,000. */
  heartbeatTimeoutMs?: number;
}

export interface HubStats {
  /** Subscribers to requests and to runs. */
  subscribers: number;
  /** Subscribers to topics: changes, log, people, outbox, notifications, runs, leases, slots and reconnects. */
  topicSubscribers: number;
  reconnects: number;
  notifications: number;
  lastNotificationAt: Date | null;
}

export interface Hub {
  /**
   * Resolves when a notification that the hub sent has arrived over the LISTEN connection. Call it once.
   * @throws if the database cannot be reached, or if a pooler in between drops notifications
   */
  start(): Promise<void>;
  /** Ends the connection and the sweeps. Subscribers receive no more hints. */
  stop(): Promise<void>;
  /** Whether the LISTEN connection is open. While it is not, subscribers depend on the sweep. */
  readonly up: boolean;
  /**
   * Subscribes to a request. Subscribe first, then read the row, then pass its version to `seen` of the subscription.
   * @param version the version that the subscriber already has; 0 for none
   * @throws TypeError if `id` is not a UUID
   */
  subscribe(id: string, version: number, subscriber: Subscriber): Subscription;
  /** Subscribes to a run of a workflow. */
  subscribeToRun(id: string, version: number, subscriber: Subscriber): Subscription;
  /**
   * Delivers requests that this process has committed to its own subscribers. They neither wait for the notification, which
   * reaches all processes later, nor read the row.
   */
  deliver(requests: readonly ApprovalRequest[]): void;
  /** Calls the listener with the changed requests, once for each notification. Returns a function that unsubscribes. */
  onChange(listener: (changes: readonly Change[]) => void): () => void;
  /** Calls the listener when audit rows were written. Returns a function that unsubscribes. */
  onLog(listener: () => void): () => void;
  /**
   * Calls the listener with the id of a known person whose roles a newer token changed. Returns a function that
   * unsubscribes.
   */
  onPerson(listener: (id: string) => void): () => void;
  /** Registers a person, so that `onPerson` reports their id. Payloads contain only hashes. */
  knowPerson(id: string): void;
  /** Reverses one call of `knowPerson`. */
  forgetPerson(id: string): void;
  /** Calls the listener when a message was written or released. Returns a function that unsubscribes. */
  onOutbox(listener: (due: DueMessage) => void): () => void;
  /**
   * Calls the listener when the person may have new notifications in the app, or has read some. Returns a function that
   * unsubscribes.
   */
  onNotifications(recipient: string, listener: () => void): () => void;
  /** Calls the listener with runs that were started or changed. Returns a function that unsubscribes. */
  onRuns(listener: (changes: readonly RunChange[]) => void): () => void;
  /** Calls the listener with a run that waits for a process to start it. Returns a function that unsubscribes. */
  onStart(listener: (run: RunToStart) => void): () => void;
  /** Calls the listener when a job of this run has logged lines. Returns a function that unsubscribes. */
  onRunLog(runId: string, listener: () => void): () => void;
  /** Calls the listener when an executor released its lease. Returns a function that unsubscribes. */
  onLease(listener: () => void): () => void;
  /**
   * Calls the listener with the id of an executor whose waiting jobs were granted slots. Returns a function that
   * unsubscribes.
   */
  onSlots(listener: (executorId: string) => void): () => void;
  /**
   * Calls the listener after every (re)connect, because notifications may have been missed. Returns a function that
   * unsubscribes.
   */
  onResync(listener: () => void): () => void;
  stats(): HubStats;
}

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 3_000;

/** Creates a hub that is not started yet. Subscribers may already register. */
export function createHub(options: HubOptions): Hub {
  return new ListenHub(options);
}

class ListenHub implements Hub {
  readonly #options: HubOptions;
  readonly #heartbeatMs: number;
  readonly #timeoutMs: number;
  readonly #requestSubscribers: TableSubscribers;
  readonly #runSubscribers: TableSubscribers;
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
  readonly #personNotifications = new KeyedTopic(this.#failed);
  #connection: ListenConnection | null = null;
  #following: Promise<void> | null = null;
  #renewing: Promise<void> | null = null;
  #probe: { payload: string; arrived: () => void } | null = null;
  #reconnects = 0;
  #notifications = 0;
  #lastNotificationAt: number | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#heartbeatMs = options.heartbeatMs ?? 3_000;
    this.#timeoutMs = options.heartbeatTimeoutMs ?? 3_000;
    this.#requestSubscribers = new TableSubscribers("approval_requests", options, this.#failed);
    this.#runSubscribers = new TableSubscribers("workflow_runs", options, this.#failed);
  }

  get up(): boolean {
    return this.#connection !== null;
  }

  async start(): Promise<void> {
    if (this.#following) throw new Error("the hub is already started");
    const verified = this.#connect().then((connection) => this.#verify(connection));
    this.#following = verified.then(
      (connection) => this.#follow(connection),
      () => {},
    );
    await verified;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.close();
    await this.#following;
    await this.#renewing;
    await Promise.all([this.#requestSubscribers.sweep.stop(), this.#runSubscribers.sweep.stop()]);
  }

  subscribe(id: string, version: number, subscriber: Subscriber): Subscription {
    return this.#requestSubscribers.add(id, version, subscriber);
  }

  subscribeToRun(id: string, version: number, subscriber: Subscriber): Subscription {
    return this.#runSubscribers.add(id, version, subscriber);
  }

  deliver(requests: readonly ApprovalRequest[]): void {
    this.#requestSubscribers.deliver(requests);
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

  onNotifications(recipient: string, listener: () => void): () => void {
    this.#personKeys.add(recipient);
    const end = this.#personNotifications.add(recipient, listener);
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
      subscribers: this.#requestSubscribers.index.size + this.#runSubscribers.index.size,
      topicSubscribers: topics.reduce(
        (sum, { size }) => sum + size,
        this.#personNotifications.size + this.#runLogs.size,
      ),
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
   * Verifies that notifications arrive. The NOTIFY is sent over the pool while the LISTEN session is idle: a transaction
   * pooler delivers a session its own notifications, and so does a LISTEN connection to another database.
   */
  async #verify(connection: ListenConnection): Promise<ListenConnection> {
    const payload = `proof-${randomUUID()}`;
    const arrived = new Promise<true>((resolve) => {
      this.#probe = { payload, arrived: () => resolve(true) };
    });
    const ending = new AbortController();
    try {
      await queryInTime(this.#options.pool, "select pg_notify($1, $2)", [CHANNEL, payload]);
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
      this.#probe = null;
    }
  }

  /** Reconnects until the hub is stopped. Never rejects. */
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
        log.warn({ reason }, "the LISTEN connection was lost; reconnecting");
        if (performance.now() - since > this.#heartbeatMs) failures = 0;
      } catch (error) {
        // One line for each outage, however many attempts it takes.
        if (refused++ === 0) log.warn({ err: error }, "the LISTEN connection could not be opened; retrying");
      }
      const most = Math.min(RECONNECT_FIRST_MS * 2 ** failures++, RECONNECT_MOST_MS);
      await delay(most * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    } while (!signal.aborted);
  }

  /** Reads the key again, because another database may have been restored in the meantime. Never rejects. */
  async #renewKey(): Promise<void> {
    const { log, pool } = this.#options;
    const { signal } = this.#stopping;
    for (let renewed = false; !renewed && !signal.aborted; ) {
      try {
        // Hints with the new key could not be read until now.
        if (this.#personKeys.use(await notifyKey(pool))) this.#resyncs.publish();
        renewed = true;
      } catch (error) {
        logFailure(log, "warn", { err: error }, "the key of NOTIFY payloads could not be read; retrying");
        await delay(RECONNECT_MOST_MS, undefined, { signal }).catch(() => {});
      }
    }
    this.#renewing = null;
  }

  /**
   * Uses a connection that already listens: the comparison finds earlier changes, and notifications report later ones.
   */
  async #use(connection: ListenConnection): Promise<string> {
    if (this.#stopping.signal.aborted) await connection.close();
    else {
      this.#connection = connection;
      this.#requestSubscribers.sweep.now();
      this.#runSubscribers.sweep.now();
      this.#resyncs.publish();
    }
    const reason = await connection.closed;
    this.#connection = null;
    return reason;
  }

  #receive(payload: string): void {
    this.#notifications++;
    this.#lastNotificationAt = Date.now();
    if (payload === LOG_PAYLOAD) this.#log.publish();
    else if (payload === this.#probe?.payload) this.#probe.arrived();
    else if (payload.startsWith(PERSON_PAYLOAD))
      this.#publishToPerson(payload.slice(PERSON_PAYLOAD.length), this.#people);
    else if (payload.startsWith(OUTBOX_PAYLOAD)) this.#outbox.publish(parseDue(payload));
    else if (payload.startsWith(RUN_PAYLOAD)) {
      const changes = parseRunChanges(payload);
      this.#runSubscribers.hint(changes);
      this.#runs.publish(changes);
    } else if (payload.startsWith(RUN_LOG_PAYLOAD)) {
      for (const id of payload.slice(RUN_LOG_PAYLOAD.length).split(",")) this.#runLogs.publish(id);
    } else if (payload.startsWith(START_PAYLOAD)) this.#starts.publish(parseStart(payload));
    else if (payload === LEASE_PAYLOAD) this.#leases.publish();
    else if (payload.startsWith(SLOT_PAYLOAD)) this.#slots.publish(payload.slice(SLOT_PAYLOAD.length));
    else if (payload.startsWith(NOTIFICATION_PAYLOAD)) {
      for (const hash of payload.slice(NOTIFICATION_PAYLOAD.length).split(","))
        this.#publishToPerson(hash, this.#personNotifications);
    } else {
      const changes = parseChanges(payload);
      this.#requestSubscribers.hint(changes);
      if (changes.length > 0) this.#changes.publish(changes);
    }
  }

  #publishToPerson(hash: string, topic: { publish(id: string): void }): void {
    const id = this.#personKeys.find(hash);
    if (id !== undefined) topic.publish(id);
  }
}
