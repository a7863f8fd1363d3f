import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEmbedded } from "../../src/db/embedded/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { giveUpLease, renewLease } from "../../src/db/queries/executors.ts";
import { createHub, type Hub, type HubOptions } from "../../src/hub/hub.ts";
import { LISTEN_APPLICATION_NAME } from "../../src/hub/listen-connection.ts";
import type { Subscriber, Subscription } from "../../src/hub/subscriber-index.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";
import { insertMessage } from "../support/notifications/in-app-notifications.ts";
import { createTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

// How long something that must happen may take on a busy machine; nothing waits for it otherwise.
const patiently = { timeout: 60_000 };

const NEVER = 3_600_000;
const log = pino({ level: "silent" });

let database: TestDatabase;
let pool: Pool;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await database.drop();
});

function hubOf(options: Partial<HubOptions> = {}): Hub {
  const hub = createHub({ listenUrl: database.url, pool, log, sweepIntervalMs: NEVER, ...options });
  cleanups.push(() => hub.stop());
  return hub;
}

async function startedHub(options: Partial<HubOptions> = {}): Promise<Hub> {
  const hub = hubOf(options);
  const synced = resync(hub);
  await hub.start();
  await synced;
  return hub;
}

async function proxyTo(url: string): Promise<TcpProxy> {
  const proxy = await createTcpProxy(url);
  cleanups.push(() => proxy.close());
  return proxy;
}

function resync(hub: Hub): Promise<void> {
  return new Promise((resolve) => {
    const end = hub.onResync(() => {
      end();
      resolve();
    });
  });
}

/** Rows of `count` new requests. */
async function newRequests(count: number, on = pool): Promise<string[]> {
  const { rows } = await on.query<{ id: string }>(
    `insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
     select 'w', 'j', gen_random_uuid()::text, 'Deploy?', 'ann', 'ann', 60000, now() + interval '1 minute'
       from generate_series(1, $1::int) returning id`,
    [count],
  );
  return rows.map((row) => row.id);
}

const touch = (ids: string[], on = pool) =>
  on.query("update approval_requests set version = version where id = any($1::uuid[])", [ids]);

/** Makes a change without triggers, as if its notification was lost. */
const touchSilently = (ids: string[]) =>
  pool.query(
    `with silent as materialized (select set_config('session_replication_role', 'replica', true))
     update approval_requests set version = version + 1 from silent where id = any($1::uuid[])`,
    [ids],
  );

/** Waits like a subscription of the API: subscribes, reads, follows. Stores every version that it would send. */
class Waiter implements Subscriber {
  readonly id: string;
  readonly sent: number[] = [];
  gone = false;
  readonly #pool: Pool;
  readonly #subscription: Subscription;
  #reads: (() => void)[] = [];

  constructor(hub: Hub, id: string, on = pool) {
    this.id = id;
    this.#pool = on;
    this.#subscription = hub.subscribe(id, 0, this);
    cleanups.push(async () => this.#subscription.close());
    this.hint();
  }

  hint(): void {
    // After an error, the sweep sends another hint.
    this.#read().catch(() => {});
  }

  async #read(): Promise<void> {
    const { rows } = await this.#pool.query("select version from approval_requests where id = $1", [this.id]);
    if (rows.length === 0) this.gone = true;
    else if (rows[0].version > (this.sent.at(-1) ?? 0)) {
      this.sent.push(rows[0].version);
      this.#subscription.seen(rows[0].version);
    }
    for (const resolve of this.#reads.splice(0)) resolve();
  }

  async until(holds: (waiter: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#reads.push(resolve));
  }

  reached(version: number): Promise<void> {
    return this.until(() => this.sent.at(-1) === version);
  }
}

const ascending = (versions: number[]) => versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0));

/** Adds a subscriber that only stores its hints. */
function hints(hub: Hub, id: string, version: number) {
  const events = new EventTarget();
  const seen: number[] = [];
  const subscription = hub.subscribe(id, version, {
    hint(hinted) {
      seen.push(hinted);
      events.dispatchEvent(new Event("hint"));
    },
  });
  cleanups.push(async () => subscription.close());
  return { seen, subscription, next: () => once(events, "hint") };
}

/** The pids of the LISTEN sessions of this test's database. */
async function listeners(): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and application_name = $1",
    [LISTEN_APPLICATION_NAME],
  );
  return rows.map((row) => row.pid);
}

const killListeners = () =>
  pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1",
    [LISTEN_APPLICATION_NAME],
  );

/** One statement, so that it commits before the hub can have connected again. */
const killListenersAndTouch = (ids: string[]) =>
  pool.query(
    `with killed as materialized (select count(pg_terminate_backend(pid)) from pg_stat_activity
       where datname = current_database() and application_name = $1)
     update approval_requests set version = version from killed where id = any($2::uuid[])`,
    [LISTEN_APPLICATION_NAME, ids],
  );

describe("the hub", () => {
  it("is up from start to stop and leaves no session behind", async () => {
    const hub = hubOf();
    expect(hub.up).toBe(false);
    await hub.start();
    expect(hub.up).toBe(true);
    expect(await listeners()).toHaveLength(1);
    await hub.stop();
    expect(hub.up).toBe(false);
    await expect.poll(listeners, patiently).toEqual([]);
  });

  it("sends a hint with the new version to the subscriber of a row that plain SQL has changed", async () => {
    const hub = await startedHub();
    const [subscribed, other] = await newRequests(2);
    const { seen, next } = hints(hub, subscribed as string, 1);
    const hinted = next();
    await touch([other as string]);
    await touch([subscribed as string]);
    await hinted;
    expect(seen).toEqual([2]);
  });

  it("sends no hint about versions that the subscriber has, nor after it was closed", async () => {
    const hub = await startedHub();
    const [id] = (await newRequests(1)) as [string];
    const behind = hints(hub, id, 1);
    const ahead = hints(hub, id, 2);
    const closed = hints(hub, id, 1);
    closed.subscription.close();
    closed.subscription.close();
    expect(hub.stats().subscribers).toBe(2);
    const hinted = behind.next();
    await touch([id]);
    await hinted;
    const again = Promise.all([behind.next(), ahead.next()]);
    await touch([id]);
    await again;
    expect([behind.seen, ahead.seen, closed.seen]).toEqual([[2, 3], [3], []]);
  });

  it("sends hints to the other subscribers of a request when one is closed or fails", async () => {
    const hub = await startedHub();
    const [id] = (await newRequests(1)) as [string];
    const first = hints(hub, id, 1);
    const closing = hub.subscribe(id, 1, { hint: () => closing.close() });
    const failing = hub.subscribe(id, 1, {
      hint() {
        throw new Error("broken subscriber");
      },
    });
    const last = hints(hub, id, 1);
    const hinted = Promise.all([first.next(), last.next()]);
    await touch([id]);
    await hinted;
    expect([first.seen, last.seen, hub.stats().subscribers]).toEqual([[2], [2], 3]);
    failing.close();
  });

  it("accepts an id in capital letters and rejects one that is not a UUID", async () => {
    const hub = await startedHub();
    const [id] = (await newRequests(1)) as [string];
    const { seen, next } = hints(hub, id.toUpperCase(), 1);
    const hinted = next();
    await touch([id]);
    await hinted;
    expect(seen).toEqual([2]);
    expect(() => hub.subscribe("17", 0, { hint() {} })).toThrow(TypeError);
  });

  it("sends hints to all thousand subscribers after a bulk update", async () => {
    const hub = await startedHub();
    const ids = await newRequests(1_000);
    const waiters = ids.map((id) => new Waiter(hub, id));
    await Promise.all(waiters.map((waiter) => waiter.reached(1)));
    await touch(ids);
    await Promise.all(waiters.map((waiter) => waiter.reached(2)));
    expect(hub.stats().subscribers).toBe(1_000);
  });

  it("reports every change and every new audit row, and ignores payloads of other programs on its channel", async () => {
    const hub = await startedHub();
    const changes: unknown[] = [];
    const endChanges = hub.onChange((entries) => changes.push(...entries));
    const logged = new Promise<void>((resolve) => hub.onLog(resolve));
    await pool.query("select pg_notify('countersign', payload) from unnest($1::text[]) payload", [
      ["", "nonsense", "a:b:c:d", ",,,", "proof-of-another-process"],
    ]);
    const [id] = (await newRequests(1)) as [string];
    await pool.query("insert into approval_audit_log (approval_request_id, action) values ($1, 'CREATED')", [id]);
    await logged;
    const { rows } = await pool.query("select expires_at from approval_requests where id = $1", [id]);
    expect(changes).toEqual([{ id, version: 1, status: "PENDING", dueAt: rows[0].expires_at.getTime() }]);
    endChanges();
    expect(hub.stats().notifications).toBe(8);
    expect(hub.stats().lastNotificationAt).toBeInstanceOf(Date);
  });
});

describe("the hub", () => {
  const newRole = (id: string, role: string) =>
    pool.query(
      `insert into people (id, roles, roles_issued_at) values ($1, array[$2], now())
       on conflict (id) do update set roles = excluded.roles`,
      [id, role],
    );
  /** Waits until all earlier commits have been notified. */
  async function settled(hub: Hub) {
    const [id] = (await newRequests(1)) as [string];
    const { next } = hints(hub, id, 1);
    const hinted = next();
    await touch([id]);
    await hinted;
  }

  it("reports changes for people while they are subscribed, however long their ids are", async () => {
    const hub = hubOf();
    const names = ["ann", "bob", "ü".repeat(9_000)];
    const reported: string[] = [];
    hub.onPerson((id) => reported.push(id));
    hub.knowPerson("ann"); // Before the hub has the key.
    await hub.start();
    hub.knowPerson("ann");
    hub.knowPerson(names[2] as string);
    for (const id of names) for (const role of ["a", "b"]) await newRole(id, role);
    await settled(hub);
    expect(reported).toEqual(["ann", names[2]]);
    hub.forgetPerson("ann");
    await newRole("ann", "c");
    await settled(hub);
    expect(reported).toHaveLength(3);
    hub.forgetPerson("ann");
    await newRole("ann", "d");
    await settled(hub);
    expect(reported).toHaveLength(3);
  });

  it("reads the key again with each new connection, and finds the changes that were missed", async () => {
    const own = await createTestDatabase();
    const proxy = await proxyTo(own.url);
    const hub = await startedHub({ listenUrl: proxy.url, pool: own.pool });
    cleanups.push(async () => {
      await hub.stop();
      await own.drop();
    });
    const id = await insertRequest(own.pool);
    const notified = async () => {
      const woken = new Promise<void>((resolve) => {
        const end = hub.onNotifications("bob", () => {
          end();
          resolve();
        });
      });
      await insertMessage(own.pool, id, "bob");
      await woken;
    };
    await notified();
    await own.pool.query("update countersign_notify_key set key = sha256(key)");
    let resyncs = 0;
    hub.onResync(() => resyncs++);
    proxy.refuse();
    await expect.poll(() => hub.up, patiently).toBe(false);
    proxy.accept();
    // Once when it listens again, once when it has the key.
    await expect.poll(() => resyncs, patiently).toBe(2);
    await notified();
  });
});

describe("the hub loses no wait and", () => {
  it("finds changes during a lost connection, and reconnects as often as necessary", async () => {
    const proxy = await proxyTo(database.url);
    const hub = await startedHub({ listenUrl: proxy.url });
    const ids = await newRequests(100);
    const waiters = ids.map((id) => new Waiter(hub, id));
    await Promise.all(waiters.map((waiter) => waiter.reached(1)));

    const before = proxy.connections();
    proxy.refuse();
    await touch(ids);
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(before + 2);
    expect(hub.up).toBe(false);
    proxy.accept();
    await Promise.all(waiters.map((waiter) => waiter.reached(2)));
    expect(hub.up).toBe(true);
    expect(hub.stats().reconnects).toBe(1);
  });

  it("brings every subscriber to the last version while its session is killed again and again", async () => {
    // A connection that has answered once is not a failure, so the pause does not grow each time.
    const hub = await startedHub({ heartbeatMs: 1 });
    const ids = await newRequests(100);
    const waiters = ids.map((id) => new Waiter(hub, id));
    for (let round = 0; round < 10; round++) {
      const back = resync(hub);
      await Promise.all([killListenersAndTouch(ids), ...ids.map((id) => touch([id]))]);
      await back;
    }
    // No session receives the notification of the last change.
    await killListenersAndTouch(ids);
    await Promise.all(waiters.map((waiter) => waiter.reached(22)));
    expect(waiters.every((waiter) => ascending(waiter.sent))).toBe(true);
    expect(hub.stats().reconnects).toBeGreaterThanOrEqual(10);
  });

  it("detects a half-open connection and replaces it", async () => {
    const proxy = await proxyTo(database.url);
    const hub = await startedHub({ listenUrl: proxy.url, heartbeatMs: 20, heartbeatTimeoutMs: 1_000 });
    const [id] = (await newRequests(1)) as [string];
    const waiter = new Waiter(hub, id);
    await waiter.reached(1);
    proxy.freeze();
    await touch([id]);
    await waiter.reached(2);
    // On a busy machine a healthy connection may answer too late as well.
    expect(hub.stats().reconnects).toBeGreaterThan(0);
    await touch([id]);
    await waiter.reached(3);
  });

  it("replaces a session that no longer listens, for example after a reset by a pooler", async () => {
    const proxy = await proxyTo(database.url);
    const hub = await startedHub({ listenUrl: proxy.url, heartbeatMs: 20 });
    const [id] = (await newRequests(1)) as [string];
    const waiter = new Waiter(hub, id);
    await waiter.reached(1);
    const back = resync(hub);
    proxy.inject("unlisten *");
    await back;
    await touch([id]);
    await waiter.reached(2);
    expect(proxy.connections()).toBe(2);
  });

  it("finds changes without a notification and deleted rows by its sweep", async () => {
    const hub = await startedHub({ sweepIntervalMs: 20 });
    const [moved, deleted] = (await newRequests(2)) as [string, string];
    const waiters = [new Waiter(hub, moved), new Waiter(hub, deleted)] as const;
    await Promise.all(waiters.map((waiter) => waiter.reached(1)));
    await touchSilently([moved]);
    await pool.query("delete from approval_requests where id = $1", [deleted]);
    await waiters[0].reached(2);
    await waiters[1].until((waiter) => waiter.gone);
    expect(waiters[0].gone).toBe(false);
  });

  it("sends no query while subscribers are idle, and two after a reconnect: one for the key and one for all subscribers", async () => {
    const counted = createPool(database.url);
    cleanups.push(() => counted.end());
    let queries = 0;
    counted.on("acquire", () => queries++);
    const hub = await startedHub({ pool: counted, heartbeatMs: 10 });
    const [busy, ...idle] = (await newRequests(1_001)) as [string, ...string[]];
    const atStart = queries;

    const reconnected = resync(hub);
    await killListeners();
    await reconnected;
    const again = atStart + 1;
    await expect.poll(() => queries).toBe(again);

    for (const id of idle) hints(hub, id, 1);
    const { seen, next } = hints(hub, busy, 1);
    for (let change = 0; change < 3; change++) {
      const hinted = next();
      await touch([busy]);
      await hinted;
    }
    expect(seen).toEqual([2, 3, 4]);
    expect(queries).toBe(again);

    const compared = next();
    await killListeners();
    await compared;
    await expect.poll(() => queries).toBe(again + 2);
  });

  it("sweeps again once there are subscribers after a time without any", async () => {
    const hub = await startedHub({ sweepIntervalMs: 20 });
    const [id] = (await newRequests(1)) as [string];
    for (let turn = 0; turn < 3; turn++) {
      const { subscription, next } = hints(hub, id, 0);
      await next();
      subscription.close();
    }
  });

  it("continues after a comparison that failed", async () => {
    const proxy = await proxyTo(database.url);
    const through = createPool(proxy.url);
    cleanups.push(() => through.end());
    const hub = await startedHub({ pool: through, sweepIntervalMs: 20 });
    const [id] = (await newRequests(1)) as [string];
    const waiter = new Waiter(hub, id);
    await waiter.reached(1);
    const before = proxy.connections();
    proxy.refuse();
    await touchSilently([id]);
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(before + 2);
    proxy.accept();
    await waiter.reached(2);
  });

  it("survives a restart of the database", async () => {
    const dataDir = join(tmpdir(), `countersign-hub-${randomBytes(6).toString("hex")}`);
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    let server = await startEmbedded({ dataDir, durable: false });
    cleanups.push(() => server.stop());
    await migrate(server.url);
    const own = createPool(server.url);
    cleanups.push(() => own.end());
    const hub = await startedHub({ listenUrl: server.url, pool: own });
    const ids = await newRequests(100, own);
    const waiters = ids.map((id) => new Waiter(hub, id, own));
    await Promise.all(waiters.map((waiter) => waiter.reached(1)));

    await touch(ids, own);
    await server.stop();
    server = await startEmbedded({ dataDir, durable: false, port: server.port });
    await touch(ids, own);
    await Promise.all(waiters.map((waiter) => waiter.reached(3)));
    expect(waiters.every((waiter) => ascending(waiter.sent))).toBe(true);
    expect(hub.stats().reconnects).toBe(1);
  });
});

describe("the start of the hub", () => {
  it("fails with a clear message when notifications do not arrive", async () => {
    const proxy = await proxyTo(database.url);
    proxy.swallowNotifications();
    const hub = hubOf({ listenUrl: proxy.url, heartbeatTimeoutMs: 1_000 });
    await expect(hub.start()).rejects.toThrow(/DATABASE_LISTEN_URL must lead .* directly, not through a pooler/);
    expect(hub.up).toBe(false);
    await expect.poll(listeners, patiently).toEqual([]);
  });

  it("fails with the same message when it listens on another database than the pool's", async () => {
    const url = new URL(database.url);
    url.pathname = "/postgres";
    const hub = hubOf({ listenUrl: url.href, heartbeatTimeoutMs: 1_000 });
    await expect(hub.start()).rejects.toThrow(/the same database/);
  });

  it("fails with the driver's reason when the database cannot be reached", async () => {
    const proxy = await createTcpProxy(database.url);
    await proxy.close();
    await expect(hubOf({ listenUrl: proxy.url }).start()).rejects.toThrow(/ECONNREFUSED/);
  });

  it("fails when a server accepts the connection and never answers, or closes it", async () => {
    const proxy = await proxyTo(database.url);
    proxy.refuse();
    await expect(hubOf({ listenUrl: proxy.url }).start()).rejects.toThrow();
    expect(proxy.connections()).toBe(1);
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const hub = hubOf({ listenUrl: `postgres://postgres@127.0.0.1:${port}/postgres`, heartbeatTimeoutMs: 50 });
    await expect(hub.start()).rejects.toThrow(/no answer within 50 ms/);
    silent.close();
  });

  it("is not needed to stop the hub without an error", async () => {
    const hub = hubOf();
    const started = hub.start();
    await Promise.all([hub.stop(), started]);
    expect(hub.up).toBe(false);
    await expect.poll(listeners, patiently).toEqual([]);
  });
});

it("the hub notifies listeners each time that a process releases its lease of runs", async () => {
  const hub = await startedHub();
  let notified = 0;
  hub.onLease(() => notified++);
  for (let n = 0; n < 20; n++) {
    const executorId = randomUUID();
    await renewLease(pool, { executorId, name: "countersign", types: [], leaseMs: 60_000 });
    await giveUpLease(pool, executorId);
  }
  // One notification for each new lease, and one for its end.
  await expect.poll(() => notified, patiently).toBe(40);
});
