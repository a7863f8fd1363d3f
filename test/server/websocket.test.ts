import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { loadConfig } from "../../src/config/config.ts";
import { schema } from "../../src/schema/index.ts";
import { createAdmission } from "../../src/server/graphql/admission.ts";
import { createDocuments } from "../../src/server/graphql/documents.ts";
import { createEngine } from "../../src/server/graphql/engine.ts";
import { createSockets } from "../../src/server/graphql/websocket.ts";
import { createByteBudget } from "../../src/server/limits/byte-budget.ts";
import { createUnauthenticatedLimits } from "../../src/server/limits/unauthenticated.ts";
import { patiently } from "../support/eventually.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, closeOf, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

let server: TestServer;
let ann: string;
let bob: string;
beforeAll(async () => {
  server = await startServer();
  [ann, bob] = await Promise.all([tokenFor("ann"), tokenFor("bob")]);
});
afterAll(() => server.stop());

const init = (payload?: object) => JSON.stringify({ type: "connection_init", payload });

/** The first message, or the close. */
async function answerTo(message: string, headers: Record<string, string> = {}): Promise<Data> {
  const socket = server.socket(headers);
  socket.once("open", () => socket.send(message));
  const first = new Promise<Data>((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)))));
  const answer = await Promise.race([first, closeOf(socket)]);
  socket.terminate();
  return answer;
}

describe("a WebSocket is closed with 4403", () => {
  const required = /^A token is required: send .*connection_init\.$/;
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const cases: [string, () => Promise<object | undefined>, RegExp][] = [
    ["without a token", async () => undefined, required],
    ["with a malformed token", async () => bearer("abc"), /^The token is not valid: it is not a JWT\.$/],
    [
      "with a token that has expired",
      async () => bearer(await tokenFor("ann", { expiresIn: -1 })),
      /^The token expired at 20[\d-]+T[\d:]+Z\.$/,
    ],
    ["with a token that is not called Bearer", async () => ({ Authorization: ann }), required],
  ];
  test.each(cases)("%s, and the reason says so", async (_what, payload, reason) => {
    expect(await answerTo(init(await payload()))).toEqual({ code: 4403, reason: expect.stringMatching(reason) });
  });

  test("with the session cookie of another origin's page, or of none", async () => {
    const Cookie = `countersign_session=${ann}`;
    expect(await answerTo(init(), { Cookie, Origin: "https://evil.example" })).toMatchObject({ code: 4403 });
    expect(await answerTo(init(), { Cookie })).toMatchObject({ code: 4403 });
  });

  test("when its token expires, together with its subscriptions", async () => {
    const id = await server.ask(ann);
    const token = await tokenFor("bob", { expiresIn: 5 });
    const socket = server.socket();
    socket.on("message", (data) => {
      if (JSON.parse(String(data)).type !== "connection_ack") return;
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: UPDATES, variables: { id } } }));
    });
    socket.once("open", () => socket.send(init({ Authorization: `Bearer ${token}` })));
    expect(await closeOf(socket)).toEqual({ code: 4403, reason: "Token expired" });
    await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
  });
});

describe("a WebSocket is accepted", () => {
  test("with a Bearer token, whatever the case of its key", async () => {
    expect(await answerTo(init({ Authorization: `Bearer ${ann}` }))).toEqual({ type: "connection_ack" });
    expect(await answerTo(init({ authorization: `bearer ${ann}` }))).toEqual({ type: "connection_ack" });
  });

  test("with the session cookie of a page of this server", async () => {
    const Cookie = `countersign_session=${ann}`;
    expect(await answerTo(init(), { Cookie, Origin: server.url })).toEqual({ type: "connection_ack" });
  });

  test("with a Bearer token from another origin's page, cookie or not", async () => {
    const headers = { Cookie: "countersign_session=stale", Origin: "https://app.example" };
    expect(await answerTo(init({ Authorization: `Bearer ${ann}` }), headers)).toEqual({ type: "connection_ack" });
  });
});

test("a WebSocket is closed by an invalid message: bad JSON, too long, before the init, of another protocol", async () => {
  expect(await answerTo("{")).toMatchObject({ code: 4400 });
  expect(await answerTo('{"type": "dance"}')).toMatchObject({ code: 4400 });
  expect(await answerTo("[".repeat(8_000) + "]".repeat(8_000))).toMatchObject({ code: 4400 });
  expect(await answerTo("[".repeat(1_000_000) + "]".repeat(1_000_000))).toMatchObject({ code: 1009 });
  expect(
    await answerTo(JSON.stringify({ id: "1", type: "subscribe", payload: { query: "{ __typename }" } })),
  ).toMatchObject({
    code: 4401,
  });
  expect(await answerTo(" ".repeat(4 * 1024 * 1024 + 1))).toMatchObject({ code: 1009 });
  const other = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-ws");
  await expect(new Promise((_resolve, reject) => other.once("error", reject))).rejects.toThrow(/subprotocol/);
  const elsewhere = new WebSocket(`${server.url.replace("http", "ws")}/elsewhere`, "graphql-transport-ws");
  await expect(new Promise((_resolve, reject) => elsewhere.once("error", reject))).rejects.toThrow(/404/);
});

describe("over a WebSocket,", () => {
  test("a waiter receives the current request, then the decision, and then completes", async () => {
    const id = await server.ask(ann);
    const client = server.connect(ann);
    const updates = client.iterate<Data>({ query: UPDATES, variables: { id } });
    expect((await updates.next()).value.data.approvalRequestUpdated).toMatchObject({ version: 1, status: "PENDING" });
    await server.data(bob, APPROVE, { id });
    expect((await updates.next()).value.data.approvalRequestUpdated).toMatchObject({ version: 2, status: "APPROVED" });
    expect(await updates.next()).toMatchObject({ done: true });
    expect(server.subscribers()).toBe(0);
    await client.dispose();
  });

  test("queries and mutations run as well, and numbers that a double cannot represent are reported", async () => {
    const client = server.connect(ann);
    const viewer = client.iterate<Data>({ query: "{ viewer { userId } }" });
    expect((await viewer.next()).value.data.viewer.userId).toBe("ann");
    await client.dispose();
    const socket = server.socket();
    const query = `mutation ($input: CreateApprovalRequestInput!) {
      createApprovalRequest(input: $input) { ... on ValidationError { issues { path } } } }`;
    const input = `{"workflowId": "w", "jobId": "j", "executionId": "e", "title": "t", "notifyUsers": ["bob"], "context": {"a": 1e400}}`;
    const message = `{"id": "1", "type": "subscribe", "payload": {"query": ${JSON.stringify(query)}, "variables": {"input": ${input}}}}`;
    const next = new Promise<Data>((resolve) => {
      socket.on("message", (data) => {
        const { type, payload } = JSON.parse(String(data));
        if (type === "connection_ack") socket.send(message);
        if (type === "next") resolve(payload);
      });
    });
    socket.once("open", () => socket.send(init({ Authorization: `Bearer ${ann}` })));
    expect((await next).data.createApprovalRequest.issues).toEqual([{ path: "context.a" }]);
    socket.terminate();
  });

  test("an invalid document is an error of its operation alone, without internals", async () => {
    const client = server.connect(ann, { lazy: false });
    for (const [query, code] of [
      ["{", "GRAPHQL_PARSE_FAILED"],
      ["{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
    ] as const) {
      const errors = await client
        .iterate({ query })
        .next()
        .then(
          () => null,
          (error: Data) => error,
        );
      expect(errors).toEqual([{ message: expect.any(String), locations: expect.any(Array), extensions: { code } }]);
    }
    expect((await client.iterate({ query: "{ __typename }" }).next()).value).toEqual({ data: { __typename: "Query" } });
    await client.dispose();
  });

  test("a request that the viewer may not see ends only its stream with NOT_FOUND", async () => {
    const id = await server.ask(ann);
    const client = server.connect(await tokenFor("eve"));
    const updates = client.iterate<Data>({ query: UPDATES, variables: { id } });
    const code = await updates.next().then(
      ({ value }) => value.errors[0].extensions.code,
      (errors: Data) => errors[0].extensions.code,
    );
    expect(code).toBe("NOT_FOUND");
    expect((await updates.next()).done).toBe(true);
    expect(server.subscribers()).toBe(0);
    await client.dispose();
  });
});

describe("the waiter of a subscription ends", () => {
  async function waiting(subscriptions: number) {
    const id = await server.ask(ann);
    const client = server.connect(ann);
    const streams = Array.from({ length: subscriptions }, () =>
      client.iterate<Data>({ query: UPDATES, variables: { id } }),
    );
    await Promise.all(streams.map((stream) => stream.next()));
    expect(server.subscribers()).toBe(subscriptions);
    return { client, streams };
  }

  test("when the client completes it while idle", async () => {
    const { client, streams } = await waiting(3);
    await Promise.all(streams.map((stream) => stream.return?.()));
    await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
    await client.dispose();
  });

  test("when the socket is closed, or cut", async () => {
    const { client } = await waiting(3);
    await client.dispose();
    await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
    const cut = await waiting(2);
    cut.client.terminate();
    await vi.waitFor(() => expect(server.subscribers()).toBe(0), patiently);
    for (const stream of cut.streams) await stream.next().catch(() => {});
  });

  test("when the client disconnects before the subscription has started", async () => {
    const id = await server.ask(ann);
    const socket = server.socket();
    socket.on("message", () => {
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: UPDATES, variables: { id } } }));
      socket.close();
    });
    socket.once("open", () => socket.send(init({ Authorization: `Bearer ${ann}` })));
    await closeOf(socket);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/^countersign_sockets 0$/m);
    }, patiently);
    expect(server.subscribers()).toBe(0);
  });
});

test("a WebSocket whose client is silent is closed", async () => {
  const { services } = server.app;
  const log = { debug() {}, error() {} } as never;
  const metrics = { countOperation() {}, render: async () => ({ type: "", text: "" }) };
  const { limits } = loadConfig({});
  const sockets = createSockets({
    schema,
    services,
    log,
    documents: createDocuments(schema, { introspection: true, limits }),
    engine: createEngine({ schema, limits, log, metrics }),
    admission: createAdmission(schema, limits),
    limits,
    publicUrl: () => "http://127.0.0.1",
    identify: async () => ({
      viewer: { userId: "ann", email: null, roles: [], scopes: [] },
      expiresAt: 4e12,
      rolesIssuedAt: null,
      statesRoles: false,
      session: { id: "one", startedAt: null },
    }),
    onAccessEnd: () => () => {},
    unauthenticated: createUnauthenticatedLimits(limits),
    unread: createByteBudget(limits.unreadTotalBytes),
    keepAliveMs: 50,
  });
  const http = createServer().on("upgrade", sockets.upgrade);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  // A plain connection does not respond to pings.
  const silent = connect((http.address() as AddressInfo).port, "127.0.0.1");
  silent.write(
    "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
  );
  await new Promise<void>((resolve) => silent.once("close", () => resolve()).resume());
  await vi.waitFor(() => expect(sockets.count()).toBe(0), patiently);
  await sockets.stop(0);
  http.close();
});

test("an unexpected error over a WebSocket is masked and logged under the socket's request id", async () => {
  const broken = await startServer();
  await broken.database.pool.query("alter table approval_requests rename to somewhere_else");
  const socket = broken.socket({ "X-Request-Id": "socket-7" });
  const answers = new Promise<Data>((resolve) => {
    socket.on("message", (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === "connection_ack") {
        const query = "{ viewer { pendingCount } }";
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
      } else resolve(payload);
    });
  });
  socket.once("open", () => socket.send(init({ Authorization: `Bearer ${ann}` })));
  expect((await answers).errors[0]).toMatchObject({
    message: "Unexpected error. Contact your administrator with request id socket-7.",
    extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "socket-7" },
  });
  expect(broken.log()).toContain('"requestId":"socket-7"');
  expect(broken.log()).not.toContain(ann);
  socket.terminate();
  await broken.stop();
});
