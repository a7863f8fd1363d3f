/** Signing out ends the session on the server: a copied cookie is not valid any longer. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { endSession, upsertPerson } from "../../src/db/queries/directory.ts";
import { LISTEN_APPLICATION_NAME } from "../../src/hub/listen-connection.ts";
import { startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { type OpenStream, overSocket, overSse } from "../support/server/streams.ts";

const WHO = { query: "{ viewer { userId } }" };

/** Two servers on one database, as two processes would have them. */
let here: TestServer;
let there: TestServer;
const open: OpenStream[] = [];

beforeAll(async () => {
  here = await startServer();
  there = await startServer({ DATABASE_URL: here.database.url });
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.leave();
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

const sql = (text: string, ...values: unknown[]) => here.database.pool.query(text, values);
let people = 0;
/** A person of this test alone. */
const someone = () => `person-${++people}`;

/** The value of the cookie of a new session. */
async function begin(token: string, headers: Record<string, string> = {}, more: object = {}): Promise<string> {
  const response = await fetch(`${here.url}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: here.url, ...headers },
    body: JSON.stringify({ token, ...more }),
  });
  expect(response.status).toBe(200);
  return /^countersign_session=([^;]+)/.exec(response.headers.getSetCookie()[0] as string)?.[1] as string;
}
const cookie = (value: string) => ({ Cookie: `countersign_session=${value}` });
const signOut = async (value: string, server = here) => {
  const response = await fetch(`${server.url}/session`, {
    method: "DELETE",
    headers: { ...cookie(value), Origin: server.url },
  });
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()[0]).toMatch(/^countersign_session=; .*Max-Age=0/);
};
/** The status of a request with this cookie. */
const asCookie = async (value: string, server = here) =>
  (await server.post(WHO, null, { ...cookie(value), Origin: server.url })).status;
const asBearer = async (value: string, server = here) => (await server.post(WHO, value)).status;

/** The same token with a signature that decodes to the same bytes: of its last character only four bits count. */
function respelled(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1) as string);
  return token.slice(0, -1) + alphabet[last ^ 1];
}

test("a cookie that was copied before the person signed out is refused by every process and in any form", async () => {
  const ann = await tokenFor(someone());
  const copied = await begin(ann);
  for (const server of [here, there]) {
    expect(await asCookie(copied, server)).toBe(200);
    expect(await asBearer(respelled(copied), server)).toBe(200);
  }
  await signOut(copied);
  for (const value of [copied, respelled(copied)]) {
    expect(await asCookie(value)).toBe(401);
    expect(await asBearer(value)).toBe(401);
    await expect.poll(() => asCookie(value, there)).toBe(401);
    expect(await asBearer(value, there)).toBe(401);
  }
  const again = await here.post(WHO, null, { ...cookie(copied), Origin: here.url });
  expect(await again.text()).toContain("This session was signed out.");
  const rest = await fetch(`${here.url}/api/viewer`, { headers: { Authorization: `Bearer ${copied}` } });
  expect(rest.status).toBe(401);
  const { ended } = overSocket(here, copied, WHO);
  expect(await ended).toMatch(/^4403/);
  const { viewer } = (await (
    await fetch(`${here.url}/session`, { headers: { ...cookie(copied), "Sec-Fetch-Site": "same-origin" } })
  ).json()) as { viewer: unknown };
  expect(viewer).toBe(null);
  // It does not start a session that would outlive it either.
  const body = JSON.stringify({ token: copied });
  const headers = { "Content-Type": "application/json", Origin: here.url };
  expect((await fetch(`${here.url}/session`, { method: "POST", headers, body })).status).toBe(401);
});

test("a session that was started with a copied cookie is the same session and ends with it", async () => {
  const first = await begin(await tokenFor(someone()));
  const second = await begin(first);
  expect(second).toBe(first);
  await signOut(first);
  expect(await asCookie(second)).toBe(401);
});

test("the token that a person signed in with, and their other sessions, stay valid", async () => {
  const ann = await tokenFor(someone());
  const [phone, desk] = [await begin(ann), await begin(ann)];
  await signOut(phone);
  expect(await asCookie(desk)).toBe(200);
  expect(await asBearer(ann)).toBe(200);
  expect(await asCookie(await begin(ann))).toBe(200);
});

test("a session has the rights, the address and the expiry of the token that it was started with", async () => {
  const iat = Math.floor(Date.now() / 1000) - 100;
  const token = await tokenFor(someone(), {
    roles: ["lead"],
    scope: "approvals:read",
    claims: { iat, email: "a@b.org" },
  });
  const query = "{ viewer { userId email roles scopes } }";
  const [one, other] = await Promise.all(
    [token, await begin(token)].map(async (bearer) => (await here.data(bearer, query)).viewer),
  );
  expect(other).toEqual(one);
});

test.each([
  ["a WebSocket", overSocket, "4403 This session was signed out"],
  ["an event stream", overSse, "cut"],
])(
  "%s that was opened with the session ends in every process, and those of other sessions stay open",
  async (_name, transport, how) => {
    const userId = someone();
    const id = await here.ask(await tokenFor("ann"), { notifyUsers: [userId] });
    const token = await tokenFor(userId);
    const [leaving, staying] = [await begin(token), await begin(token)];
    const operation = { query: UPDATES, variables: { id } };
    const streams = [here, there].flatMap((server) =>
      [leaving, staying, token].map((by) => transport(server, by, operation)),
    );
    open.push(...streams);
    for (const { messages } of streams) await messages.at(0);
    await signOut(leaving);
    const [first, ...rest] = streams as [OpenStream, ...OpenStream[]];
    expect(await first.ended).toBe(how);
    expect(await rest[2]?.ended).toBe(how);
    await sql(
      "update approval_requests set remind_at = null, expires_at = expires_at + interval '1 s' where id = $1",
      id,
    );
    for (const index of [0, 1, 3, 4]) {
      expect((await rest[index]?.messages.at(1))?.data.approvalRequestUpdated.version).toBe(2);
    }
  },
);

test("a provider's token that is the session itself ends with it, as a cookie and as a Bearer token", async () => {
  const ann = await tokenFor(someone());
  await signOut(ann);
  for (const value of [ann, respelled(ann)]) {
    expect(await asCookie(value)).toBe(401);
    expect(await asBearer(value)).toBe(401);
    await expect.poll(() => asCookie(value, there)).toBe(401);
  }
});

test("a session that is replaced by another person's ends as well", async () => {
  const ann = await begin(await tokenFor(someone()));
  const bob = await begin(await tokenFor(someone()), cookie(ann), { replace: true });
  expect(await asCookie(ann)).toBe(401);
  expect(await asCookie(bob)).toBe(200);
});

test("a process that starts later or missed the notification refuses a session that has ended", async () => {
  const userId = someone();
  const copied = await begin(await tokenFor(userId));
  const stream = overSocket(there, copied, { query: "subscription { approvalEvents { action } }" });
  open.push(stream);
  expect(await asCookie(copied, there)).toBe(200);
  await sql("alter table people disable trigger people_sessions_notify");
  await signOut(copied);
  await sql("alter table people enable trigger people_sessions_notify");
  const late = await startServer({ DATABASE_URL: here.database.url });
  try {
    expect(await asCookie(copied, late)).toBe(401);
  } finally {
    await late.stop();
  }
  await sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
    LISTEN_APPLICATION_NAME,
  );
  expect(await stream.ended).toBe("4403 This session was signed out");
  expect(await asCookie(copied, there)).toBe(401);
});

test("signing out without a session, or with one that has expired, writes nothing", async () => {
  const { rows: before } = await sql("select count(*) from people where ended_sessions <> '{}'");
  await signOut(await tokenFor(someone(), { expiresIn: -1 }));
  await signOut("stale");
  const { rows: after } = await sql("select count(*) from people where ended_sessions <> '{}'");
  expect(after).toEqual(before);
});

describe("the record of sessions that have ended", () => {
  const stored = async (userId: string) =>
    Object.keys((await sql("select ended_sessions from people where id = $1", userId)).rows[0].ended_sessions);

  test("is deleted once they would have expired", async () => {
    const userId = someone();
    const seen = { id: userId, email: null, roles: [], issuedAt: null, statesRoles: false, isAdmin: false };
    const end = (sessionId: string, expiresAt: number) =>
      endSession(here.database.pool, { userId, sessionId, expiresAt });
    await end("old", Date.now() - 1);
    await end("new", Date.now() + 3_600_000);
    expect(await stored(userId)).toEqual(["new"]);
    await sql("update people set ended_sessions = jsonb_build_object('older', 1) where id = $1", userId);
    await upsertPerson(here.database.pool, seen);
    expect(await stored(userId)).toEqual([]);
  });

  test("has a limit of 200 sessions, beyond which every session that started earlier ends", async () => {
    const userId = someone();
    const token = await tokenFor(userId);
    const [first, second] = [await begin(token), await begin(token)];
    expect(await asCookie(second, there)).toBe(200);
    const expiresAt = Date.now() + 3_600_000;
    for (let n = 1; n <= 200; n++) {
      await endSession(here.database.pool, { userId, sessionId: n === 1 ? "token:x" : `s${n}`, expiresAt });
    }
    expect(await stored(userId)).toHaveLength(200);
    expect(await asCookie(second)).toBe(200);
    await signOut(first);
    expect(await stored(userId)).toHaveLength(2);
    expect(await asCookie(first)).toBe(401);
    expect(await asCookie(second)).toBe(401);
    await expect.poll(() => asCookie(second, there)).toBe(401);
    expect(await asBearer(token)).toBe(200);
    expect(await asCookie(await begin(token))).toBe(200);
  });
});
