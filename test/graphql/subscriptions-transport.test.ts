/**
 * Tests every subscription of the contract over both transports: its events, its end, and that nothing is left behind.
 */

import { readFileSync } from "node:fs";
import type { Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.ts";
import { insertRequest } from "../support/db/rows.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { Reader } from "../support/live/reader.ts";
import { APPROVE, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const patiently = { timeout: 60_000 };
const CONTRACT = readFileSync(new URL("../contract/operations.graphql", import.meta.url), "utf8");

let server: TestServer;
let ann: string;
let bob: string;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startServer({ APPROVAL_TIMEOUT_CHECK_INTERVAL: "3600000" }, { heartbeatMs: 500 });
  [ann, bob] = await Promise.all([tokenFor("ann"), tokenFor("bob")]);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await expect.poll(subscribers, patiently).toEqual(NONE);
});
afterAll(() => server.stop());

/** The server's own: its clock, what ends access, and what delivers messages; each listens to reconnects as well. */
const NONE = { subscribers: 0, topicSubscribers: 6 };
const subscribers = () => {
  const { subscribers, topicSubscribers } = server.app.services.hub.stats();
  return { subscribers, topicSubscribers };
};

type Operation = { operationName: "RequestUpdated" | "PendingUpdated" | "Events"; variables?: Record<string, unknown> };
interface Stream {
  messages: Reader<Data>;
  /** Unsubscribes as a client does. */
  leave(): Promise<unknown>;
}

/** A client of the protocol that is closed after the test; its operations share one socket. */
function socketOf(token: string): Client {
  const client = server.connect(token);
  cleanups.push(() => client.dispose());
  return client;
}

function overSocket(token: string, operation: Operation, client = socketOf(token)): Stream {
  const stream = client.iterate<Data>({ query: CONTRACT, ...operation });
  return { messages: new Reader(stream), leave: async () => stream.return?.() };
}

function overSse(token: string, operation: Operation): Stream {
  const leaving = new AbortController();
  cleanups.push(() => leaving.abort());
  const messages = new Reader(eventsOf(token, operation, leaving.signal));
  return { messages, leave: async () => leaving.abort() };
}

async function* eventsOf(token: string, operation: Operation, signal: AbortSignal): AsyncGenerator<Data> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    signal,
    headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", "Content-Type": "application/json" },
    body: JSON.stringify({ query: CONTRACT, ...operation }),
  });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() as string;
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      if (event === "complete") return;
      if (event === "next") yield JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] as string);
    }
  }
  throw new Error("the stream broke before it was complete");
}

/** The first event of the log with this action, among what a stream of it brings. */
async function eventOf({ messages }: Stream, action: string): Promise<Data> {
  for (let index = 0; ; index++) {
    const { approvalEvents } = (await messages.at(index)).data;
    if (approvalEvents.action === action) return approvalEvents;
  }
}

const TRANSPORTS: [string, (token: string, operation: Operation) => Stream][] = [
  ["WebSocket", (token, operation) => overSocket(token, operation)],
  ["SSE", overSse],
];

const listening = (more: number) =>
  expect.poll(() => subscribers().topicSubscribers, patiently).toBe(NONE.topicSubscribers + more);

describe.each(TRANSPORTS)("a subscription over %s", (_name, open) => {
  it("sends a request as it is, then after each vote, and completes when it is final", async () => {
    const id = await server.ask(ann, { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const { messages } = open(ann, { operationName: "RequestUpdated", variables: { id } });
    expect(await messages.at(0)).toMatchObject({
      data: { approvalRequestUpdated: { id, version: 1, status: "PENDING", canApprove: false, decisions: [] } },
    });
    await server.data(bob, APPROVE, { id });
    expect(await messages.at(1)).toMatchObject({
      data: { approvalRequestUpdated: { version: 2, approvers: ["bob"], decisions: [{ approver: "bob" }] } },
    });
    await server.data(await tokenFor("cleo"), APPROVE, { id });
    expect(await messages.at(2)).toMatchObject({
      data: { approvalRequestUpdated: { version: 3, status: "APPROVED", decidedBy: "cleo", isOpen: false } },
    });
    expect(await messages.end).toBeUndefined();
    expect(messages.received).toHaveLength(3);
    expect(server.subscribers()).toBe(0);
  });

  it("sends nothing of a request up to the version that the subscriber has", async () => {
    const id = await server.ask(ann);
    const { messages } = open(ann, { operationName: "RequestUpdated", variables: { id, afterVersion: 1 } });
    await expect.poll(server.subscribers, patiently).toBe(1);
    await server.data(bob, APPROVE, { id });
    expect(await messages.end).toBeUndefined();
    expect(messages.received).toMatchObject([{ data: { approvalRequestUpdated: { version: 2 } } }]);
    const again = open(ann, { operationName: "RequestUpdated", variables: { id, afterVersion: 2 } });
    expect(await again.messages.end).toBeUndefined();
    expect(again.messages.received).toEqual([]);
  });

  it("answers an unknown, malformed or invisible id with one NOT_FOUND error, and ends", async () => {
    const invisible = await server.ask(ann);
    const eve = await tokenFor("eve");
    for (const id of [invisible, "3f2b8f5e-0000-4000-8000-000000000000", "nonsense"]) {
      const { messages } = open(eve, { operationName: "RequestUpdated", variables: { id } });
      expect(await messages.end).toBeUndefined();
      expect(messages.received).toEqual([
        {
          data: null,
          errors: [
            {
              message: "There is no such approval request, or you may not see it.",
              path: ["approvalRequestUpdated"],
              locations: expect.any(Array),
              extensions: { code: "NOT_FOUND" },
            },
          ],
        },
      ]);
    }
    expect(server.subscribers()).toBe(0);
  });

  it("sends the requests that entered, changed in and left an inbox", async () => {
    const { messages, leave } = open(bob, { operationName: "PendingUpdated" });
    await listening(2);
    const waiting = await inboxCount(bob);
    const id = await server.ask(ann, { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    await messages.at(0);
    await server.data(await tokenFor("cleo"), APPROVE, { id });
    await messages.at(1);
    await server.data(bob, APPROVE, { id });
    await messages.at(2);
    const expiresAt = expect.any(String);
    expect(messages.received.map(({ data }) => data.pendingApprovalsUpdated)).toEqual([
      { change: "ADDED", pendingCount: waiting + 1, request: { id, title: "Deploy?", status: "PENDING", expiresAt } },
      { change: "UPDATED", pendingCount: waiting + 1, request: { id, title: "Deploy?", status: "PENDING", expiresAt } },
      { change: "REMOVED", pendingCount: waiting, request: { id, title: "Deploy?", status: "APPROVED", expiresAt } },
    ]);
    await leave();
  });

  it("sends the audit log after a cursor, with the requests, and resumes", async () => {
    const id = await server.ask(ann);
    const filter = { requestId: id };
    const list = await server.data(
      ann,
      "query ($id: ID!) { approvalAuditLog(filter: { requestId: $id }) { edges { cursor } } }",
      { id },
    );
    const after = list.approvalAuditLog.edges[0].cursor;
    const first = open(ann, { operationName: "Events", variables: { filter, after } });
    await server.data(bob, APPROVE, { id });
    // People are notified some time after the event.
    const approval = await eventOf(first, "APPROVED");
    expect(approval).toMatchObject({
      action: "APPROVED",
      userId: "bob",
      oldStatus: "PENDING",
      newStatus: "APPROVED",
      request: { id, version: 2, status: "APPROVED", workflowId: "release" },
    });
    await first.leave();
    const second = open(ann, { operationName: "Events", variables: { filter, after: approval.cursor } });
    // Behind a cursor events come at least once; that people were notified of the approval is the first that is new.
    await eventOf(second, "NOTIFIED");
    await server.data(
      ann,
      'mutation ($id: ID!) { addApprovalComment(input: { requestId: $id, body: "thanks" }) { __typename } }',
      { id },
    );
    await eventOf(second, "COMMENTED");
    const told = second.messages.received.map(({ data }) => data.approvalEvents.action);
    expect(told[told.indexOf("COMMENTED") - 1]).toBe("NOTIFIED");
    await second.leave();
    const refused = open(ann, { operationName: "Events", variables: { after: "nonsense" } });
    const failure = (await refused.messages.end) ?? refused.messages.received[0].errors;
    expect(failure).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("is released at once when the client unsubscribes, whatever it waits for", async () => {
    const id = await server.ask(ann);
    const streams = [
      open(ann, { operationName: "RequestUpdated", variables: { id } }),
      open(ann, { operationName: "PendingUpdated" }),
      open(ann, { operationName: "Events" }),
    ];
    await expect.poll(subscribers, patiently).toEqual({ subscribers: 1, topicSubscribers: NONE.topicSubscribers + 4 });
    await Promise.all(streams.map(({ leave }) => leave()));
    await expect.poll(subscribers, patiently).toEqual(NONE);
  });

  it("sends everything to each of two tabs of one person", async () => {
    const id = await server.ask(ann);
    const tabs = [0, 1].map(() => ({
      request: open(bob, { operationName: "RequestUpdated", variables: { id } }),
      inbox: open(bob, { operationName: "PendingUpdated" }),
    }));
    // Both inboxes receive reconnects; the changed rows are read for them together.
    await listening(3);
    await Promise.all(tabs.map(({ request }) => request.messages.at(0)));
    await server.data(bob, APPROVE, { id });
    for (const { request, inbox } of tabs) {
      expect(await request.messages.end).toBeUndefined();
      expect(request.messages.received.at(-1).data.approvalRequestUpdated.status).toBe("APPROVED");
      expect((await inbox.messages.at(0)).data.pendingApprovalsUpdated).toMatchObject({ change: "REMOVED" });
      await inbox.leave();
    }
  });
});

const inboxCount = async (token: string): Promise<number> =>
  (await server.data(token, "{ pendingApprovals { totalCount } }")).pendingApprovals.totalCount;

describe("many subscriptions", () => {
  it("on one socket each receive their own request, and end with the socket", async () => {
    const { pool } = server.database;
    const ids = await Promise.all(Array.from({ length: 100 }, () => insertRequest(pool, { requested_by: "ann" })));
    const client = socketOf(ann);
    const variables = (id: string) => ({ id });
    const streams = ids.map((id) =>
      overSocket(ann, { operationName: "RequestUpdated", variables: variables(id) }, client),
    );
    await Promise.all(streams.map(({ messages }) => messages.at(0)));
    expect(server.subscribers()).toBe(100);
    await Promise.all(ids.slice(0, 50).map((id) => server.data(bob, APPROVE, { id })));
    for (const [index, { messages }] of streams.slice(0, 50).entries()) {
      expect(await messages.end).toBeUndefined();
      expect(messages.received.map(({ data }) => data.approvalRequestUpdated)).toMatchObject([
        { id: ids[index], version: 1 },
        { id: ids[index], version: 2, status: "APPROVED" },
      ]);
    }
    expect(server.subscribers()).toBe(50);
    client.terminate();
    await expect.poll(server.subscribers, patiently).toBe(0);
  });

  it("cause no query while they are idle", async () => {
    const { pool } = server.database;
    const ids = await Promise.all(Array.from({ length: 1_000 }, () => insertRequest(pool, { requested_by: "ann" })));
    const client = socketOf(ann);
    const streams = ids.map((id) => overSocket(ann, { operationName: "RequestUpdated", variables: { id } }, client));
    const inbox = overSocket(bob, { operationName: "PendingUpdated" });
    const log = overSocket(ann, { operationName: "Events", variables: { filter: { actions: ["CREATED"] } } });
    await Promise.all(streams.map(({ messages }) => messages.at(0)));
    await listening(4);
    // A delivered entry shows that the stream has its position in the log.
    await expect
      .poll(async () => {
        await server.ask(ann);
        return log.messages.received.length;
      }, patiently)
      .toBeGreaterThan(0);
    await expect.poll(() => inbox.messages.received.length, patiently).toBeGreaterThan(0);

    const { pool: serving } = server.app.services;
    await expect.poll(() => serving.totalCount - serving.idleCount, patiently).toBe(0);
    let queries = 0;
    const count = () => queries++;
    serving.on("acquire", count);
    const observer = createPool(server.database.url);
    // In this time there is no query except the hub's comparison, which is one query for all subscriptions.
    await expect
      .poll(async () => {
        queries = 0;
        await beats(observer, 2);
        return queries;
      }, patiently)
      .toBe(0);
    serving.off("acquire", count);
    await observer.end();

    await Promise.all(
      ids.map((id) => pool.query("update approval_requests set status = 'CANCELLED' where id = $1", [id])),
    );
    await Promise.all(streams.map(({ messages }) => messages.end));
    for (const { messages } of streams) {
      expect(messages.received.at(-1).data.approvalRequestUpdated).toMatchObject({ version: 2, status: "CANCELLED" });
    }
  });
});

/** Resolves when the hub has checked its own session that many more times. */
async function beats(observer: ReturnType<typeof createPool>, times: number): Promise<void> {
  const last = async () => {
    const { rows } = await observer.query(
      "select query_start from pg_stat_activity where datname = current_database() and application_name = 'countersign listen'",
    );
    return rows[0]?.query_start?.getTime() as number;
  };
  for (let seen = await last(), beat = 0; beat < times; beat++) {
    await expect.poll(last, { ...patiently, interval: 50 }).toBeGreaterThan(seen);
    seen = await last();
  }
}
