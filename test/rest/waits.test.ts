import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allowRewriting } from "../support/approvals/rewriting.ts";
import { gist, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let ann: RestClient;
let bob: RestClient;
let orchestrator: RestClient;
beforeAll(async () => {
  server = await startServer();
  await allowRewriting(server.database.pool);
  ann = restClient(server, await tokenFor("ann"));
  bob = restClient(server, await tokenFor("bob"));
  orchestrator = restClient(server, await tokenFor("orchestrator", { scope: "approvals:request" }));
});
afterAll(() => server.stop());

/** Resolves when this many waits are registered. */
const waiting = (count: number, at = server) => expect.poll(() => at.subscribers(), { timeout: 60_000 }).toBe(count);

describe("a wait over REST", () => {
  test("for a final request ends at once", async () => {
    const { id } = await ann.ask();
    const approved = await bob.post(`/approvals/${id}/approve`, { comment: "Fine" });
    const { status, body } = await ann.get(`/approvals/${id}?wait=300`);
    expect([status, { ...body, canApprove: false }]).toEqual([200, { ...approved.body, canApprove: false }]);
    const known = await ann.get(`/approvals/${id}?wait=300&afterVersion=${body.version}`);
    expect([known.status, known.body]).toEqual([200, body]);
    expect(server.subscribers()).toBe(0);
  });

  test("ends when the request becomes final, and not before", async () => {
    const { id } = await orchestrator.ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const answer = orchestrator.get(`/approvals/${id}?wait=300`);
    await waiting(1);
    await bob.post(`/approvals/${id}/approve`);
    await restClient(server, await tokenFor("cleo")).post(`/approvals/${id}/approve`, { comment: "Me too" });
    const { status, body } = await answer;
    expect([status, body.status, body.approvers, body.comment]).toEqual([200, "APPROVED", ["bob", "cleo"], "Me too"]);
    await waiting(0);
  });

  test("after a version returns the next version, at once if there is already one", async () => {
    const { id, version } = await ann.ask({ notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const answer = ann.get(`/approvals/${id}?wait=300&afterVersion=${version}`);
    await waiting(1);
    await bob.post(`/approvals/${id}/approve`);
    expect((await answer).body).toMatchObject({ version: version + 1, isOpen: true, approvers: ["bob"] });
    expect((await ann.get(`/approvals/${id}?wait=300&afterVersion=${version}`)).body.version).toBe(version + 1);
    expect((await ann.get(`/approvals/${id}?wait=300&afterVersion=0`)).body.version).toBe(version + 1);
  });

  test("returns the current state when it expires, after two reads in all", async () => {
    const { id } = await ann.ask();
    const { pool } = server.app.services;
    const query = pool.query;
    let reads = 0;
    pool.query = ((...args: Parameters<typeof query>) => {
      if ((args[0] as { name?: string }).name?.startsWith("request-head")) reads += 1;
      return query.apply(pool, args);
    }) as typeof query;
    const { status, body } = await ann.get(`/approvals/${id}?wait=1`);
    pool.query = query;
    expect([status, body.status, body.version]).toEqual([200, "PENDING", 1]);
    expect(reads).toBe(2);
    expect(server.subscribers()).toBe(0);
    const same = await ann.get(`/approvals/${id}?wait=1&afterVersion=1`);
    expect([same.status, same.body.version]).toEqual([200, 1]);
  });

  test("is answered after a decision made with psql", async () => {
    const { id } = await ann.ask();
    const answer = ann.get(`/approvals/${id}?wait=300`);
    await waiting(1);
    await server.database.pool.query(
      "update approval_requests set status = 'CANCELLED', decision_source = 'CANCELLATION', decided_at = now(), " +
        "version = version + 1 where id = $1",
      [id],
    );
    expect((await answer).body.status).toBe("CANCELLED");
  });

  test("ends with 404 when the viewer may no longer see the request", async () => {
    const { id } = await ann.ask();
    const answer = bob.get(`/approvals/${id}?wait=300`);
    await waiting(1);
    await server.database.pool.query(
      "update approval_requests set notify_users = '{cleo}', version = version + 1 where id = $1",
      [id],
    );
    expect(gist(await answer)).toEqual([404, "NOT_FOUND"]);
    await waiting(0);
  });

  test("ends with 401 when the token expires", async () => {
    const { id } = await ann.ask();
    const brief = restClient(server, await tokenFor("ann", { expiresIn: 5 }));
    const answer = await brief.get(`/approvals/${id}?wait=300`);
    expect(gist(answer)).toEqual([401, "UNAUTHENTICATED"]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    await waiting(0);
  });

  test("frees its resources when the client disconnects", async () => {
    const { id } = await ann.ask();
    const left = new AbortController();
    const answers = Array.from({ length: 20 }, () => ann.get(`/approvals/${id}?wait=300`, { signal: left.signal }));
    await waiting(20);
    left.abort();
    expect((await Promise.allSettled(answers)).every(({ status }) => status === "rejected")).toBe(true);
    await waiting(0);
  });

  test.each([
    ["wait=0", "wait"],
    ["wait=301", "wait"],
    ["wait=1.5", "wait"],
    ["wait=soon", "wait"],
    ["wait=", "wait"],
    ["wait=1&wait=2", "wait"],
    ["wait=5&afterVersion=-1", "afterVersion"],
    ["wait=5&afterVersion=2147483648", "afterVersion"],
    ["afterVersion=1", "afterVersion"],
  ])("cannot be %s", async (query, parameter) => {
    const { id } = await ann.ask();
    expect(gist(await ann.get(`/approvals/${id}?${query}`))).toEqual([422, "VALIDATION", parameter]);
  });
});

test("when the server stops, all waits over REST return the current state", async () => {
  const ending = await startServer();
  const ann = restClient(ending, await tokenFor("ann"));
  const { id } = await ann.ask();
  const answers = Array.from({ length: 5 }, () => ann.get(`/approvals/${id}?wait=300`));
  await waiting(5, ending);
  await ending.stop();
  for (const { status, headers, body } of await Promise.all(answers)) {
    expect([status, headers.get("connection"), body.status]).toEqual([200, "close", "PENDING"]);
  }
});

describe("a wait over REST that proxies would close as idle", () => {
  let lively: TestServer;
  beforeAll(async () => {
    lively = await startServer({}, { signOfLifeMs: 20 });
  });
  afterAll(() => lively.stop());

  /** The response to a request as raw bytes, and how the connection ended. */
  async function raw(text: string) {
    const { hostname, port } = new URL(lively.url);
    const socket = net.connect(Number(port), hostname);
    let received = "";
    let onData = () => {};
    socket.setEncoding("latin1").on("data", (chunk) => {
      received += chunk;
      onData();
    });
    const ended = new Promise<string>((resolve) => {
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
      socket.on("end", () => resolve("end"));
    });
    socket.write(text);
    return {
      received: () => received,
      ended,
      until: (part: RegExp) =>
        new Promise<void>((resolve) => {
          onData = () => part.test(received) && resolve();
          onData();
        }),
    };
  }
  const lines = (path: string, token: string, version = "1.1", method = "GET") =>
    `${method} /api${path} HTTP/${version}\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;

  test("receives spaces before the same JSON, on the request and after a version", async () => {
    const token = await tokenFor("ann");
    const client = restClient(lively, token);
    for (const behind of ["", "&afterVersion=1"]) {
      const { id } = await client.ask();
      const answer = await raw(lines(`/approvals/${id}?wait=300${behind}`, token, "1.0"));
      await answer.until(/\r\n\r\n {3,}$/);
      await restClient(lively, await tokenFor("bob")).post(`/approvals/${id}/approve`);
      expect(await answer.ended).toBe("end");
      const [head = "", body = ""] = answer.received().split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(head.toLowerCase()).toContain("\r\ncontent-type: application/json; charset=utf-8");
      expect(head.toLowerCase()).toContain("\r\ncache-control: no-store");
      expect(JSON.parse(body)).toEqual((await client.get(`/approvals/${id}`)).body);
    }
  });

  test("closes the connection without an end of the response when it can no longer be answered", async () => {
    const { id } = await restClient(lively, await tokenFor("ann")).ask();
    for (const version of ["1.1", "1.0"]) {
      const answer = await raw(lines(`/approvals/${id}?wait=300`, await tokenFor("ann", { expiresIn: 5 }), version));
      await answer.until(/\r\n\r\n/);
      const end = await answer.ended;
      // Over HTTP/1.1 the last chunk is missing; over HTTP/1.0 only a reset marks the end as an error.
      if (version === "1.0") expect(end).toBe("ECONNRESET");
      else expect(answer.received()).not.toMatch(/\r\n0\r\n\r\n$/);
      expect(answer.received()).not.toContain("status");
    }
  });

  test("returns the status of an error that exists at the start", async () => {
    const stranger = restClient(lively, await tokenFor("eve"));
    const { id } = await restClient(lively, await tokenFor("ann")).ask();
    expect(gist(await stranger.get(`/approvals/${id}?wait=300`))).toEqual([404, "NOT_FOUND"]);
    expect(gist(await stranger.get(`/approvals/${id}?wait=300&afterVersion=1`))).toEqual([404, "NOT_FOUND"]);
  });

  test("sends no body to HEAD", async () => {
    const token = await tokenFor("ann");
    const { id } = await restClient(lively, token).ask();
    const answer = await raw(lines(`/approvals/${id}?wait=1`, token, "1.1", "HEAD"));
    expect(await answer.ended).toBe("end");
    expect(answer.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-length: \d+[\s\S]*\r\n\r\n$/i);
  });
});
