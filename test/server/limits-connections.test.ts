/** Limits for the data that a client sends, its open connections and its unread data. */

import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createClient } from "../../src/client/client.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, closeOf, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

const MIB = 1024 * 1024;
const patiently = { timeout: 60_000, interval: 20 };
const ann = await tokenFor("ann");
const bob = await tokenFor("bob");
const admin = await tokenFor("boss", { scope: "approvals:admin" });

let server: TestServer;
afterEach(() => server.stop());

const subscribe = (id: string, variables: object) =>
  JSON.stringify({ id, type: "subscribe", payload: { query: UPDATES, variables } });
const INIT = JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${ann}` } });

/** The messages of the server on a socket, and how the socket ends. */
function listen(socket: ReturnType<TestServer["socket"]>) {
  const messages: Data[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  return { messages, closed: closeOf(socket) };
}

describe("a body or message that is longer than LIMIT_BODY_BYTES", () => {
  test("is refused with 413 over GraphQL and REST, and ends a socket with 1009", async () => {
    server = await startServer({ LIMIT_BODY_BYTES: "2000" });
    const long = "x".repeat(2_000);
    const graphql = await server.post({ query: `{ __typename } #${long}` }, ann);
    expect(graphql.status).toBe(413);
    expect(((await graphql.json()) as Data).errors[0]).toMatchObject({
      message: "The body is longer than 2000 bytes.",
      extensions: { code: "REQUEST_ENTITY_TOO_LARGE", limit: "bodyBytes", most: 2_000 },
    });
    const rest = await fetch(`${server.url}/api/approvals`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json" },
      body: JSON.stringify({ title: long }),
    });
    expect(rest.status).toBe(413);
    expect(await rest.json()).toMatchObject({ code: "REQUEST_ENTITY_TOO_LARGE", limit: "bodyBytes", most: 2_000 });

    const socket = server.socket();
    socket.once("open", () => socket.send(JSON.stringify({ type: "ping", payload: { long } })));
    expect((await closeOf(socket)).code).toBe(1009);
    expect((await server.post({ query: "{ __typename }" }, ann)).status).toBe(200);
  });
});

describe("more than LIMIT_SUBSCRIPTIONS_PER_SOCKET on a socket", () => {
  test("are refused until others have ended", async () => {
    server = await startServer({ LIMIT_SUBSCRIPTIONS_PER_SOCKET: "3" });
    const ids = await Promise.all([0, 1, 2, 3].map(() => server.ask(ann)));
    const socket = server.socket();
    const { messages } = listen(socket);
    const of = (id: string, type: string) => messages.find((message) => message.id === id && message.type === type);
    socket.once("open", () => socket.send(INIT));
    await vi.waitUntil(() => messages.some(({ type }) => type === "connection_ack"), patiently);

    // Invalid operations and ended operations do not count.
    socket.send(JSON.stringify({ id: "w", type: "subscribe", payload: { query: "{ wrong }" } }));
    socket.send(
      JSON.stringify({ id: "n", type: "subscribe", payload: { query: "{ __typename }", operationName: "N" } }),
    );
    socket.send(JSON.stringify({ id: "q", type: "subscribe", payload: { query: "{ __typename }" } }));
    await vi.waitUntil(() => of("w", "error") && of("n", "error") && of("q", "complete"), patiently);
    // All at once, so that none has started when the last one arrives.
    for (const [index, id] of ids.entries()) socket.send(subscribe(`s${index}`, { id }));
    await vi.waitUntil(() => of("s3", "error"), patiently);
    expect(of("s3", "error")?.payload[0]).toMatchObject({
      message: expect.stringContaining("LIMIT_SUBSCRIPTIONS_PER_SOCKET allows 3"),
      extensions: { code: "RATE_LIMITED", limit: "subscriptionsPerSocket", held: 4, most: 3 },
    });
    await vi.waitUntil(() => server.subscribers() === 3, patiently);

    await server.data(bob, APPROVE, { id: ids[0] });
    await vi.waitUntil(() => of("s0", "complete"), patiently);
    socket.send(JSON.stringify({ id: "s1", type: "complete" }));
    await vi.waitUntil(() => server.subscribers() === 1, patiently);
    socket.send(subscribe("s4", { id: ids[3] }));
    await vi.waitUntil(() => of("s4", "next"), patiently);
    socket.terminate();
  });

  test("wait in the client of this package, which starts all of them", async () => {
    server = await startServer({ LIMIT_SUBSCRIPTIONS_PER_SOCKET: "2" });
    const client = createClient({ url: `${server.url}/graphql`, token: ann });
    const ids = await Promise.all([0, 1, 2, 3].map(() => server.ask(ann)));
    const waits = ids.map((id) => client.waitForRequest(id));
    await vi.waitUntil(() => server.subscribers() === 2, patiently);
    for (const id of ids) await server.data(bob, APPROVE, { id });
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual(Array(4).fill("APPROVED"));
    await client.close();
  });
});

describe("more than LIMIT_CONNECTIONS_PER_VIEWER of a user", () => {
  test("are refused, counting sockets, event streams and waits, and those of other users are not", async () => {
    server = await startServer({ LIMIT_CONNECTIONS_PER_VIEWER: "3" });
    const id = await server.ask(ann);
    const stop = new AbortController();
    const stream = (token: string) =>
      fetch(`${server.url}/graphql`, {
        method: "POST",
        signal: stop.signal,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({ query: UPDATES, variables: { id } }),
      });
    const wait = (seconds: number) =>
      fetch(`${server.url}/api/approvals/${id}?wait=${seconds}`, {
        signal: stop.signal,
        headers: { Authorization: `Bearer ${ann}` },
      });
    const socket = server.socket();
    const { messages } = listen(socket);
    socket.once("open", () => socket.send(INIT));
    await vi.waitUntil(() => messages.length > 0, patiently);
    expect((await stream(ann)).status).toBe(200);
    const waiting = wait(300).catch(() => {});
    await vi.waitUntil(() => server.subscribers() === 2, patiently);

    const extensions = { code: "RATE_LIMITED", limit: "connectionsPerViewer", held: 4, most: 3 };
    const refused = await stream(ann);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(((await refused.json()) as Data).errors[0].extensions).toMatchObject(extensions);
    const answer = await wait(1);
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject(extensions);
    const second = server.socket();
    second.once("open", () => second.send(INIT));
    expect(await closeOf(second)).toEqual({
      code: 1013,
      reason: expect.stringContaining("LIMIT_CONNECTIONS_PER_VIEWER"),
    });
    expect(server.subscribers()).toBe(2);
    expect((await stream(bob)).status).toBe(200);

    stop.abort();
    socket.terminate();
    await waiting;
    await vi.waitUntil(() => server.subscribers() === 0, patiently);
    const later = await fetch(`${server.url}/api/approvals/${id}?wait=1`, {
      headers: { Authorization: `Bearer ${ann}` },
    });
    expect(later.status).toBe(200);
  });
});

describe("the connection of a client that does not read", () => {
  const BIG = { context: { text: "x".repeat(MIB - 100) } };
  const FULL = "subscription ($id: ID!) { approvalRequestUpdated(id: $id) { id version context } }";
  const EXTEND = `mutation ($id: ID!, $at: DateTime!) { extendApprovalRequest(input: { requestId: $id, expiresAt: $at }) { __typename } }`;
  /** Changes the request; each change is a message of a mebibyte to each subscriber. */
  let changes = 0;
  const change = (id: string) => {
    const at = new Date(Date.now() + 7_200_000 + ++changes * 1_000).toISOString();
    return server.data(admin, EXTEND, { id, at });
  };
  const cut = (message: string) => vi.waitUntil(() => server.log().includes(message), patiently);

  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  function used(): number {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }

  test("is closed while messages queue for a socket, and its memory is freed", async () => {
    server = await startServer({ LIMIT_UNREAD_BYTES: String(8 * MIB), APPROVAL_ENABLE_AUDIT_LOG: "false" });
    const id = await server.ask(ann, BIG);
    const socket = server.socket();
    const { messages } = listen(socket);
    socket.once("open", () => socket.send(INIT));
    await vi.waitUntil(() => messages.length > 0, patiently);
    const before = used();
    socket.pause();
    for (let index = 0; index < 60; index++) {
      socket.send(JSON.stringify({ id: `s${index}`, type: "subscribe", payload: { query: FULL, variables: { id } } }));
    }
    await vi.waitUntil(
      () => server.subscribers() > 0 || server.log().includes("did not read and was disconnected"),
      patiently,
    );
    for (let round = 0; round < 5 && !server.log().includes("did not read and was disconnected"); round++)
      await change(id);
    await cut("a WebSocket did not read and was disconnected");
    await vi.waitUntil(() => server.subscribers() === 0, patiently);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^countersign_sockets 0$/m);
    // Data in transit is freed a moment later.
    await expect.poll(() => used() - before, patiently).toBeLessThan(8 * MIB);
    socket.terminate();
  });

  test("is closed after LIMIT_UNREAD_MS for an event stream, unlike that of a client that reads", async () => {
    server = await startServer({ LIMIT_UNREAD_MS: "500", APPROVAL_ENABLE_AUDIT_LOG: "false" });
    const id = await server.ask(ann, BIG);
    const body = JSON.stringify({ query: FULL, variables: { id } });
    const reading = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json", Accept: "text/event-stream" },
      body,
    });
    const reader = (reading.body as ReadableStream<Uint8Array>).getReader();
    let read = 0;
    const done = (async () => {
      for (;;) {
        const chunk = await reader.read();
        if (chunk.done) return;
        read += chunk.value.length;
      }
    })();
    const { hostname, port } = new URL(server.url);
    const silent = connect(Number(port), hostname);
    silent.on("error", () => {});
    silent.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann}\r\nAccept: text/event-stream\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await vi.waitUntil(() => server.subscribers() === 2, patiently);
    while (!server.log().includes("did not read its response and was disconnected")) await change(id);
    await vi.waitUntil(() => server.subscribers() === 1, patiently);
    const before = read;
    await change(id);
    await vi.waitUntil(() => read > before, patiently);
    await server.data(bob, APPROVE, { id });
    await done;
    silent.destroy();
  });
});
