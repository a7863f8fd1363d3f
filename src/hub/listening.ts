/**
 * Follows the LISTEN connection of a process: opens it, verifies that notifications arrive, and opens another one after
 * it was lost.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { logFailure } from "../db/outage-log.ts";
import { CHANNEL } from "../db/payloads.ts";
import type { Pool } from "../db/pool.ts";
import { notifyKey } from "../db/queries/notify-key.ts";
import { queryInTime } from "../db/query.ts";
import type { Logger } from "../log.ts";
import { type ListenConnection, openListenConnection } from "./listen-connection.ts";
import type { PersonKeys } from "./person-keys.ts";

export interface ListeningOptions {
  /** A direct connection to the database of `pool`. */
  listenUrl: string;
  pool: Pool;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** ms between two heartbeats of the LISTEN session. Default: 3,000. */
  heartbeatMs?: number | undefined;
  /** Timeout for connecting and for each answer, in ms. Default: 3,000. */
  heartbeatTimeoutMs?: number | undefined;
}

export interface ListeningStats {
  reconnects: number;
  notifications: number;
  lastNotificationAt: Date | null;
}

export interface ListeningEvents {
  onPayload(payload: string): void;
  /** Called after each (re)connect, because notifications may have been missed. */
  onConnect(): void;
  /** Called when the key of payloads about people has changed, so that earlier ones could not be read. */
  onNewKey(): void;
}

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 3_000;

export class Listening {
  readonly #options: ListeningOptions;
  readonly #events: ListeningEvents;
  readonly #personKeys: PersonKeys;
  readonly #heartbeatMs: number;
  readonly #timeoutMs: number;
  readonly #stopping = new AbortController();
  #connection: ListenConnection | null = null;
  #following: Promise<void> | null = null;
  #renewing: Promise<void> | null = null;
  #probe: { payload: string; arrived: () => void } | null = null;
  #reconnects = 0;
  #notifications = 0;
  #lastNotificationAt: number | null = null;

  constructor(options: ListeningOptions, personKeys: PersonKeys, events: ListeningEvents) {
    this.#options = options;
    this.#events = events;
    this.#personKeys = personKeys;
    this.#heartbeatMs = options.heartbeatMs ?? 3_000;
    this.#timeoutMs = options.heartbeatTimeoutMs ?? 3_000;
  }

  get up(): boolean {
    return this.#connection !== null;
  }

  stats(): ListeningStats {
    return {
      reconnects: this.#reconnects,
      notifications: this.#notifications,
      lastNotificationAt: this.#lastNotificationAt === null ? null : new Date(this.#lastNotificationAt),
    };
  }

  /** @throws if the database cannot be reached, or if a pooler in between drops notifications */
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
        if (this.#personKeys.use(await notifyKey(pool))) this.#events.onNewKey();
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
      this.#events.onConnect();
    }
    const reason = await connection.closed;
    this.#connection = null;
    return reason;
  }

  #receive(payload: string): void {
    this.#notifications++;
    this.#lastNotificationAt = Date.now();
    if (payload === this.#probe?.payload) this.#probe.arrived();
    else this.#events.onPayload(payload);
  }
}
