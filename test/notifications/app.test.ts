/**
 * A person's own notifications over GraphQL: the list, their text, read marks and preferences.
 */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, viewerOf } from "../support/approvals/requests.ts";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { insert, insertRequest } from "../support/db/rows.ts";
import { type Api, codesOf, type Data, type Stream, startApi } from "../support/graphql/graphql.ts";
import { insertMessage, insertMessages } from "../support/notifications/in-app-notifications.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi({ live: true });
  await allowRewriting(api.pool);
});
afterAll(() => api.close());

type Viewer = Parameters<Api["as"]>[0];
const someone = () => `someone-${randomUUID()}`;
const told = (requestId: string, who: string, columns?: object) =>
  insertMessage(api.pool, requestId, who, columns as Record<string, unknown>);

/** The data of the only field of an operation. */
async function ask(who: Viewer, source: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await api.as(who).send(source, JSON.stringify(variables));
  if (errors !== undefined) throw new AggregateError(errors, errors.join("; "));
  return Object.values(data ?? {})[0];
}

const LIST = `query ($first: Int, $after: String, $filter: NotificationFilter) {
  notifications(first: $first, after: $after, filter: $filter) {
    unreadCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
const list = (who: Viewer, variables?: object) => ask(who, LIST, variables);
const idsOf = ({ edges }: Data): string[] => edges.map(({ node }: Data) => node.id);

const WORDS = `{ notifications { edges { node {
  id kind channel recipient status subject body actor comment createdAt sentAt readAt failedAt retryCount maxRetries
  nextAttemptAt errorMessage externalId externalUrl request { id title }
} } } }`;
const newest = async (who: Viewer): Promise<Data> => (await ask(who, WORDS)).edges[0].node;

const MARK = `mutation ($ids: [ID!]!) { markNotificationsRead(input: { ids: $ids }) {
  ... on MarkNotificationsReadPayload { unreadCount notifications { id status readAt } }
  ... on ValidationError { code issues { path } }
} }`;
const mark = (who: Viewer, ids: readonly string[]) => ask(who, MARK, { ids });
const MARK_ALL = `mutation ($before: DateTime!) { markAllNotificationsRead(input: { before: $before }) {
  ... on MarkAllNotificationsReadPayload { unreadCount }
} }`;

describe("the list of in-app notifications", () => {
  it("has the viewer's own, newest first, page by page", async () => {
    const [bob, cleo] = [someone(), someone()];
    const id = await insertRequest(api.pool, { notify_users: [bob, cleo] });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.unshift(await told(id, bob));
      await told(id, cleo);
      await told(id, bob, { channel: "EMAIL", status: "PENDING" });
    }
    const first = await list(bob, { first: 2 });
    expect(first).toMatchObject({ unreadCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = await list(bob, { first: 2, after: first.pageInfo.endCursor });
    const third = await list(bob, { first: 2, after: second.pageInfo.endCursor });
    expect([first, second, third].flatMap(idsOf)).toEqual(ids);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(idsOf(await list(admin))).toEqual([]);
  });

  it("preserves the order of one transaction's notifications, and has no duplicates while others are added", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool, { notify_users: [bob] });
    await insertMessages(api.pool, id, bob, 7);
    const first = await list(bob, { first: 3 });
    await insertMessages(api.pool, id, bob, 2);
    const rest = await list(bob, { after: first.pageInfo.endCursor });
    expect(new Set([...idsOf(first), ...idsOf(rest)]).size).toBe(7);
  });

  it("is filtered by unread, by request and by kind, all together", async () => {
    const bob = someone();
    const [one, other] = [await insertRequest(api.pool), await insertRequest(api.pool)];
    const asked = await told(one, bob);
    const read = await told(one, bob, { status: "READ", read_at: new Date() });
    const decided = await told(other, bob, { kind: "DECIDED" });
    const filtered = async (filter: object) => idsOf(await list(bob, { filter }));
    expect(await filtered({})).toEqual([decided, read, asked]);
    expect(await filtered({ unreadOnly: true })).toEqual([decided, asked]);
    expect(await filtered({ unreadOnly: false, requestId: one })).toEqual([read, asked]);
    expect(await filtered({ kinds: ["DECIDED", "CANCELLED"] })).toEqual([decided]);
    expect(await filtered({ unreadOnly: true, requestId: one, kinds: ["REQUESTED"] })).toEqual([asked]);
    expect(await filtered({ kinds: [] })).toEqual([]);
    expect(await filtered({ requestId: "nonsense" })).toEqual([]);
    // The count is that of all.
    expect((await list(bob, { filter: { kinds: [] } })).unreadCount).toBe(2);
  });

  it("refuses cursors of other lists and pages that are too long", async () => {
    const encode = (parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");
    const id = randomUUID();
    for (const after of [
      "nonsense",
      encode(["log", "1", "1"]),
      encode(["deliveries", "1", id]),
      encode(["notifications", "1"]),
      encode(["notifications", "1", "x"]),
      encode(["notifications", "-1", id]),
      encode(["notifications", "18446744073709551616", id]),
      encode(["notifications", "1", id, "x"]),
      encode(["notifications", "1", id, "1", "1"]),
    ]) {
      expect(codesOf(await api.as("bob").send(LIST, JSON.stringify({ after })))).toEqual(["BAD_USER_INPUT"]);
      const subscription = `subscription { notificationReceived(after: "${after}") { unreadCount } }`;
      const refused = await api.as("bob").subscribe(subscription);
      await expect(refused.next()).rejects.toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    }
    expect(codesOf(await api.as("bob").send(LIST, '{"first":101}'))).toEqual(["BAD_USER_INPUT"]);
    expect(idsOf(await list("bob", { after: encode(["notifications", "18446744073709551615", id]) }))).toEqual([]);
  });

  it("reads the requests and the people of a page in one query each", async () => {
    const bob = someone();
    for (let n = 0; n < 10; n++) await told(await insertRequest(api.pool, { notify_users: [bob] }), bob);
    expect(await api.queriesOf(() => ask(bob, WORDS))).toBeLessThanOrEqual(4);
  });
});

describe("the text of an in-app notification", () => {
  it("is rendered when it is read, with the current state of the request", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool, { notify_users: [bob], title: "Deploy 1.4" });
    const message = await told(id, bob, { subject: "Deploy 1.4", body: null });
    const asked = await newest(bob);
    expect(asked).toMatchObject({
      id: message,
      kind: "REQUESTED",
      channel: "IN_APP",
      recipient: bob,
      status: "SENT",
      actor: "alice",
      comment: null,
      readAt: null,
      failedAt: null,
      retryCount: 0,
      nextAttemptAt: null,
      errorMessage: null,
      externalId: null,
      externalUrl: null,
      request: { id, title: "Deploy 1.4" },
      subject: expect.stringContaining("Deploy 1.4"),
    });
    expect(asked.body).toMatch(/Decide by/);
    await api.pool.query("update approval_requests set title = 'Deploy 1.5' where id = $1", [id]);
    expect((await newest(bob)).subject).toContain("Deploy 1.5");
    await api.as(bob).data("Approve", { input: { requestId: id } });
    // The message about the decision is for those who asked; this one is about the same request as before.
    expect((await newest(bob)).body).not.toMatch(/Decide by/);
  });

  it("has dates in the recipient's zone", async () => {
    const [bob, cleo] = [someone(), someone()];
    await insert(api.pool, "people", { id: bob, locale: "en-GB", zone: "Asia/Tokyo" });
    await insert(api.pool, "people", { id: cleo, locale: "en-GB", zone: "Europe/Lisbon" });
    const id = await insertRequest(api.pool, { notify_users: [bob, cleo], expires_at: "2099-06-01T12:00:00Z" });
    await told(id, bob);
    await told(id, cleo);
    expect((await newest(bob)).body).toContain("21:00");
    expect((await newest(cleo)).body).toContain("13:00");
  });

  it("has dates in the zone that the reader names, and an unknown zone is refused", async () => {
    const bob = someone();
    await insert(api.pool, "people", { id: bob, locale: "en-GB", zone: "Asia/Tokyo" });
    await told(await insertRequest(api.pool, { notify_users: [bob], expires_at: "2099-06-01T12:00:00Z" }), bob);
    const query = "query ($timeZone: String) { notifications { edges { node { body(timeZone: $timeZone) } } } }";
    const said = async (timeZone: string | null) => (await ask(bob, query, { timeZone })).edges[0].node.body;
    expect(await said("Europe/Lisbon")).toContain("13:00");
    expect(await said("UTC")).toContain("12:00");
    expect(await said(null)).toContain("21:00");
    for (const timeZone of ["Nowhere/City", "+05:30", "PST", "UTC+5", ""]) {
      const unknown = await api.as(bob).send(query, JSON.stringify({ timeZone }));
      expect(codesOf(unknown)).toEqual(["BAD_USER_INPUT"]);
    }
  });

  it("has dates in UTC if the directory has an offset instead of a zone", async () => {
    const bob = someone();
    await insert(api.pool, "people", { id: bob, locale: "en-GB", zone: "+05:30" });
    await told(await insertRequest(api.pool, { notify_users: [bob], expires_at: "2099-06-01T12:00:00Z" }), bob);
    expect((await newest(bob)).body).toContain("12:00 UTC");
  });

  it("is hidden with its request if the viewer may no longer see the request", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool, { notify_users: [bob], title: "Secret" });
    const metadata = { to: "person", actor: "alice", comment: "a secret", status: "PENDING" };
    await told(id, bob, { subject: "Secret", body: "a secret", metadata });
    expect(await newest(bob)).toMatchObject({ actor: "alice", comment: "a secret", request: { id } });
    await api.pool.query("update approval_requests set notify_users = '{cleo}' where id = $1", [id]);
    const seen = await newest(bob);
    expect(seen).toMatchObject({ request: null, subject: null, body: null, actor: null, comment: null });
    expect(JSON.stringify(seen)).not.toMatch(/secret/i);
    expect(await mark(bob, [seen.id])).toMatchObject({ unreadCount: 0, notifications: [{ status: "READ" }] });
  });
});

describe("marking notifications as read", () => {
  it("works for one or many, once, and returns the number of unread ones", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool);
    const ids = [await told(id, bob), await told(id, bob), await told(id, bob)];
    const [one, two] = ids as [string, string];
    const first = await mark(bob, [one]);
    expect(first).toEqual({
      unreadCount: 2,
      notifications: [{ id: one, status: "READ", readAt: expect.any(String) }],
    });
    const again = await mark(bob, [two, one, two]);
    expect(again.unreadCount).toBe(1);
    expect(again.notifications.map((message: Data) => message.id)).toEqual([two, one]);
    expect(again.notifications[1].readAt).toBe(first.notifications[0].readAt);
    expect((await ask(bob, "{ viewer { unreadNotificationCount } }")).unreadNotificationCount).toBe(1);
  });

  it("changes nothing if one is unknown, another person's or of another channel, and names it", async () => {
    const [bob, cleo] = [someone(), someone()];
    const id = await insertRequest(api.pool);
    const own = await told(id, bob);
    const mail = await told(id, bob, { channel: "EMAIL" });
    const foreign = await told(id, cleo);
    const ids = [own, mail, foreign, randomUUID(), "nonsense", own];
    const refused = { code: "VALIDATION", issues: [1, 2, 3, 4].map((place) => ({ path: `ids.${place}` })) };
    expect(await mark(bob, ids)).toEqual(refused);
    expect(await mark(viewerOf(bob, { scopes: admin.scopes }), [foreign])).toMatchObject({ code: "VALIDATION" });
    const { rows } = await api.pool.query(
      "select distinct status from approval_notifications where recipient = any($1)",
      [[bob, cleo]],
    );
    expect(rows).toEqual([{ status: "SENT" }]);
  });

  it("accepts 1 to 100 ids", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool);
    await insertMessages(api.pool, id, bob, 100);
    const ids = idsOf(await list(bob, { first: 100 }));
    for (const wrong of [[], [...ids, ids[0] as string]]) {
      expect(await mark(bob, wrong)).toEqual({ code: "VALIDATION", issues: [{ path: "ids" }] });
    }
    expect((await mark(bob, ids)).unreadCount).toBe(0);
  });

  it("works for all of the viewer's that were created before an instant, and for no other person's", async () => {
    const [bob, cleo] = [someone(), someone()];
    const id = await insertRequest(api.pool);
    const before = "2030-01-01T00:00:00.000Z";
    for (const who of [bob, cleo]) {
      await told(id, who);
      await told(id, who, { created_at: "2029-12-31T23:59:59.999Z" });
      await told(id, who, { created_at: before });
    }
    const mail = await told(id, bob, { channel: "EMAIL" });
    expect(await ask(bob, MARK_ALL, { before })).toEqual({ unreadCount: 1 });
    expect(await ask(bob, MARK_ALL, { before })).toEqual({ unreadCount: 1 });
    expect(await ask(bob, MARK_ALL, { before: "0000-01-01T00:00:00Z" })).toEqual({ unreadCount: 1 });
    expect((await list(cleo)).unreadCount).toBe(3);
    const { rows } = await api.pool.query("select status from approval_notifications where id = $1", [mail]);
    expect(rows).toEqual([{ status: "SENT" }]);
  });

  it("counts up to ten thousand", async () => {
    const bob = someone();
    await insertMessages(api.pool, await insertRequest(api.pool), bob, 10_001);
    expect((await list(bob, { first: 1 })).unreadCount).toBe(10_000);
  });
});

describe("a subscription to in-app notifications", () => {
  const FOLLOW = `subscription ($after: String) { notificationReceived(after: $after) {
    cursor unreadCount notification { id kind subject request { id } }
  } }`;
  async function next(stream: Stream): Promise<Data> {
    const { value } = await stream.next();
    expect(value?.errors).toBeUndefined();
    return Object.values(value?.data ?? {})[0];
  }

  /**
   * The next event with this notification. Notifications after a cursor are sent at least once: while any transaction of
   * the server is open, those of the last moments are sent again, with the count of that moment.
   */
  async function nextAbout(stream: Stream, id: string): Promise<Data> {
    for (;;) {
      const event = await next(stream);
      if (event.notification?.id === id) return event;
    }
  }

  /** Resolves with the first event that has this count, with or without a notification. */
  async function untilUnread(stream: Stream, count: number): Promise<void> {
    while ((await next(stream)).unreadCount !== count);
  }

  it("sends them with their text, from now on or after a cursor, also one of the list", async () => {
    const bob = someone();
    const id = await insertRequest(api.pool, { notify_users: [bob] });
    const old = await told(id, bob);
    const stream = await api.as(bob).subscribe(FOLLOW);
    expect(await next(stream)).toEqual({ cursor: expect.any(String), unreadCount: 1, notification: null });
    const message = await told(id, bob);
    const event = await nextAbout(stream, message);
    expect(event).toMatchObject({ unreadCount: 2, notification: { id: message, kind: "REQUESTED", request: { id } } });
    await mark(bob, [old]);
    await untilUnread(stream, 1);
    await stream.return?.();

    const { edges } = await list(bob);
    const behindOld = await api.as(bob).subscribe(FOLLOW, { after: edges[1].cursor });
    expect((await nextAbout(behindOld, message)).notification).toEqual(event.notification);
    await behindOld.return?.();
    const resumed = await api.as(bob).subscribe(FOLLOW, { after: event.cursor });
    await untilUnread(resumed, 1);
    const last = await told(id, bob);
    expect((await nextAbout(resumed, last)).unreadCount).toBe(2);
    await resumed.return?.();
  });

  it("sends a failure of its source as an error of its stream, and ends", async () => {
    await api.pool.query("alter table approval_notifications rename to elsewhere");
    const stream = await api.as("bob").subscribe(FOLLOW);
    const first = await stream.next();
    await api.pool.query("alter table elsewhere rename to approval_notifications");
    expect(first.value?.errors).toMatchObject([{ extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
    expect(api.logged).toMatchObject([{ err: { code: "42P01" }, path: "notificationReceived" }]);
    expect((await stream.next()).done).toBe(true);
  });
});

describe("the preferences for notifications", () => {
  const MINE = "{ viewer { notificationPreferences { mutedChannels } } }";
  const SET = `mutation ($muted: [NotificationChannel!]!) {
    setNotificationPreferences(input: { mutedChannels: $muted }) {
      ... on SetNotificationPreferencesPayload { preferences { mutedChannels } }
      ... on ValidationError { code issues { path } }
    }
  }`;
  const muted = async (who: Viewer) => (await ask(who, MINE)).notificationPreferences.mutedChannels;

  it("mute nothing at first, and belong to the viewer", async () => {
    const [bob, cleo] = [someone(), someone()];
    expect(await muted(bob)).toEqual([]);
    const set = await ask(bob, SET, { muted: ["EMAIL", "SLACK", "EMAIL"] });
    expect(set).toEqual({ preferences: { mutedChannels: ["EMAIL", "SLACK"] } });
    expect([await muted(bob), await muted(cleo)]).toEqual([["EMAIL", "SLACK"], []]);
    await ask(bob, SET, { muted: ["IN_APP"] });
    expect(await muted(bob)).toEqual(["IN_APP"]);
    await ask(bob, SET, { muted: [] });
    expect(await muted(bob)).toEqual([]);
  });

  it("do not change the person's data in the directory", async () => {
    const bob = someone();
    await insert(api.pool, "people", { id: bob, email: "bob@example.org", roles: ["ops"], zone: "Asia/Tokyo" });
    await ask(bob, SET, { muted: ["SLACK"] });
    const { rows } = await api.pool.query("select email, roles, zone from people where id = $1", [bob]);
    expect(rows).toEqual([{ email: "bob@example.org", roles: ["ops"], zone: "Asia/Tokyo" }]);
  });

  it("cannot mute a channel that is not a person's own", async () => {
    const bob = someone();
    const refused = await ask(bob, SET, { muted: ["EMAIL", "WEBHOOK"] });
    expect(refused).toEqual({ code: "VALIDATION", issues: [{ path: "mutedChannels.1" }] });
    expect(await muted(bob)).toEqual([]);
  });
});
