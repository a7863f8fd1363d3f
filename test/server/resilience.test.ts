/**
 * The guarantees for a wait, with real processes: 100 waits are open over WebSocket while people decide over HTTP and
 * the LISTEN sessions, the API or the database fail.
 */

import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Client, createClient } from "../../src/client/client.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/db/embedded/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { createTestDatabase } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";
import { type ApiProcess, startApi } from "../support/server/api-process.ts";
import { tokenFor } from "../support/server/server.ts";
import { decide, type Wait, waitWithClient, waitWithProtocol } from "../support/server/waits.ts";

const WAITS = 100;
const PEOPLE = ["bob", "cleo"];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface House {
  databaseUrl: string;
  /** For the test's queries. */
  pool: Pool;
  /** Two processes: waiters connect to the first, people decide at both. */
  apis: [ApiProcess, ApiProcess];
  tokens: Record<string, string>;
}

async function house(databaseUrl: string): Promise<House> {
  const pool = createPool(databaseUrl);
  cleanups.push(() => pool.end());
  const start = async () => startApi({ databaseUrl });
  const apis = await Promise.all([start(), start()]);
  cleanups.push(() => Promise.all(apis.map((api) => api.end("SIGTERM"))));
  const tokens: Record<string, string> = {};
  for (const name of ["alice", ...PEOPLE]) tokens[name] = await tokenFor(name);
  return { databaseUrl, pool, apis, tokens };
}

/** Opens the waits, half with the client of this package and half with graphql-ws. Resolves when all have started. */
async function openWaits({ pool, apis: [api], tokens }: House): Promise<Wait[]> {
  const columns = { notify_users: PEOPLE, require_min_approvers: 2, approvals_required: 2 };
  const ids = await Promise.all(Array.from({ length: WAITS }, () => insertRequest(pool, columns)));
  const token = tokens.alice as string;
  const client: Client = createClient({ url: `${api.url}/graphql`, token, backoff: { firstMs: 50, mostMs: 500 } });
  cleanups.push(() => client.close());
  const other = waitWithProtocol(api.url, token, ids.slice(WAITS / 2));
  cleanups.push(other.end);
  const waits = [...ids.slice(0, WAITS / 2).map((id) => waitWithClient(client, id)), ...other.waits];
  await expect.poll(() => waits.every(({ sent }) => sent.length > 0), { timeout: 60_000 }).toBe(true);
  return waits;
}

/**
 * Two people decide everything, each in an order of their own and four requests at a time, while `disturb` is called
 * after every twentieth decision, of 200, and works alongside.
 */
async function decideAll(at: House, waits: readonly Wait[], disturb: (time: number) => Promise<unknown>) {
  let made = 0;
  const disturbances: Promise<unknown>[] = [];
  const person = async (name: string, order: readonly Wait[]) => {
    const left = [...order];
    const hand = async (which: number) => {
      for (let wait = left.shift(); wait; wait = left.shift()) {
        const url = (at.apis[(made + which) % 2] as ApiProcess).url;
        // Bob rejects some before cleo has voted, so the rejections are his alone.
        const rejects = waits.indexOf(wait) % 10 === 9;
        if (!rejects || name === "bob") {
          await decide(url, at.tokens[name] as string, wait.id, rejects ? "reject" : "approve");
        }
        if (++made % 20 === 0) disturbances.push(disturb(made / 20));
      }
    };
    await Promise.all([0, 1, 2, 3].map(hand));
  };
  await Promise.all([person("bob", waits), person("cleo", waits.toReversed())]);
  await Promise.all(disturbances);
}

/** Every wait ended with the status of its row, and received no lower version after a higher one. */
async function expectNothingLost({ pool }: House, waits: readonly Wait[]): Promise<void> {
  await Promise.all(waits.map(({ done }) => done));
  const { rows } = await pool.query(
    `select r.id, r.version, r.status, (select count(*)::int from approval_decisions d where d.approval_request_id = r.id) as decisions,
            (select count(*)::int from approval_audit_log l
              where l.approval_request_id = r.id and l.action <> 'NOTIFIED') as entries,
            (select count(*)::int from approval_notifications n
              where n.approval_request_id = r.id and n.kind = 'DECIDED' and n.recipient = 'alice') as notified
       from approval_requests r where r.id = any($1::uuid[])`,
    [waits.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const [index, { id, sent }] of waits.entries()) {
    const row = byId.get(id);
    expect(sent.at(-1)).toMatchObject({ version: row.version, status: row.status });
    const versions = sent.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    // A repeated decision counted once, and alice was notified of the outcome once.
    const rejected = index % 10 === 9;
    expect(row).toMatchObject(
      rejected
        ? { status: "REJECTED", version: 2, decisions: 1, entries: 1, notified: 1 }
        : { status: "APPROVED", version: 3, decisions: 2, entries: 2, notified: 1 },
    );
  }
}

/** All LISTEN sessions; each process has one. */
const killListeners = (pool: Pool) =>
  pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'countersign listen'",
  );

// Bounds for a machine that is busy, not expectations.
describe("no outcome is lost or reverted", { timeout: 240_000 }, () => {
  it("while the LISTEN sessions are killed again and again", async () => {
    const database = await createTestDatabase();
    cleanups.push(() => database.drop());
    const at = await house(database.url);
    const waits = await openWaits(at);
    let killed = 0;
    await decideAll(at, waits, async () => {
      killed += (await killListeners(database.pool)).rowCount ?? 0;
    });
    await expectNothingLost(at, waits);
    expect(killed).toBeGreaterThanOrEqual(4);
  });

  it("while the API is killed and started again at its port", async () => {
    const database = await createTestDatabase();
    cleanups.push(() => database.drop());
    const at = await house(database.url);
    const waits = await openWaits(at);
    const port = Number(new URL(at.apis[0].url).port);
    let restarts = 0;
    let restarting: Promise<unknown> = Promise.resolve();
    await decideAll(at, waits, (time) => {
      if (time % 3 !== 1) return restarting;
      restarting = restarting.then(async () => {
        expect((await at.apis[0].end("SIGKILL")).code).toBeNull();
        at.apis[0] = await startApi({ databaseUrl: at.databaseUrl, port });
        restarts++;
      });
      return restarting;
    });
    await expectNothingLost(at, waits);
    expect(restarts).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ["in good order", "SIGINT"],
    ["as after a crash", "SIGQUIT"],
  ] as const)("while the database is restarted %s", async (_how, signal) => {
    const dataDir = join(tmpdir(), `countersign-restarts-${randomBytes(6).toString("hex")}`);
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
    let server: EmbeddedDatabase = await startEmbedded({ dataDir });
    cleanups.push(() => server.stop());
    await migrate(server.url);
    const at = await house(server.url);
    const waits = await openWaits(at);
    let restarts = 0;
    let restarting: Promise<unknown> = Promise.resolve();
    await decideAll(at, waits, (time) => {
      if (time % 4 !== 1) return restarting;
      restarting = restarting.then(async () => {
        process.kill(server.pid, signal);
        await server.ended;
        server = await startEmbedded({ dataDir, port: server.port });
        expect(server.url).toBe(at.databaseUrl);
        restarts++;
      });
      return restarting;
    });
    await expectNothingLost(at, waits);
    expect(restarts).toBeGreaterThanOrEqual(2);
  });
});
