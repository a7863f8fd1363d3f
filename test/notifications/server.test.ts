/** In-app notifications with the whole server: caused by commands, received over sockets, streams and REST. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { gist, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { type OpenStream, overSocket, overSse } from "../support/server/streams.ts";

let server: TestServer;
let ann: RestClient;
let admin: RestClient;
let adminToken: string;

beforeAll(async () => {
  server = await startServer();
  ann = restClient(server, await tokenFor("ann"));
  adminToken = await tokenFor("adam", { scope: "approvals:admin" });
  admin = restClient(server, adminToken);
});
afterAll(() => server.stop());

/** Creates a person with a token. */
async function person(): Promise<{ id: string; token: string; rest: RestClient }> {
  const id = `person-${randomUUID()}`;
  const token = await tokenFor(id);
  return { id, token, rest: restClient(server, token) };
}

const FOLLOW = `subscription { notificationReceived {
  cursor unreadCount notification { id kind subject body actor comment request { id status } }
} }`;
/** The events of an open stream, starting with the first, which has the current state. */
async function open(transport: typeof overSocket, token: string): Promise<OpenStream & { events(): Data[] }> {
  const stream = transport(server, token, { query: FOLLOW });
  await stream.messages.at(0);
  return { ...stream, events: () => stream.messages.received.map(({ data }) => data.notificationReceived) };
}
const last = ({ events }: { events(): Data[] }) => events().at(-1);

describe("an action of a person", () => {
  test.each([
    ["a socket", overSocket],
    ["an event stream", overSse],
  ])("notifies those whom it concerns, over %s", async (_name, transport) => {
    const [bob, cleo, dan] = [await person(), await person(), await person()];
    const streams = await Promise.all([bob, cleo, dan].map(({ token }) => open(transport, token)));
    const [ofBob, ofCleo, ofDan] = streams as [(typeof streams)[0], (typeof streams)[0], (typeof streams)[0]];
    const ofAnn = await open(transport, await tokenFor("ann"));
    const before = last(ofAnn).unreadCount;

    const { id } = await ann.ask({ notifyUsers: [bob.id, cleo.id], title: "Deploy 2.0?" });
    for (const stream of [ofBob, ofCleo]) {
      await stream.messages.until(() => stream.events().length > 1);
      expect(last(stream)).toMatchObject({
        unreadCount: 1,
        notification: { kind: "REQUESTED", actor: "ann", comment: null, request: { id, status: "PENDING" } },
      });
      expect(last(stream).notification.subject).toContain("Deploy 2.0?");
    }
    await bob.rest.post(`/approvals/${id}/approve`, { comment: "Go ahead." });
    await ofAnn.messages.until(() => last(ofAnn).unreadCount > before);
    expect(last(ofAnn).notification).toMatchObject({
      kind: "DECIDED",
      actor: bob.id,
      comment: "Go ahead.",
      request: { id, status: "APPROVED" },
      body: expect.stringContaining("Go ahead."),
    });
    await ofCleo.messages.until(() => ofCleo.events().length > 2);
    expect(last(ofCleo)).toMatchObject({ unreadCount: 2, notification: { kind: "DECIDED", actor: bob.id } });

    // Nobody is notified of other people's requests or of their own actions; the next message shows that.
    await ann.ask({ notifyUsers: [bob.id, dan.id], title: "And now?" });
    await Promise.all([ofBob, ofDan].map((stream) => stream.messages.until(() => last(stream).notification !== null)));
    await ofBob.messages.until(() => ofBob.events().length > 2);
    const kinds = (stream: typeof ofBob) => stream.events().map(({ notification }) => notification?.kind ?? null);
    expect([kinds(ofBob), kinds(ofDan)]).toEqual([
      [null, "REQUESTED", "REQUESTED"],
      [null, "REQUESTED"],
    ]);
    for (const stream of [...streams, ofAnn]) stream.leave();
  });

  test("notifies people on the channels that they have not muted, and of an escalation on at least one channel", async () => {
    const [bob, cleo] = [await person(), await person()];
    await bob.rest.post("/notifications/preferences", { mutedChannels: ["IN_APP", "EMAIL", "SLACK"] }, "PUT");
    await cleo.rest.post("/notifications/preferences", { mutedChannels: ["EMAIL"] }, "PUT");
    const escalateToUsers = [bob.id];
    const { id } = await ann.ask({
      notifyUsers: [bob.id, cleo.id],
      notifyChannels: ["EMAIL", "IN_APP"],
      escalateToUsers,
    });
    const told = async (who: string) => {
      const { body } = await admin.get(`/notifications/deliveries?recipient=${who}`);
      return body.items.map(({ kind, channel }: Data) => `${kind} ${channel}`);
    };
    expect([await told(bob.id), await told(cleo.id)]).toEqual([[], ["REQUESTED IN_APP"]]);
    await ann.post(`/approvals/${id}/escalate`, {});
    expect(await told(bob.id)).toHaveLength(1);
    expect((await told(bob.id))[0]).toMatch(/^ESCALATED (EMAIL|IN_APP)$/);
  });
});

describe("REST for notifications", () => {
  test("lists them, marks one or all as read, and updates the count in other windows", async () => {
    const bob = await person();
    const window = await open(overSocket, bob.token);
    for (let n = 0; n < 3; n++) await ann.ask({ notifyUsers: [bob.id] });
    const { status, body } = await bob.rest.get("/notifications?first=2");
    expect([status, body.items.length, body.hasNextPage]).toEqual([200, 2, true]);
    expect(body.items[0]).toMatchObject({ kind: "REQUESTED", channel: "IN_APP", status: "SENT", readAt: null });
    const rest = await bob.rest.get(`/notifications?after=${body.endCursor}&kinds=REQUESTED,DECIDED`);
    expect([rest.body.items.length, rest.body.hasNextPage]).toEqual([1, false]);

    const ids = body.items.map(({ id }: Data) => id);
    const marked = await bob.rest.post("/notifications/read", { ids });
    expect([marked.status, marked.body.unreadCount]).toEqual([200, 1]);
    expect(marked.body.notifications.map((message: Data) => [message.id, message.status])).toEqual(
      ids.map((id: string) => [id, "READ"]),
    );
    await window.messages.until(() => last(window).unreadCount === 1 && window.events().length > 3);
    const unread = await bob.rest.get("/notifications?unreadOnly=true");
    expect(unread.body.items.map(({ id }: Data) => id)).toEqual(rest.body.items.map(({ id }: Data) => id));
    const all = await bob.rest.post("/notifications/read-all", { before: "2100-01-01T00:00:00Z" });
    expect([all.status, all.body]).toEqual([200, { unreadCount: 0 }]);
    await window.messages.until(() => last(window).unreadCount === 0);
    expect(last(window).notification).toBeNull();
    expect((await bob.rest.get("/viewer")).body.unreadNotificationCount).toBe(0);
    window.leave();
  });

  test("names the faults of the input", async () => {
    const [bob, cleo] = [await person(), await person()];
    await ann.ask({ notifyUsers: [bob.id, cleo.id] });
    const idOf = async ({ rest }: typeof bob) => (await rest.get("/notifications")).body.items[0].id;
    const ids = [await idOf(bob), await idOf(cleo)];
    const post = (path: string, body: object, method = "POST") => bob.rest.post(`/notifications${path}`, body, method);
    expect(gist(await post("/read", { ids }))).toEqual([422, "VALIDATION", "ids.1"]);
    expect(gist(await post("/read", { ids: [] }))).toEqual([422, "VALIDATION", "ids"]);
    expect(gist(await post("/read", {}))).toEqual([422, "VALIDATION", "ids"]);
    expect(gist(await post("/read-all", {}))).toEqual([422, "VALIDATION", "before"]);
    expect(gist(await post("/read-all", { before: "soon" }))).toEqual([422, "VALIDATION", "before"]);
    const muted = { mutedChannels: ["EMAIL", "WEBHOOK"] };
    expect(gist(await post("/preferences", muted, "PUT"))).toEqual([422, "VALIDATION", "mutedChannels.1"]);
    expect(gist(await bob.rest.get("/notifications?kinds=NONE"))).toEqual([422, "VALIDATION", "kinds.0"]);
    expect(gist(await bob.rest.get("/notifications?after=x"))).toEqual([422, "VALIDATION", "after"]);
    expect((await bob.rest.get("/notifications?unreadOnly=true")).body.items).toHaveLength(1);
  });

  test("sets and shows the channels on which a person wants to be notified", async () => {
    const { rest } = await person();
    expect((await rest.get("/notifications/preferences")).body).toEqual({ mutedChannels: [] });
    const set = await rest.post("/notifications/preferences", { mutedChannels: ["SLACK"] }, "PUT");
    expect([set.status, set.body]).toEqual([200, { mutedChannels: ["SLACK"] }]);
    expect((await rest.get("/notifications/preferences")).body).toEqual({ mutedChannels: ["SLACK"] });
  });
});

describe("failed notifications", () => {
  test("are listed and resent by admins", async () => {
    const bob = await person();
    const { id: requestId } = await ann.ask({ notifyUsers: [bob.id], notifyChannels: ["EMAIL"] });
    // No mail server is configured here.
    const failures = async (): Promise<Data[]> =>
      (await admin.get(`/notifications/deliveries?givenUpOnly=true&requestId=${requestId}&channels=EMAIL,SLACK`)).body
        .items;
    await expect.poll(failures, { timeout: 60_000 }).toHaveLength(1);
    const [failed] = (await failures()) as [Data];
    expect(failed).toMatchObject({
      recipient: bob.id,
      status: "FAILED",
      nextAttemptAt: null,
      request: { id: requestId },
    });
    expect(failed.errorMessage).toMatch(/not configured/);

    const again = await admin.post(`/notifications/deliveries/${failed.id}/resend`);
    expect([again.status, again.body.id, again.body.errorMessage]).toEqual([200, failed.id, failed.errorMessage]);
    const failedAnew = async () => (await failures()).filter(({ failedAt }) => failedAt > failed.failedAt).length;
    await expect.poll(failedAnew, { timeout: 60_000 }).toBe(1);
  });

  test("are refused to all others, with the reason", async () => {
    const bob = await person();
    await ann.ask({ notifyUsers: [bob.id] });
    const { id } = (await bob.rest.get("/notifications")).body.items[0];
    expect(gist(await bob.rest.get("/notifications/deliveries"))).toEqual([403, "FORBIDDEN"]);
    const resend = (who: RestClient, named: string) => who.post(`/notifications/deliveries/${named}/resend`, {});
    expect(gist(await resend(bob.rest, id))).toEqual([403, "FORBIDDEN"]);
    expect(gist(await resend(admin, id))).toEqual([422, "VALIDATION", "id"]);
    expect(gist(await resend(admin, randomUUID()))).toEqual([404, "NOT_FOUND"]);
    expect(gist(await resend(admin, "%F0%9F%98%80"))).toEqual([404, "NOT_FOUND"]);
    const named = await admin.post(`/notifications/deliveries/${id}/resend`, { notificationId: id });
    expect(gist(named)).toEqual([422, "VALIDATION", "notificationId"]);
  });
});
