/** The client's address and the public address, as the proxies in TRUSTED_PROXIES report them. */

import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { loadConfig } from "../../src/config/config.ts";
import { plainAddress } from "../../src/config/trusted-proxies.ts";
import { createDecisionLinks } from "../../src/notifications/decision-links.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, closeOf, SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

/** Behind proxies on this machine, in a data centre and at a provider. */
let behind: TestServer;
/** A server whose proxies are elsewhere. */
let direct: TestServer;
let ann: string;
let bob: string;
beforeAll(async () => {
  [behind, direct] = await Promise.all([
    startServer({ TRUSTED_PROXIES: "127.0.0.1, ::1, 10.0.0.0/8, 2001:db8:ffff::/48" }),
    startServer({ TRUSTED_PROXIES: "10.0.0.0/8" }),
  ]);
  ann = await tokenFor("ann");
  bob = await tokenFor("bob");
});
afterAll(() => Promise.all([behind.stop(), direct.stop()]));

/** The addresses in the audit log of a request, oldest first; events of the server have none. */
async function addressesOf(server: TestServer, id: string): Promise<string[]> {
  const query =
    "select ip_address from approval_audit_log where approval_request_id = $1 and ip_address is not null order by seq";
  const { rows } = await server.database.pool.query<{ ip_address: string }>(query, [id]);
  return rows.map((row) => row.ip_address);
}

type Headers = Record<string, string | string[]>;

/** Approves over REST with headers that fetch does not send, or not twice. */
async function approve(server: TestServer, id: string, headers: Headers): Promise<void> {
  const answer = Promise.withResolvers<number | undefined>();
  const req = httpRequest(`${server.url}/api/approvals/${id}/approve`, {
    method: "POST",
    headers: { Authorization: `Bearer ${bob}`, "Content-Type": "application/json", ...headers },
  });
  req.on("response", (res) => res.resume().on("end", () => answer.resolve(res.statusCode)));
  req.on("error", answer.reject).end("{}");
  expect(await answer.promise).toBe(200);
}

const loggedFor = async (server: TestServer, headers: Headers) => {
  const id = await server.ask(ann);
  await approve(server, id, headers);
  return (await addressesOf(server, id)).at(-1);
};

describe("the recorded address of the client is", () => {
  test.each<[string, string | string[], string]>([
    ["the address that the proxy saw", "192.0.2.7", "192.0.2.7"],
    ["an IPv6 address in its shortest form", "2001:DB8:0:0:0::7", "2001:db8::7"],
    ["an IPv4 address if the proxy writes it as IPv6", "::ffff:192.0.2.7", "192.0.2.7"],
    ["an address without the port that some proxies add", "192.0.2.7:51234", "192.0.2.7"],
    ["an address without its brackets and port", "[2001:db8::7]:51234", "2001:db8::7"],
    ["the last address that does not belong to a trusted proxy", "203.0.113.9, 192.0.2.7", "192.0.2.7"],
    ["the address before all trusted proxies", "203.0.113.9, 192.0.2.7, 10.1.2.3, 2001:db8:ffff::1", "192.0.2.7"],
    ["that of the first proxy if all are trusted", "10.1.2.3, 10.9.9.9", "10.1.2.3"],
    ["the same over several headers as over one", ["203.0.113.9", "192.0.2.7, 10.1.2.3"], "192.0.2.7"],
    ["the same whatever text precedes it", "<script>, 192.0.2.7", "192.0.2.7"],
    ["that of the proxy if the header is empty", "", "127.0.0.1"],
    ["that of the proxy if the header has a name", "unknown", "127.0.0.1"],
    ["that of the proxy if the header has half an address", "192.0.2", "127.0.0.1"],
    ["that of the proxy if an entry is missing", "192.0.2.7,", "127.0.0.1"],
    ["that of the proxy if the port is not valid", "192.0.2.7:70000", "127.0.0.1"],
    ["that of the proxy if the address is link-local", "fe80::1%eth0", "127.0.0.1"],
    [
      "that of the proxy, if the entry before a trusted proxy is not an address",
      "192.0.2.7 10.0.0.1, 10.1.2.3",
      "127.0.0.1",
    ],
  ])("%s", async (_what, header, expected) => {
    expect(await loggedFor(behind, { "X-Forwarded-For": header })).toBe(expected);
  });

  test("that of the connection without a header, and from everyone who is not a trusted proxy", async () => {
    expect(await loggedFor(behind, {})).toBe("127.0.0.1");
    expect(await loggedFor(direct, { "X-Forwarded-For": "10.1.2.3" })).toBe("127.0.0.1");
    const alone = await startServer();
    try {
      expect(await loggedFor(alone, { "X-Forwarded-For": "192.0.2.7", Forwarded: "for=192.0.2.7" })).toBe("127.0.0.1");
    } finally {
      await alone.stop();
    }
  });

  test("the same on every surface: GraphQL, WebSocket and the page of a mail's link", async () => {
    const headers = { "X-Forwarded-For": "192.0.2.7" };
    const create = `mutation { createApprovalRequest(input: { workflowId: "w", jobId: "j", executionId: "x", title: "Deploy?",
      notifyUsers: ["bob", "cleo", "dora"], requireMinApprovers: 3 }) { ... on CreateApprovalRequestPayload { request { id } } } }`;
    const { data } = (await (await behind.post({ query: create }, ann, headers)).json()) as Data;
    const { id } = data.createApprovalRequest.request;
    await behind.post({ query: APPROVE, variables: { id } }, bob, headers);

    const socketOptions = {
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols, { headers });
        }
      },
    };
    const client = behind.connect(await tokenFor("cleo"), socketOptions);
    await client.iterate({ query: APPROVE, variables: { id } }).next();
    await client.dispose();

    const links = createDecisionLinks(loadConfig({ AUTH_JWT_SECRET: SECRET }), { warn: () => {} });
    const request = await behind.app.services.manager.getRequest(id, {
      userId: "dora",
      email: null,
      roles: [],
      scopes: [],
    });
    if (request === null) throw new Error("dora does not see the request");
    const token = await links.sign({ userId: "dora", request });
    const page = await (await fetch(`${behind.url}/decide?token=${token}`)).text();
    const digest = /name="digest" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ token, digest, decision: "APPROVE" });
    expect((await fetch(`${behind.url}/decide`, { method: "POST", body, headers })).status).toBe(200);

    expect(await addressesOf(behind, id)).toEqual(Array(4).fill("192.0.2.7"));
  });
});

describe("the address of the server that a browser uses", () => {
  const cookie = async () => `__Host-countersign_session=${await tokenFor("bob")}`;
  const forwarded = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "approve.example" };
  const who = async (server: TestServer, headers: Record<string, string>) =>
    (await server.post({ query: "{ viewer { userId } }" }, null, headers)).status;

  test("is taken from a trusted proxy: its pages have the same origin, and cookies are those of https", async () => {
    const Origin = "https://approve.example";
    expect(await who(behind, { Cookie: await cookie(), Origin, ...forwarded })).toBe(200);
    // Each of several proxies reports the host of its request; the first entry is the browser's.
    const several = { "X-Forwarded-For": "192.0.2.7, 10.1.2.3", "X-Forwarded-Proto": "https, http" };
    expect(await who(behind, { Cookie: await cookie(), Origin, ...forwarded, ...several })).toBe(200);
    const port = { Origin: `${Origin}:8443`, "X-Forwarded-Host": "approve.example:8443" };
    expect(await who(behind, { Cookie: await cookie(), ...forwarded, ...port })).toBe(200);

    const signIn = await fetch(`${behind.url}/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin, ...forwarded },
      body: JSON.stringify({ token: bob }),
    });
    expect(signIn.headers.getSetCookie()[0]).toMatch(/^__Host-countersign_session=.*; Secure$/);
    expect(signIn.headers.get("strict-transport-security")).not.toBeNull();
  });

  test.each<[string, Record<string, string>]>([
    ["another host", { Origin: "https://evil.example" }],
    ["the same host without https", { Origin: "http://approve.example" }],
    [
      "a host that the client claims and the proxy replaces",
      { "X-Forwarded-Host": "evil.example, approve.example", Origin: "https://evil.example" },
    ],
    ["what is not a host", { "X-Forwarded-Host": "approve.example/x", Origin: "https://approve.example" }],
  ])("does not make a page of %s one of the server's", async (_what, headers) => {
    expect(await who(behind, { Cookie: await cookie(), ...forwarded, ...headers })).toBe(403);
  });

  test("is not taken from any other sender", async () => {
    const Cookie = `countersign_session=${bob}`;
    expect(await who(direct, { Cookie, Origin: "https://approve.example", ...forwarded })).toBe(403);
    expect(await who(direct, { Cookie, Origin: direct.url, ...forwarded })).toBe(200);
  });

  test("lets a page open a WebSocket with its session", async () => {
    const first = async (server: TestServer, headers: Record<string, string>) => {
      const socket = server.socket({ Cookie: await cookie(), ...forwarded, ...headers });
      socket.once("open", () => socket.send('{"type":"connection_init"}'));
      const answer = await Promise.race([
        new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)).type))),
        closeOf(socket).then(({ code }) => code),
      ]);
      socket.terminate();
      return answer;
    };
    expect(await first(behind, { Origin: "https://approve.example" })).toBe("connection_ack");
    expect(await first(behind, { Origin: "https://evil.example" })).toBe(4403);
    expect(await first(direct, { Origin: "https://approve.example" })).toBe(4403);
  });

  test("is the base of the links on a page", async () => {
    const page = async (server: TestServer) =>
      (await fetch(`${server.url}/decide?token=x`, { headers: forwarded })).text();
    expect(await page(behind)).toContain('href="https://approve.example/"');
    expect(await page(direct)).toContain(`href="${direct.url}/"`);
  });
});

test.each<[string, string | null]>([
  ["192.0.2.7", "192.0.2.7"],
  ["::FFFF:c000:207", "192.0.2.7"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["[::1]", null],
  ["::1%lo", null],
  ["0300.0.2.7", null],
  ["192.0.2.256", null],
  ["", null],
])("the plain form of the address %j is %j", (text, plain) => {
  expect(plainAddress(text)).toBe(plain);
});
