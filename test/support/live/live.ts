/** The common setup of the tests of live updates: a core on a database of the file's own, and a check for leftovers. */

import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { createPool, type Pool, type PoolClient, type PoolOptions } from "../../../src/db/pool.ts";
import type { HubStats } from "../../../src/hub/hub.ts";
import { type Core, startCore } from "../approvals/core.ts";
import { createTestDatabase, type TestDatabase } from "../db/database.ts";
import { createTcpProxy, type TcpProxy } from "../tcp-proxy.ts";

/** The longest time that an expected event may take on a busy machine. No test waits longer than the event takes. */
export const patiently = { timeout: 60_000 };

/** Set up from the first test on, until the last. */
export interface Live {
  readonly database: TestDatabase;
  readonly core: Core;
  /** Registers a cleanup for the end of the running test; the last one runs first. */
  finally(end: () => unknown): void;
  /** The same for a stream, which it gives back. */
  opened<T extends AsyncIterableIterator<unknown>>(stream: T): T;
  /** A pool of the test's own. */
  pool(options?: PoolOptions): Pool;
  /** A pool that meets the database through a proxy. */
  poolBehindProxy(options?: PoolOptions): Promise<{ proxy: TcpProxy; pool: Pool }>;
  /** A core all of whose connections go through a proxy. */
  coreBehindProxy(): Promise<{ proxy: TcpProxy; through: Core }>;
  /** A transaction that has its number, and that later ones overtake. */
  transaction(): Promise<{ client: PoolClient; commit(): Promise<void> }>;
  /** Kills every session that listens; each process opens another. */
  killListeners(): Promise<unknown>;
}

/** @param left what a test that is over may not leave at the hub */
export function useLive(left: keyof Pick<HubStats, "topicSubscribers" | "subscribers">): Live {
  const ends: (() => unknown)[] = [];
  let database: TestDatabase;
  let core: Core;

  beforeAll(async () => {
    database = await createTestDatabase();
    core = await startCore(database.url);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    expect(core.hub.stats()[left]).toBe(0);
  });
  afterAll(async () => {
    await core.close();
    await database.drop();
  });

  return {
    get database() {
      return database;
    },
    get core() {
      return core;
    },
    finally: (end) => void ends.push(end),
    opened(stream) {
      ends.push(() => stream.return?.());
      return stream;
    },
    pool(options) {
      const pool = createPool(database.url, options);
      ends.push(() => pool.end());
      return pool;
    },
    async poolBehindProxy(options) {
      const proxy = await createTcpProxy(database.url);
      const pool = createPool(proxy.url, options);
      // The proxy first, as a pool would wait for one that is frozen.
      ends.push(
        () => pool.end(),
        () => proxy.close(),
      );
      return { proxy, pool };
    },
    async coreBehindProxy() {
      const proxy = await createTcpProxy(database.url);
      const through = await startCore(proxy.url);
      ends.push(
        () => through.close(),
        () => proxy.close(),
      );
      return { proxy, through };
    },
    async transaction() {
      const client = await database.pool.connect();
      await client.query("begin");
      await client.query("select pg_current_xact_id()");
      let open = true;
      const commit = async () => {
        if (!open) return;
        open = false;
        await client.query("commit");
        client.release();
      };
      ends.push(commit);
      return { client, commit };
    },
    killListeners: () =>
      database.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'countersign listen'",
      ),
  };
}
