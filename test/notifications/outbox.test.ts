import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sendAgain } from "../../src/db/queries/deliveries.ts";
import type { ApprovalRequestInput } from "../../src/model/approvals.ts";
import { type Channel, DeliveryError } from "../../src/notifications/channel.ts";
import { unconfigured } from "../../src/notifications/channels/unconfigured.ts";
import { createWorker, type Worker } from "../../src/notifications/worker.ts";
import { type Core, startCore } from "../support/approvals/core.ts";
import { callerOf, inputOf } from "../support/approvals/requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { oddChannel } from "../support/notifications/odd-channel.ts";

const ann = callerOf("ann");
const log = pino({ level: "silent" });
const never = () => new Promise<never>(() => {});

let database: TestDatabase;
let core: Core;
let workers: Worker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  core = await startCore(database.url, { destinations: { slackChannel: null, webhook: null } });
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  await core.close();
  await database.pool.query("delete from approval_requests");
});

function work(channels: readonly Channel[], more: { leaseMs?: number; attemptMs?: number } = {}): Worker {
  const { pool, hub, manager } = core;
  const worker = createWorker({ pool, hub, manager, channels, log, stopGraceMs: 200, ...more });
  workers.push(worker);
  worker.start();
  return worker;
}

const ask = async (more: Partial<ApprovalRequestInput> = {}) =>
  (await core.manager.createRequest(inputOf({ notifyChannels: ["EMAIL"], ...more }), ann)).request;

interface Row {
  id: string;
  kind: string;
  recipient: string;
  status: string;
  retries: number;
  error: string | null;
  left: boolean;
  waitMs: number | null;
}
const rows = async (): Promise<Row[]> =>
  (
    await database.pool.query(
      `select id, kind, recipient, status, retry_count as retries, error_message as error,
              next_attempt_at is not null as left,
              (extract(epoch from next_attempt_at - failed_at) * 1000)::float8 as "waitMs"
         from approval_notifications order by id`,
    )
  ).rows;
/** Waits until a row of the outbox satisfies a condition. */
const row = (fulfils: (row: Row) => boolean) => eventually(async () => (await rows()).find(fulfils));
const isSent = ({ status }: Row) => status === "SENT";
/** Makes all waiting rows due now. */
const hurry = () =>
  database.pool.query(
    "update approval_notifications set next_attempt_at = clock_timestamp() where next_attempt_at > clock_timestamp()",
  );

describe("a message", () => {
  it("is sent as soon as its cause is committed, and is in the audit log with its row", async () => {
    const mail = oddChannel("EMAIL", async () => ({ subject: "Approve?", body: "…", externalId: "<1@x>" }));
    work([mail]);
    const request = await ask();
    await row(isSent);
    expect(mail.given[0]).toMatchObject({
      canDecide: true,
      person: { id: "bob" },
      request: { id: request.id },
      notification: { kind: "REQUESTED", recipient: "bob" },
    });
    const { rows: sent } = await database.pool.query(
      `select n.subject, n.body, n.external_id, n.locked_until, l.metadata
         from approval_notifications n join approval_audit_log l on l.xmin = n.xmin where l.action = 'NOTIFIED'`,
    );
    expect(sent).toEqual([
      {
        subject: "Approve?",
        body: "…",
        external_id: "<1@x>",
        locked_until: null,
        metadata: { kind: "REQUESTED", channel: "EMAIL", recipients: ["bob"], notificationId: expect.any(String) },
      },
    ]);
  });

  it("is retried after a temporary failure, with growing pauses and the same id", async () => {
    const mail = oddChannel("EMAIL", async (_delivery, attempt) => {
      if (attempt < 3) throw new Error(`trouble ${attempt}`);
      return {};
    });
    work([mail]);
    await ask();
    const first = await row(({ retries }) => retries === 1);
    expect(first).toMatchObject({ status: "FAILED", error: "trouble 1", left: true });
    await hurry();
    const second = await row(({ retries }) => retries === 2);
    expect(first.waitMs).toBeGreaterThanOrEqual(1_000);
    expect(second.waitMs).toBeGreaterThanOrEqual(2_000);
    await hurry();
    expect(await row(isSent)).toMatchObject({ error: null, left: false });
    expect(new Set(mail.given.map(({ notification }) => notification.id)).size).toBe(1);
  });

  it("fails permanently when its retries are exhausted", async () => {
    const mail = oddChannel("EMAIL", async () => Promise.reject(new Error("still trouble")));
    await ask();
    await database.pool.query("update approval_notifications set retry_count = max_retries - 1");
    work([mail]);
    await row(({ retries, left, status }) => retries === 70 && left && status === "FAILED");
    await hurry();
    expect(await row(({ left }) => !left)).toMatchObject({ status: "FAILED", error: "still trouble", retries: 70 });
  });

  it("is not retried after a permanent failure", async () => {
    work([oddChannel("EMAIL", async () => Promise.reject(new DeliveryError("no such mailbox", { permanent: true })))]);
    await ask();
    expect(await row(({ left }) => !left)).toMatchObject({ status: "FAILED", error: "no such mailbox", retries: 0 });
  });

  it("waits as long as the receiver asks, which does not count as a retry", async () => {
    const busy = new DeliveryError("slow down", { retryAfterMs: 60_000 });
    work([oddChannel("EMAIL", async () => Promise.reject(busy))]);
    await ask();
    const waiting = await row(({ status }) => status === "FAILED");
    expect(waiting).toMatchObject({ retries: 0, left: true });
    expect(Math.round(waiting.waitMs as number)).toBe(60_000);
  });

  it("without an answer fails at the timeout of the attempt", async () => {
    work([oddChannel("EMAIL", never)], { attemptMs: 50 });
    await ask();
    expect(await row(({ status }) => status === "FAILED")).toMatchObject({
      error: "no answer within 50 ms",
      left: true,
    });
  });

  it("on a channel that is not configured fails with that reason, and its request is not affected", async () => {
    work([unconfigured("EMAIL", "SMTP_URL is not set")]);
    const request = await ask();
    expect(await row(({ left }) => !left)).toMatchObject({ error: "EMAIL is not configured: SMTP_URL is not set" });
    expect(await core.manager.approve(request.id, {}, callerOf("bob"))).toMatchObject({ status: "APPROVED" });
  });

  it("about a deleted request is deleted with it", async () => {
    const release = Promise.withResolvers<void>();
    const mail = oddChannel("EMAIL", async () => release.promise.then(() => ({})));
    const worker = work([mail]);
    await ask();
    await mail.until(1);
    await database.pool.query("delete from approval_requests");
    release.resolve();
    await worker.stop();
    expect(await rows()).toEqual([]);
  });
});

describe("the receiver of a message", () => {
  it("may answer with characters that the database refuses, and the message is not sent again", async () => {
    const odd = { subject: "a\0b", body: "half \ud83d", externalId: "\0", externalUrl: "https://x/\0" };
    const mail = oddChannel("EMAIL", async ({ person }) => (person?.id === "bob" ? odd : {}));
    work([mail]);
    await ask({ notifyUsers: ["bob", "cleo"] });
    await eventually(async () => (await rows()).every(isSent) || undefined);
    expect(mail.given).toHaveLength(2);
    const { rows: kept } = await database.pool.query(
      "select subject, body, external_url as url from approval_notifications where recipient = 'bob'",
    );
    expect(kept).toEqual([{ subject: "ab", body: "half \ufffd", url: "https://x/" }]);
  });

  it("may refuse a message with characters that the database refuses", async () => {
    work([oddChannel("EMAIL", async () => Promise.reject(new DeliveryError("no \0 \udc00", { permanent: true })))]);
    await ask();
    expect(await row(({ left }) => !left)).toMatchObject({ status: "FAILED", error: "no  \ufffd" });
  });

  it.each([Number.POSITIVE_INFINITY, 1e300, 2 ** 31])(
    "receives the message again after a day if it asks for %d ms",
    async (ms) => {
      work([oddChannel("EMAIL", async () => Promise.reject(new DeliveryError("later", { retryAfterMs: ms })))]);
      await ask();
      const waiting = await row(({ status }) => status === "FAILED");
      expect(Math.round(waiting.waitMs as number)).toBe(86_400_000);
    },
  );
});

describe("a channel that is down", () => {
  it("does not delay other channels", async () => {
    const slack = oddChannel("SLACK", never);
    const mail = oddChannel("EMAIL");
    work([slack, mail]);
    for (let count = 0; count < 6; count += 1) await ask({ notifyChannels: ["SLACK", "EMAIL"] });
    await eventually(async () => (await rows()).filter(isSent).length === 6 || undefined);
    await slack.until(4);
    expect(slack.given).toHaveLength(4);
  });

  it("is paused if it asks for it, and other channels continue", async () => {
    const limited = new DeliveryError("slow down", { retryAfterMs: 60_000, pausesChannel: true });
    const slack = oddChannel("SLACK", async () => Promise.reject(limited), 1);
    const mail = oddChannel("EMAIL");
    work([slack, mail]);
    for (let count = 0; count < 3; count += 1) await ask({ notifyChannels: ["SLACK", "EMAIL"] });
    await eventually(async () => (await rows()).filter(isSent).length === 3 || undefined);
    await row(({ status }) => status === "FAILED");
    expect(slack.given).toHaveLength(1);
  });

  it("for one recipient leaves slots for the other recipients", async () => {
    const hooks = oddChannel("EMAIL", (delivery) => (delivery.person?.id === "dan" ? never() : Promise.resolve({})), 8);
    work([hooks]);
    for (let count = 0; count < 12; count += 1) await ask({ notifyUsers: ["dan"] });
    await hooks.until(4);
    await ask({ notifyUsers: ["bob"] });
    expect(await row(isSent)).toMatchObject({ recipient: "bob" });
    expect(hooks.given.filter(({ person }) => person?.id === "dan").length).toBeLessThan(8);
  });
});

describe("a host that does not answer", () => {
  it("leaves slots for other hosts, even if each of its webhooks has its own address", async () => {
    const hooks = oddChannel(
      "WEBHOOK",
      ({ notification }) => (notification.recipient.includes("dead") ? never() : Promise.resolve({})),
      12, // Nine slots are for callbacks: one more than a single host uses.
    );
    work([hooks]);
    const callBack = async (callbackUrl: string) =>
      core.manager.cancel((await ask({ notifyChannels: ["IN_APP"], callbackUrl })).id, ann);
    for (let count = 0; count < 12; count += 1) await callBack(`https://user:${count}@dead.example:8443/${count}`);
    await hooks.until(4);
    await callBack("https://alive.example/1");
    await row(({ recipient, status }) => recipient === "https://alive.example/1" && status === "SENT");
    // Four at a time for a host, and as many again that were taken before these were counted.
    expect(hooks.given.length).toBeLessThan(10);
  });
});

describe("callbacks to hosts that do not answer", () => {
  it("leave slots for the configured endpoint, however many hosts there are", async () => {
    const hooks = oddChannel(
      "WEBHOOK",
      ({ request }) => (request.callbackUrl === null ? Promise.resolve({}) : never()),
      8,
    );
    work([hooks]);
    for (let count = 0; count < 12; count += 1) {
      const { id } = await ask({ notifyChannels: ["IN_APP"], callbackUrl: `https://dead-${count}.example/` });
      await core.manager.cancel(id, ann);
    }
    await hooks.until(6);
    await ask({ notifyChannels: ["WEBHOOK"] });
    await row(({ recipient, status }) => recipient === "WEBHOOK_URL" && status === "SENT");
    expect(hooks.given).toHaveLength(7);
  });
});

describe("the messages of one request to one recipient", () => {
  it("are sent one after the other, the oldest first, also if it is retried", async () => {
    const mail = oddChannel("EMAIL", async (delivery, attempt) => {
      if (delivery.notification.kind === "REQUESTED" && attempt === 1) throw new Error("trouble");
      return {};
    });
    work([mail]);
    const request = await ask({ notifyUsers: ["bob", "cleo"] });
    await core.manager.approve(request.id, {}, callerOf("cleo"));
    await eventually(async () => (await rows()).filter(({ retries }) => retries === 1).length === 2 || undefined);
    await hurry();
    await eventually(async () => (await rows()).every(isSent) || undefined);
    const kinds = mail.given.filter(({ person }) => person?.id === "bob").map(({ notification }) => notification.kind);
    expect(kinds).toEqual(["REQUESTED", "REQUESTED", "DECIDED"]);
  });

  it("wait together, and are not read until the first of them is due", async () => {
    const later = new DeliveryError("later", { retryAfterMs: 3_600_000 });
    const mail = oddChannel("EMAIL", async ({ notification: { kind } }, attempt) => {
      if (kind === "REQUESTED" && attempt === 1) throw later;
      return {};
    });
    work([mail]);
    const request = await ask();
    const first = await row(({ status }) => status === "FAILED");
    await core.manager.cancel(request.id, ann);
    const times = await eventually(async () => {
      const { rows: waiting } = await database.pool.query<{ kind: string; at: Date; isLater: boolean }>(
        `select kind, next_attempt_at as at, next_attempt_at > clock_timestamp() as "isLater"
           from approval_notifications where recipient = 'bob' order by id`,
      );
      return waiting.every(({ isLater }) => isLater) ? waiting : undefined;
    });
    expect(times.map(({ kind }) => kind)).toEqual(["REQUESTED", "CANCELLED"]);
    expect(new Set(times.map(({ at }) => at.getTime())).size).toBe(1);
    await sendAgain(database.pool, first.id);
    await eventually(async () => (await rows()).every(isSent) || undefined);
    expect(mail.given.map(({ notification }) => notification.kind)).toEqual(["REQUESTED", "REQUESTED", "CANCELLED"]);
  });
});

describe("several delivery workers", () => {
  it("send each message once", async () => {
    const channels = [1, 2, 3].map(() => oddChannel("EMAIL"));
    for (const channel of channels) work([channel]);
    await Promise.all(Array.from({ length: 40 }, () => ask({ notifyUsers: ["bob", "cleo", "dan"] })));
    await eventually(async () => (await rows()).every(isSent) || undefined);
    const given = channels.flatMap((channel) => channel.given.map(({ notification }) => notification.id));
    expect(given).toHaveLength(120);
    expect(new Set(given).size).toBe(120);
  });

  it("take over the rows of a dead worker when its lease has expired, and not before", async () => {
    await ask({ notifyUsers: ["bob", "cleo"] });
    await database.pool.query(
      `update approval_notifications
          set locked_until = clock_timestamp() + case recipient when 'bob' then interval '-1 ms' else '1 hour' end`,
    );
    const mail = oddChannel("EMAIL");
    work([mail]);
    await row(isSent);
    expect(mail.given.map(({ person }) => person?.id)).toEqual(["bob"]);
  });

  it("leave a sent message to its worker, however long it needs to store the receipt", async () => {
    const channels = [oddChannel("EMAIL"), oddChannel("EMAIL")];
    const request = await ask();
    const holder = await database.pool.connect();
    await holder.query("begin");
    await holder.query("select from approval_requests where id = $1 for update", [request.id]);
    // A busy machine may renew a lease late, by a second or two.
    for (const channel of channels) work([channel], { leaseMs: 4_000, attemptMs: 500 });
    // Several renewals later.
    await eventually(async () => {
      const { rows: held } = await database.pool.query(
        "select from approval_notifications where locked_until > created_at + interval '9 s'",
      );
      return held[0];
    });
    await holder.query("commit");
    holder.release();
    await row(isSent);
    expect(channels.flatMap(({ given }) => given)).toHaveLength(1);
  });

  it("do not send a message again whose worker stops before it has stored the receipt", async () => {
    const stopping = Promise.withResolvers<void>();
    const first = oddChannel("EMAIL", async (_delivery, _attempt, signal) => {
      signal.addEventListener("abort", () => stopping.resolve());
      return {};
    });
    const worker = work([first]);
    const request = await ask();
    const holder = await database.pool.connect();
    await holder.query("begin");
    await holder.query("select from approval_requests where id = $1 for update", [request.id]);
    await first.until(1);
    const second = oddChannel("EMAIL");
    work([second]);
    const stopped = worker.stop();
    await stopping.promise;
    await ask({ notifyUsers: ["cleo"] });
    await second.until(1);
    await holder.query("commit");
    holder.release();
    await stopped;
    await eventually(async () => (await rows()).every(isSent) || undefined);
    expect(second.given.map(({ person }) => person?.id)).toEqual(["cleo"]);
  });

  it("take over at once the rows that a stopping worker releases", async () => {
    const stuck = oddChannel("EMAIL", never);
    const first = work([stuck], { leaseMs: 3_600_000 });
    await ask();
    await stuck.until(1);
    const mail = oddChannel("EMAIL");
    work([mail]);
    await first.stop();
    await row(isSent);
    expect(mail.given[0]?.notification.id).toBe(stuck.given[0]?.notification.id);
  });
});

describe("a delivery worker", () => {
  it("finds rows that became due while no worker listened", async () => {
    await ask();
    const mail = oddChannel("EMAIL");
    work([mail]);
    await row(isSent);
  });

  it("sends a reminder when it is due", async () => {
    const mail = oddChannel("EMAIL");
    work([mail]);
    await core.manager.startTimeoutChecker();
    await ask({ timeoutMs: 3_600_000, remindBeforeMs: 3_599_800 });
    await mail.until(2);
    expect(mail.given.map(({ notification }) => notification.kind)).toEqual(["REQUESTED", "REMINDER"]);
  });
});

describe("messages are sent in turn for each asker", () => {
  const THOUSAND = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
  const ben = callerOf("ben");
  const askAs = async (caller: typeof ann, more: Partial<ApprovalRequestInput>) =>
    (await core.manager.createRequest(inputOf({ notifyChannels: ["EMAIL"], ...more }), caller)).request;
  const askersOf = (given: readonly { request: { createdBy: string } }[]) =>
    given.map(({ request }) => request.createdBy);

  it.each([1, 4, 16])(
    "so that a message does not wait for another asker's thousand messages, with %i slots",
    async (slots) => {
      await askAs(ann, { notifyUsers: THOUSAND });
      await askAs(ben, { notifyUsers: ["cleo"] });
      const mail = oddChannel("EMAIL", async () => ({}), slots);
      work([mail]);
      await mail.until(slots + 1);
      expect(askersOf(mail.given.slice(0, slots + 1))).toContain("ben");
    },
  );

  it("and each asker has one turn before any asker has a second one", async () => {
    await askAs(ann, { notifyUsers: THOUSAND });
    const others = Array.from({ length: 50 }, (_, index) => `asker-${String(index).padStart(2, "0")}`);
    for (const other of others) await askAs(callerOf(other), { notifyUsers: ["cleo", "dan"] });
    const mail = oddChannel("EMAIL", async () => ({}), 1);
    work([mail]);
    await mail.until(160);
    // Of more askers than one look covers the later ones come with the next looks, so a few turns go to others.
    const order = askersOf(mail.given.slice(0, 160));
    expect(new Set(order)).toEqual(new Set(["ann", ...others]));
    expect(order.filter((asker) => asker === "ann").length).toBeLessThan(70);
    expect(new Set(order.slice(0, 90)).size).toBeGreaterThan(45);
  });

  it("also at a single endpoint", async () => {
    const waiting = oddChannel("WEBHOOK", async () => ({}), 1);
    for (let count = 0; count < 20; count += 1) await askAs(ann, { notifyChannels: ["WEBHOOK"] });
    await askAs(ben, { notifyChannels: ["WEBHOOK"] });
    work([waiting]);
    await waiting.until(2);
    expect(askersOf(waiting.given.slice(0, 2))).toEqual(["ann", "ben"]);
  });

  it("and a comment counts for its author, not for the creator of the request", async () => {
    const request = await askAs(ann, { notifyUsers: ["bob"] });
    await core.manager.comment(request.id, callerOf("bob"), "Why?");
    await core.manager.approve(request.id, {}, callerOf("bob"));
    const { rows: askers } = await database.pool.query(
      "select kind, recipient, asker from approval_notifications order by kind, recipient",
    );
    expect(askers).toEqual([
      { kind: "COMMENTED", recipient: "ann", asker: "bob" },
      { kind: "DECIDED", recipient: "ann", asker: "ann" },
      { kind: "REQUESTED", recipient: "bob", asker: "ann" },
    ]);
  });
});
