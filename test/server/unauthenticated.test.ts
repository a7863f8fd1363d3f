/** Limits for clients that have not authenticated, on every address that accepts a body from anyone. */

import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { closeOf, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const KIB = 1024;
const patiently = { timeout: 60_000, interval: 20 };
const ann = await tokenFor("ann");

let server: TestServer;
const opened: { destroy?(): void; terminate?(): void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) (one.destroy ?? one.terminate)?.call(one);
  await server.stop();
});

const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_SIGNING_SECRET: "s".repeat(32), SLACK_CHANNEL: "C1" };

/** A connection that has sent these header lines. `ended` resolves with all received data once it has closed. */
function raw(head: string[]): { socket: Socket; ended: Promise<string> } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  opened.push(socket);
  let text = "";
  socket.on("data", (data) => {
    text += data;
  });
  socket.on("error", () => {});
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return { socket, ended: new Promise((resolve) => socket.once("close", () => resolve(text))) };
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: "POST", headers, body, redirect: "manual" });

describe("before authentication, a body longer than LIMIT_UNAUTHENTICATED_BYTES", () => {
  test("is refused by POST /session, and a body of that length is read", async () => {
    server = await startServer();
    const headers = { "Content-Type": "application/json", Origin: server.url };
    const body = (bytes: number) => {
      const around = JSON.stringify({ token: "", next: "/" }).length;
      return JSON.stringify({ token: "x".repeat(bytes - around), next: "/" });
    };
    const within = await post("/session", body(16 * KIB), headers);
    expect(within.status).toBe(401);
    const refused = await post("/session", body(16 * KIB + 1), headers);
    expect([refused.status, await refused.json()]).toMatchObject([413, { most: 16_384 }]);
  });

  test("is refused by the decision page unless its link is valid", async () => {
    server = await startServer();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const form = `token=made-up&decision=APPROVE&comment=${"x".repeat(16 * KIB)}`;
    expect((await post("/decide", form, headers)).status).toBe(413);
    expect((await post("/decide", form.slice(0, 8 * KIB), headers)).status).toBe(400);
  });

  test("is not read by the address for Slack unless its headers are Slack's and recent", async () => {
    server = await startServer(SLACK);
    const path = "/integrations/slack/interactions";
    const { socket, ended } = raw([`POST ${path} HTTP/1.1`, "Host: x", "Content-Length: 400000"]);
    await vi.waitUntil(() => socket.bytesRead > 0, patiently);
    socket.end();
    expect(await ended).toMatch(/^HTTP\/1.1 401 /);
    const now = String(Math.floor(Date.now() / 1_000));
    const signed = { "X-Slack-Request-Timestamp": now, "X-Slack-Signature": `v0=${"0".repeat(64)}` };
    expect((await post(path, "x".repeat(600 * KIB), signed)).status).toBe(413);
    expect((await post(path, "x".repeat(400 * KIB), signed)).status).toBe(401);
  });

  test.each(["/graphql", "/api/approvals"])("is not read by %s if the token is not valid", async (path) => {
    server = await startServer();
    const { socket, ended } = raw([
      `POST ${path} HTTP/1.1`,
      "Host: x",
      "Authorization: Bearer made.up.token",
      "Content-Type: application/json",
      "Content-Length: 4000000",
    ]);
    // The response arrives although none of the body has been sent.
    await vi.waitUntil(() => socket.bytesRead > 0, patiently);
    socket.end();
    expect(await ended).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe("before authentication, a WebSocket", () => {
  const init = (bytes: number) => {
    const around = JSON.stringify({ type: "connection_init", payload: { x: "" } }).length;
    return JSON.stringify({ type: "connection_init", payload: { x: "x".repeat(bytes - around) } });
  };

  test("is closed with 1009 for a message longer than LIMIT_UNAUTHENTICATED_BYTES, finished or not", async () => {
    server = await startServer();
    const long = server.socket();
    long.once("open", () => long.send(init(16 * KIB + 1)));
    expect((await closeOf(long)).code).toBe(1009);
    const within = server.socket();
    within.once("open", () => within.send(init(16 * KIB)));
    expect((await closeOf(within)).code).toBe(4403);
    const unfinished = server.socket();
    unfinished.once("open", () => unfinished.send("x".repeat(17 * KIB), { fin: false }));
    expect((await closeOf(unfinished)).code).toBe(1009);
    const many = server.socket();
    many.once("open", () => {
      for (let index = 0; index < 40; index++)
        many.send(JSON.stringify({ type: "ping", payload: { x: "x".repeat(KIB) } }));
    });
    expect((await closeOf(many)).code).toBe(1009);
  });

  test("accepts a token with many groups, and then messages of LIMIT_BODY_BYTES", async () => {
    server = await startServer();
    const groups = Array.from({ length: 400 }, (_, index) => `group-with-a-long-name-${index}`);
    const token = await tokenFor("ann", { claims: { groups } });
    expect(token.length).toBeGreaterThan(12 * KIB);
    const client = server.connect(token);
    const query = `{ viewer { userId } } # ${"x".repeat(2 * KIB * KIB)}`;
    const answers = client.iterate<{ viewer: { userId: string } }>({ query });
    expect((await answers.next()).value.data.viewer.userId).toBe("ann");
    await client.dispose();
  });

  test("is closed with 4408 when LIMIT_UNAUTHENTICATED_MS pass without connection_init", async () => {
    server = await startServer({ LIMIT_UNAUTHENTICATED_MS: "300" });
    const silent = server.socket();
    const unfinished = server.socket();
    unfinished.once("open", () => unfinished.send('{"type":', { fin: false }));
    const closed = await Promise.all([silent, unfinished].map(closeOf));
    expect(closed.map(({ code }) => code)).toEqual([4408, 4408]);
  });

  test("that is the oldest of more than LIMIT_UNAUTHENTICATED_SOCKETS is ended, and one with a token stays open", async () => {
    server = await startServer({ LIMIT_UNAUTHENTICATED_SOCKETS: "3" });
    const known = server.socket();
    opened.push(known);
    const acknowledged = new Promise((resolve) => known.once("message", resolve));
    known.once("open", () =>
      known.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${ann}` } })),
    );
    await acknowledged;
    const others = [];
    for (let index = 0; index < 4; index++) {
      const socket = server.socket();
      opened.push(socket);
      others.push(socket);
      await new Promise((resolve) => socket.once("open", resolve));
    }
    expect((await closeOf(others[0] as (typeof others)[0])).code).toBe(1006);
    expect([known, ...others.slice(1)].map(({ readyState }) => readyState)).toEqual([1, 1, 1, 1]);
  });
});

describe("before authentication, the server waits at most LIMIT_UNAUTHENTICATED_MS for", () => {
  test.each([
    ["the body of a sign-in", ["POST /session HTTP/1.1", "Content-Type: application/json", "Content-Length: 100"], 408],
    [
      "the form of a decision",
      ["POST /decide HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 100"],
      408,
    ],
    [
      "the body behind a token that is refused",
      ["POST /graphql HTTP/1.1", "Authorization: Bearer x", "Content-Length: 100"],
      401,
    ],
    ["a body that nobody asked for", ["POST /healthz HTTP/1.1", "Transfer-Encoding: chunked"], 405],
  ])("%s", async (_what, [line = "", ...headers], status) => {
    server = await startServer({ LIMIT_UNAUTHENTICATED_MS: "300" });
    const { socket, ended } = raw([line, "Host: x", `Origin: ${server.url}`, ...headers]);
    // A byte now and then does not extend the deadline.
    const drip = setInterval(
      () => socket.write(headers.includes("Transfer-Encoding: chunked") ? "1\r\nx\r\n" : "x"),
      50,
    );
    expect(await ended).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    clearInterval(drip);
  });

  test("headers that never end", async () => {
    server = await startServer({ LIMIT_UNAUTHENTICATED_MS: "300" });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    opened.push(socket);
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    const drip = setInterval(() => socket.write("X: y\r\n"), 50);
    await ended;
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1.1 408 /);
  });

  test("a body, while a body with a valid token may take longer", async () => {
    server = await startServer({ LIMIT_UNAUTHENTICATED_MS: "300" });
    const body = JSON.stringify({ query: "{ viewer { userId } }" });
    const { socket, ended } = raw([
      "POST /graphql HTTP/1.1",
      "Host: x",
      "Connection: close",
      `Authorization: Bearer ${ann}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ]);
    // In the meantime, an unauthenticated client that started later is refused.
    const unauthenticated = raw([
      "POST /session HTTP/1.1",
      "Host: x",
      `Origin: ${server.url}`,
      "Content-Type: application/json",
      "Content-Length: 9",
    ]);
    expect(await unauthenticated.ended).toMatch(/^HTTP\/1.1 408 /);
    socket.write(body);
    expect(await ended).toContain('"userId":"ann"');
  });
});
