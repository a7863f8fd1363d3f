/** A client whose server does not answer: time-outs of requests, and one warning in each outage. */

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import {
  type Client,
  ClientError,
  type ClientOptions,
  createClient,
  RequestTimeoutError,
} from "../../src/client/entry.ts";
import { startOddServer } from "../support/client/odd-server.ts";

const QUICK = { firstMs: 1, mostMs: 5 };
const ending: (() => unknown)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ending.splice(0).reverse()) await end();
});

function connect(options: Partial<ClientOptions> & Pick<ClientOptions, "url">): Client {
  const client = createClient({ token: "secret-token", backoff: QUICK, logger: null, ...options });
  ending.push(() => client.close());
  return client;
}

/** An address at which nothing listens. */
async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/graphql`;
}

/** A server that acknowledges connections, and answers operations only if `answer` is true. */
async function silentServer(state = { answer: false }) {
  const server = await startOddServer((message, say) => {
    if (message.type === "connection_init") say({ type: "connection_ack" });
    if (message.type === "ping") say({ type: "pong" });
    if (message.type !== "subscribe" || !state.answer) return;
    say({ type: "next", id: message.id, payload: { data: { ok: true } } });
    say({ type: "complete", id: message.id });
  });
  ending.push(() => server.stop());
  return server;
}

const failureOf = (answer: Promise<unknown>): Promise<RequestTimeoutError> =>
  answer.then(
    () => expect.unreachable("it has an answer"),
    (error) => error,
  );

it("a request that nothing answers rejects with an error that names the address and the milliseconds", async () => {
  const url = await unusedAddress();
  const error = await failureOf(connect({ url, requestTimeoutMs: 50 }).request("query { ok }", {}));
  expect(error).toBeInstanceOf(RequestTimeoutError);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({ code: "REQUEST_TIMEOUT", url, timeoutMs: 50 });
  expect(error.message).toMatch(`${url} did not answer within 50 ms: connect ECONNREFUSED 127.0.0.1:`);
});

it("a request to a server that does not answer times out, and a mutation says that it may have run", async () => {
  const { url } = await silentServer();
  const client = connect({ url });
  const read = await failureOf(client.request("query { ok }", {}, { timeoutMs: 50 }));
  expect(read.message).toBe(`${url} did not answer within 50 ms.`);
  const written = await failureOf(client.request("mutation { ok }", {}, { timeoutMs: 50 }));
  expect(written.message).toBe(`${url} did not answer within 50 ms. The operation may or may not have run.`);
});

it("the message of a time-out does not contain the credentials of the address", async () => {
  const url = new URL(await unusedAddress());
  url.username = "ann";
  url.password = "hunter2";
  url.search = "key=hunter3";
  const error = await failureOf(connect({ url, requestTimeoutMs: 50 }).request("query { ok }", {}));
  expect(error.message).toContain(`${url.origin}/graphql did not answer`);
  expect(error.message).not.toContain("hunter");
});

it("an aborted request rejects with the reason of its signal, and later requests still have their own time", async () => {
  const state = { answer: false };
  const { url } = await silentServer(state);
  const client = connect({ url });
  const reason = new Error("no longer needed");
  await expect(client.request("query { ok }", {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const stop = new AbortController();
  const running = client.request("query { ok }", {}, { signal: stop.signal });
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  state.answer = true;
  await expect(client.request("query { ok }", {})).resolves.toEqual({ ok: true });
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "10" as unknown as number])(
  "a time-out of %s is refused",
  async (timeoutMs) => {
    const url = "http://127.0.0.1:9/graphql";
    const options = { url, token: "t", requestTimeoutMs: timeoutMs };
    const allowed = "must be a number of milliseconds from 1 to 2147483647, or null";
    expect(() => createClient(options)).toThrow(`requestTimeoutMs ${allowed}, not ${timeoutMs}`);
    await expect(connect({ url }).request("query { ok }", {}, { timeoutMs })).rejects.toThrow(`timeoutMs ${allowed}`);
  },
);

it("a wait for a server that cannot be reached warns once, on the console by default, and continues", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const url = await unusedAddress();
  let lost = 0;
  const client = connect({ url, logger: undefined, onLost: () => (lost += 1) });
  const waiting = client.waitForRequest("r-1");
  waiting.catch(() => {});
  await vi.waitFor(() => expect(lost).toBeGreaterThan(20), { timeout: 60_000, interval: 5 });
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(
        `^Countersign cannot be reached at ${url}: connect ECONNREFUSED .*\\. 1 operation is waiting; `,
      ),
    ],
  ]);
  expect(JSON.stringify(warn.mock.calls)).not.toContain("secret-token");
  await client.close();
  await expect(waiting).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
});

it("each outage has a warning of its own, and a short one has none", async () => {
  const warnings: string[] = [];
  const state = { connections: 0 };
  // Every connection is lost at once: the server is reached each time, so that this is no outage.
  const server = await startOddServer((message, say, socket) => {
    if (message.type !== "connection_init") return;
    say({ type: "connection_ack" });
    state.connections += 1;
    setImmediate(() => socket.terminate());
  });
  const logger = { warn: (message: string) => void warnings.push(message) };
  const client = connect({ url: server.url, logger });
  const waiting = client.waitForRequest("r-1").catch(() => {});
  await vi.waitFor(() => expect(state.connections).toBeGreaterThan(10), { timeout: 60_000, interval: 5 });
  expect(warnings).toEqual([]);
  await server.stop();
  await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 60_000, interval: 5 });
  await client.close();
  await waiting;
});
