/** NOTIFY payloads, as a database login without rights receives them: they name no person. */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asAdmin } from "../support/db/database.ts";
import { insertRequest } from "../support/db/rows.ts";
import { insertMessage } from "../support/notifications/in-app-notifications.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const SPY = `spy_${randomBytes(4).toString("hex")}`;
const DENIED = { code: "42501" };
/** The allowed forms of a payload. */
const PAYLOADS = [
  /^log$/,
  /^lease$/,
  /^proof-[0-9a-f-]{36}$/,
  /^outbox:(SLACK|EMAIL|WEBHOOK):\d+$/,
  /^person:[0-9a-f]{16}$/,
  /^told:[0-9a-f]{16}(,[0-9a-f]{16})*$/,
  /^run:([0-9a-f-]{36}:\d+:[A-Z]+,?)+$/,
  /^([0-9a-f-]{36}:\d+:[A-Z]+:\d+,?)+$/,
];

let server: TestServer;
let spy: pg.Client;
const received: string[] = [];

beforeAll(async () => {
  await asAdmin((admin) => admin.query(`create role ${SPY} login password 'secret'`));
  server = await startServer({ SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "gate@company.com" });
  const url = new URL(server.database.url);
  url.username = SPY;
  url.password = "secret";
  spy = new pg.Client({ connectionString: url.href });
  await spy.connect();
  spy.on("notification", ({ payload = "" }) => received.push(payload));
  await spy.query("listen countersign");
});
afterAll(async () => {
  await spy.end();
  await server.stop();
  await asAdmin((admin) => admin.query(`drop role ${SPY}`));
});

const sql = (text: string, ...values: unknown[]) => server.database.pool.query(text, values);

/** All payloads of the commits so far. */
async function allReceived(): Promise<string[]> {
  const mark = `proof-${randomUUID()}`;
  await sql("select pg_notify('countersign', $1)", mark);
  await expect.poll(() => received.includes(mark)).toBe(true);
  return received;
}

/** Equal numbers are the same person. */
const KINDS: ((n: number) => string)[] = [
  (n) => `newcomer-${n}@company.com`,
  (n) => `user-${n}`,
  (n) => `auth0|${createHash("md5").update(String(n)).digest("base64url")}`,
  (n) => `Zoë.Ünal-${n}@münchen.example`,
  (n) => `${"long-".repeat(30)}${n}@company.com`,
];
const someone = (n: number) => (KINDS[n % KINDS.length] as (n: number) => string)(n);

describe("a database login that may only connect", () => {
  it("receives no user id, address or role, whatever happens", async () => {
    const people = Array.from({ length: 40 }, (_, n) => someone(n));
    const roles = ["release-managers", "on-call"];
    const seconds = Math.floor(Date.now() / 1000);
    const tokenOf = (id: string, more: object = {}) =>
      tokenFor(id, {
        roles,
        claims: { iat: seconds - 50, email: `mail-of-${people.indexOf(id)}@company.com` },
        ...more,
      });
    for (const id of people) await server.data(await tokenOf(id), "{ viewer { roles } }");
    const orchestrator = await tokenFor("orchestrator-of-releases", { scope: "approvals:request" });
    const pick = (n: number) => people[n % people.length] as string;
    for (let n = 0; n < 30; n++) {
      const id = await server.ask(orchestrator, {
        title: `Grant ${pick(n + 5)} access?`,
        requestedBy: pick(n),
        metadata: { person: pick(n + 6) },
        notifyUsers: [pick(n + 1), pick(n + 2), pick(n + 3)],
        notifyRoles: roles.slice(n % 2),
        notifyChannels: ["IN_APP", "EMAIL"],
        escalateToUsers: [pick(n + 4)],
        remindBeforeMs: 60_000,
      });
      const as = async (person: string, mutation: string) =>
        server.data(await tokenOf(person), `mutation { ${mutation} { __typename } }`);
      await as(pick(n + 1), `addApprovalComment(input: { requestId: "${id}", body: "Ask ${pick(n + 7)}" })`);
      await as(pick(n), `escalateApprovalRequest(input: { requestId: "${id}" })`);
      const acts = ["approveRequest", "rejectRequest", "cancelApprovalRequest"] as const;
      const act = acts[n % 3] as string;
      const what = act === "approveRequest" ? "" : act === "rejectRequest" ? 'comment: "no"' : 'reason: "no"';
      await as(
        act === "cancelApprovalRequest" ? pick(n) : pick(n + 2),
        `${act}(input: { requestId: "${id}" ${what} })`,
      );
      await as(pick(n + 3), `setNotificationPreferences(input: { mutedChannels: [${n % 2 ? "EMAIL" : ""}] })`);
      await as(pick(n + 3), `markAllNotificationsRead(input: { before: "${new Date().toISOString()}" })`);
    }
    for (const id of people) {
      await server.data(await tokenOf(id, { roles: ["on-call"], claims: { iat: seconds } }), "{ viewer { roles } }");
    }
    await sql("update people set roles = '{other}' where roles_issued_at is not null");
    await sql("update approval_notifications set status = 'READ', read_at = now() where channel = 'IN_APP'");
    const payloads = await allReceived();
    expect(payloads.filter((payload) => !PAYLOADS.some((known) => known.test(payload)))).toEqual([]);
    for (const kind of [/^person:/, /^told:/, /^outbox:EMAIL:/, /^log$/]) {
      expect(payloads.filter((payload) => kind.test(payload)).length, String(kind)).toBeGreaterThan(10);
    }
    const all = payloads.join("\n");
    // Nor a value that anyone could compute from an id.
    const guesses = [...people, "orchestrator-of-releases", ...roles].flatMap((id) => [
      id,
      ...["sha256", "md5", "sha1", "sha512"].map((kind) => createHash(kind).update(id).digest("hex").slice(0, 16)),
    ]);
    expect(guesses.filter((guess) => all.includes(guess))).toEqual([]);
  });

  it("is notified of changes by psql, of ids of any length, with one hash for each person", async () => {
    const before = (await allReceived()).length;
    const names = ["short", "x".repeat(100_000), "ü".repeat(5_000)];
    for (const id of names) {
      await sql("insert into people (id, roles, roles_issued_at) values ($1, '{a}', now())", id);
      await sql("update people set roles = '{b}' where id = $1", id);
      await sql("update people set roles = '{c}' where id = $1", id);
    }
    const hashes = (await allReceived()).slice(before).filter((payload) => payload.startsWith("person:"));
    expect(hashes).toHaveLength(6);
    expect(new Set(hashes).size).toBe(3);
    for (const n of [0, 2, 4]) expect(hashes[n]).toBe(hashes[n + 1]);
  });

  it("is notified of notifications for many people in payloads that PostgreSQL accepts", async () => {
    const id = await insertRequest(server.database.pool);
    await sql(
      `insert into approval_notifications (approval_request_id, kind, channel, recipient, status, metadata)
       select $1, 'COMMENTED', 'IN_APP', 'recipient-' || n, 'SENT', '{"to":"person","status":"PENDING"}'
         from generate_series(1, 2000) n`,
      id,
    );
    const hashes = (await allReceived())
      .filter((payload) => payload.startsWith("told:"))
      .map((one) => one.slice(5).split(","));
    expect(hashes.filter(({ length }) => length > 100).flat()).toHaveLength(2_000);
  });

  it("can neither read the key nor compute the hash of an id", async () => {
    const own = `create temp table written (channel text, recipient text, next_attempt_at timestamptz, status text, id text,
      roles text[], roles_issued_at timestamptz)`;
    await spy.query(own);
    await expect(spy.query("select * from countersign_notify_key")).rejects.toMatchObject(DENIED);
    for (const name of ["approval_notifications_notify_insert", "approval_notifications_notify_update"]) {
      const trigger = `create trigger oracle after insert on pg_temp.written referencing new table as written
        for each statement execute function ${name}()`;
      await expect(spy.query(trigger), name).rejects.toMatchObject(DENIED);
    }
    const trigger =
      "create trigger oracle after insert on pg_temp.written for each row execute function people_roles_notify()";
    await expect(spy.query(trigger)).rejects.toMatchObject(DENIED);
  });
});

describe("the key of the hashes in payloads", () => {
  it.each(["countersign_person"])("cannot be read by %s", async (role) => {
    const client = await server.database.pool.connect();
    try {
      await client.query(`begin; set local role ${role}`);
      await client.query("select set_config('request.jwt.claims', $1, true)", [
        '{"sub":"root","scope":"approvals:admin"}',
      ]);
      await expect(client.query("select * from countersign_notify_key")).rejects.toMatchObject(DENIED);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  it("can be read but not changed by the API's role", async () => {
    const { pool } = server.app.services;
    expect((await pool.query("select current_user as role")).rows).toEqual([{ role: "countersign_api" }]);
    const { rows } = await pool.query<{ key: Buffer }>("select key from countersign_notify_key");
    expect(rows.map(({ key }) => key.length)).toEqual([32]);
    for (const statement of ["update countersign_notify_key set key = key", "delete from countersign_notify_key"]) {
      await expect(pool.query(statement)).rejects.toMatchObject(DENIED);
    }
  });

  it("is not needed by a writer that causes notifications", async () => {
    const { pool, hub } = server.app.services;
    const woken = new Promise<void>((resolve) => hub.onNotifications("zoë@company.com", resolve));
    await insertMessage(pool, await insertRequest(pool), "zoë@company.com");
    await woken;
  });
});
