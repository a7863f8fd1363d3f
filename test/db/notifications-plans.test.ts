/** With 100,000 messages, no list of them reads the whole table, with any filter. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeliveryFilter, listDeliveries, sendAgain } from "../../src/db/queries/deliveries.ts";
import { countUnread, listInApp, markAllRead, markRead, readInApp } from "../../src/db/queries/notifications.ts";
import { claimDue, nextDueIn, putOffBlocked } from "../../src/db/queries/outbox.ts";
import type { Queryable } from "../../src/db/query.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { expectFewByIndex, explain, mostLookedAt } from "../support/db/explain.ts";
import { ENDPOINT, fillNotifications } from "../support/db/many-notifications.ts";
import { fillRequests } from "../support/db/many-requests.ts";

const REQUESTS = 10_000;
/** Most rows that a page may read: those of one person, or of a walk and rare ones. */
const FEW = 5_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ query_timeout: 120_000 });
  await fillRequests(database.url, REQUESTS);
  await fillNotifications(database.url);
}, 240_000);
afterAll(() => database.drop());

type Run = (db: Queryable) => Promise<unknown>;
const all =
  (filter: DeliveryFilter, tx?: number): Run =>
  (db) =>
    listDeliveries(db, filter, tx === undefined ? null : { tx: String(tx), id: randomUUID() }, 20);
const since = (tx: number): Parameters<typeof readInApp>[2] => ({
  unseenIn: { xmin: String(tx - 2), xmax: String(tx), running: [String(tx - 2), String(tx - 1)] },
  seenIn: null,
  after: null,
  limit: 200,
});

describe("with 100,000 messages", () => {
  it.each<[string, RegExp, Run]>([
    ["all messages", /position/, all({})],
    ["all messages behind a cursor", /position/, all({}, REQUESTS / 2)],
    ["what failed", /failed/, all({ statuses: ["FAILED"] })],
    ["what was given up", /failed/, all({ givenUpOnly: true })],
    ["what was given up on a channel", /failed/, all({ givenUpOnly: true, channels: ["SLACK"] })],
    ["what was given up behind a cursor", /failed/, all({ givenUpOnly: true }, REQUESTS / 2)],
    ["what is not sent", /position|channel/, all({ statuses: ["PENDING", "FAILED"] })],
    ["what is to be sent", /channel/, all({ statuses: ["PENDING"], channels: ["WEBHOOK"] })],
    ["a channel's", /position/, all({ channels: ["SLACK"] })],
    ["a kind that there is none of", /channel/, all({ kinds: ["ENDPOINT_DISABLED"] })],
    ["a rare kind", /channel/, all({ kinds: ["ESCALATED"] })],
    ["a person's", /recipient/, all({ recipient: "user-20" })],
    ["nobody's", /recipient/, all({ recipient: "nobody" })],
    ["an endpoint's", /recipient/, all({ recipient: ENDPOINT })],
    ["what failed at an endpoint", /failed|channel/, all({ recipient: ENDPOINT, statuses: ["FAILED"] })],
    ["an endpoint's of a rare kind", /channel/, all({ recipient: ENDPOINT, kinds: ["ESCALATED"] })],
    ["one's own", /recipient/, (db) => listInApp(db, "user-20", {}, null, 20)],
    ["one's own unread", /unread/, (db) => listInApp(db, "user-20", { unreadOnly: true }, null, 20)],
    ["one's own of a kind", /recipient/, (db) => listInApp(db, "user-20", { kinds: ["ESCALATED"] }, null, 20)],
    ["how many are unread", /unread/, (db) => countUnread(db, "user-20")],
    ["what is new", /recipient/, (db) => readInApp(db, "user-20", since(REQUESTS))],
    ["marking some as read", /pkey/, (db) => markRead(db, "user-20", [randomUUID(), randomUUID()])],
    ["marking all as read", /unread/, (db) => markAllRead(db, "user-20", new Date())],
    ["sending again", /pkey/, (db) => sendAgain(db, randomUUID())],
  ])("%s uses an index and reads few rows", async (_what, index, run) => {
    const nodes = await explain(database.pool, run);
    expectFewByIndex(nodes, index, FEW);
  });
});

describe("with one request to three thousand people, all already notified, and 20,000 messages that are due later", () => {
  beforeAll(async () => {
    const insert = `insert into approval_notifications (approval_request_id, kind, channel, recipient, status,
      next_attempt_at, metadata)`;
    await database.pool.query(`${insert}
      select (select id from approval_requests order by id limit 1), 'REQUESTED', channel, 'user-' || n,
             case channel when 'EMAIL' then 'PENDING' else 'SENT' end,
             case channel when 'EMAIL' then clock_timestamp() - interval '1 minute' end, '{"to":"person"}'
        from generate_series(1, 3000) n, unnest('{IN_APP,SLACK,EMAIL}'::text[]) channel`);
    await database.pool.query(`${insert}
      select id, 'DECIDED', 'EMAIL', 'user-' || n, 'FAILED', clock_timestamp() + n * interval '1 minute',
             '{"to":"person"}'
        from (select id, row_number() over () as n from approval_requests) requests, generate_series(1, 2)`);
    await database.pool.query("vacuum analyze approval_notifications");
  });

  it.each<[string, Run]>([
    [
      "taking what is due",
      (db) => claimDue(db, { channel: "EMAIL", limit: 5, perSide: 4, busy: [], callbacks: 3, leaseMs: 1 }),
    ],
    ["when the next is due", (db) => nextDueIn(db, "EMAIL")],
    ["putting off what has to wait", (db) => putOffBlocked(db, "EMAIL")],
  ])("%s reads few rows", async (_what, run) => {
    const nodes = await explain(database.pool, run);
    expect(mostLookedAt(nodes)).toBeLessThan(FEW);
  });
});

describe("with 100,000 messages of one asker that are due, and later ones of others", () => {
  beforeAll(async () => {
    await database.pool.query("delete from approval_notifications where next_attempt_at is not null");
    const insert = `insert into approval_notifications (approval_request_id, kind, channel, recipient, status,
      next_attempt_at, metadata, asker)`;
    await database.pool.query(`${insert}
      select id, 'REQUESTED', 'EMAIL', 'person-' || n, 'PENDING', clock_timestamp() - interval '1 hour',
             '{"to":"person"}', 'flood'
        from approval_requests, generate_series(1, 10) n`);
    await database.pool.query(`${insert}
      select id, 'REQUESTED', 'EMAIL', 'person-0', 'PENDING', clock_timestamp() - n * interval '1 second',
             '{"to":"person"}', 'asker-' || n
        from (select id, row_number() over (order by id) as n from approval_requests limit 50) requests`);
    await database.pool.query(`${insert}
      select id, 'REQUESTED', 'EMAIL', 'person-0', 'FAILED', clock_timestamp() + interval '1 hour',
             '{"to":"person"}', 'later'
        from approval_requests order by id desc limit 1`);
    await database.pool.query("vacuum analyze approval_notifications");
  }, 240_000);

  const claim = { channel: "EMAIL", limit: 5, perSide: 4, busy: [], callbacks: 3, leaseMs: 1 } as const;

  it("a worker also takes the messages of others, and reads few rows", async () => {
    let askers: string[] = [];
    const nodes = await explain(database.pool, async (db) => {
      askers = (await claimDue(db, claim)).taken.map(({ asker }) => asker);
    });
    expect(mostLookedAt(nodes)).toBeLessThan(FEW / 10);
    expect(new Set(askers).size).toBeGreaterThan(1);
  });

  it.each<[string, string]>([
    ["that one alone is left to be looked at", "asker-9"],
    ["only one is left whose messages are due later", "flood"],
  ])("a worker reads few rows if %s", async (_what, after) => {
    const nodes = await explain(database.pool, (db) => claimDue(db, { ...claim, recent: ["flood"], after }));
    expect(mostLookedAt(nodes)).toBeLessThan(FEW / 10);
  });

  it("one row at a time belongs to another asker each time, until all have had a turn", async () => {
    const client = await database.pool.connect();
    const recent: string[] = [];
    try {
      await client.query("begin");
      for (let count = 0, after = ""; count < 51; count += 1) {
        const { taken, walkedTo } = await claimDue(client, { ...claim, limit: 1, leaseMs: 60_000, recent, after });
        recent.push(...taken.map(({ asker }) => asker));
        after = walkedTo;
      }
    } finally {
      await client.query("rollback");
      client.release();
    }
    expect(recent).toHaveLength(51);
    // Some askers that one claim does not cover must wait for the next one.
    expect(new Set(recent).size).toBeGreaterThan(40);
  });
});
