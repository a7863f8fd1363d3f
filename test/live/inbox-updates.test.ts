import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Pool } from "../../src/db/pool.ts";
import { listInbox } from "../../src/db/queries/request-lists.ts";
import { type InboxUpdate, subscribeToInbox } from "../../src/live/inbox-updates.ts";
import type { ApprovalRequestInput, Viewer } from "../../src/model/approvals.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

const ann = callerOf("ann");
const bob = viewerOf("bob");
const cleo = viewerOf("cleo");
const eve = viewerOf("eve");
const olga = viewerOf("olga", { roles: ["ops"] });

const live = useLive("topicSubscribers");
beforeAll(() => allowRewriting(live.core.pool));
const ask = async (more: Partial<ApprovalRequestInput> = {}): Promise<string> =>
  (await live.core.manager.createRequest(inputOf(more), ann)).request.id;
const approve = (id: string, by: Viewer) => live.core.manager.approve(id, {}, callerOf(by));
const sql = (text: string, ...values: unknown[]) => live.core.pool.query(text, values);
const retitle = (id: string) => sql("update approval_requests set title = title || '!' where id = $1", id);
const sourcesOf = ({ hub, loaders, pool }: Core, over: Pool = pool) => ({
  hub,
  loaders,
  pool: over,
  now: () => live.core.manager.now(),
});

/** The inbox as a subscriber derives it from the updates. It checks that the counts agree. */
class Inbox extends Reader<InboxUpdate> {
  /** The updates, as [change, id of the request, count]. */
  get updates(): [string, string, number][] {
    return this.received.map(({ change, request, pendingCount }) => [change, request.id, pendingCount]);
  }

  state(start: readonly string[] = []): string[] {
    const ids = new Set(start);
    for (const { change, request, pendingCount } of this.received) {
      expect(ids.has(request.id)).toBe(change !== "ADDED");
      if (change === "REMOVED") ids.delete(request.id);
      else ids.add(request.id);
      expect(pendingCount).toBe(ids.size);
    }
    return [...ids].sort();
  }
}

/** Subscribes, and resolves once the inbox was read. */
async function open(viewer: Viewer, from: Core = live.core): Promise<Inbox> {
  let read = () => {};
  const begun = new Promise<void>((resolve) => {
    read = resolve;
  });
  const pool = {
    query: (...args: unknown[]) => (from.pool.query as (...args: unknown[]) => Promise<unknown>)(...args).finally(read),
  } as unknown as Pool;
  const inbox = new Inbox(streamOf(viewer, from, pool));
  await begun;
  return inbox;
}

function streamOf(viewer: Viewer, from: Core = live.core, pool?: Pool) {
  return live.opened(subscribeToInbox(sourcesOf(from, pool), viewer));
}

// Rows that were read before their deletion must not reach the next test's inbox. Reads run one after the other.
beforeEach(async () => {
  await sql("delete from approval_requests");
  const last = streamOf(viewerOf("last"));
  const update = last.next();
  await ask({ notifyUsers: ["last"] });
  await update;
  await last.return?.();
  await sql("delete from approval_requests");
});

const inboxOf = async (viewer: Viewer) =>
  (await listInbox(live.core.pool, viewer, null, 5_000)).items.map(({ id }) => id);

describe("a subscription to an inbox", () => {
  it("omits the viewer's own request under a name that the directory has learned since it was opened", async () => {
    const [account, address] = ["u-own", "own@company.com"];
    const inbox = await open(viewerOf(address));
    await sql("insert into people (id, email) values ($1, $2)", account, address.toUpperCase());
    const orchestrator = callerOf(viewerOf("bot", { scopes: ["approvals:request"] }));
    const own = inputOf({ requestedBy: account, notifyUsers: [address, "bob"] });
    await live.core.manager.createRequest(own, orchestrator);
    const other = await ask({ notifyUsers: [address] });
    await inbox.until(() => inbox.received.length > 0);
    expect(inbox.updates).toEqual([["ADDED", other, 1]]);
    await sql("delete from people where id = $1", account);
  });

  it("sends requests that came since it started, even if its first read includes them", async () => {
    const since = live.core.manager.now();
    const id = await ask();
    const stream = live.opened(subscribeToInbox({ ...sourcesOf(live.core), now: () => since }, bob));
    const updates = new Inbox(stream);
    expect(await updates.at(0)).toMatchObject({ change: "ADDED", request: { id }, pendingCount: 1 });
  });

  it("sends requests that came, changed and left, and their number", async () => {
    const old = await ask();
    const inbox = await open(bob);
    const id = await ask();
    await inbox.at(0);
    const later = new Date(Date.now() + 86_400_000);
    await live.core.manager.extend(id, callerOf(viewerOf("admin", { scopes: ["approvals:admin"] })), later);
    await inbox.at(1);
    await approve(old, bob);
    await inbox.at(2);
    await live.core.manager.reject(id, {}, callerOf(bob));
    await inbox.at(3);
    expect(inbox.updates).toEqual([
      ["ADDED", id, 2],
      ["UPDATED", id, 2],
      ["REMOVED", old, 1],
      ["REMOVED", id, 0],
    ]);
    expect(inbox.received[1]?.request).toMatchObject({ version: 2, expiresAt: later });
    expect(inbox.received[3]?.request).toMatchObject({ version: 3, status: "REJECTED" });
  });

  it("removes a request with the viewer's vote, and sends the votes of others until the last", async () => {
    const inboxes = [await open(bob), await open(cleo), await open(viewerOf("dan"))];
    const [ofBob, ofCleo, ofDan] = inboxes as [Inbox, Inbox, Inbox];
    const id = await ask({ notifyUsers: ["bob", "cleo", "dan"], requireMinApprovers: 2 });
    await Promise.all(inboxes.map((inbox) => inbox.at(0)));
    await approve(id, bob);
    await Promise.all(inboxes.map((inbox) => inbox.at(1)));
    await approve(id, cleo);
    await Promise.all([ofCleo.at(2), ofDan.at(2)]);
    expect(ofBob.updates.map(([change, , count]) => [change, count])).toEqual([
      ["ADDED", 1],
      ["REMOVED", 0],
    ]);
    for (const { updates } of [ofCleo, ofDan]) {
      expect(updates.map(([change, , count]) => [change, count])).toEqual([
        ["ADDED", 1],
        ["UPDATED", 1],
        ["REMOVED", 0],
      ]);
    }
  });

  it("has requests that the viewer's role may decide, and none that others decide or the viewer requested", async () => {
    const inboxes = [await open(olga), await open(viewerOf("ann", { roles: ["ops"] })), await open(bob)];
    const [ofOlga, ofAnn, ofBob] = inboxes as [Inbox, Inbox, Inbox];
    const audited = await open(viewerOf("auditor", { scopes: ["approvals:admin"] }));
    await ask({ notifyUsers: ["bob"], notifyRoles: ["ops"], allowedApprovers: ["cleo"] });
    const byRole = await ask({ notifyUsers: [], notifyRoles: ["ops"] });
    const last = await ask({ notifyUsers: ["bob"], notifyRoles: ["ops"] });
    await Promise.all([ofOlga.at(1), ofBob.at(0)]);
    expect(ofOlga.updates).toEqual([
      ["ADDED", byRole, 1],
      ["ADDED", last, 2],
    ]);
    expect(ofBob.updates).toEqual([["ADDED", last, 1]]);
    expect([ofAnn.updates, audited.updates]).toEqual([[], []]);
  });

  it("adds an escalated request, which stays in the inboxes that had it", async () => {
    const id = await ask({ escalateToUsers: ["eve"] });
    const [ofBob, ofEve] = [await open(bob), await open(eve)];
    await live.core.manager.escalate(id, ann);
    await Promise.all([ofBob.at(0), ofEve.at(0)]);
    await approve(id, eve);
    await Promise.all([ofBob.at(1), ofEve.at(1)]);
    expect(ofEve.updates).toEqual([
      ["ADDED", id, 1],
      ["REMOVED", id, 0],
    ]);
    expect(ofBob.updates).toEqual([
      ["UPDATED", id, 1],
      ["REMOVED", id, 0],
    ]);
  });

  it("removes cancelled and expired requests, and retains requests that their timeout escalates", async () => {
    const [cancelled, timedOut, escalated] = [
      await ask(),
      await ask(),
      await ask({ timeoutAction: "ESCALATE", escalateToUsers: ["eve"] }),
    ];
    const [ofBob, ofEve] = [await open(bob), await open(eve)];
    await live.core.manager.cancel(cancelled, ann);
    await ofBob.at(0);
    const past = "update approval_requests set expires_at = clock_timestamp() where id = $1";
    await sql(past, timedOut);
    await live.core.manager.checkTimeouts();
    await ofBob.until((received) => received.some(({ request }) => request.id === timedOut));
    await sql(past, escalated);
    await live.core.manager.checkTimeouts();
    await ofEve.at(0);
    await ofBob.until((received) => received.at(-1)?.request.status === "ESCALATED");
    expect(ofBob.state([cancelled, timedOut, escalated])).toEqual([escalated]);
    expect(ofEve.updates).toEqual([["ADDED", escalated, 1]]);
  });

  it("follows a list of approvers that is changed with psql", async () => {
    const id = await ask({ allowedApprovers: ["bob"] });
    const [ofBob, ofCleo] = [await open(bob), await open(cleo)];
    await sql("update approval_requests set allowed_approvers = '{cleo}' where id = $1", id);
    await Promise.all([ofBob.at(0), ofCleo.at(0)]);
    expect(ofBob.updates).toEqual([["REMOVED", id, 0]]);
    expect(ofCleo.updates).toEqual([["ADDED", id, 1]]);
  });

  it("has the right count again after a request was deleted", async () => {
    const [deleted, kept] = [await ask(), await ask()];
    const inbox = await open(bob);
    const resynced = new Promise<void>((resolve) => live.finally(live.core.hub.onResync(resolve)));
    await sql("delete from approval_requests where id = $1", deleted);
    await live.killListeners();
    await resynced;
    // The comparison after the reconnect finds it deleted. All later updates have the right count.
    await expect
      .poll(async () => {
        await retitle(kept);
        return inbox.received.at(-1)?.pendingCount;
      }, patiently)
      .toBe(1);
  });
});

describe("a subscription to an inbox skips no request", () => {
  it("while no connection listens", async () => {
    const proxy = await createTcpProxy(live.database.url);
    const through = await startCore(live.database.url, {}, {}, { listenUrl: proxy.url });
    live.finally(() => through.close());
    live.finally(() => proxy.close());
    const [approved, retitled, untouched] = [await ask(), await ask(), await ask()];
    const inbox = await open(bob, through);
    proxy.refuse();
    await expect.poll(() => through.hub.up, patiently).toBe(false);
    await approve(approved, bob);
    await retitle(retitled);
    const added = await ask();
    await approve(await ask(), bob);
    expect(inbox.updates).toEqual([]);
    proxy.accept();
    await inbox.at(2);
    expect(inbox.state([approved, retitled, untouched])).toEqual([retitled, untouched, added].sort());
    expect(inbox.updates.map(([change, id]) => [id, change]).sort()).toEqual(
      [
        [approved, "REMOVED"],
        [retitled, "UPDATED"],
        [added, "ADDED"],
      ].sort(),
    );
  });

  it("between the subscription and its first read, even if the subscriber's query came before it", async () => {
    const [approved, retitled, untouched, voted] = [await ask(), await ask(), await ask(), await ask()];
    await approve(voted, bob);
    const slow = live.pool({ max: 1 });
    const held = await slow.connect();
    const inbox = new Inbox(streamOf(bob, live.core, slow));
    const queried = await inboxOf(bob);
    const received = new Promise<void>((resolve) => {
      const end = live.core.hub.onChange((changes) => {
        if (changes.every(({ id }) => id !== untouched)) return;
        end();
        resolve();
      });
    });
    await approve(approved, bob);
    await retitle(retitled);
    const added = await ask();
    // The last to change is one that other people decide.
    await sql("update approval_requests set notify_users = '{bob,cleo}' where id = $1", untouched);
    await received;
    // Hinted rows are read before the inbox is.
    await live.core.loaders.requests.load(untouched);
    held.release();
    await inbox.until((received) => received.length >= 4);
    // The subscriber knew one of these states of each; in the end it knows the last.
    const known = new Set(queried);
    for (const { change, request } of inbox.received) known[change === "REMOVED" ? "delete" : "add"](request.id);
    expect([...known].sort()).toEqual([retitled, untouched, added].sort());
    expect(inbox.received.at(-1)?.pendingCount).toBe(3);
    expect(new Map(inbox.updates.map(([change, id]) => [id, change]))).toEqual(
      new Map([
        [approved, "REMOVED"],
        [retitled, "ADDED"],
        [added, "ADDED"],
        [untouched, "ADDED"],
      ]),
    );
  });

  it("if the reader is slow and there are more changes than are stored", async () => {
    const start = await Promise.all(Array.from({ length: 800 }, () => ask()));
    const stream = streamOf(bob);
    const beside = await open(cleo);
    const added = await Promise.all(Array.from({ length: 800 }, () => ask({ notifyUsers: ["bob", "cleo"] })));
    await Promise.all(start.slice(0, 600).map((id) => approve(id, bob)));
    await Promise.all(start.slice(600).map((id) => retitle(id)));
    await Promise.all(added.slice(0, 300).map((id) => approve(id, bob)));
    await beside.until((received) => received.length >= 1_100);
    const inbox = new Inbox(stream);
    const expected = (await inboxOf(bob)).sort();
    expect(expected).toHaveLength(700);
    await inbox.until((received) => received.at(-1)?.pendingCount === 700 && received.length >= 1_300);
    expect(inbox.state(start)).toEqual(expected);
    expect(beside.state()).toEqual((await inboxOf(cleo)).sort());
  });

  it("while people decide and the session is killed again and again", async () => {
    const start = await Promise.all(
      Array.from({ length: 30 }, () => ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 })),
    );
    const inboxes = [await open(bob), await open(cleo)] as const;
    const later: string[] = [];
    const asking = Array.from({ length: 30 }, async () => later.push(await ask({ notifyUsers: ["bob", "cleo"] })));
    const deciding = start.map(async (id, index) => {
      if (index % 3 === 0) await live.killListeners();
      await approve(id, bob);
      if (index % 2 === 0) await approve(id, cleo);
    });
    await Promise.all([...asking, ...deciding]);
    const [ofBob, ofCleo] = await Promise.all([inboxOf(bob), inboxOf(cleo)]);
    expect([ofBob.length, ofCleo.length]).toEqual([30, 45]);
    await inboxes[0].until((received) => received.at(-1)?.pendingCount === 30 && received.length >= 60);
    await expect.poll(() => inboxes[1].state(start), patiently).toEqual(ofCleo.sort());
    expect(inboxes[0].state(start)).toEqual(ofBob.sort());
  });

  it("if the database is unavailable at the start", async () => {
    const { proxy, pool } = await live.poolBehindProxy();
    proxy.refuse();
    const inbox = new Inbox(streamOf(bob, live.core, pool));
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(1);
    const id = await ask();
    proxy.accept();
    await inbox.at(0);
    expect(inbox.updates).toEqual([["ADDED", id, 1]]);
  });
});

describe("many subscriptions to inboxes", () => {
  it("need only the queries of one", async () => {
    const inboxes = await Promise.all(Array.from({ length: 200 }, () => open(bob)));
    const reads = live.pool();
    const id = await ask();
    await Promise.all(inboxes.map((inbox) => inbox.at(0)));
    let queries = 0;
    const count = () => queries++;
    live.core.pool.on("acquire", count);
    await reads.query("update approval_requests set title = 'Deploy 2?' where id = $1", [id]);
    await Promise.all(inboxes.map((inbox) => inbox.at(1)));
    live.core.pool.off("acquire", count);
    // The rows, and what the directory knows about their people.
    expect(queries).toBe(2);
  });

  it("free their resources when their reader leaves, at any moment", async () => {
    const streams = Array.from({ length: 4 }, () => streamOf(bob));
    const [early, waiting, full] = streams as [(typeof streams)[0], (typeof streams)[0], (typeof streams)[0]];
    await early.return?.();
    const next = waiting.next();
    const id = await ask();
    expect(await next).toMatchObject({ value: { change: "ADDED" } });
    const idle = waiting.next();
    await waiting.return?.();
    expect(await idle).toEqual({ done: true, value: undefined });
    await retitle(id);
    await full.return?.();
    expect(await full.next()).toEqual({ done: true, value: undefined });
    await streams[3]?.return?.();
    expect(live.core.hub.stats().topicSubscribers).toBe(0);
  });
});
