/**
 * The log's order is (tx, seq). A transaction that began earlier can lock a row later than one that began after it; the
 * log must still have each request's events in the order in which they happened, and a follower must not miss any.
 */

import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewEvent } from "../../src/approvals/effects.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import { completeInput } from "../../src/approvals/validation.ts";
import { AuditChains, type AuditEntry } from "../../src/audit/chain.ts";
import { type AuditFilter, listAudit, logPresent, readLog } from "../../src/db/queries/audit.ts";
import { databaseNow, type LockedRequest, lockRequests } from "../../src/db/queries/requests.ts";
import { type BatchWrite, emptyBatch, writeBatch } from "../../src/db/queries/write.ts";
import type { ApprovalAuditLog, EventPosition } from "../../src/model/approvals.ts";
import { NOBODY_KNOWN } from "../../src/model/known-people.ts";
import { byName } from "../../src/model/same-person.ts";
import { DEFAULTS, inputOf, reader, viewerOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
});
afterAll(() => database.drop());

const ORIGIN: EventPosition = { tx: "0", seq: "0" };
const people = Array.from({ length: 50 }, (_, index) => `voter-${index}`);

const row = (event: NewEvent, createdAt: Date, userId: string): AuditEntry => ({
  approvalRequestId: event.requestId,
  action: event.action,
  userId,
  userEmail: null,
  ipAddress: null,
  userAgent: null,
  oldStatus: event.oldStatus,
  newStatus: event.newStatus,
  comment: event.comment,
  metadata: {},
  createdAt,
});

const batch = (part: Partial<BatchWrite>): BatchWrite => ({ ...emptyBatch(), ...part });

async function create(count: number): Promise<string[]> {
  const now = await databaseNow(database.pool);
  const draft = () =>
    completeInput(inputOf({ notifyUsers: people, requireMinApprovers: people.length }), "ann", DEFAULTS);
  const made = Array.from({ length: count }, () => lifecycle.create(randomUUID(), draft(), "digest", now, byName));
  const chains = new AuditChains();
  await writeBatch(
    database.pool,
    batch({
      creates: made.map(({ request }) => request),
      audit: made.flatMap(({ events }) => events.map((event) => chains.append(row(event, now, "ann")))),
    }),
  );
  return made.map(({ request }) => request.id);
}

/** What the executor does inside a transaction: locks these rows, lets the voter approve each, writes. */
async function vote(client: PoolClient, locked: readonly LockedRequest[], voter: string): Promise<void> {
  const now = await databaseNow(client);
  const viewer = viewerOf(voter);
  const command = {
    viewer,
    decision: "APPROVE" as const,
    comment: null,
    reason: null,
    contextDigest: null,
    issues: [],
  };
  const effects = locked.map((request) => lifecycle.decide(request, command, now, NOBODY_KNOWN));
  const chains = new AuditChains(locked);
  await writeBatch(
    client,
    batch({
      updates: effects.map(({ request }) => request),
      // The version that the event led to stands in the comment, for the checks below.
      audit: effects.flatMap(({ request, events }) =>
        events.map((event) => chains.append({ ...row(event, now, voter), comment: String(request.version) })),
      ),
    }),
  );
}

const versionsOf = (log: readonly ApprovalAuditLog[], id: string): string[] =>
  log.filter((entry) => entry.approvalRequestId === id).map((entry) => entry.comment ?? "1");
const position = (entry: ApprovalAuditLog) => [BigInt(entry.position.tx), BigInt(entry.position.seq)] as const;
const ascending = (log: readonly ApprovalAuditLog[]): boolean =>
  log.every((entry, index) => {
    const [before, here] = [log[index - 1], position(entry)];
    if (before === undefined) return true;
    const [tx, seq] = position(before);
    return tx < here[0] || (tx === here[0] && seq < here[1]);
  });

/** Reads when no rows are held back: transactions in other databases of the server hold rows back as well. */
async function readSettled(after: EventPosition, filter: AuditFilter = {}, limit = 100) {
  const settled = async () => (await readLog(database.pool, reader, {}, ORIGIN, 1)).heldBack;
  await expect.poll(settled, { timeout: 60_000 }).toBe(false);
  return readLog(database.pool, reader, filter, after, limit);
}

describe("the order of the audit log", () => {
  it("has a request's versions ascending when the transaction with the lower id changes it later", async () => {
    const [first, second] = (await create(2)) as [string, string];
    await readSettled(ORIGIN);
    const [early, late] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    const xid = async (client: PoolClient) =>
      BigInt((await client.query("select pg_current_xact_id()::text as xid")).rows[0].xid);
    try {
      await early.query("begin");
      const held = await lockRequests(early, [first]);
      const earlyXid = await xid(early);

      await late.query("begin");
      expect(await xid(late)).toBeGreaterThan(earlyXid);
      await vote(late, await lockRequests(late, [second]), "voter-1");
      await late.query("commit");

      // Nothing of the later transaction is delivered while the earlier one may still write below it.
      const during = await readLog(database.pool, reader, {}, ORIGIN, 100);
      expect(versionsOf(during.rows, second)).toEqual(["1"]);
      expect(during.heldBack).toBe(true);

      await vote(early, [...held, ...(await lockRequests(early, [second]))], "voter-2");
      await early.query("commit");

      const rest = await readSettled(during.readTo);
      expect(versionsOf(rest.rows, second)).toEqual(["2", "3"]);
      expect(versionsOf(rest.rows, first)).toEqual(["2"]);

      // A third one with a lower id still, and the list read backwards, keep the order as well.
      const { items } = await listAudit(database.pool, reader, { requestId: second }, null, 100);
      expect(versionsOf(items.reverse(), second)).toEqual(["1", "2", "3"]);
    } finally {
      for (const client of [early, late]) {
        await client.query("rollback");
        client.release();
      }
    }
  });

  it("is the same when several earlier transactions change the request later, one after the other", async () => {
    const ids = await create(4);
    const [shared, ...own] = ids as [string, string, string, string];
    const clients = await Promise.all(own.map(() => database.pool.connect()));
    try {
      // Each holds a row of its own, and so has its id, before any of them comes to the shared row, last one first.
      const held: LockedRequest[][] = [];
      for (const [index, client] of clients.entries()) {
        await client.query("begin");
        held.push(await lockRequests(client, [own[index] as string]));
      }
      for (const [index, client] of [...clients.entries()].reverse()) {
        await vote(
          client,
          [...(held[index] as LockedRequest[]), ...(await lockRequests(client, [shared]))],
          `voter-${index}`,
        );
        await client.query("commit");
      }
      const { rows } = await readSettled(ORIGIN, { requestId: shared });
      expect(versionsOf(rows, shared)).toEqual(["1", "2", "3", "4"]);
    } finally {
      for (const client of clients) {
        await client.query("rollback");
        client.release();
      }
    }
  });

  it("lets a follower read every row exactly once, in order, behind 12 concurrent writers", async () => {
    const ids = await create(10);
    const { horizon, seen } = await logPresent(database.pool);
    let at: EventPosition = { tx: horizon, seq: "0" };
    const followed: ApprovalAuditLog[] = [];
    let heldBack = false;
    const readOn = async () => {
      const stretch = await readLog(database.pool, reader, {}, at, 7);
      at = stretch.readTo;
      heldBack = stretch.heldBack;
      followed.push(...stretch.rows.filter((entry) => !seen.includes(entry.position.seq)));
      return stretch.rows.length;
    };

    let writing = true;
    const following = (async () => {
      while (writing || (await readOn()) > 0 || heldBack) await readOn();
    })();
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; round < 12; round++) {
          const chosen = ids.filter((_id, index) => (index * 7 + writer * 3 + round) % 4 === 0);
          const client = await database.pool.connect();
          try {
            await client.query("begin");
            // One row more than is locked at first: the id of the transaction is older than its second lock.
            const [head, ...tail] = chosen.sort() as [string, ...string[]];
            const locked = [...(await lockRequests(client, [head])), ...(await lockRequests(client, tail))];
            const fresh = locked.filter((request) => !request.approvers.includes(`voter-${writer}`));
            await vote(client, fresh, `voter-${writer}`);
            await client.query(round % 5 === 4 ? "rollback" : "commit");
          } finally {
            client.release();
          }
        }
      }),
    );
    writing = false;
    await following;

    const { rows } = await database.pool.query<{ seq: string }>(
      "select seq::text from approval_audit_log where tx >= $1::text::xid8 and not seq::text = any ($2)",
      [horizon, seen],
    );
    expect(rows.length).toBeGreaterThan(100);
    expect(followed.map((entry) => entry.position.seq).sort()).toEqual(rows.map((entry) => entry.seq).sort());
    expect(ascending(followed)).toBe(true);
    for (const id of ids) {
      const versions = versionsOf(followed, id).map(Number);
      expect(versions).toEqual(versions.map((_, index) => index + 2));
    }
  });

  it("lets a reader with a filter advance past rows that do not match", async () => {
    const [mine] = (await create(20)) as [string];
    const { rows, readTo } = await readSettled(ORIGIN, { requestId: mine }, 5);
    expect(rows).toHaveLength(1);
    const again = await readLog(database.pool, reader, {}, readTo, 100);
    expect(again.rows).toEqual([]);
  });
});
