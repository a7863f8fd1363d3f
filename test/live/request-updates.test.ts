import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApprovalManager } from "../../src/approvals/manager.ts";
import { createLoaders } from "../../src/db/loaders.ts";
import { createHub } from "../../src/hub/hub.ts";
import { subscribeToRequest } from "../../src/live/request-updates.ts";
import type { ApprovalRequest, ApprovalRequestInput, RequestOrHead } from "../../src/model/approvals.ts";
import { NotFoundError } from "../../src/model/errors.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { patiently, useLive } from "../support/live/live.ts";
import { Reader } from "../support/live/reader.ts";

const ann = viewerOf("ann");
const bob = viewerOf("bob");

const live = useLive("subscribers");
beforeAll(() => allowRewriting(live.core.pool));

const ask = async (more: Partial<ApprovalRequestInput> = {}): Promise<string> =>
  (await live.core.manager.createRequest(inputOf(more), callerOf(ann))).request.id;
const approve = (id: string, by = "bob") => live.core.manager.approve(id, {}, callerOf(by));
const sql = (text: string, ...values: unknown[]) => live.core.pool.query(text, values);
const retitle = (id: string) => sql("update approval_requests set title = title || '!' where id = $1", id);

function watch(
  id: string,
  afterVersion: number | null = null,
  viewer = ann,
  from: Pick<Core, "hub" | "loaders"> = live.core,
) {
  return new Reader(live.opened(subscribeToRequest(from, viewer, id, afterVersion)));
}

const versions = (reader: Reader<RequestOrHead>) => reader.received.map((request) => request.version);

describe("the updates of a request", () => {
  it("start with the current state, continue to the final state, and then end", async () => {
    const id = await ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const reader = watch(id);
    expect(await reader.at(0)).toMatchObject({ id, version: 1, status: "PENDING", approvers: [] });
    await approve(id, "cleo");
    expect(await reader.at(1)).toMatchObject({ version: 2, status: "PENDING", approvers: ["cleo"] });
    await approve(id);
    expect(await reader.at(2)).toMatchObject({ version: 3, status: "APPROVED", approvers: ["cleo", "bob"] });
    expect(await reader.end).toBeUndefined();
  });

  it("are only the final state of a request that is already final, or nothing if the subscriber has it", async () => {
    const id = await ask();
    await approve(id);
    const late = watch(id);
    expect(await late.end).toBeUndefined();
    expect(late.received).toMatchObject([{ version: 2, status: "APPROVED" }]);
    const knowing = watch(id, 2);
    expect(await knowing.end).toBeUndefined();
    expect(knowing.received).toEqual([]);
  });

  it("start above the version that the subscriber has", async () => {
    const id = await ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const behind = watch(id, 0);
    const level = watch(id, 1);
    const ahead = watch(id, 2);
    await behind.at(0);
    await approve(id, "cleo");
    await level.at(0);
    await approve(id);
    await Promise.all([behind.end, level.end, ahead.end]);
    expect([versions(behind), versions(level), versions(ahead)]).toEqual([[1, 2, 3], [2, 3], [3]]);
  });

  it.each(["rejection", "cancellation", "timeout", "escalation and timeout"])("end with a %s", async (how) => {
    const id = await ask({ escalateToUsers: ["eve"] });
    const reader = watch(id);
    await reader.at(0);
    if (how === "rejection") await live.core.manager.reject(id, { comment: "no" }, callerOf("bob"));
    if (how === "cancellation") await live.core.manager.cancel(id, callerOf("ann"), "not needed");
    if (how.startsWith("escalation")) {
      await live.core.manager.escalate(id, callerOf("ann"));
      expect(await reader.at(1)).toMatchObject({ version: 2, status: "ESCALATED" });
    }
    if (how.endsWith("timeout")) {
      await sql("update approval_requests set expires_at = now() where id = $1", id);
      await live.core.manager.checkTimeouts();
    }
    expect(await reader.end).toBeUndefined();
    const status = { rejection: "REJECTED", cancellation: "CANCELLED" }[how] ?? "TIMEOUT";
    expect(reader.received.at(-1)).toMatchObject({ status });
  });

  it("have the rows that this process commits, without a notification or a read", async () => {
    const pool = live.pool();
    // A hub that does not listen receives no notifications.
    const hub = createHub({ listenUrl: live.database.url, pool, log: pino({ level: "silent" }) });
    live.finally(() => hub.stop());
    const manager = new ApprovalManager({ pool, hub });
    const id = await ask({
      notifyUsers: ["bob", "cleo"],
      escalateToUsers: ["eve"],
      requireMinApprovers: 2,
      context: { amount: 12.5, text: "häuser" },
    });
    const reader = watch(id, null, ann, { hub, loaders: createLoaders(pool) });
    await reader.at(0);
    const changes: (() => Promise<unknown>)[] = [
      () => manager.approve(id, { comment: "fine" }, callerOf("cleo")),
      () => manager.escalate(id, callerOf("ann"), "nobody answers"),
      () => manager.extend(id, callerOf(admin), new Date(Date.now() + 864_000_000)),
      () => manager.updateConditions(id, callerOf(admin), [{ field: "context.amount", operator: "EQ", value: 1 }]),
      () => manager.approve(id, {}, callerOf("eve")),
    ];
    for (const [index, change] of changes.entries()) {
      await change();
      const row = (await manager.getRequest(id)) as ApprovalRequest;
      expect(row.version).toBe(index + 2);
      expect(await reader.at(index + 1)).toEqual(row);
    }
    expect(await reader.end).toBeUndefined();
  });

  it("do not hold long content for a slow reader, also if this process commits the row", async () => {
    const long = { text: "x".repeat(10_000) };
    const conditions = [{ field: "context.text", operator: "EQ", value: "x".repeat(9_000) }] as const;
    const inputs: Partial<ApprovalRequestInput>[] = [
      { context: long },
      { metadata: long },
      { description: long.text },
      { config: long },
      { approvalType: "CONDITIONAL", autoApproveConditions: conditions },
    ];
    const program = callerOf(viewerOf("ann", { scopes: ["approvals:request"] }));
    for (const input of inputs) {
      const { id } = (await live.core.manager.createRequest(inputOf(input), program)).request;
      const reader = watch(id);
      await reader.at(0);
      await approve(id);
      await reader.end;
      expect(reader.received.at(-1)).toMatchObject({ version: 2, status: "APPROVED" });
      expect(Buffer.byteLength(JSON.stringify(reader.received.at(-1)))).toBeLessThan(8_192);
    }
  });

  it("continue for a viewer who sees the request only since the change that arrives before an earlier read", async () => {
    const id = await ask({ escalateToUsers: ["eve"] });
    const before = await live.core.loaders.requests.load(id);
    const read = Promise.withResolvers<typeof before>();
    const requests = { load: () => read.promise } as unknown as Core["loaders"]["requests"];
    const loaders = { ...live.core.loaders, requests };
    const reader = watch(id, null, viewerOf("eve"), { hub: live.core.hub, loaders });
    await live.core.manager.escalate(id, callerOf("ann"));
    expect(await reader.at(0)).toMatchObject({ version: 2, status: "ESCALATED" });
    read.resolve(before);
    await approve(id, "eve");
    expect(await reader.end).toBeUndefined();
    expect(versions(reader)).toEqual([2, 3]);
  });

  it("never arrive in a wrong order, whatever is read while more changes are made", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const readers = ids.flatMap((id) => [watch(id), watch(id), watch(id, 5)]);
    const changes = ids.map(async (id) => {
      for (let change = 0; change < 20; change++) await retitle(id);
      await approve(id);
    });
    await Promise.all([...changes, ...readers.map((reader) => reader.end)]);
    for (const reader of readers) {
      const sent = versions(reader);
      expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
      expect(reader.received.at(-1)).toMatchObject({ version: 22, status: "APPROVED" });
    }
  });

  it("are only the newest state for a slow reader", async () => {
    const id = await ask();
    const stream = subscribeToRequest(live.core, ann, id, null);
    const beside = watch(id);
    await beside.at(0);
    for (let change = 0; change < 10; change++) await retitle(id);
    await approve(id);
    await beside.end;
    await expect.poll(() => live.core.hub.stats().subscribers, patiently).toBe(0);
    expect(await stream.next()).toMatchObject({ value: { version: 12, status: "APPROVED" } });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("fail as not found if the id is unknown, malformed or of a request that the viewer may not see", async () => {
    const id = await ask();
    const strangers = [watch(id, null, viewerOf("mallory")), watch(id, 7, viewerOf("mallory", { roles: ["bob"] }))];
    const unknown = [randomUUID(), "", "17", `${id} `, id.toUpperCase(), "comment_1"].map((other) => watch(other));
    for (const reader of [...strangers, ...unknown]) {
      expect(await reader.end).toBeInstanceOf(NotFoundError);
      expect(reader.received).toEqual([]);
    }
  });

  it("are sent to everyone who may see the request", async () => {
    const id = await ask({ notifyUsers: [], notifyRoles: ["ops"] });
    const readers = [
      watch(id, null, viewerOf("olga", { roles: ["ops"] })),
      watch(id, null, viewerOf("auditor", { scopes: ["approvals:read"] })),
    ];
    for (const reader of readers) expect(await reader.at(0)).toMatchObject({ version: 1 });
  });

  it("end as not found for a viewer who may no longer see the request, with nothing of the change", async () => {
    const id = await ask({ notifyUsers: ["bob", "cleo"] });
    const [losing, keeping] = [watch(id, null, bob), watch(id, null, viewerOf("cleo"))];
    await Promise.all([losing.at(0), keeping.at(0)]);
    await sql("update approval_requests set notify_users = '{cleo}', title = 'secret' where id = $1", id);
    expect(await losing.end).toBeInstanceOf(NotFoundError);
    expect(versions(losing)).toEqual([1]);
    expect(await keeping.at(1)).toMatchObject({ version: 2, title: "secret" });
  });

  it("end as not found when the request is deleted", async () => {
    const sweeping = await startCore(live.database.url, {}, {}, { sweepIntervalMs: 50 });
    live.finally(() => sweeping.close());
    const id = await ask();
    const reader = watch(id, null, ann, sweeping);
    await reader.at(0);
    await sql("delete from approval_requests where id = $1", id);
    expect(await reader.end).toBeInstanceOf(NotFoundError);
  });
});

describe("a subscriber of a request", () => {
  it("frees its resources in the hub whenever it leaves", async () => {
    const id = await ask();
    const before = subscribeToRequest(live.core, ann, id, null);
    await before.return?.();
    const waiting = subscribeToRequest(live.core, ann, id, null);
    const first = waiting.next();
    await waiting.return?.();
    expect(await first).toEqual({ done: true, value: undefined });
    const idle = subscribeToRequest(live.core, ann, id, null);
    await idle.next();
    const next = idle.next();
    await idle.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    const hinted = subscribeToRequest(live.core, ann, id, null);
    await hinted.next();
    await retitle(id);
    await hinted.return?.();
    await hinted.return?.();
    expect(live.core.hub.stats().subscribers).toBe(0);
  });
});

describe("a wait for a request", () => {
  // Another process decides. This one would deliver the row that it has committed.
  let elsewhere: Core;
  beforeAll(async () => {
    elsewhere = await startCore(live.database.url);
  });
  afterAll(() => elsewhere.close());
  const approve = (id: string) => elsewhere.manager.approve(id, {}, callerOf("bob"));

  it("is not lost when the LISTEN session is killed before the decision", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => ask()));
    const readers = ids.map((id) => watch(id));
    await Promise.all(readers.map((reader) => reader.at(0)));
    await live.killListeners();
    await Promise.all(ids.map((id) => approve(id)));
    await Promise.all(readers.map((reader) => reader.end));
    for (const reader of readers) expect(reader.received.at(-1)).toMatchObject({ version: 2, status: "APPROVED" });
  });

  it("starts while the database is unavailable and is answered when it is back", async () => {
    const { proxy, pool } = await live.poolBehindProxy();
    const id = await ask();
    proxy.refuse();
    const reader = watch(id, null, ann, { hub: live.core.hub, loaders: createLoaders(pool) });
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(1);
    proxy.accept();
    expect(await reader.at(0)).toMatchObject({ version: 1 });
  });

  it("continues over another connection if its read is never answered", async () => {
    const { proxy, pool } = await live.poolBehindProxy({ query_timeout: 200 });
    const id = await ask();
    const reader = watch(id, null, ann, { hub: live.core.hub, loaders: createLoaders(pool) });
    await reader.at(0);
    proxy.freeze();
    await approve(id);
    expect(await reader.end).toBeUndefined();
    expect(versions(reader)).toEqual([1, 2]);
  });

  it("needs one query for each turn of the event loop, not for each of a thousand retries", async () => {
    const { proxy, pool } = await live.poolBehindProxy();
    let queries = 0;
    pool.on("acquire", () => queries++);
    const id = await ask();
    const sources = { hub: live.core.hub, loaders: createLoaders(pool) };
    const readers = Array.from({ length: 1_000 }, () => watch(id, null, ann, sources));
    await Promise.all(readers.map((reader) => reader.at(0)));
    proxy.refuse();
    const asked = proxy.connections();
    await approve(id);
    await expect.poll(() => proxy.connections(), patiently).toBeGreaterThan(asked);
    queries = 0;
    proxy.accept();
    await Promise.all(readers.map((reader) => reader.end));
    // Their timers were set within a few milliseconds, so they fire in a few turns.
    expect(queries).toBeLessThanOrEqual(10);
  });
});
