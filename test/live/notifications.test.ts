/** The notifications of one person as a stream: each once, in whatever order they are committed, and none missing. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Pool } from "../../src/db/pool.ts";
import { listInApp, markAllRead, markRead } from "../../src/db/queries/notifications.ts";
import type { FollowerSources } from "../../src/live/follower.ts";
import {
  type NotificationStart,
  type NotificationUpdate,
  subscribeToNotifications,
} from "../../src/live/notification-updates.ts";
import { decodeNotification, encodeNotification } from "../../src/resolvers/cursors.ts";
import { insertRequest } from "../support/db/rows.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";
import { insertMessage, insertMessages } from "../support/notifications/in-app-notifications.ts";

const BEGINNING = encodeNotification({ tx: "0", id: randomUUID() }, "0");

const live = useLive("topicSubscribers");
let request: string;
beforeAll(async () => {
  request = await insertRequest(live.database.pool);
});

function streamOf(userId: string, start: NotificationStart | null = null, sources: FollowerSources = live.core) {
  return live.opened(subscribeToNotifications(sources, userId, start));
}

class NotificationReader extends Reader<NotificationUpdate> {
  readonly #ids: string[] = [];
  #counted = 0;
  /** The notifications that were sent, in order. */
  get ids(): readonly string[] {
    for (const { notification } of this.received.slice(this.#counted))
      if (notification) this.#ids.push(notification.id);
    this.#counted = this.received.length;
    return this.#ids;
  }
  get unread(): number | undefined {
    return this.received.at(-1)?.unreadCount;
  }
  untilCount(count: number) {
    return this.until(() => this.ids.length >= count);
  }
}

/** Follows after a cursor, or from now on. Resolves once the start position is known. */
async function follow(userId: string, cursor?: string, sources?: FollowerSources): Promise<NotificationReader> {
  const reader = new NotificationReader(streamOf(userId, decodeNotification(cursor), sources));
  await reader.at(0);
  return reader;
}
const someone = () => `someone-${randomUUID()}`;
const notify = (userId: string, client: Pick<Pool, "query"> = live.database.pool) =>
  insertMessage(client, request, userId);
const cursorOf = ({ position, horizon }: NotificationUpdate) => encodeNotification(position, horizon);
const cursorAt = (reader: NotificationReader, id: string) =>
  cursorOf(reader.received.find(({ notification }) => notification?.id === id) as NotificationUpdate);

describe("a subscription to a person's notifications", () => {
  it("starts with the current count, and then sends each notification with the count of unread ones", async () => {
    const bob = someone();
    const old = await notify(bob);
    const reader = await follow(bob);
    expect(reader.received).toMatchObject([{ notification: null, unreadCount: 1 }]);
    const [first, second] = [await notify(bob), await notify(bob)];
    await reader.untilCount(2);
    expect(reader.ids).toEqual([first, second]);
    expect(reader.ids).not.toContain(old);
    expect(reader.unread).toBe(3);
    expect(reader.received.at(-1)?.notification).toMatchObject({ kind: "REQUESTED", recipient: bob, status: "SENT" });
  });

  it("does not send those of other people or other channels", async () => {
    const [bob, cleo] = [someone(), someone()];
    const [ofBob, ofCleo] = [await follow(bob), await follow(cleo)];
    await insertMessage(live.database.pool, request, bob, { channel: "EMAIL", status: "PENDING" });
    const forCleo = await notify(cleo);
    const forBob = await notify(bob);
    await Promise.all([ofBob.untilCount(1), ofCleo.untilCount(1)]);
    expect([ofBob.ids, ofCleo.ids]).toEqual([[forBob], [forCleo]]);
  });

  it("sends one new count when some are read elsewhere, however many", async () => {
    const bob = someone();
    const ids = [await notify(bob), await notify(bob), await notify(bob)];
    const [one, other] = [await follow(bob), await follow(bob)];
    await markRead(live.core.pool, bob, ids.slice(0, 2));
    await Promise.all([one, other].map((reader) => reader.until(() => reader.unread === 1)));
    await markAllRead(live.core.pool, bob, new Date(Date.now() + 60_000));
    await Promise.all([one, other].map((reader) => reader.until(() => reader.unread === 0)));
    for (const reader of [one, other]) {
      expect(reader.received.map(({ notification, unreadCount }) => [notification, unreadCount])).toEqual([
        [null, 3],
        [null, 1],
        [null, 0],
      ]);
    }
  });

  it("resumes after any of its cursors, and after one of the list", async () => {
    const bob = someone();
    const all = await follow(bob);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push(await notify(bob));
    await all.untilCount(4);
    const page = await listInApp(live.core.pool, bob, {}, null, 10);
    const rows = ids.map((id) => page.items.find((item) => item.id === id) as (typeof page.items)[0]);
    for (const [index, row] of rows.entries()) {
      for (const cursor of [cursorAt(all, row.id), encodeNotification(row, page.horizon)]) {
        // If another database of this server was writing then, later notifications are sent again.
        const { resumeAt } = decodeNotification(cursor) as NotificationStart;
        const again = rows.slice(0, index).filter(({ tx }) => BigInt(tx) >= BigInt(resumeAt.tx));
        const expected = [...again, ...rows.slice(index + 1)].map(({ id }) => id);
        const rest = await follow(bob, cursor);
        await rest.untilCount(expected.length);
        expect([rest.ids, rest.unread]).toEqual([expected, 4]);
      }
    }
    const fromStart = await follow(bob, cursorOf(all.received[0] as NotificationUpdate));
    await fromStart.untilCount(4);
    expect(fromStart.ids).toEqual(ids);
  });
});

describe("no notification is missing or sent twice", () => {
  it("if they are committed in another order than they were started in", async () => {
    const bob = someone();
    const [slow, slower] = [await live.transaction(), await live.transaction()];
    const reader = await follow(bob);
    const early = await notify(bob, slow.client as never);
    const earlier = await notify(bob, slower.client as never);
    const late = await notify(bob);
    // Running transactions do not hold it back.
    await reader.untilCount(1);
    const resumed = new NotificationReader(streamOf(bob, decodeNotification(cursorAt(reader, late))));
    await resumed.at(0);
    await slower.commit();
    await reader.untilCount(2);
    await slow.commit();
    await reader.untilCount(3);
    const last = await notify(bob);
    await reader.untilCount(4);
    expect(reader.ids).toEqual([late, earlier, early, last]);
    // After the cursor of the first one, those of transactions that started earlier are sent as well.
    await resumed.untilCount(3);
    expect(resumed.ids.toSorted()).toEqual([early, earlier, last].toSorted());
  });

  it("while twelve connections write at once, others roll back, and the session that listens is killed", async () => {
    const bob = someone();
    const writers = live.pool({ max: 12 });
    const readers = await Promise.all(Array.from({ length: 20 }, () => follow(bob)));
    const written: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        const client = await writers.connect();
        for (let n = 0; n < 20; n++) {
          await client.query("begin");
          const ids = [await notify(bob, client as never), await notify(bob, client as never)];
          if ((writer + n) % 5 === 0) await client.query("rollback");
          else {
            await client.query("commit");
            written.push(...ids);
          }
          if (writer === 0 && n % 5 === 0) await live.killListeners();
        }
        client.release();
      }),
    );
    await Promise.all(readers.map((reader) => reader.until(() => reader.ids.length >= written.length)));
    const sentinel = await notify(bob);
    for (const reader of readers) {
      await reader.until(() => reader.ids.at(-1) === sentinel);
      expect(reader.ids.toSorted()).toEqual([...written, sentinel].toSorted());
      expect(reader.unread).toBe(written.length + 1);
    }
    const again = await follow(bob, BEGINNING);
    await again.untilCount(written.length + 1);
    expect(again.ids.toSorted()).toEqual([...written, sentinel].toSorted());
  });

  it("after each cursor that was sent while others wrote", async () => {
    const bob = someone();
    const long = await live.transaction();
    const reader = await follow(bob);
    const written: string[] = [];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 10; n++) written.push(await notify(bob));
      }),
    );
    const early = await notify(bob, long.client as never);
    await reader.untilCount(40);
    await long.commit();
    await reader.untilCount(41);
    for (const at of [0, 1, 20, 39, 40]) {
      const before = reader.ids.slice(0, at + 1);
      const rest = await follow(bob, cursorAt(reader, reader.ids[at] as string));
      const missing = [...written, early].filter((id) => !before.includes(id));
      await rest.until(() => missing.every((id) => rest.ids.includes(id)));
      expect(new Set(rest.ids).size).toBe(rest.ids.length);
    }
  });

  it("while no session listens and no query is answered", async () => {
    const bob = someone();
    const { proxy, through } = await live.coreBehindProxy();
    const known = await follow(bob, undefined, through);
    proxy.refuse();
    const asked = proxy.connections();
    const fromStart = new NotificationReader(streamOf(bob, decodeNotification(BEGINNING), through));
    const id = await notify(bob);
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(asked + 2);
    proxy.accept();
    await Promise.all([known.untilCount(1), fromStart.untilCount(1)]);
    expect([known.ids, fromStart.ids]).toEqual([[id], [id]]);
  });

  it("between the subscription and its first read, if the subscriber's query comes later", async () => {
    const bob = someone();
    const slow = live.pool({ max: 1 });
    const held = await slow.connect();
    const reader = new NotificationReader(streamOf(bob, null, { hub: live.core.hub, pool: slow }));
    const early = await notify(bob);
    held.release();
    await reader.at(0);
    const { items } = await listInApp(live.core.pool, bob, {}, null, 10);
    expect(items.map(({ id }) => id)).toEqual([early]);
    const late = await notify(bob);
    await reader.untilCount(1);
    expect([reader.ids, reader.received[0]?.unreadCount]).toEqual([[late], 1]);
  });

  it("for a slow reader of five thousand in one transaction, and no more rows are read than it needs", async () => {
    const bob = someone();
    const stream = streamOf(bob);
    const beside = await follow(bob);
    await insertMessages(live.database.pool, request, bob, 5_000);
    await beside.untilCount(5_000);
    let queries = 0;
    const count = () => queries++;
    live.core.pool.on("acquire", count);
    const slow = new NotificationReader(stream);
    await slow.untilCount(10);
    // In the middle of the delivery some are added, and some are marked as read.
    await insertMessages(live.database.pool, request, bob, 10);
    await markRead(live.core.pool, bob, beside.ids.slice(0, 7));
    const all = [slow, beside].map((reader) =>
      reader.until(() => reader.ids.length >= 5_010 && reader.unread === 5_003),
    );
    await Promise.all(all);
    live.core.pool.off("acquire", count);
    for (const { ids } of [slow, beside]) expect([ids.length, new Set(ids).size]).toEqual([5_010, 5_010]);
    // It reads more only when needed: only a fraction was stored before.
    expect(queries).toBeGreaterThanOrEqual(20);
  });

  it("in a database that was restored from one with later transactions", async () => {
    const bob = someone();
    const [restored] = [await notify(bob)];
    await live.database.pool.query("update approval_notifications set tx = '9000000000' where id = $1", [restored]);
    const reader = await follow(bob);
    const id = await notify(bob);
    await reader.untilCount(1);
    await markRead(live.core.pool, bob, [id]);
    await reader.until(() => reader.unread === 1);
    expect(reader.ids).toEqual([id]);
  });
});

describe("a reader of notifications", () => {
  it("frees its resources whenever it leaves", async () => {
    const bob = someone();
    await streamOf(bob).return?.();
    const waiting = streamOf(bob);
    await waiting.next();
    const next = waiting.next();
    await waiting.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    const full = streamOf(bob);
    await insertMessages(live.database.pool, request, bob, 500);
    await full.return?.();
    expect(await full.next()).toEqual({ done: true, value: undefined });
    expect(live.core.hub.stats().topicSubscribers).toBe(0);
  });

  it("receives the error if the database returns one", async () => {
    await live.database.pool.query("alter table approval_notifications rename to elsewhere");
    const failed = await new NotificationReader(streamOf(someone())).end;
    await live.database.pool.query("alter table elsewhere rename to approval_notifications");
    expect(failed).toMatchObject({ code: "42P01" });
  });
});
