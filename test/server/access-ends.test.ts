/** The access of a token ends with the token, with the right to see a request, and with a lost role. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { putPeople } from "../../src/db/queries/directory.ts";
import { LISTEN_APPLICATION_NAME } from "../../src/hub/listen-connection.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { type OpenStream, type Operation, overSocket, overSse, type Transport } from "../support/server/streams.ts";

const INBOX = { query: "subscription { pendingApprovalsUpdated { change pendingCount request { id title } } }" };
const EVENTS = { query: "subscription { approvalEvents { action request { id title } } }" };
const updatesOf = (id: string): Operation => ({ query: UPDATES, variables: { id } });
const WHO = "{ viewer { roles } }";

/** Two servers on one database, as two processes would have them. */
let here: TestServer;
let there: TestServer;
let ann: string;
const open: OpenStream[] = [];

beforeAll(async () => {
  here = await startServer({ APPROVAL_TIMEOUT_CHECK_INTERVAL: "3600000" });
  there = await startServer({ APPROVAL_TIMEOUT_CHECK_INTERVAL: "3600000", DATABASE_URL: here.database.url });
  ann = await tokenFor("ann");
  await allowRewriting(here.database.pool);
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.leave();
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

const sql = (text: string, ...values: unknown[]) => here.database.pool.query(text, values);
const listeners = (server: TestServer) => server.app.services.hub.stats().topicSubscribers;

function subscribe(transport: Transport, server: TestServer, token: string, operation: Operation): OpenStream {
  const stream = transport(server, token, operation);
  open.push(stream);
  return stream;
}

/** A subscription that sends nothing at its start. Resolves once it listens. */
async function follow(transport: Transport, server: TestServer, token: string, operation: Operation) {
  const before = listeners(server);
  const stream = subscribe(transport, server, token, operation);
  await expect.poll(() => listeners(server)).toBeGreaterThan(before);
  return stream;
}

let people = 0;
/** A person of this test alone. */
const someone = () => `person-${++people}`;
/** A token with roles, issued this many seconds ago. */
const issued = (userId: string, secondsAgo: number, roles: string[] | undefined, scope?: string) =>
  tokenFor(userId, { roles, scope, claims: { iat: Math.floor(Date.now() / 1000) - secondsAgo } });

describe.each([
  ["a WebSocket", overSocket],
  ["an event stream", overSse],
])("over %s", (_name, transport) => {
  const ending = transport === overSocket ? "4403" : "cut";

  describe("a change by SQL of who may see a request ends", () => {
    test("the updates of the request, before they send anything new", async () => {
      const bob = someone();
      const id = await here.ask(ann, { notifyUsers: [bob] });
      const { messages } = subscribe(transport, here, await tokenFor(bob), updatesOf(id));
      expect((await messages.at(0)).data.approvalRequestUpdated).toMatchObject({ id, version: 1 });
      await sql("update approval_requests set notify_users = '{cleo}', title = 'secret' where id = $1", id);
      await messages.end;
      expect(messages.received.slice(1).map(({ errors }) => errors[0].extensions.code)).toEqual(["NOT_FOUND"]);
      expect(JSON.stringify(messages.received)).not.toContain("secret");
    });

    test("the updates of the request in the inbox, but not those of other requests", async () => {
      const bob = someone();
      const changed = await here.ask(ann, { notifyUsers: [bob], allowedApprovers: [bob] });
      const lost = await here.ask(ann, { notifyUsers: [bob] });
      const { messages } = await follow(transport, here, await tokenFor(bob), INBOX);
      const first = await here.ask(ann, { notifyUsers: [bob] });
      await messages.until((received) =>
        received.some(({ data }) => data.pendingApprovalsUpdated.request.id === first),
      );
      await sql("update approval_requests set notify_users = '{cleo}', title = 'secret' where id = $1", lost);
      // A notified user may still see the request, but is no longer an approver.
      await sql("update approval_requests set allowed_approvers = '{cleo}' where id = $1", changed);
      await messages.until((received) => received.at(-1)?.data.pendingApprovalsUpdated.change === "REMOVED");
      expect(messages.received.at(-1)?.data.pendingApprovalsUpdated).toMatchObject({
        request: { id: changed },
        pendingCount: 1,
      });
      expect(JSON.stringify(messages.received)).not.toContain("secret");
    });

    test("the events of the request in the audit log", async () => {
      const bob = someone();
      const [lost, kept] = [await here.ask(ann, { notifyUsers: [bob] }), await here.ask(ann, { notifyUsers: [bob] })];
      const { messages } = await follow(transport, here, await tokenFor(bob), EVENTS);
      const comment = (id: string) =>
        here.data(ann, `mutation { addApprovalComment(input: { requestId: "${id}", body: "Look" }) { __typename } }`);
      await expect
        .poll(async () => {
          await comment(lost);
          return messages.received.length;
        })
        .toBeGreaterThan(0);
      const isOf = (id: string) => (message: Data | undefined) => message?.data.approvalEvents.request.id === id;
      // The log is ordered, so everything before this event has arrived.
      await comment(kept);
      await messages.until((received) => isOf(kept)(received.at(-1)));
      const before = messages.received.length;
      expect(messages.received.filter(isOf(lost))).toHaveLength(before - 1);
      await sql("update approval_requests set notify_users = '{cleo}', title = 'secret' where id = $1", lost);
      await comment(lost);
      await comment(kept);
      await messages.at(before);
      expect(messages.received.slice(before).map(isOf(kept))).toEqual([true]);
      expect(JSON.stringify(messages.received)).not.toContain("secret");
    });
  });

  test.each([
    ["a request", (id: string) => updatesOf(id)],
    ["the inbox", () => INBOX],
    ["the log", () => EVENTS],
  ])("%s is followed only until the token expires", async (_what, operation) => {
    const id = await here.ask(ann);
    const { ended } = subscribe(transport, here, await tokenFor("bob", { expiresIn: 5 }), operation(id));
    expect(await ended).toMatch(transport === overSocket ? /^4403 Token expired$/ : /^cut$/);
    await expect.poll(here.subscribers).toBe(0);
  });

  test("a role that a newer token lacks ends the streams of an older token, in this process and in the others", async () => {
    const dan = someone();
    const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
    const [older, newer] = [await issued(dan, 100, ["lead", "qa"]), await issued(dan, 50, ["qa"])];
    const streams = [here, there].map((server) => subscribe(transport, server, older, updatesOf(id)));
    for (const { messages } of streams) await messages.at(0);
    expect((await here.data(newer, WHO)).viewer.roles).toEqual(["qa"]);
    for (const { ended } of streams) expect(await ended).toContain(ending);

    // The older token now has only the roles of the newer one.
    for (const server of [here, there]) {
      expect((await server.data(older, WHO)).viewer.roles).toEqual(["qa"]);
      const again = subscribe(transport, server, older, updatesOf(id));
      expect((await again.messages.at(0)).errors[0].extensions.code).toBe("NOT_FOUND");
      const { approveRequest } = await server.data(older, APPROVE, { id });
      expect(approveRequest.__typename).toBe("NotFoundError");
    }
  });
});

describe("two tokens that were issued in the same second", () => {
  test.each([
    ["the one with fewer roles first", true],
    ["the one with fewer roles last", false],
  ])("grant only the roles that both state, %s", async (_order, isFirst) => {
    for (const fewer of [["b"], [], undefined]) {
      const iva = someone();
      const at = Math.floor(Date.now() / 1000) - 60;
      const token = (roles: string[] | undefined) => tokenFor(iva, { roles, claims: { iat: at } });
      const [more, less] = [await token(["a", "b"]), await token(fewer)];
      for (const one of isFirst ? [less, more] : [more, less]) await here.data(one, WHO);
      const both = fewer ?? [];
      for (const server of [here, there]) {
        expect((await server.data(more, WHO)).viewer.roles).toEqual(both);
        expect((await server.data(less, WHO)).viewer.roles).toEqual(both);
      }
      expect((await sql("select roles from people where id = $1", iva)).rows).toEqual([{ roles: both }]);
    }
  });

  test("end the connections of the token with more roles, in every process", async () => {
    const jan = someone();
    const at = Math.floor(Date.now() / 1000) - 60;
    const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
    const more = await tokenFor(jan, { roles: ["lead"], claims: { iat: at } });
    const streams = [here, there].map((server) => subscribe(overSocket, server, more, updatesOf(id)));
    for (const { messages } of streams) await messages.at(0);
    await here.data(await tokenFor(jan, { roles: [], claims: { iat: at } }), WHO);
    for (const { ended } of streams) expect(await ended).toBe("4403 Roles changed");
  });
});

describe("a newer token of a user", () => {
  const socketOf = async (userId: string, token: string) => {
    const id = await here.ask(ann, { notifyUsers: [userId] });
    const stream = subscribe(overSocket, here, token, updatesOf(id));
    await stream.messages.at(0);
    return { ...stream, id };
  };
  const stillDelivers = async ({ messages, id }: Awaited<ReturnType<typeof socketOf>>) => {
    await sql("update approval_requests set title = 'Deploy now?' where id = $1", id);
    expect((await messages.at(1)).data.approvalRequestUpdated.version).toBe(2);
  };

  test("with the same roles or more ends nothing", async () => {
    const eve = someone();
    const stream = await socketOf(eve, await issued(eve, 100, ["a", "b"]));
    await here.data(await issued(eve, 90, ["b", "a"]), WHO);
    await here.data(await issued(eve, 80, ["b", "c", "a"]), WHO);
    await stillDelivers(stream);
  });

  test("without the roles claim ends the connections of an older token with roles, in every process", async () => {
    const eve = someone();
    const older = await issued(eve, 100, ["lead"]);
    const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
    const streams = [here, there].map((server) => subscribe(overSocket, server, older, updatesOf(id)));
    for (const { messages } of streams) await messages.at(0);
    await here.data(await issued(eve, 70, undefined), WHO);
    for (const { ended } of streams) expect(await ended).toBe("4403 Roles changed");
    for (const server of [here, there]) {
      expect((await server.data(older, APPROVE, { id })).approveRequest.__typename).toBe("NotFoundError");
    }
    expect((await sql("select roles from people where id = $1", eve)).rows).toEqual([{ roles: [] }]);
  });

  test("without the roles claim does not affect the roles of PEOPLE_FILE, which no token has stated", async () => {
    const known = { id: someone(), email: null, roles: ["from-file"], locale: null, zone: null };
    await putPeople(here.database.pool, [known]);
    await here.data(await issued(known.id, 50, undefined), WHO);
    await here.data(await tokenFor(known.id), WHO);
    expect((await sql("select roles from people where id = $1", known.id)).rows).toEqual([{ roles: ["from-file"] }]);
  });

  test("ends no connection of tokens without the lost role, whatever their scopes, and none of other people", async () => {
    const [fay, other] = [someone(), someone()];
    const streams = [
      await socketOf(fay, await issued(fay, 100, [], "approvals:read")),
      await socketOf(fay, await issued(fay, 100, undefined)),
      await socketOf(other, await issued(other, 100, ["a"])),
    ];
    await here.data(await issued(fay, 90, ["a"]), WHO);
    await here.data(await issued(fay, 80, []), WHO);
    for (const stream of streams) await stillDelivers(stream);
  });

  test("grants a role again, to older tokens as well, and an older token that is used later changes nothing", async () => {
    const gil = someone();
    const [first, second, third] = [
      await issued(gil, 100, ["a"]),
      await issued(gil, 80, []),
      await issued(gil, 60, ["a"]),
    ];
    const roles = async (server: TestServer, token: string) => (await server.data(token, WHO)).viewer.roles;
    expect(await roles(here, second)).toEqual([]);
    expect(await roles(here, first)).toEqual([]);
    expect(await roles(here, third)).toEqual(["a"]);
    expect(await roles(here, second)).toEqual([]);
    expect(await roles(here, first)).toEqual(["a"]);
    await expect
      .poll(async () => (await sql("select roles from people where id = $1", gil)).rows)
      .toEqual([{ roles: ["a"] }]);
    expect(await roles(there, second)).toEqual([]);
    expect(await roles(there, third)).toEqual(["a"]);
  });

  test("with a time of issue in the future affects only its own roles", async () => {
    const hal = someone();
    await here.data(await issued(hal, -3_600, []), WHO);
    expect((await here.data(await issued(hal, 10, ["a"]), WHO)).viewer.roles).toEqual(["a"]);
  });
});

test("a process that starts later reads the lost role from the directory", async () => {
  const ida = someone();
  const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
  await here.data(await issued(ida, 50, []), WHO);
  await expect
    .poll(async () => (await sql("select roles_issued_at from people where id = $1", ida)).rows)
    .toEqual([{ roles_issued_at: expect.any(Date) }]);
  const late = await startServer({ DATABASE_URL: here.database.url });
  try {
    const older = await issued(ida, 100, ["lead"]);
    // The decision is the person's first operation in this process.
    expect((await late.data(older, APPROVE, { id })).approveRequest.__typename).toBe("NotFoundError");
    const { messages } = subscribe(overSocket, late, older, updatesOf(id));
    expect((await messages.at(0)).errors[0].extensions.code).toBe("NOT_FOUND");
  } finally {
    await late.stop();
  }
});

test("a process that missed the notification reads the lost role when it listens again", async () => {
  const jo = someone();
  const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
  const { messages, ended } = subscribe(overSocket, there, await issued(jo, 100, ["lead"]), updatesOf(id));
  await messages.at(0);
  await sql("alter table people disable trigger people_roles_notify");
  await here.data(await issued(jo, 50, []), WHO);
  await expect
    .poll(async () => (await sql("select roles from people where id = $1", jo)).rows)
    .toEqual([{ roles: [] }]);
  await sql("alter table people enable trigger people_roles_notify");
  await sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
    LISTEN_APPLICATION_NAME,
  );
  expect(await ended).toBe("4403 Roles changed");
});

test("a process that starts later respects a newer token without the roles claim, even if no token has stated roles", async () => {
  const kim = someone();
  const id = await here.ask(ann, { notifyUsers: ["cleo"], notifyRoles: ["lead"] });
  await here.data(await issued(kim, 50, undefined), WHO);
  const late = await startServer({ DATABASE_URL: here.database.url });
  try {
    const older = await issued(kim, 100, ["lead"]);
    expect((await late.data(older, APPROVE, { id })).approveRequest.__typename).toBe("NotFoundError");
    // A token that is issued later grants the role again.
    expect((await late.data(await issued(kim, 10, ["lead"]), WHO)).viewer.roles).toEqual(["lead"]);
  } finally {
    await late.stop();
  }
});

test("without a response of the directory, the first use of a token fails with 503 over HTTP and with 1013 over WebSocket", async () => {
  const lea = await issued(someone(), 100, ["lead"]);
  const max = await issued(someone(), 100, ["lead"]);
  await here.data(max, WHO);
  await sql("alter table people rename to elsewhere");
  try {
    const refused = await here.post({ query: WHO }, lea);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    const { ended } = subscribe(overSocket, here, lea, INBOX);
    expect(await ended).toMatch(/^1013/);
    // Known people are not affected.
    expect((await here.post({ query: WHO }, max)).status).toBe(200);
  } finally {
    await sql("alter table elsewhere rename to people");
  }
  expect((await here.data(lea, WHO)).viewer.roles).toEqual(["lead"]);
});

test("the roles of PEOPLE_FILE end with a newer token", async () => {
  const known = { id: someone(), email: null, roles: ["from-file"], locale: null, zone: null };
  await here.data(await issued(known.id, 50, ["from-token"]), WHO);
  await expect
    .poll(async () => (await sql("select roles from people where id = $1", known.id)).rows as Data[])
    .toEqual([{ roles: ["from-token"] }]);
  await putPeople(here.database.pool, [known]);
  expect((await sql("select roles from people where id = $1", known.id)).rows).toEqual([{ roles: ["from-token"] }]);
});
