/** The messages of one person as a stream: each once, in whatever order they are committed, and none missing. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Pool } from "../../src/db/pool.ts";
import { listInApp, markAllRead, markRead } from "../../src/db/queries/notifications.ts";
import type { FollowerSources } from "../../src/live/follower.ts";
import {
  type NotificationStart,
  type NotificationUpdate,
  watchNotifications,
} from "../../src/live/notification-updates.ts";
import { decodeNotification, encodeNotification } from "../../src/resolvers/cursors.ts";
import { insertRequest } from "../support/db/rows.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";
import { insertMessage, insertMessages } from "../support/notifications/in-app-notifications.ts";

const BEGINNING = encodeNotification({ tx: "0", id: randomUUID() }, "0");

const live = useLive("listeners");
let request: string;
beforeAll(async () => {
  request = await insertRequest(live.database.pool);
});

function streamOf(userId: string, start: NotificationStart | null = null, sources: FollowerSources = live.core) {
  return live.opened(watchNotifications(sources, userId, start));
}

class Told extends Reader<NotificationUpdate> {
  readonly #ids: string[] = [];
  #counted = 0;
  /** The messages that were told, in the order in which they were. */
  get ids(): readonly string[] {
    for (const { notification } of this.received.slice(this.#counted))
      if (notification) this.#ids.push(notification.id);
    this.#counted = this.received.length;
    return this.#ids;
  }
  get unread(): number | undefined {
    return this.received.at(-1)?.unreadCount;
  }
  tells(count: number) {
    return this.until(() => this.ids.length >= count);
  }
}

/** Follows behind a cursor, or from the present, which is known when this resolves. */
async function follow(userId: string, cursor?: string, sources?: FollowerSources): Promise<Told> {
  const told = new Told(streamOf(userId, decodeNotification(cursor), sources));
  await told.at(0);
  return told;
}
const someone = () => `someone-${randomUUID()}`;
const tell = (userId: string, client: Pick<Pool, "query"> = live.database.pool) =>
  insertMessage(client, request, userId);
const cursorOf = ({ position, horizon }: NotificationUpdate) => encodeNotification(position, horizon);
const cursorAt = (told: Told, id: string) =>
  cursorOf(told.received.find(({ notification }) => notification?.id === id) as NotificationUpdate);

describe("a person's messages", () => {
  it("begin with how things stand, and then come one by one with what is unread", async () => {
    const bob = someone();
    const old = await tell(bob);
    const told = await follow(bob);
    expect(told.received).toMatchObject([{ notification: null, unreadCount: 1 }]);
    const [first, second] = [await tell(bob), await tell(bob)];
    await told.tells(2);
    expect(told.ids).toEqual([first, second]);
    expect(told.ids).not.toContain(old);
    expect(told.unread).toBe(3);
    expect(told.received.at(-1)?.notification).toMatchObject({ kind: "REQUESTED", recipient: bob, status: "SENT" });
  });

  it("are nobody else's, nor are they of another channel", async () => {
    const [bob, cleo] = [someone(), someone()];
    const [ofBob, ofCleo] = [await follow(bob), await follow(cleo)];
    await insertMessage(live.database.pool, request, bob, { channel: "EMAIL", status: "PENDING" });
    const forCleo = await tell(cleo);
    const forBob = await tell(bob);
    await Promise.all([ofBob.tells(1), ofCleo.tells(1)]);
    expect([ofBob.ids, ofCleo.ids]).toEqual([[forBob], [forCleo]]);
  });

  it("count anew when some are read elsewhere, once however many", async () => {
    const bob = someone();
    const ids = [await tell(bob), await tell(bob), await tell(bob)];
    const [one, other] = [await follow(bob), await follow(bob)];
    await markRead(live.core.pool, bob, ids.slice(0, 2));
    await Promise.all([one, other].map((told) => told.until(() => told.unread === 1)));
    await markAllRead(live.core.pool, bob, new Date(Date.now() + 60_000));
    await Promise.all([one, other].map((told) => told.until(() => told.unread === 0)));
    for (const told of [one, other]) {
      expect(told.received.map(({ notification, unreadCount }) => [notification, unreadCount])).toEqual([
        [null, 3],
        [null, 1],
        [null, 0],
      ]);
    }
  });

  it("go on behind any cursor of theirs, and behind one of the list", async () => {
    const bob = someone();
    const all = await follow(bob);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push(await tell(bob));
    await all.tells(4);
    const page = await listInApp(live.core.pool, bob, {}, null, 10);
    const rows = ids.map((id) => page.items.find((item) => item.id === id) as (typeof page.items)[0]);
    for (const [index, row] of rows.entries()) {
      for (const cursor of [cursorAt(all, row.id), encodeNotification(row, page.horizon)]) {
        // Some other database of this server may have been writing then: what came since comes again.
        const { resumeAt } = decodeNotification(cursor) as NotificationStart;
        const again = rows.slice(0, index).filter(({ tx }) => BigInt(tx) >= BigInt(resumeAt.tx));
        const expected = [...again, ...rows.slice(index + 1)].map(({ id }) => id);
        const rest = await follow(bob, cursor);
        await rest.tells(expected.length);
        expect([rest.ids, rest.unread]).toEqual([expected, 4]);
      }
    }
    const fromStart = await follow(bob, cursorOf(all.received[0] as NotificationUpdate));
    await fromStart.tells(4);
    expect(fromStart.ids).toEqual(ids);
  });
});

describe("none is missing and none comes twice", () => {
  it("where they are committed in another order than they were begun in", async () => {
    const bob = someone();
    const [slow, slower] = [await live.transaction(), await live.transaction()];
    const told = await follow(bob);
    const early = await tell(bob, slow.client as never);
    const earlier = await tell(bob, slower.client as never);
    const late = await tell(bob);
    // It is not held back by those that run.
    await told.tells(1);
    const meanwhile = new Told(streamOf(bob, decodeNotification(cursorAt(told, late))));
    await meanwhile.at(0);
    await slower.commit();
    await told.tells(2);
    await slow.commit();
    await told.tells(3);
    const last = await tell(bob);
    await told.tells(4);
    expect(told.ids).toEqual([late, earlier, early, last]);
    // Behind the cursor of the one that came first, those that were begun before it are told as well.
    await meanwhile.tells(3);
    expect(meanwhile.ids.toSorted()).toEqual([early, earlier, last].toSorted());
  });

  it("while twelve write at once, others roll back, and the session that listens is killed", async () => {
    const bob = someone();
    const writers = live.pool({ max: 12 });
    const readers = await Promise.all(Array.from({ length: 20 }, () => follow(bob)));
    const written: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        const client = await writers.connect();
        for (let n = 0; n < 20; n++) {
          await client.query("begin");
          const ids = [await tell(bob, client as never), await tell(bob, client as never)];
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
    await Promise.all(readers.map((told) => told.until(() => told.ids.length >= written.length)));
    const sentinel = await tell(bob);
    for (const told of readers) {
      await told.until(() => told.ids.at(-1) === sentinel);
      expect(told.ids.toSorted()).toEqual([...written, sentinel].toSorted());
      expect(told.unread).toBe(written.length + 1);
    }
    const again = await follow(bob, BEGINNING);
    await again.tells(written.length + 1);
    expect(again.ids.toSorted()).toEqual([...written, sentinel].toSorted());
  });

  it("behind each cursor that was told while others wrote", async () => {
    const bob = someone();
    const long = await live.transaction();
    const told = await follow(bob);
    const written: string[] = [];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 10; n++) written.push(await tell(bob));
      }),
    );
    const early = await tell(bob, long.client as never);
    await told.tells(40);
    await long.commit();
    await told.tells(41);
    for (const at of [0, 1, 20, 39, 40]) {
      const before = told.ids.slice(0, at + 1);
      const rest = await follow(bob, cursorAt(told, told.ids[at] as string));
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
    const starting = new Told(streamOf(bob, decodeNotification(BEGINNING), through));
    const id = await tell(bob);
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(asked + 2);
    proxy.accept();
    await Promise.all([known.tells(1), starting.tells(1)]);
    expect([known.ids, starting.ids]).toEqual([[id], [id]]);
  });

  it("between the subscription and its first reading, which the subscriber's query comes after", async () => {
    const bob = someone();
    const slow = live.pool({ max: 1 });
    const held = await slow.connect();
    const told = new Told(streamOf(bob, null, { hub: live.core.hub, pool: slow }));
    const early = await tell(bob);
    held.release();
    await told.at(0);
    const { items } = await listInApp(live.core.pool, bob, {}, null, 10);
    expect(items.map(({ id }) => id)).toEqual([early]);
    const late = await tell(bob);
    await told.tells(1);
    expect([told.ids, told.received[0]?.unreadCount]).toEqual([[late], 1]);
  });

  it("for a slow reader of five thousand in one transaction, nor are more of them read than it takes", async () => {
    const bob = someone();
    const stream = streamOf(bob);
    const beside = await follow(bob);
    await insertMessages(live.database.pool, request, bob, 5_000);
    await beside.tells(5_000);
    let queries = 0;
    const count = () => queries++;
    live.core.pool.on("acquire", count);
    const slow = new Told(stream);
    await slow.tells(10);
    // Some come in the middle of what is being told, and some are read.
    await insertMessages(live.database.pool, request, bob, 10);
    await markRead(live.core.pool, bob, beside.ids.slice(0, 7));
    const all = [slow, beside].map((told) => told.until(() => told.ids.length >= 5_010 && told.unread === 5_003));
    await Promise.all(all);
    live.core.pool.off("acquire", count);
    for (const { ids } of [slow, beside]) expect([ids.length, new Set(ids).size]).toEqual([5_010, 5_010]);
    // It read on when it was asked to: what was kept for it before is a fraction.
    expect(queries).toBeGreaterThanOrEqual(20);
  });

  it("of a database that was restored from one that had written more", async () => {
    const bob = someone();
    const [restored] = [await tell(bob)];
    await live.database.pool.query("update approval_notifications set tx = '9000000000' where id = $1", [restored]);
    const told = await follow(bob);
    const id = await tell(bob);
    await told.tells(1);
    await markRead(live.core.pool, bob, [id]);
    await told.until(() => told.unread === 1);
    expect(told.ids).toEqual([id]);
  });
});

describe("a reader that goes", () => {
  it("is freed at whatever moment it goes", async () => {
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
    expect(live.core.hub.stats().listeners).toBe(0);
  });

  it("is told the failure of a database that answers wrongly", async () => {
    await live.database.pool.query("alter table approval_notifications rename to elsewhere");
    const failed = await new Told(streamOf(someone())).end;
    await live.database.pool.query("alter table elsewhere rename to approval_notifications");
    expect(failed).toMatchObject({ code: "42P01" });
  });
});
