import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const WHO = { query: "{ viewer { userId roles scopes } }" };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const unsigned = () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: "ann", exp: 4e9 })}.`;
};

describe("an operation is refused with 401 if its token is not valid:", () => {
  const cases: [string, () => Promise<string | null>][] = [
    ["no token was sent", async () => null],
    ["that is not a JWT", async () => "abc"],
    ["signed with another secret", () => tokenFor("ann", { secret: `${SECRET}x` })],
    ["that is not signed", async () => unsigned()],
    ["that has expired", () => tokenFor("ann", { expiresIn: -1 })],
    ["that never expires", () => tokenFor("ann", { expiresIn: null })],
    ["without a user", () => tokenFor("")],
    ["whose user is not a text", () => tokenFor("ann", { claims: { sub: undefined, user: 7 } })],
    ["whose user has a NUL character", () => tokenFor("an\0n")],
    ["that is not yet valid", () => tokenFor("ann", { claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })],
  ];
  test.each(cases)("%s", async (_what, token) => {
    const response = await server.post(WHO, await token());
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    const { errors } = (await response.json()) as Data;
    expect(errors).toEqual([{ message: expect.any(String), extensions: { code: "UNAUTHENTICATED" } }]);
  });

  test("as an event stream", async () => {
    const response = await server.post({ query: "subscription { pendingApprovalsUpdated { change } }" }, null, {
      Accept: "text/event-stream",
    });
    expect(response.status).toBe(401);
    expect(((await response.json()) as Data).errors[0].extensions.code).toBe("UNAUTHENTICATED");
  });

  test("over GET", async () => {
    expect((await fetch(`${server.url}/graphql?query={__typename}`)).status).toBe(401);
  });

  test("with an empty Bearer header, even when there is a session", async () => {
    const headers = { Authorization: "Bearer", Cookie: `countersign_session=${await tokenFor("ann")}` };
    expect((await server.post(WHO, null, { ...headers, Origin: server.url })).status).toBe(401);
  });
});

test("roles and scopes are read from the token, as lists or as text", async () => {
  const who = async (options: object) => (await server.data(await tokenFor("ann", options), WHO.query)).viewer;
  expect(await who({ roles: ["a", 7, "b"], scope: "approvals:read approvals:request" })).toEqual({
    userId: "ann",
    roles: ["a", "b"],
    scopes: ["approvals:read", "approvals:request"],
  });
  expect(await who({ roles: "a, b c", scope: ["approvals:read"] })).toMatchObject({
    roles: ["a", "b", "c"],
    scopes: ["approvals:read"],
  });
  expect(await who({ roles: { admin: true }, scope: 7 })).toMatchObject({ roles: [], scopes: [] });
});

describe("the session cookie", () => {
  const cookie = async () => ({ Cookie: `other=1; countersign_session=${await tokenFor("ann")}` });

  test("is accepted from this origin", async () => {
    const response = await server.post(WHO, null, { ...(await cookie()), Origin: server.url });
    expect(((await response.json()) as Data).data.viewer.userId).toBe("ann");
  });

  test("is accepted for a same-origin GET, which browsers send without an Origin", async () => {
    const query = encodeURIComponent(WHO.query);
    const headers = { ...(await cookie()), "Sec-Fetch-Site": "same-origin" };
    const response = await fetch(`${server.url}/graphql?query=${query}`, { headers });
    expect(response.status).toBe(200);
  });

  test.each([
    ["another origin", { Origin: "https://evil.example" }],
    ["an opaque origin", { Origin: "null" }],
    ["nowhere in particular", {}],
    ["another site, by GET's header on a POST", { "Sec-Fetch-Site": "same-origin" }],
    ["another port of this host", { Origin: "http://127.0.0.1:1" }],
  ])("is refused from %s", async (_where, headers: Record<string, string>) => {
    const response = await server.post(WHO, null, { ...(await cookie()), ...headers });
    expect(response.status).toBe(403);
    expect(((await response.json()) as Data).errors[0].extensions.code).toBe("FORBIDDEN");
  });

  test("is ignored if there is a Bearer token, which needs no Origin", async () => {
    const response = await server.post(WHO, await tokenFor("bob"), {
      ...(await cookie()),
      Origin: "https://elsewhere.example",
    });
    expect(((await response.json()) as Data).data.viewer.userId).toBe("bob");
  });
});

test("a form of another site cannot act with the session: text/plain is refused", async () => {
  const headers = { Cookie: `countersign_session=${await tokenFor("ann")}`, "Content-Type": "text/plain" };
  expect((await server.post(WHO, null, { ...headers, Origin: "https://evil.example" })).status).toBe(403);
  expect((await server.post(WHO, null, { ...headers, Origin: server.url })).status).toBe(415);
});

test("user and roles are read at dotted paths from own properties, and issuer and audience are checked", async () => {
  const other = await startServer({
    AUTH_USER_CLAIM: "identity.name",
    AUTH_ROLES_CLAIM: "app_metadata.roles",
    AUTH_ISSUER: "https://issuer.example",
    AUTH_AUDIENCE: "countersign",
  });
  try {
    const claims = { iss: "https://issuer.example", aud: ["x", "countersign"], identity: { name: "ann" } };
    const right = await tokenFor("unused", { claims: { ...claims, app_metadata: { roles: ["lead"] } } });
    expect((await other.data(right, WHO.query)).viewer).toMatchObject({ userId: "ann", roles: ["lead"] });
    const wrong = [{ iss: "https://other.example" }, { aud: "other" }, { aud: undefined }, { identity: "x" }];
    for (const claim of wrong) {
      const token = await tokenFor("ann", { claims: { ...claims, ...claim } });
      expect((await other.post(WHO, token)).status, JSON.stringify(claim)).toBe(401);
    }
  } finally {
    await other.stop();
  }
});

test("in development a secret for tokens is created once, in a file that only its owner can read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-auth-"));
  const env = { AUTH_JWT_SECRET: "", DATA_DIR: folder, AUTH_SCOPES_CLAIM: "my\\.app.scopes" };
  try {
    const first = await startServer(env);
    const link = first.development?.signIns[0]?.url as string;
    const token = new URLSearchParams(new URL(link).hash.slice(1)).get("token") as string;
    expect((await first.data(token, WHO.query)).viewer).toMatchObject({ userId: "alice@company.com" });
    await first.stop();
    expect(statSync(join(folder, "jwt-secret")).mode & 0o777).toBe(0o600);
    const second = await startServer(env);
    expect((await second.data(token, WHO.query)).viewer.roles).toEqual(["release-managers"]);
    const forJobs = second.development?.token as string;
    expect((await second.data(forJobs, WHO.query)).viewer.scopes).toEqual(["approvals:request"]);
    expect(second.log()).not.toContain(token);
    await second.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("keys of an identity provider", () => {
  let provider: Server;
  let keys: object[] = [];
  let available = true;
  let other: TestServer;

  beforeAll(async () => {
    provider = createServer((_req, res) => {
      res.writeHead(available ? 200 : 500, { "Content-Type": "application/json" }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    const { port } = provider.address() as AddressInfo;
    other = await startServer({ AUTH_JWT_SECRET: "", AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks.json` });
  });
  afterAll(async () => {
    await other.stop();
    provider.closeAllConnections();
    provider.close();
  });

  const sign = (alg: string, key: Parameters<SignJWT["sign"]>[0], kid?: string) =>
    new SignJWT({ sub: "ann" })
      .setProtectedHeader({ alg, ...(kid && { kid }) })
      .setExpirationTime("1h")
      .sign(key);

  test("that are unavailable lead to a token that is neither accepted nor refused", async () => {
    available = false;
    const { privateKey } = await generateKeyPair("ES256");
    const response = await other.post(WHO, await sign("ES256", privateKey, "first"));
    expect(response.status).toBe(503);
    available = true;
  });

  test("verify RS256 and ES256, with and without a key id, and no token that uses a public key as a secret", async () => {
    const rsa = await generateKeyPair("RS256", { extractable: true });
    const [ec, ec2] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
    keys = [
      { ...(await exportJWK(rsa.publicKey)), kid: "rsa", alg: "RS256" },
      { ...(await exportJWK(ec.publicKey)), kid: "ec" },
      { ...(await exportJWK(ec2.publicKey)), kid: "ec2" },
    ];
    for (const token of [
      await sign("RS256", rsa.privateKey, "rsa"),
      await sign("ES256", ec.privateKey, "ec"),
      await sign("ES256", ec2.privateKey),
    ]) {
      expect((await other.post(WHO, token)).status).toBe(200);
    }
    const confused = await sign("HS256", new TextEncoder().encode(await exportSPKI(rsa.publicKey)), "rsa");
    expect((await other.post(WHO, confused)).status).toBe(401);
    const stranger = await generateKeyPair("ES256");
    expect((await other.post(WHO, await sign("ES256", stranger.privateKey, "ec"))).status).toBe(401);
    expect((await other.post(WHO, await sign("ES256", stranger.privateKey))).status).toBe(401);
    expect((await other.post(WHO, await tokenFor("ann"))).status).toBe(401);
  });
});
