import { setImmediate as turn } from "node:timers/promises";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { CommandQueue } from "../../src/approvals/commands/queue.ts";
import * as lifecycle from "../../src/approvals/lifecycle.ts";
import type { ApprovalManager } from "../../src/approvals/manager.ts";
import { createPool } from "../../src/db/pool.ts";
import type { ApprovalRequest } from "../../src/model/approvals.ts";
import { type Core, countRows, startCore } from "../support/approvals/core.ts";
import { admin, callerOf, inputOf, requestOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { createTcpProxy } from "../support/tcp-proxy.ts";

let database: TestDatabase;
let core: Core;
let manager: ApprovalManager;

beforeAll(async () => {
  database = await createTestDatabase();
  core = await startCore(database.url);
  manager = core.manager;
});
afterAll(async () => {
  await core.close();
  await database.drop();
});

/** A time limit for a hanging test, not an expectation. */
const PATIENCE = { timeout: 60_000 };
const ann = callerOf("ann");
const bob = callerOf("bob");
const create = async (count: number): Promise<string[]> => {
  const created = Array.from({ length: count }, () =>
    manager.createRequest(inputOf({ notifyUsers: ["bob", "cleo"] }), ann),
  );
  return (await Promise.all(created)).map(({ request }) => request.id);
};
const read = async (id: string) => (await manager.getRequest(id)) as ApprovalRequest;
const rowsOf = async (id: string) => {
  const { rows } = await database.pool.query(
    `select (select count(*)::int from approval_decisions where approval_request_id = $1) as decisions,
            (select count(*)::int from approval_audit_log where approval_request_id = $1) as events`,
    [id],
  );
  return rows[0] as { decisions: number; events: number };
};
/** The number of transactions that wrote the latest events of these requests. */
const transactionsOf = async (ids: string[]): Promise<number> => {
  const { rows } = await database.pool.query(
    `select count(distinct latest.xmin::text)::int as n
       from unnest($1::uuid[]) request (id),
            lateral (select l.xmin from approval_audit_log l where l.approval_request_id = request.id
                      order by l.tx desc, l.seq desc limit 1) latest`,
    [ids],
  );
  return rows[0].n;
};
const untilWaitingForLock = () =>
  expect
    .poll(async () => {
      const { rows } = await database.pool.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows.map((row) => row.pid);
    }, PATIENCE)
    .not.toEqual([]);

/** Runs a function while another session holds the locks of `lock`. */
async function whileLocked<T>(
  lock: string,
  values: unknown[],
  run: (release: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const blocker = await database.pool.connect();
  try {
    await blocker.query("begin");
    await blocker.query(lock, values);
    return await run(() => blocker.query("commit"));
  } finally {
    await blocker.query("rollback");
    blocker.release();
  }
}

describe("the commands of a tick", () => {
  it("run in one transaction", async () => {
    const ids = await create(10);
    expect(await transactionsOf(ids)).toBe(1);
    await Promise.all(
      ids.map((id, index) => (index % 2 === 0 ? manager.approve(id, {}, bob) : manager.comment(id, bob, "hm"))),
    );
    expect(await transactionsOf(ids)).toBe(1);
  });

  it("may be a single one, which runs at once", async () => {
    const [held, free] = (await create(2)) as [string, string];
    await whileLocked("select from approval_requests where id = $1 for update", [held], async (release) => {
      const waiting = manager.approve(held, {}, bob);
      await untilWaitingForLock();
      expect(await manager.approve(free, {}, bob)).toMatchObject({ status: "APPROVED" });
      await release();
      expect(await waiting).toMatchObject({ status: "APPROVED" });
    });
  });

  it("are limited per transaction, and to one for each request", async () => {
    const small = await startCore(database.url, { maxBatch: 3 });
    const ids = await create(7);
    const results = await Promise.all([
      ...ids.map((id) => small.manager.comment(id, bob, "first")),
      small.manager.approve(ids[0] as string, {}, bob),
      small.manager.comment(ids[0] as string, bob, "last"),
    ]);
    await small.close();
    expect(results).toHaveLength(9);
    expect(await transactionsOf(ids.slice(1))).toBe(3);
    const { rows } = await database.pool.query(
      "select comment, action from approval_audit_log where approval_request_id = $1 order by tx, seq",
      [ids[0]],
    );
    expect(rows.map((row) => row.comment ?? row.action)).toEqual(["CREATED", "first", "APPROVED", "last"]);
  });

  it("do not fail because one of them fails", async () => {
    const ids = await create(5);
    const results = await Promise.allSettled([
      manager.approve(ids[0] as string, {}, bob),
      manager.approve(ids[1] as string, {}, ann),
      manager.approve(ids[2] as string, { contextDigest: "stale" }, bob),
      manager.approve("00000000-0000-4000-8000-000000000000", {}, bob),
      manager.reject(ids[3] as string, {}, bob),
      manager.createRequest(inputOf({ executionId: "taken", notifyUsers: ["bob"] }), ann),
      manager.cancel(ids[4] as string, ann, null),
    ]);
    const answers = results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.code));
    expect(answers).toEqual(["done", "FORBIDDEN", "STALE_CONTEXT", "NOT_FOUND", "done", "done", "done"]);
    const statuses = await Promise.all(ids.map(async (id) => (await read(id)).status));
    expect(statuses).toEqual(["APPROVED", "PENDING", "PENDING", "REJECTED", "CANCELLED"]);
    expect(await transactionsOf([0, 3, 4].map((index) => ids[index] as string))).toBe(1);
  });

  it("run one by one if the database rejects them together, so that only the faulty one fails", async () => {
    const ids = await create(5);
    const culprit = ids[2] as string;
    await database.pool.query(
      `alter table approval_decisions add constraint refused_check check (approval_request_id <> '${culprit}')`,
    );
    const results = await Promise.allSettled(ids.map((id) => manager.approve(id, {}, bob)));
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect((results[2] as PromiseRejectedResult).reason).toMatchObject({ constraint: "refused_check" });
    expect(await read(culprit)).toMatchObject({ version: 1, status: "PENDING", approvers: [] });
    expect(await rowsOf(culprit)).toEqual({ decisions: 0, events: 1 });
    await database.pool.query("alter table approval_decisions drop constraint refused_check");
    for (const id of ids.filter((other) => other !== culprit)) {
      expect(await read(id)).toMatchObject({ version: 2, status: "APPROVED" });
      expect(await rowsOf(id)).toEqual({ decisions: 1, events: 2 });
    }
    // The queue continues.
    expect(await manager.reject(culprit, {}, callerOf("cleo"))).toMatchObject({ status: "REJECTED" });
  });

  it("are written with their events or not at all", async () => {
    await database.pool.query(`
      create function refuse_event() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create trigger refuse_event before insert on approval_audit_log for each row when (new.comment = 'refuse this')
        execute function refuse_event()`);
    const [id] = (await create(1)) as [string];
    const before = await countRows(database.pool);
    const refused = [
      () => manager.approve(id, { comment: "refuse this" }, bob),
      () => manager.cancel(id, ann, "refuse this"),
      () => manager.comment(id, bob, "refuse this"),
    ];
    for (const command of refused) await expect(command()).rejects.toThrow("refused");
    await database.pool.query("drop trigger refuse_event on approval_audit_log");
    expect(await read(id)).toMatchObject({ version: 1, status: "PENDING", approvers: [] });
    expect(await countRows(database.pool)).toEqual(before);
  });
});

describe("a connection that is lost", () => {
  it("at BEGIN is replaced, and the command is executed", async () => {
    const lossy = await startCore(database.url);
    const [id] = (await create(1)) as [string];
    let losses = 2;
    lossy.pool.on("acquire", (client) => {
      if (losses-- > 0)
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    });
    expect(await lossy.manager.approve(id, {}, bob)).toMatchObject({ status: "APPROVED", version: 2 });
    expect(losses).toBeLessThan(0);
    await lossy.close();
  });

  it("while waiting for a row is replaced, because nothing was written", async () => {
    const [id] = (await create(1)) as [string];
    await whileLocked("select from approval_requests where id = $1 for update", [id], async (release) => {
      const waiting = manager.approve(id, {}, bob);
      await untilWaitingForLock();
      await terminateWaiting();
      await untilWaitingForLock();
      await release();
      expect(await waiting).toMatchObject({ status: "APPROVED", version: 2 });
    });
    expect(await rowsOf(id)).toEqual({ decisions: 1, events: 2 });
  });

  it("in the middle of a transaction loses nothing, because commands that were not committed run again", async () => {
    const ids = await create(3);
    await whileLocked("lock table approval_audit_log in share mode", [], async (release) => {
      const waiting = Promise.all([
        ...ids.map((id) => manager.approve(id, {}, bob)),
        manager.createRequest(inputOf({ notifyUsers: ["bob"] }), ann),
      ]);
      await untilWaitingForLock();
      await terminateWaiting();
      await release();
      expect(await waiting).toHaveLength(4);
    });
    for (const id of ids) {
      expect(await read(id)).toMatchObject({ version: 2, status: "APPROVED", approvers: ["bob"] });
      expect(await rowsOf(id)).toEqual({ decisions: 1, events: 2 });
    }
  });

  it("after COMMIT returns what was committed, and a comment is stored once", async () => {
    const [id, other] = (await create(2)) as [string, string];
    const lossy = await startCore(database.url);
    lossy.pool.on("acquire", (client) => loseAnswerTo(client, "commit"));
    expect(await lossy.manager.approve(id, { comment: "fine" }, bob)).toMatchObject({ status: "APPROVED", version: 2 });
    expect(await lossy.manager.comment(other, bob, "once")).toMatchObject({ body: "once" });
    expect(await lossy.manager.createRequest(inputOf(), ann)).toMatchObject({ created: true });
    await lossy.close();
    expect(await rowsOf(id)).toEqual({ decisions: 1, events: 2 });
    const { rows } = await database.pool.query("select body from approval_comments where approval_request_id = $1", [
      other,
    ]);
    expect(rows).toEqual([{ body: "once" }]);
  });

  it("after COMMIT neither returns nor delivers a state with the time of a later one", async () => {
    const { request } = await manager.createRequest(
      inputOf({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 }),
      ann,
    );
    const lossy = await startCore(database.url);
    const delivered = vi.spyOn(lossy.hub, "deliver");
    const decideAgain = () => manager.approve(request.id, {}, callerOf("cleo"));
    lossy.pool.on("acquire", (client) => loseAnswerTo(client, "commit", decideAgain));
    const first = await lossy.manager.approve(request.id, {}, bob);
    await lossy.close();
    const last = await read(request.id);
    expect(last).toMatchObject({ status: "APPROVED", version: 3 });
    expect(first).toMatchObject({ status: "PENDING", version: 2, approvers: ["bob"] });
    expect(first.updatedAt.getTime()).toBeLessThan(last.updatedAt.getTime());
    expect(delivered.mock.calls.flat(2)).toEqual([]);
  });

  const terminateWaiting = () =>
    database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
});

/**
 * Lets the database execute a statement, and loses the connection before its result is read.
 * @param before runs before the connection is lost
 */
function loseAnswerTo(client: PoolClient, statement: string, before: () => Promise<unknown> = async () => {}): void {
  const { connection } = client as unknown as {
    connection: { query(text: string): void; stream: { destroy(): void; removeAllListeners(name: string): void } };
  };
  const send = connection.query;
  connection.query = (text) => {
    send.call(connection, text);
    if (text !== statement) return;
    connection.stream.removeAllListeners("data");
    void untilCommitted()
      .then(before)
      .then(() => connection.stream.destroy());
  };
}

const untilCommitted = () =>
  expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        "select from pg_stat_activity where datname = current_database() and query = 'commit' and state <> 'idle'",
      );
      return rows.length;
    }, PATIENCE)
    .toBe(0);

describe("a row that another transaction has locked", () => {
  it("delays only its own command, however many there are, and the others run at once", async () => {
    const ids = await create(20);
    const [held, free] = [ids.slice(0, 6), ids.slice(6)];
    await whileLocked("select from approval_requests where id = any($1) for update", [held], async (release) => {
      const waiting = [];
      for (const id of held) waiting.push(manager.approve(id, {}, bob));
      for (const id of free) expect(await manager.approve(id, {}, bob)).toMatchObject({ status: "APPROVED" });
      expect((await manager.createRequest(inputOf(), ann)).created).toBe(true);
      await release();
      for (const one of waiting) expect(await one).toMatchObject({ status: "APPROVED", version: 2 });
    });
  });

  it("does not change the order of its commands", async () => {
    const [id] = (await create(1)) as [string];
    await whileLocked("select from approval_requests where id = $1 for update", [id], async (release) => {
      const comments = ["one", "two", "three"].map((body) => manager.comment(id, bob, body));
      await untilWaitingForLock();
      comments.push(manager.comment(id, bob, "four"));
      await release();
      await Promise.all(comments);
    });
    const { rows } = await database.pool.query(
      "select comment from approval_audit_log where approval_request_id = $1 and comment is not null order by tx, seq",
      [id],
    );
    expect(rows.map(({ comment }) => comment)).toEqual(["one", "two", "three", "four"]);
  });

  it("fails with UNAVAILABLE if it stays locked, and the command is not executed afterwards", async () => {
    const [held] = (await create(1)) as [string];
    const impatient = new CommandQueue({ pool: core.pool, answerWithinMs: 300 });
    const command = { key: held, requestId: held, caller: bob, apply: () => expect.unreachable() };
    await whileLocked("select from approval_requests where id = $1 for update", [held], async () => {
      await expect(impatient.execute(command)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(impatient.execute(command)).rejects.toThrow("did not respond in time");
    });
    expect(await read(held)).toMatchObject({ version: 1, status: "PENDING" });
  });

  it("may be one that another transaction is creating with the same key, and the others are created", async () => {
    const input = inputOf({ notifyUsers: ["bob"] });
    const twin = await startCore(database.url, {}, { lockMs: 0 });
    await whileLocked("lock table approval_audit_log in share mode", [], async (release) => {
      const first = twin.manager.createRequest(input, ann);
      await untilWaitingForLock();
      const second = manager.createRequest(input, ann);
      await release();
      expect((await Promise.all([first, second])).filter(({ created }) => created)).toHaveLength(1);
    });
    await twin.close();
  });
});

it("the command queue rejects commands if too many are already waiting", async () => {
  const ids = await create(4);
  const small = new CommandQueue({ pool: core.pool, maxOpen: 3 });
  const results = await Promise.allSettled(
    ids.map((id) =>
      small.execute({
        key: id,
        requestId: id,
        caller: bob,
        apply: (row) => ({ request: row ?? requestOf(), events: [] }),
      }),
    ),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect((results[3] as PromiseRejectedResult).reason).toMatchObject({ code: "UNAVAILABLE" });
});

describe("a command that waits too long for a connection", () => {
  it("fails with UNAVAILABLE and is not executed afterwards, so that its caller can send it again", async () => {
    const [id, other] = await create(2);
    const pool = createPool(database.url, { max: 1 });
    const impatient = new CommandQueue({ pool, answerWithinMs: 200 });
    const say = (key = "", body = "") => ({
      key,
      requestId: key,
      caller: bob,
      isComment: true,
      apply: (row?: ApprovalRequest) => lifecycle.comment(row, bob.viewer, body),
    });
    try {
      const only = await pool.connect();
      await expect(impatient.execute(say(id, "late"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
      only.release();
      // The only connection serves the late command first.
      await new CommandQueue({ pool }).execute(say(other, "next"));
      const { rows } = await database.pool.query(
        "select body from approval_comments where approval_request_id = any ($1::uuid[])",
        [[id, other]],
      );
      expect(rows).toEqual([{ body: "next" }]);
    } finally {
      await pool.end();
    }
  });
});

describe("a backend that ends right after its answer", () => {
  it("does not end the process while a command waits for its connection", async () => {
    const proxy = await createTcpProxy(database.url);
    const through = await startCore(proxy.url, {}, { max: 1 });
    const [id] = (await create(1)) as [string];
    await through.pool.query("select");
    proxy.endBehindNextAnswer();
    const answered = through.pool.query("select");
    const handedOn = through.pool.connect();
    await answered;
    (await handedOn).release(new Error("it has ended"));
    await through.pool.query("select");
    proxy.endBehindNextAnswer();
    const read = through.manager.getRequest(id);
    const command = through.manager.approve(id, {}, bob);
    expect(await read).toMatchObject({ id });
    expect(await command).toMatchObject({ status: "APPROVED" });
    await through.close();
    await proxy.close();
  });
});

describe("notifications", () => {
  const destinations = { slackChannel: null, webhook: null };

  it("are written in the transaction of their command, and not for commands that change nothing", async () => {
    const { manager: own, close } = await startCore(database.url, { destinations });
    const input = inputOf();
    const { request } = await own.createRequest(input, ann);
    await Promise.all([own.approve(request.id, {}, bob), own.createRequest(inputOf(), ann)]);
    await own.approve(request.id, {}, bob);
    expect(await own.createRequest(input, ann)).toMatchObject({ created: false });
    await close();
    const { rows } = await database.pool.query(
      `select n.kind, n.recipient, n.status from approval_notifications n
         join approval_audit_log l on l.approval_request_id = n.approval_request_id and l.xmin = n.xmin
        where n.approval_request_id = $1 and l.action in ('CREATED', 'APPROVED') order by n.id`,
      [request.id],
    );
    expect(rows).toEqual([
      { kind: "REQUESTED", recipient: "bob", status: "SENT" },
      { kind: "DECIDED", recipient: "ann", status: "SENT" },
    ]);
  });

  it("fail with their command, and no other, if they are rejected", async () => {
    const [bad, good] = (await create(2)) as [string, string];
    const { manager: own, close } = await startCore(database.url, { destinations });
    await database.pool.query(
      `alter table approval_notifications add constraint odd check (approval_request_id <> '${bad}') not valid`,
    );
    const results = await Promise.allSettled([own.approve(bad, {}, bob), own.approve(good, {}, bob)]);
    await database.pool.query("alter table approval_notifications drop constraint odd");
    await close();
    expect(results.map((result) => result.status)).toEqual(["rejected", "fulfilled"]);
    expect((results[0] as PromiseRejectedResult).reason.message).toMatch(/odd/);
    expect(await read(bad)).toMatchObject({ version: 1, status: "PENDING" });
    expect(await read(good)).toMatchObject({ version: 2, status: "APPROVED" });
  });
});

describe("an invalid command", () => {
  it("fails alone, and the queue continues", async () => {
    const commands = new CommandQueue({ pool: database.pool });
    const [id] = (await create(1)) as [string];
    const results = await Promise.allSettled([
      commands.execute({
        key: "broken",
        caller: callerOf(admin),
        apply() {
          throw new TypeError("a bug");
        },
      }),
      commands.execute({
        key: id,
        requestId: id,
        caller: bob,
        apply: (row) => ({ request: row ?? requestOf(), events: [] }),
      }),
    ]);
    expect(results[0]).toMatchObject({ status: "rejected", reason: expect.any(TypeError) });
    expect(results[1]).toMatchObject({ status: "fulfilled", value: { changed: false, request: { id, version: 1 } } });
    await turn();
  });
});

it("the command queue releases every connection", async () => {
  expect(core.pool.waitingCount).toBe(0);
  expect(core.pool.idleCount).toBe(core.pool.totalCount);
});
