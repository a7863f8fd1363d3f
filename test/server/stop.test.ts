import { connect } from "node:net";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { startScript } from "../support/processes.ts";
import { closeOf, SECRET, startServer, tokenFor } from "../support/server/server.ts";

const PENDING = "subscription { pendingApprovalsUpdated { change } }";

let database: TestDatabase;
let ann: string;
beforeAll(async () => {
  database = await createTestDatabase();
  ann = await tokenFor("ann");
});
afterAll(() => database.drop());

async function streamFrom(url: string): Promise<ReadableStreamDefaultReader> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ann}`, Accept: "text/event-stream", "Content-Type": "application/json" },
    body: JSON.stringify({ query: PENDING }),
  });
  const reader = (response.body as ReadableStream).getReader();
  await reader.read();
  return reader;
}

async function toTheEnd(reader: ReadableStreamDefaultReader): Promise<string> {
  let text = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += new TextDecoder().decode(part.value);
  } catch {
    // Closed without an end, so the client knows that the stream is not complete.
  }
  return text;
}

test("stop() ends sockets, streams and idle connections, and leaves nothing open in the process", async () => {
  const env = { PORT: "0", DATABASE_URL: database.url, AUTH_JWT_SECRET: SECRET };
  const server = startScript(new URL("../support/server/server-process.ts", import.meta.url).pathname, [], env);
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const url = await server.line();
  const { hostname, port } = new URL(url);

  const reader = await streamFrom(url);
  const idle = connect(Number(port), hostname);
  const idleEnded = new Promise<void>((resolve) => idle.once("close", () => resolve()));
  idle.resume().on("error", () => {});
  const address = `${url.replace("http", "ws")}/graphql`;
  const client = createClient({
    url: address,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    connectionParams: { Authorization: `Bearer ${ann}` },
    onNonLazyError: () => {},
  });
  const connected = new Promise<void>((resolve) => client.on("connected", () => resolve()));
  const left = client
    .iterate({ query: PENDING })
    .next()
    .then(null, ({ code }) => code);
  await connected;
  // This socket never responds.
  const mute = new WebSocket(address, "graphql-transport-ws");
  await new Promise((resolve) => mute.once("open", resolve));

  expect(await server.end("SIGTERM")).toEqual({ code: 0, stderr: "" });
  expect(await left).toBe(1001);
  expect(await toTheEnd(reader)).not.toContain("event: complete");
  await idleEnded;
});

test("stop() does not wait for a socket that does not respond, and can be called again", async () => {
  const server = await startServer();
  const { hostname, port } = new URL(server.url);
  const silent = connect(Number(port), hostname);
  silent.write(
    "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
  );
  await new Promise((resolve) => silent.once("data", resolve));
  const cut = new Promise((resolve) => silent.once("close", resolve));
  await Promise.all([server.app.stop(), server.app.stop()]);
  await cut;
  await server.database.drop();
});

test("a request in progress is completed before the server stops", async () => {
  const server = await startServer();
  const locked = await server.database.pool.connect();
  await locked.query("begin; lock table people");
  await locked.query("lock table approval_requests in access exclusive mode");
  const answer = server.data(ann, "{ viewer { pendingCount } }");
  // Until the query waits for the lock.
  const waits =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await expect.poll(async () => (await server.database.pool.query(waits)).rows[0].n).toBeGreaterThan(0);
  const stopped = server.app.stop();
  await locked.query("rollback");
  locked.release();
  expect(await answer).toEqual({ viewer: { pendingCount: 0 } });
  await stopped;
  await server.database.drop();
});

test("a socket is closed with 1001 (going away) when the server stops", async () => {
  const server = await startServer();
  const socket = server.socket();
  await new Promise((resolve) => socket.once("open", resolve));
  const closed = closeOf(socket);
  await server.stop();
  expect(await closed).toMatchObject({ code: 1001 });
});
