import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type AuditFilter, listAudit } from "../../src/db/queries/audit.ts";
import { followLog } from "../../src/live/event-stream.ts";
import type { FollowerSources } from "../../src/live/follower.ts";
import type { ApprovalAuditLog, ApprovalRequestInput, Viewer } from "../../src/model/approvals.ts";
import { decodeLog, encodeLog } from "../../src/resolvers/cursors.ts";
import { reader as auditor, callerOf, inputOf, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";

const ann = callerOf("ann");
const bob = viewerOf("bob");

const live = useLive("topicSubscribers");
beforeAll(() => allowRewriting(live.core.pool));

const ask = async (more: Partial<ApprovalRequestInput> = {}): Promise<string> =>
  (await live.core.manager.createRequest(inputOf(more), ann)).request.id;
const approve = (id: string, by = bob) => live.core.manager.approve(id, {}, callerOf(by));
const sql = (text: string, ...values: unknown[]) => live.core.pool.query(text, values);
const insertEntry =
  "insert into approval_audit_log (approval_request_id, action, comment) values ($1, 'COMMENTED', $2)";

interface Following {
  viewer?: Viewer;
  filter?: AuditFilter;
  cursor?: string;
  sources?: FollowerSources;
}

function streamOf({ viewer = auditor, filter = {}, cursor, sources = live.core }: Following = {}) {
  return live.opened(followLog(sources, viewer, filter, decodeLog(cursor)));
}
const follow = (following?: Following) => new Reader(streamOf(following));

/** Follows from now on, and resolves once the start position is known. */
async function followNow(following: Following = {}): Promise<Reader<ApprovalAuditLog>> {
  const marked = randomUUID();
  const id = await ask({ notifyUsers: ["bob", "cleo"], executionId: marked });
  const stream = follow(following);
  // The first event that is sent is not known in advance: comments are added until one is sent.
  const seen = () => stream.received.some((event) => event.approvalRequestId === id);
  await expect
    .poll(async () => {
      if (!seen()) await live.core.manager.comment(id, callerOf("bob"), "now?");
      return seen();
    }, patiently)
    .toBe(true);
  return stream;
}

async function wholeLog(where = "true"): Promise<string[]> {
  const { rows } = await sql(`select id from approval_audit_log where ${where} order by tx, seq`);
  return rows.map((row) => row.id);
}
const ids = (reader: Reader<ApprovalAuditLog>) => reader.received.map((event) => event.id);
const cursorOf = (event: ApprovalAuditLog) => encodeLog(event.position);
const BEGINNING = encodeLog({ tx: "0", seq: "0" });

describe("the audit log as a stream", () => {
  it("starts now and sends what happens, in causal order", async () => {
    await ask();
    const stream = await followNow();
    const before = stream.received.length;
    const id = await ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await live.core.manager.comment(id, callerOf("bob"), "why?");
    await approve(id);
    await approve(id, viewerOf("cleo"));
    const sent = (await stream.until((received) => received.some(({ newStatus }) => newStatus === "APPROVED"))).slice(
      before,
    );
    const own = sent.filter((event) => event.approvalRequestId === id);
    expect(own.map(({ action, userId, oldStatus, newStatus }) => [action, userId, oldStatus, newStatus])).toEqual([
      ["CREATED", "ann", null, "PENDING"],
      ["COMMENTED", "bob", "PENDING", "PENDING"],
      ["APPROVED", "bob", "PENDING", "PENDING"],
      ["APPROVED", "cleo", "PENDING", "APPROVED"],
    ]);
    expect(stream.received.every((event, index) => ids(stream).indexOf(event.id) === index)).toBe(true);
  });

  it("resumes after any of its own cursors", async () => {
    const id = await ask();
    for (const body of ["1", "2", "3"]) await live.core.manager.comment(id, ann, body);
    const all = follow({ cursor: BEGINNING, filter: { requestId: id } });
    await all.at(3);
    for (const [index, event] of all.received.entries()) {
      const rest = follow({ cursor: cursorOf(event), filter: { requestId: id } });
      await rest.until((received) => received.length === 3 - index);
      expect(ids(rest)).toEqual(ids(all).slice(index + 1));
    }
    const last = follow({ cursor: cursorOf(all.received[3] as ApprovalAuditLog), filter: { requestId: id } });
    await approve(id);
    expect(await last.at(0)).toMatchObject({ action: "APPROVED" });
  });

  it("sends only events that match all parts of the filter", async () => {
    const [execution, other] = [randomUUID(), randomUUID()];
    const id = await ask({ workflowId: "w1", executionId: execution });
    await ask({ workflowId: "w1", executionId: other });
    await ask({ workflowId: "w2", executionId: execution });
    const filters: AuditFilter[] = [
      { workflowId: "w1", executionId: execution },
      { requestId: id, actions: ["CREATED", "APPROVED"] },
      { executionId: execution, actions: ["APPROVED"] },
    ];
    const streams = filters.map((filter) => follow({ filter, cursor: BEGINNING }));
    await live.core.manager.comment(id, ann, "soon?");
    await approve(id);
    await Promise.all(
      streams.map((stream) => stream.until((received) => received.some(({ action }) => action === "APPROVED"))),
    );
    expect(streams.map(({ received }) => received.map(({ action }) => action))).toEqual([
      ["CREATED", "COMMENTED", "APPROVED"],
      ["CREATED", "APPROVED"],
      ["APPROVED"],
    ]);
  });

  it("sends only events of requests that the viewer may see at that time", async () => {
    const [shared, lost, foreign] = [
      await ask({ notifyUsers: ["bob", "cleo"] }),
      await ask({ notifyUsers: ["bob", "cleo"] }),
      await ask({ notifyUsers: ["cleo"] }),
    ];
    const stream = follow({ viewer: bob, cursor: BEGINNING });
    await stream.until((received) => received.some(({ approvalRequestId }) => approvalRequestId === lost));
    await sql("update approval_requests set notify_users = '{cleo}' where id = $1", lost);
    for (const id of [lost, foreign, shared]) await approve(id, viewerOf("cleo"));
    await stream.until((received) => received.some((e) => e.action === "APPROVED" && e.approvalRequestId === shared));
    const sent = stream.received.map(({ approvalRequestId, action }) => `${approvalRequestId} ${action}`);
    expect(sent).toContain(`${lost} CREATED`);
    expect(sent).not.toContain(`${lost} APPROVED`);
    expect(sent.filter((entry) => entry.startsWith(foreign))).toEqual([]);
  });
});

describe("no entry of the audit log is missing from the stream", () => {
  it("while twelve connections write and a long transaction delays the stream", async () => {
    const present = await followNow();
    const first = present.received[0] as ApprovalAuditLog;
    const fromCursor = follow({ cursor: cursorOf(first) });
    const long = await live.transaction();
    const held = await ask();
    await long.client.query(insertEntry, [held, "early in the order, late to commit"]);

    const writers = live.pool({ max: 12 });
    const byHand = Array.from({ length: 12 }, async (_, writer) => {
      const client = await writers.connect();
      const id = await ask();
      for (let entry = 0; entry < 25; entry++) {
        await client.query("begin");
        await client.query(insertEntry, [id, `${writer}/${entry}`]);
        // In the meantime others take later places in the order and commit earlier.
        await client.query(insertEntry, [id, `${writer}/${entry} again`]);
        await client.query("commit");
      }
      client.release();
    });
    const throughManager = Array.from({ length: 100 }, async () => {
      const id = await ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
      await Promise.all([approve(id), approve(id, viewerOf("cleo")), live.core.manager.comment(id, ann, "!")]);
    });
    await Promise.all([...byHand, ...throughManager]);
    const written = (await wholeLog()).length;
    expect(present.received.length).toBeLessThan(written - 900);
    await long.commit();

    const log = await wholeLog();
    const expected = log.slice(log.indexOf(first.id));
    await present.until((received) => received.length >= expected.length);
    await fromCursor.until((received) => received.length >= expected.length - 1);
    expect(ids(present)).toEqual(expected);
    expect(ids(fromCursor)).toEqual(expected.slice(1));
    // A second stream from the start sends the same events.
    const again = follow({ cursor: BEGINNING });
    await again.until((received) => received.length >= log.length);
    expect(ids(again)).toEqual(log);
  });

  it("if it starts above a transaction that is still running", async () => {
    const workflowId = randomUUID();
    const [id, other] = [await ask({ workflowId }), await ask({ workflowId })];
    const long = await live.transaction();
    await long.client.query(insertEntry, [other, "begun before the stream"]);
    await live.core.manager.comment(id, ann, "committed before the stream");
    const pool = live.pool();
    let queries = 0;
    pool.on("acquire", () => queries++);
    const stream = follow({ filter: { workflowId }, sources: { hub: live.core.hub, pool } });
    // With its second query it knows its start position.
    await expect.poll(() => queries, patiently).toBeGreaterThan(1);
    await live.core.manager.comment(id, ann, "after");
    await long.commit();
    await stream.until((received) => received.at(-1)?.comment === "after");
    expect(stream.received.map(({ comment }) => comment)).toEqual(["begun before the stream", "after"]);
  });

  it("after the cursor of a listed entry before which others may still appear", async () => {
    const workflowId = randomUUID();
    const [id, other] = [await ask({ workflowId }), await ask({ workflowId })];
    const long = await live.transaction();
    await long.client.query(insertEntry, [other, "comes before"]);
    await live.core.manager.comment(id, ann, "is listed");
    const { items, horizon } = await listAudit(live.core.pool, auditor, { workflowId }, null, 1);
    const [listed] = items as [ApprovalAuditLog];
    expect(listed.comment).toBe("is listed");
    expect(BigInt(listed.position.tx)).toBeGreaterThanOrEqual(BigInt(horizon));
    // Other entries above the horizon may be sent again, because it is unknown which were seen.
    const filter: AuditFilter = { workflowId, actions: ["COMMENTED"] };
    const stream = follow({ cursor: encodeLog(listed.position, horizon), filter });
    await live.core.manager.comment(id, ann, "comes after");
    await long.commit();
    await stream.until((received) => received.at(-1)?.comment === "comes after");
    expect(stream.received.map(({ comment }) => comment)).toEqual(["comes before", "comes after"]);
  });

  it("for a slow reader of five thousand entries, and no more rows are read than it needs", async () => {
    const id = await ask();
    const stream = streamOf({ cursor: BEGINNING, filter: { requestId: id } });
    const entry = "select $1, 'COMMENTED', n from generate_series(1, 5000) n";
    await sql(`insert into approval_audit_log (approval_request_id, action, comment) ${entry}`, id);
    const beside = follow({ cursor: BEGINNING, filter: { requestId: id } });
    await beside.until((received) => received.length === 5_001);
    let queries = 0;
    const count = () => queries++;
    live.core.pool.on("acquire", count);
    const slow = new Reader(stream);
    await slow.until((received) => received.length === 5_001);
    live.core.pool.off("acquire", count);
    expect(slow.received.map(({ comment }) => comment)).toEqual(beside.received.map(({ comment }) => comment));
    expect(slow.received.at(-1)?.comment).toBe("5000");
    // It reads more only when needed: only a fraction was stored before.
    expect(queries).toBeGreaterThanOrEqual(8);
  });

  it("while no session listens and no query is answered", async () => {
    const { proxy, through } = await live.coreBehindProxy();
    const id = await ask();
    const filter = { requestId: id };
    const sources = { hub: through.hub, pool: through.pool };
    const known = follow({ cursor: BEGINNING, filter, sources });
    await known.at(0);
    proxy.refuse();
    const asked = proxy.connections();
    const starting = follow({ cursor: BEGINNING, filter, sources });
    const atPresent = follow({ filter, sources });
    await live.core.manager.comment(id, ann, "unheard");
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(asked + 2);
    proxy.accept();
    await Promise.all([known.at(1), starting.at(1)]);
    await expect
      .poll(async () => {
        await live.core.manager.comment(id, ann, "received");
        return atPresent.received.length;
      }, patiently)
      .toBeGreaterThan(0);
    expect(ids(known).slice(0, 2)).toEqual(ids(starting).slice(0, 2));
  });
});

describe("a follower of the audit log that leaves", () => {
  it("frees its resources whenever it leaves, also while entries are delayed", async () => {
    const id = await ask();
    await streamOf().return?.();
    const waiting = streamOf();
    const next = waiting.next();
    await waiting.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    const long = await live.transaction();
    const held = streamOf({ cursor: BEGINNING, filter: { requestId: id } });
    await live.core.manager.comment(id, ann, "held back");
    await held.return?.();
    await long.commit();
    expect(await held.next()).toEqual({ done: true, value: undefined });
    expect(live.core.hub.stats().topicSubscribers).toBe(0);
  });

  it("leaves no query behind", async () => {
    const counted = live.pool();
    const long = await live.transaction();
    await ask();
    const stream = streamOf({ sources: { hub: live.core.hub, pool: counted } });
    let queries = 0;
    counted.on("acquire", () => queries++);
    // It reads repeatedly as long as it is followed.
    await expect.poll(() => queries, patiently).toBeGreaterThan(3);
    await stream.return?.();
    await expect.poll(() => counted.totalCount - counted.idleCount, patiently).toBe(0);
    const read = queries;
    const other = follow();
    await long.commit();
    await expect
      .poll(async () => {
        await ask();
        return other.received.length;
      }, patiently)
      .toBeGreaterThan(0);
    expect(queries).toBe(read);
  });
});
