import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../src/client/client.ts";
import {
  ApproveRequest,
  CancelRequest,
  CreateRequest,
  RequestById,
  type WaitedRequest,
} from "../../src/client/documents.ts";
import { startOddServer } from "../support/client/odd-server.ts";
import { patiently } from "../support/eventually.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { createTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

let server: TestServer;
let proxy: TcpProxy;
let ann: string;
const ending: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const QUICK = { firstMs: 5, mostMs: 40 };

function connect(options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url: `${server.url}/graphql`, token: ann, backoff: QUICK, ...options });
  ending.push(() => client.close());
  return client;
}

async function connectThroughProxy(options: Partial<ClientOptions> = {}): Promise<Client> {
  proxy = await createTcpProxy(`${server.url}/graphql`);
  ending.push(() => proxy.close());
  return connect({ url: proxy.url, ...options });
}

/** Decides over HTTP, as people do. */
async function decide(user: string, id: string, kind: "approveRequest" | "rejectRequest" = "approveRequest") {
  const mutation = `mutation ($id: ID!) { ${kind}(input: { requestId: $id }) { __typename } }`;
  const data = await server.data(await tokenFor(user), mutation, { id });
  expect(data[kind].__typename).toMatch(/Payload$/);
}

/** A wait, its updates, and a promise for the first update. */
function wait(client: Client, id: string, options: { afterVersion?: number; signal?: AbortSignal } = {}) {
  const heard: WaitedRequest[] = [];
  const first = Promise.withResolvers<void>();
  const onUpdate = (request: WaitedRequest) => {
    heard.push(request);
    first.resolve();
  };
  const outcome = client.waitForRequest(id, { ...options, onUpdate });
  outcome.catch(first.reject);
  first.promise.catch(() => {});
  return { outcome, heard, begun: first.promise };
}

const versions = (heard: WaitedRequest[]) => heard.map(({ version }) => version);
const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 60_000, interval: 5 });

describe("the client", () => {
  it("sends queries, mutations and any number of waits over one socket", async () => {
    const client = await connectThroughProxy();
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const input = { workflowId: "one-socket", jobId: `${n}`, executionId: "1", title: "?", notifyUsers: ["bob"] };
        const { createApprovalRequest } = await client.request(CreateRequest, { input });
        expect(createApprovalRequest.__typename).toBe("CreateApprovalRequestPayload");
        return "request" in createApprovalRequest ? createApprovalRequest.request.id : "";
      }),
    );
    const waits = ids.map((id) => wait(client, id));
    await Promise.all(waits.map(({ begun }) => begun));
    await Promise.all(ids.map((id) => decide("bob", id)));
    const outcomes = await Promise.all(waits.map(({ outcome }) => outcome));
    expect(outcomes.map(({ status }) => status)).toEqual(ids.map(() => "APPROVED"));
    const { approvalRequest } = await client.request(RequestById, { id: ids[0] as string });
    expect(approvalRequest?.status).toBe("APPROVED");
    expect(proxy.connections()).toBe(1);
  });

  it("reports each later version once and resolves with the final request", async () => {
    const id = await server.ask(ann, { notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
    const { outcome, heard, begun } = wait(connect(), id);
    await begun;
    await decide("bob", id);
    await until(() => heard.length === 2);
    await decide("cleo", id);
    expect(await outcome).toMatchObject({ id, version: 3, status: "APPROVED", approvers: ["bob", "cleo"] });
    expect(versions(heard)).toEqual([1, 2, 3]);
  });

  it("resolves at once if the caller already knows the final version", async () => {
    const id = await server.ask(ann);
    await decide("bob", id, "rejectRequest");
    const { outcome, heard } = wait(connect(), id, { afterVersion: 2 });
    expect(await outcome).toMatchObject({ version: 2, status: "REJECTED" });
    expect(heard).toEqual([]);
  });

  it("rejects a wait for an unknown request with NOT_FOUND", async () => {
    for (const id of ["no-id", "00000000-0000-7000-8000-000000000000"]) {
      await expect(connect().waitForRequest(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("rejects with the errors of a response", async () => {
    const asked = connect().request("query { nothing }", {});
    await expect(asked).rejects.toMatchObject({ name: "ResponseFailedError", code: "GRAPHQL_VALIDATION_FAILED" });
  });

  it("rejects with the signal's reason and ends the subscription on the server", async () => {
    const id = await server.ask(ann);
    const before = server.subscribers();
    const aborting = new AbortController();
    const { outcome, begun } = wait(connect(), id, { signal: aborting.signal });
    await begun;
    expect(server.subscribers()).toBe(before + 1);
    aborting.abort();
    await expect(outcome).rejects.toMatchObject({ name: "AbortError" });
    await until(() => server.subscribers() === before);
    await expect(connect().waitForRequest(id, { signal: aborting.signal })).rejects.toBe(aborting.signal.reason);
  });

  it("closes an unused socket, and opens another for the next operation", async () => {
    const odd = await startOddServer(({ type, id }, say) => {
      if (type === "connection_init") say({ type: "connection_ack" });
      if (type === "subscribe") say({ type: "next", id, payload: { data: { n: 1 } } });
    });
    ending.push(() => odd.stop());
    const client = connect({ url: odd.url, idleMs: 20 });
    expect(await client.request("{ n }", {})).toEqual({ n: 1 });
    await until(() => odd.open() === 0);
    expect(await client.request("{ n }", {})).toEqual({ n: 1 });
    expect(odd.connections()).toBe(2);
  });

  it("rejects running and later operations when it is closed", async () => {
    const client = connect();
    const { outcome, begun } = wait(client, await server.ask(ann));
    await begun;
    await Promise.all([expect(outcome).rejects.toMatchObject({ code: "CLIENT_CLOSED" }), client.close()]);
    await expect(client.request(RequestById, { id: "x" })).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });

  it("can be closed while it is unable to connect", async () => {
    const client = await connectThroughProxy();
    proxy.refuse();
    const asked = client.request(RequestById, { id: "x" });
    await until(() => proxy.connections() > 2);
    await Promise.all([expect(asked).rejects.toMatchObject({ code: "CLIENT_CLOSED" }), client.close()]);
  });

  it("refuses a message for which the server would close the socket, without affecting other operations", async () => {
    const client = await connectThroughProxy();
    const { begun } = wait(client, await server.ask(ann));
    await begun;
    const long = { title: "x".repeat(5 * 1024 * 1024) };
    await expect(client.request("query { viewer { userId } }", long)).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
    expect(proxy.connections()).toBe(1);
    await client.close();
  });

  it("accepts only http and https addresses", () => {
    expect(() => createClient({ url: "localhost:4000", token: "x" })).toThrow(TypeError);
  });
});

describe("a lost connection of the client", () => {
  it("is resumed with the last version, so that no update is lost or reported twice", async () => {
    const client = await connectThroughProxy();
    const id = await server.ask(ann, { notifyUsers: ["bob", "cleo", "dan"], requireMinApprovers: 3 });
    const { outcome, heard, begun } = wait(client, id);
    await begun;
    await decide("bob", id);
    await until(() => heard.length === 2);
    proxy.refuse();
    await decide("cleo", id);
    await until(() => proxy.connections() > 3);
    proxy.accept();
    await until(() => heard.length === 3);
    proxy.refuse();
    await decide("dan", id);
    proxy.accept();
    expect(await outcome).toMatchObject({ status: "APPROVED", version: 4 });
    expect(versions(heard)).toEqual([1, 2, 3, 4]);
  });

  it("is detected when it is half open, without any error", async () => {
    const client = await connectThroughProxy({ keepAliveMs: 30, pongTimeoutMs: 200 });
    const id = await server.ask(ann);
    const { outcome, heard, begun } = wait(client, id);
    await begun;
    proxy.freeze();
    await decide("bob", id);
    expect((await outcome).status).toBe("APPROVED");
    expect(versions(heard)).toEqual([1, 2]);
    expect(proxy.connections()).toBeGreaterThan(1);
  });

  it("is opened later if the server is not running yet", async () => {
    const client = await connectThroughProxy();
    proxy.refuse();
    const id = await server.ask(ann);
    const asked = client.request(RequestById, { id });
    await until(() => proxy.connections() > 3);
    proxy.accept();
    expect((await asked).approvalRequest?.id).toBe(id);
  });

  it("leaves the outcome of a mutation unknown, unless it may be sent twice", async () => {
    const client = await connectThroughProxy({ token: await tokenFor("bob") });
    const id = await server.ask(ann);
    const locker = await server.database.pool.connect();
    try {
      await locker.query("begin");
      await locker.query("select from approval_requests where id = $1 for update", [id]);
      const variables = { input: { requestId: id } };
      const once = client.request(ApproveRequest, variables);
      const often = client.request(ApproveRequest, variables, { idempotent: true });
      await vi.waitFor(async () => {
        const { rows } = await server.database.pool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        expect(rows.length).toBeGreaterThan(0);
      }, patiently);
      proxy.refuse();
      await expect(once).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      proxy.accept();
      await locker.query("rollback");
      expect((await often).approveRequest).toMatchObject({ request: { status: "APPROVED", approvers: ["bob"] } });
    } finally {
      locker.release();
    }
  });

  it("does not repeat a mutation after a normal closure", async () => {
    const odd = await startOddServer(({ type }, say, socket) => {
      if (type === "connection_init") say({ type: "connection_ack" });
      else socket.close(1000);
    });
    ending.push(() => odd.stop());
    const asked = connect({ url: odd.url }).request(CancelRequest, { input: { requestId: "x" } });
    await expect(asked).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(odd.received.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  });

  it("is opened again after failures of the server", async () => {
    let failures = 3;
    const odd = await startOddServer(({ type, id }, say, socket) => {
      if (type === "connection_init") say({ type: "connection_ack" });
      if (type !== "subscribe") return;
      const failure = { message: "Unexpected error.", extensions: { code: "INTERNAL_SERVER_ERROR" } };
      if (failures-- === 3) socket.close(4500, "Internal server error");
      else if (failures >= 0) say({ type: "error", id, payload: [failure] });
      else say({ type: "next", id, payload: { data: { viewer: { userId: "ann" } } } });
    });
    ending.push(() => odd.stop());
    expect(await connect({ url: odd.url }).request("query { viewer { userId } }", {})).toEqual({
      viewer: { userId: "ann" },
    });
  });

  it("is not opened again if a retry cannot help", async () => {
    const odd = await startOddServer((_message, _say, socket) => socket.close(4400, "Bad request"));
    ending.push(() => odd.stop());
    const refused = { name: "ConnectionFailedError", code: "CONNECTION_FAILED" };
    await expect(connect({ url: odd.url }).request("{ viewer { userId } }", {})).rejects.toMatchObject(refused);
    expect(odd.connections()).toBe(1);
    const wrongPath = connect({ url: `${server.url}/somewhere` }).request("{ viewer { userId } }", {});
    await expect(wrongPath).rejects.toMatchObject(refused);
  });
});

describe("a waiting client", () => {
  it("sends nothing but pings", async () => {
    const odd = await startOddServer(({ type }, say) => {
      if (type === "connection_init") say({ type: "connection_ack" });
      if (type === "ping") say({ type: "pong" });
    });
    ending.push(() => odd.stop());
    const client = connect({ url: odd.url, keepAliveMs: 5 });
    const { outcome } = wait(client, "some-id");
    await until(() => odd.received.filter(({ type }) => type === "ping").length > 5);
    const types = odd.received.map(({ type }) => type).filter((type) => type !== "ping");
    expect(types).toEqual(["connection_init", "subscribe"]);
    await Promise.all([expect(outcome).rejects.toMatchObject({ code: "CLIENT_CLOSED" }), client.close()]);
  });
});

describe("a token of the client", () => {
  const unauthenticated = { name: "UnauthenticatedError", code: "UNAUTHENTICATED" };

  it("that is refused rejects every operation at once, and is not retried", async () => {
    const client = await connectThroughProxy({ token: "not-a-token" });
    const asked = [client.request(RequestById, { id: "x" }), client.waitForRequest("y")];
    for (const operation of asked) await expect(operation).rejects.toMatchObject(unauthenticated);
    expect(proxy.connections()).toBe(1);
  });

  it("from a function that is refused before the first success is not fetched again", async () => {
    const token = vi.fn(async () => "not-a-token");
    await expect(connect({ token }).request(RequestById, { id: "x" })).rejects.toMatchObject(unauthenticated);
    expect(token).toHaveBeenCalledTimes(1);
  });

  it("that expires during a wait is replaced by a new one", async () => {
    const token = vi.fn(() => tokenFor("ann", { expiresIn: token.mock.calls.length === 1 ? 5 : 3_600 }));
    const id = await server.ask(ann);
    const { outcome, heard, begun } = wait(connect({ token }), id);
    await begun;
    await until(() => token.mock.calls.length === 2);
    await decide("bob", id);
    expect((await outcome).status).toBe("APPROVED");
    expect(versions(heard)).toEqual([1, 2]);
  });

  it("that is a string ends the waits when it expires", async () => {
    const { outcome, begun } = wait(connect({ token: await tokenFor("ann", { expiresIn: 5 }) }), await server.ask(ann));
    await begun;
    await expect(outcome).rejects.toMatchObject(unauthenticated);
  });

  it("ends the waits if it expires and its replacement is refused", async () => {
    const token = vi.fn(async () =>
      token.mock.calls.length === 1 ? tokenFor("ann", { expiresIn: 5 }) : "not-a-token",
    );
    const { outcome, begun } = wait(connect({ token }), await server.ask(ann));
    await begun;
    await expect(outcome).rejects.toMatchObject(unauthenticated);
    expect(token).toHaveBeenCalledTimes(2);
  });

  it("that a function has cached too long is requested again, but not forever", async () => {
    const short = await tokenFor("ann", { expiresIn: 5 });
    const token = vi.fn(async () => short);
    const { outcome, begun } = wait(connect({ token }), await server.ask(ann));
    await begun;
    await expect(outcome).rejects.toMatchObject(unauthenticated);
    expect(token.mock.calls.length).toBeGreaterThan(2);
  });

  it("that cannot be fetched rejects operations at first, and is fetched again during waits", async () => {
    const failing = connect({ token: () => Promise.reject(new Error("no provider")) });
    await expect(failing.request(RequestById, { id: "x" })).rejects.toMatchObject({
      ...unauthenticated,
      message: expect.stringContaining("no provider"),
    });

    let failures = 0;
    const client = await connectThroughProxy({
      token: async () => {
        if (failures-- > 0) throw new Error("no provider");
        return ann;
      },
    });
    const id = await server.ask(ann);
    const { outcome, begun } = wait(client, id);
    await begun;
    failures = 3;
    proxy.refuse();
    proxy.accept();
    await decide("bob", id);
    expect((await outcome).status).toBe("APPROVED");
    expect(failures).toBe(-1);
  });

  it("that is accepted and refused repeatedly ends the waits after some time", async () => {
    const odd = await startOddServer(({ type }, say, socket) => {
      if (type !== "connection_init") return;
      say({ type: "connection_ack" });
      socket.close(4403, "Token expired");
    });
    ending.push(() => odd.stop());
    const client = connect({ url: odd.url, token: async () => ann });
    await expect(client.waitForRequest("x")).rejects.toMatchObject(unauthenticated);
    expect(odd.connections()).toBeGreaterThan(1);
  });

  it("is sent as a Bearer token", async () => {
    const odd = await startOddServer((_message, _say, socket) => socket.close(4403));
    ending.push(() => odd.stop());
    await expect(connect({ url: odd.url, token: "abc" }).waitForRequest("x")).rejects.toMatchObject(unauthenticated);
    expect(odd.received[0]?.payload).toEqual({ Authorization: "Bearer abc" });
  });
});
