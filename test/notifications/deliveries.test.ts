/** The list of all notifications for operators, and resending. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, reader, viewerOf } from "../support/approvals/requests.ts";
import { insertRequest } from "../support/db/rows.ts";
import { type Api, codesOf, type Data, startApi } from "../support/graphql/graphql.ts";
import { insertMessage } from "../support/notifications/in-app-notifications.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

type Viewer = Parameters<Api["as"]>[0];
const someone = () => `someone-${randomUUID()}`;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** The columns of a message in each state of delivery. */
const SENT = { status: "SENT", external_id: "1700000000.1", external_url: "https://slack.example/1", subject: "Sent" };
const WAITING = { status: "PENDING", sent_at: null, next_attempt_at: new Date() };
const FAILED = { status: "FAILED", sent_at: null, failed_at: new Date(), error_message: "It was refused." };
const RETRIED = { ...FAILED, retry_count: 1, next_attempt_at: inMinutes(10) };
const GIVEN_UP = { ...FAILED, retry_count: 5, next_attempt_at: null };

const message = (requestId: string, recipient: string, columns: Record<string, unknown>) =>
  insertMessage(api.pool, requestId, recipient, columns);

const LIST = `query ($first: Int, $after: String, $filter: NotificationDeliveryFilter) {
  notificationDeliveries(first: $first, after: $after, filter: $filter) {
    edges { cursor node {
      id kind channel recipient status subject body actor comment errorMessage retryCount maxRetries nextAttemptAt
      failedAt sentAt externalId externalUrl request { id }
    } } pageInfo { hasNextPage endCursor }
  }
}`;
async function list(filter: object, who: Viewer = admin, page: object = {}): Promise<Data> {
  const { data, errors } = await api.as(who).send(LIST, JSON.stringify({ ...page, filter }));
  expect(errors).toBeUndefined();
  return data?.notificationDeliveries;
}
const idsOf = ({ edges }: Data): string[] => edges.map(({ node }: Data) => node.id);

const RESEND = `mutation ($id: ID!) { resendNotification(input: { notificationId: $id }) {
  ... on ResendNotificationPayload { notification { id status retryCount nextAttemptAt errorMessage failedAt } }
  ... on Error { code }
  ... on ValidationError { issues { path } }
} }`;
async function resend(id: string, who: Viewer = admin): Promise<Data> {
  const { data, errors } = await api.as(who).send(RESEND, JSON.stringify({ id }));
  expect(errors).toBeUndefined();
  return data?.resendNotification;
}
const rowOf = async (id: string): Promise<Data> =>
  (await api.pool.query("select * from approval_notifications where id = $1", [id])).rows[0];

describe("the list of all deliveries", () => {
  it("is only for viewers who may see everything, with any filter", async () => {
    for (const who of ["bob", viewerOf("orchestra", { scopes: ["approvals:request"] })]) {
      for (const variables of [{}, { first: 101 }, { after: "nonsense" }, { filter: { recipient: "bob" } }]) {
        expect(codesOf(await api.as(who).send(LIST, JSON.stringify(variables)))).toEqual(["FORBIDDEN"]);
      }
    }
    expect((await list({}, reader)).edges).toEqual((await list({}, admin)).edges);
  });

  it("has those to all recipients on all channels, newest first, page by page", async () => {
    const id = await insertRequest(api.pool);
    const ids: string[] = [];
    for (const [recipient, columns] of [
      ["bob", {}],
      ["cleo", { channel: "EMAIL", ...SENT }],
      ["#approvals", { channel: "SLACK", ...WAITING }],
      ["https://hooks.example/in", { channel: "WEBHOOK", ...GIVEN_UP }],
    ] as const) {
      ids.unshift(await message(id, recipient, columns));
    }
    const first = await list({}, admin, { first: 3 });
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    expect(first.edges[0].node).toMatchObject({
      channel: "WEBHOOK",
      recipient: "https://hooks.example/in",
      status: "FAILED",
      errorMessage: "It was refused.",
      retryCount: 5,
      maxRetries: 5,
      nextAttemptAt: null,
      sentAt: null,
      request: { id },
    });
    expect(first.edges[2].node).toMatchObject({ subject: "Sent", externalId: "1700000000.1", nextAttemptAt: null });
    const second = await list({}, admin, { first: 3, after: first.pageInfo.endCursor });
    expect(idsOf(second)[0]).toBe(ids[3]);
    // What is shown in the app is put into words for whom it is for.
    expect(second.edges[0].node).toMatchObject({ channel: "IN_APP", recipient: "bob" });
    expect(second.edges[0].node.subject).toContain("Deploy");
  });

  it("is filtered by status and by all other filters together", async () => {
    const [one, other] = [await insertRequest(api.pool), await insertRequest(api.pool)];
    const [bob, cleo] = [someone(), someone()];
    const ids = {
      sent: await message(one, bob, { channel: "EMAIL", ...SENT }),
      waiting: await message(one, bob, { channel: "SLACK", kind: "DECIDED", ...WAITING }),
      retried: await message(one, bob, { channel: "EMAIL", ...RETRIED }),
      givenUp: await message(one, bob, { channel: "SLACK", kind: "DECIDED", ...GIVEN_UP }),
      read: await message(other, bob, { status: "READ" }),
      foreign: await message(other, cleo, { channel: "EMAIL", ...GIVEN_UP }),
    };
    const found = async (filter: object) => {
      const held = idsOf(await list({ ...filter }));
      return Object.entries(ids).flatMap(([name, id]) => (held.includes(id) ? [name] : []));
    };
    const cases: [object, string[]][] = [
      [{ recipient: bob }, ["sent", "waiting", "retried", "givenUp", "read"]],
      [{ recipient: bob, statuses: ["FAILED"] }, ["retried", "givenUp"]],
      [{ recipient: bob, givenUpOnly: true }, ["givenUp"]],
      [{ recipient: bob, givenUpOnly: false }, ["sent", "waiting", "retried", "givenUp", "read"]],
      [{ recipient: bob, givenUpOnly: true, statuses: ["SENT"] }, []],
      [{ recipient: bob, statuses: ["PENDING", "FAILED"], channels: ["SLACK"] }, ["waiting", "givenUp"]],
      [{ recipient: bob, channels: ["IN_APP"] }, ["read"]],
      [{ recipient: bob, kinds: ["DECIDED"], statuses: ["FAILED"] }, ["givenUp"]],
      [{ requestId: other }, ["read", "foreign"]],
      [{ requestId: one, kinds: ["DECIDED"] }, ["waiting", "givenUp"]],
      [{ requestId: "nonsense" }, []],
      [{ recipient: bob, channels: [] }, []],
      [{ givenUpOnly: true }, ["givenUp", "foreign"]],
      [{ statuses: ["FAILED"], channels: ["EMAIL"] }, ["retried", "foreign"]],
    ];
    for (const [filter, expected] of cases) expect([filter, await found(filter)]).toEqual([filter, expected]);
  });

  it("accepts only its own cursors", async () => {
    const encode = (parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");
    const id = randomUUID();
    for (const after of [
      "nonsense",
      encode(["notifications", "1", id]),
      encode(["deliveries", "1", id, "1"]),
      encode(["deliveries", "1.5", id]),
      encode(["deliveries", 1, id]),
    ]) {
      expect(codesOf(await api.as(admin).send(LIST, JSON.stringify({ after })))).toEqual(["BAD_USER_INPUT"]);
    }
    const odd = await api.as(admin).send(LIST, '{"filter":{"recipient":"a\\u0000"}}');
    expect(codesOf(odd)).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("resending a message", () => {
  it("makes it due at once with the same id, whether it failed, is retried or was sent", async () => {
    const id = await insertRequest(api.pool);
    for (const state of [GIVEN_UP, RETRIED, WAITING, SENT]) {
      const sent = await message(id, "bob", { channel: "EMAIL", ...state });
      const before = await rowOf(sent);
      const { notification } = await resend(sent);
      expect(notification).toMatchObject({ id: sent, status: "PENDING", retryCount: 0 });
      expect(new Date(notification.nextAttemptAt).getTime()).toBeLessThanOrEqual(
        (await api.pool.query("select clock_timestamp() as now")).rows[0].now.getTime(),
      );
      // How it failed stays to be seen until it is sent.
      const after = await rowOf(sent);
      for (const column of ["error_message", "failed_at", "sent_at", "external_id", "metadata", "tx"]) {
        expect([column, after[column]]).toEqual([column, before[column]]);
      }
    }
  });

  it("wakes the workers", async () => {
    const id = await insertRequest(api.pool);
    const sent = await message(id, "bob", { channel: "SLACK", ...GIVEN_UP });
    const client = await api.pool.connect();
    try {
      await client.query("listen countersign");
      const heard: string[] = [];
      client.on("notification", ({ payload = "" }) => heard.push(payload));
      await resend(sent);
      await expect.poll(() => heard.some((payload) => payload.startsWith("outbox:SLACK"))).toBe(true);
    } finally {
      client.removeAllListeners("notification");
      client.release(true);
    }
  });

  it("does not interfere with a worker that is sending it", async () => {
    const id = await insertRequest(api.pool);
    const locked_until = inMinutes(1);
    const busy = await message(id, "bob", { channel: "EMAIL", ...WAITING, locked_until });
    const left = await message(id, "bob", { channel: "EMAIL", ...GIVEN_UP, locked_until: inMinutes(-1) });
    await resend(busy);
    await resend(left);
    expect([(await rowOf(busy)).locked_until, (await rowOf(left)).locked_until]).toEqual([locked_until, null]);
  });

  it("is allowed only for admins, and reveals nothing to others", async () => {
    const id = await insertRequest(api.pool);
    const sent = await message(id, "bob", { channel: "EMAIL", ...GIVEN_UP });
    for (const who of ["bob", reader, viewerOf("orchestra", { scopes: ["approvals:request"] })]) {
      for (const named of [sent, randomUUID(), "nonsense"])
        expect(await resend(named, who)).toEqual({ code: "FORBIDDEN" });
    }
    expect((await rowOf(sent)).status).toBe("FAILED");
  });

  it("answers NOT_FOUND for an unknown message, and VALIDATION for an in-app one", async () => {
    expect(await resend(randomUUID())).toEqual({ code: "NOT_FOUND" });
    expect(await resend("nonsense")).toEqual({ code: "NOT_FOUND" });
    const id = await message(await insertRequest(api.pool), "bob", { status: "READ" });
    expect(await resend(id)).toEqual({ code: "VALIDATION", issues: [{ path: "notificationId" }] });
    expect((await rowOf(id)).status).toBe("READ");
  });
});
