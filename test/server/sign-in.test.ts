import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SESSION_TYPE } from "../../src/server/auth/session-tokens.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { CookieJar } from "../support/server/cookie-jar.ts";
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from "../support/server/identity-provider.ts";
import { SECRET, startServer, type TestServer, tokenFor } from "../support/server/server.ts";
import { passProvider, signIn, toCallback } from "../support/server/sign-in.ts";

const SESSION = "countersign_session";
const SIGN_IN = "countersign_sign_in";
const WHO = { query: "{ viewer { userId email roles scopes } }" };

interface Setup {
  server: TestServer;
  provider: IdentityProvider;
  stop(): Promise<void>;
}

async function setUp(env: Record<string, string> = {}, options: IdentityProviderOptions = {}): Promise<Setup> {
  const provider = await startIdentityProvider(options);
  const server = await startServer({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.client.id,
    ...(!options.publicClient && { OIDC_CLIENT_SECRET: provider.client.secret }),
    ...env,
  });
  provider.register(server.publicUrl);
  provider.accounts.set("ann", { email: "ann@example.org", roles: ["lead"] });
  provider.accounts.set("bob", { email: "bob@example.org" });
  const stop = async () => {
    await server.stop();
    await provider.stop();
  };
  return { server, provider, stop };
}

let server: TestServer;
let provider: IdentityProvider;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ server, provider, stop } = await setUp({ OIDC_LOGOUT: "true" }));
});
afterAll(() => stop());

const ownPage = { "Sec-Fetch-Site": "same-origin" };
const whoIs = async (jar: CookieJar, url = server.url) =>
  ((await (await jar.fetch(`${url}/session`, { headers: ownPage })).json()) as Data).viewer;
const fromOwnPage = (jar: CookieJar, path: string, body?: object, headers: Record<string, string> = {}) =>
  jar.fetch(server.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: server.url, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
const refused = async (response: Response, status = 400) => {
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code: status === 400 ? "SIGN_IN_FAILED" : "UNAVAILABLE" });
};

test("a person signs in at the provider, and the session works on HTTP and WebSocket", async () => {
  const jar = new CookieJar();
  const begun = await jar.fetch(`${server.url}/auth/login?next=${encodeURIComponent("/requests/1?tab=log#top")}`);
  expect(begun.status).toBe(303);
  const asked = Object.fromEntries(new URL(begun.headers.get("location") as string).searchParams);
  expect(asked).toEqual({
    response_type: "code",
    client_id: "countersign",
    redirect_uri: `${server.url}/auth/callback`,
    scope: "openid profile email",
    state: expect.stringMatching(/^.{40,}$/),
    nonce: expect.stringMatching(/^.{40,}$/),
    code_challenge: expect.stringMatching(/^.{40,}$/),
    code_challenge_method: "S256",
  });
  const [attempt = ""] = begun.headers.getSetCookie();
  expect(attempt).toMatch(/^countersign_sign_in=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  expect(attempt).not.toContain(asked.state);
  expect(decodeProtectedHeader(jar.get(server.url, SIGN_IN) as string).enc).toBe("A256GCM");

  const callback = await passProvider(jar, begun.headers.get("location") as string, "ann");
  const done = await jar.fetch(callback);
  expect(done.status).toBe(303);
  expect(done.headers.get("location")).toBe("/requests/1?tab=log#top");
  expect(done.headers.getSetCookie()[0]).toMatch(
    /^countersign_session=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3[56]\d\d$/,
  );
  expect(jar.get(server.url, SIGN_IN)).toBeUndefined();

  const ann = { userId: "ann", email: "ann@example.org", roles: ["lead"], scopes: [] };
  expect(await whoIs(jar)).toMatchObject(ann);
  const asPage = await server.post(WHO, null, { Cookie: jar.header(server.url), Origin: server.url });
  expect(await asPage.json()).toEqual({ data: { viewer: ann } });
  const elsewhere = await server.post(WHO, null, { Cookie: jar.header(server.url), Origin: "https://evil.example" });
  expect(elsewhere.status).toBe(403);
  const socket = server.socket({ Cookie: jar.header(server.url), Origin: server.url });
  socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
  const first = await new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)))));
  expect(first).toEqual({ type: "connection_ack" });
  socket.terminate();

  for (const secret of [asked.state, asked.nonce, jar.get(server.url, SESSION), callback.searchParams.get("code")]) {
    expect(server.log()).not.toContain(secret);
  }
});

test("claims that the ID token lacks come from the user info endpoint", async () => {
  const other = await setUp({ AUTH_USER_CLAIM: "email", AUTH_ROLES_CLAIM: "app.roles" }, { inIdToken: false });
  try {
    other.provider.accounts.set("ann", {
      email: "ann@example.org",
      app: { roles: ["lead", "qa"] },
      scope: "approvals:read",
    });
    const jar = new CookieJar();
    expect((await signIn(jar, other.server.url, "ann")).status).toBe(303);
    expect(await whoIs(jar, other.server.url)).toMatchObject({
      userId: "ann@example.org",
      roles: ["lead", "qa"],
      scopes: ["approvals:read"],
    });
  } finally {
    await other.stop();
  }
});

test("scopes come from the configured claim of the user info endpoint, with the names of Countersign", async () => {
  const env = { AUTH_SCOPES_CLAIM: "app.scopes", AUTH_SCOPES_MAP: '{"Manage":["approvals:admin","approvals:read"]}' };
  const other = await setUp(env, { inIdToken: false });
  try {
    // The user info endpoint is called only if the ID token lacks claims.
    const ann = {
      email: "ann@example.org",
      roles: [],
      scope: "approvals:request",
      app: { scopes: ["Manage", "Other"] },
    };
    other.provider.accounts.set("ann", ann);
    const jar = new CookieJar();
    expect((await signIn(jar, other.server.url, "ann")).status).toBe(303);
    const { scopes } = await whoIs(jar, other.server.url);
    expect(scopes).toEqual(["approvals:admin", "approvals:read", "Other"]);
  } finally {
    await other.stop();
  }
});

test("a session ends with its ID token, and a session of a public client is valid after a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-oidc-"));
  const env = { AUTH_JWT_SECRET: "", DATA_DIR: folder };
  const other = await setUp(env, { idTokenTtl: 60, publicClient: true });
  try {
    const jar = new CookieJar();
    const done = await signIn(jar, other.server.url, "ann");
    expect(done.headers.getSetCookie()[0]).toMatch(/Max-Age=[1-6]?\d$/);
    const { exp = 0, iat = 0 } = decodeJwt(jar.get(other.server.url, SESSION) as string);
    expect(exp - iat).toBe(60);
    expect(other.server.development).toBe(null);
    const again = await startServer({
      ...env,
      OIDC_ISSUER: other.provider.issuer,
      OIDC_CLIENT_ID: other.provider.client.id,
    });
    jar.set(again.url, SESSION, jar.get(other.server.url, SESSION) as string);
    expect(await whoIs(jar, again.url)).toMatchObject({ userId: "ann" });
    await again.stop();
  } finally {
    await other.stop();
    await rm(folder, { recursive: true });
  }
});

describe("no session is started", () => {
  const begin = async (jar: CookieJar) =>
    new URL((await jar.fetch(`${server.url}/auth/login`)).headers.get("location") as string);
  const changed = (url: URL, name: string, value: string) => {
    const other = new URL(url);
    other.searchParams.set(name, value);
    return other;
  };
  const refusedFor = async (jar: CookieJar, callback: URL) => {
    await refused(await jar.fetch(callback));
    expect(jar.get(server.url, SESSION)).toBeUndefined();
    expect(jar.get(server.url, SIGN_IN)).toBeUndefined();
  };

  test("with another state or without one", async () => {
    const jar = new CookieJar();
    const callback = await toCallback(jar, server.url, "ann");
    const attempt = jar.get(server.url, SIGN_IN) as string;
    await refusedFor(jar, changed(callback, "state", "another"));
    jar.set(server.url, SIGN_IN, attempt);
    callback.searchParams.delete("state");
    await refusedFor(jar, callback);
  });

  test("with another nonce in the ID token", async () => {
    const jar = new CookieJar();
    const url = changed(await begin(jar), "nonce", "another");
    await refusedFor(jar, await passProvider(jar, url, "ann"));
    expect(server.log()).toContain("OAUTH_JWT_CLAIM_COMPARISON_FAILED");
  });

  test("with another code challenge", async () => {
    const jar = new CookieJar();
    const url = changed(await begin(jar), "code_challenge", "A".repeat(43));
    await refusedFor(jar, await passProvider(jar, url, "ann"));
  });

  test("with a code of another sign-in", async () => {
    const [jar, other] = [new CookieJar(), new CookieJar()];
    const [callback, foreign] = [await toCallback(jar, server.url, "ann"), await toCallback(other, server.url, "bob")];
    await refusedFor(jar, changed(callback, "code", foreign.searchParams.get("code") as string));
  });

  test("in a browser that did not start the sign-in, so that nobody is signed in as somebody else", async () => {
    const callback = await toCallback(new CookieJar(), server.url, "ann");
    await refusedFor(new CookieJar(), callback);
    const other = new CookieJar();
    await other.fetch(`${server.url}/auth/login`);
    await refusedFor(other, callback);
  });

  test("by a callback that is repeated, with its cookie or without", async () => {
    const jar = new CookieJar();
    const callback = await toCallback(jar, server.url, "ann");
    const attempt = jar.get(server.url, SIGN_IN) as string;
    expect((await jar.fetch(callback)).status).toBe(303);
    const again = new CookieJar();
    await refusedFor(again, callback);
    again.set(server.url, SIGN_IN, attempt);
    await refusedFor(again, callback);
  });

  test("with a forged sign-in attempt or a session in its place", async () => {
    const jar = new CookieJar();
    const callback = await toCallback(jar, server.url, "ann");
    const attempt = jar.get(server.url, SIGN_IN) as string;
    const made = [`${attempt.slice(0, -4)}AAAA`, "x", await tokenFor("ann"), `${attempt}.x`];
    for (const value of made) {
      jar.set(server.url, SIGN_IN, value);
      await refusedFor(jar, callback);
    }
    // A sealed attempt is not a session either.
    expect((await server.post(WHO, attempt)).status).toBe(401);
  });

  test("with an ID token that was issued to another application, or whose subject is not a user id", async () => {
    for (const [login, account] of [
      ["cleo", { azp: "another" }],
      ["<b>dan</b>", {}],
    ] as const) {
      provider.accounts.set(login, { email: "x@example.org", ...account });
      const jar = new CookieJar();
      await refusedFor(jar, await toCallback(jar, server.url, login));
    }
    provider.accounts.set("cleo", { email: "x@example.org", azp: provider.client.id });
    expect((await signIn(new CookieJar(), server.url, "cleo")).status).toBe(303);
  });

  test("for a person who cancels at the provider, and the browser receives a page", async () => {
    const jar = new CookieJar();
    const { text } = await jar.visit(await begin(jar), { headers: { Accept: "text/html" } });
    const abort = /href="([^"]*\/abort)"/.exec(text)?.[1] as string;
    const back = await jar.visit(abort, {}, (url) => url.pathname === "/auth/callback");
    expect(back.url.searchParams.get("error")).toBe("access_denied");
    const response = await jar.fetch(changed(back.url, "error_description", "<img src=x>"), {
      headers: { Accept: "text/html" },
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain("You could not be signed in. The provider refused the sign-in.");
    expect(page).not.toContain("<img");
    expect(jar.get(server.url, SESSION)).toBeUndefined();
  });
});

describe("the token of a session", () => {
  test("is accepted only with the signature of its own key", async () => {
    const jar = new CookieJar();
    await signIn(jar, server.url, "ann");
    const token = jar.get(server.url, SESSION) as string;
    expect((await server.post(WHO, token)).status).toBe(200);
    const claims = { ...decodeJwt(token), roles: ["boss"] };
    for (const secret of [SECRET, provider.client.secret, "countersign"]) {
      const key = new TextEncoder().encode(secret);
      const forged = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE }).sign(key);
      expect((await server.post(WHO, forged)).status).toBe(401);
    }
    const [header, , signature] = token.split(".");
    const altered = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    expect((await server.post(WHO, altered)).status).toBe(401);
  });

  test("is refused if it was issued by another provider", async () => {
    const other = await setUp();
    try {
      const jar = new CookieJar();
      await signIn(jar, other.server.url, "ann");
      expect((await server.post(WHO, jar.get(other.server.url, SESSION))).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe("sign-in redirects", () => {
  test.each(["/", "/requests/0190?x=1#y", "/%5Cevil.example", "/%2F%2Fevil.example"])("to %s", async (next) => {
    const done = await signIn(new CookieJar(), server.url, "ann", next);
    const location = done.headers.get("location") as string;
    expect(location).toBe(next);
    expect(new URL(location, `${server.url}/auth/callback`).origin).toBe(server.url);
  });

  test.each([
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "@evil.example",
    "",
  ])("never to %j", async (next) => {
    const response = await fetch(`${server.url}/auth/login?next=${encodeURIComponent(next)}`, { redirect: "manual" });
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBe(null);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});

describe("the session of another person", () => {
  test("is replaced only after a confirmation, and one's own at once", async () => {
    const jar = new CookieJar();
    await signIn(jar, server.url, "ann");
    // The provider has a session of ann in this browser; bob signs in instead.
    const bob = new CookieJar();
    bob.set(server.url, SESSION, jar.get(server.url, SESSION) as string);
    const asked = await signIn(bob, server.url, "bob", "/requests/7");
    expect([asked.status, asked.headers.get("location")]).toEqual([303, "/sign-in#waiting"]);
    expect(await whoIs(bob)).toMatchObject({ userId: "ann" });

    const question = await fromOwnPage(bob, "/session", { waiting: true });
    expect(question.status).toBe(409);
    expect(await question.json()).toMatchObject({ code: "OTHER_SESSION", current: "ann", wanted: "bob" });
    const evil = { Origin: "https://evil.example" };
    expect((await fromOwnPage(bob, "/session", { waiting: true, replace: true }, evil)).status).toBe(403);
    expect(await whoIs(bob)).toMatchObject({ userId: "ann" });

    const replaced = await fromOwnPage(bob, "/session", { waiting: true, replace: true });
    expect(await replaced.json()).toMatchObject({ viewer: { userId: "bob" }, next: "/requests/7" });
    expect(await whoIs(bob)).toMatchObject({ userId: "bob" });
    expect((await fromOwnPage(bob, "/session", { waiting: true, replace: true })).status).toBe(400);

    const again = await signIn(bob, server.url, "bob");
    expect(again.headers.get("location")).toBe("/");
  });

  test("is replaced without a confirmation if it has ended", async () => {
    const jar = new CookieJar();
    jar.set(server.url, SESSION, await tokenFor("bob", { expiresIn: -1 }));
    expect((await signIn(jar, server.url, "ann")).headers.get("location")).toBe("/");
    expect(await whoIs(jar)).toMatchObject({ userId: "ann" });
  });
});

describe("signing out", () => {
  test("ends the session here, and redirects to the provider if configured", async () => {
    const jar = new CookieJar();
    await signIn(jar, server.url, "ann");
    expect((await fromOwnPage(jar, "/auth/logout", undefined, { Origin: "https://evil.example" })).status).toBe(403);
    expect(await whoIs(jar)).toMatchObject({ userId: "ann" });
    const copied = jar.get(server.url, SESSION) as string;
    const out = await fromOwnPage(jar, "/auth/logout");
    const { next } = (await out.json()) as Data;
    expect(await whoIs(jar)).toBe(null);
    // A copy of the cookie is not valid, in whatever way it is sent.
    const withCopy = new CookieJar();
    withCopy.set(server.url, SESSION, copied);
    expect(await whoIs(withCopy)).toBe(null);
    expect((await server.post(WHO, copied)).status).toBe(401);
    const { origin, searchParams } = new URL(next);
    expect(origin).toBe(provider.issuer);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: "countersign",
      post_logout_redirect_uri: `${server.publicUrl}/`,
    });
    const page = await jar.visit(next, { headers: { Accept: "text/html" } });
    expect(page.response.status).toBe(200);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(page.text)?.[1] as string;
    const body = new URLSearchParams({ xsrf, logout: "yes" });
    const back = await jar.visit(`${provider.issuer}/session/end/confirm`, { method: "POST", body }, ({ origin }) =>
      server.url.startsWith(origin),
    );
    expect(back.url.href).toBe(`${server.publicUrl}/`);
  });

  test("by a form redirects as well, and a GET does not end the session", async () => {
    const jar = new CookieJar();
    await signIn(jar, server.url, "ann");
    expect((await jar.fetch(`${server.url}/auth/logout`, { headers: ownPage })).status).toBe(405);
    const out = await fromOwnPage(jar, "/auth/logout", undefined, { Accept: "text/html" });
    expect(out.status).toBe(303);
    expect(out.headers.get("location")).toContain(provider.issuer);
    expect(jar.get(server.url, SESSION)).toBeUndefined();
  });
});

test("people can sign in again as soon as the provider is available again", async () => {
  const other = await setUp();
  try {
    other.provider.setAvailable(false);
    await refused(await fetch(`${other.server.url}/auth/login`, { redirect: "manual" }), 503);
    other.provider.setAvailable(true);
    const jar = new CookieJar();
    const callback = await toCallback(jar, other.server.url, "ann");
    other.provider.setAvailable(false);
    await refused(await jar.fetch(callback), 503);
    expect(await (await fetch(`${other.server.url}/readyz`)).json()).toMatchObject({ status: "ready" });
    other.provider.setAvailable(true);
    await signIn(jar, other.server.url, "ann");
    other.provider.setAvailable(false);
    // A session does not need the provider, and neither does signing out.
    expect(await whoIs(jar, other.server.url)).toMatchObject({ userId: "ann" });
    const out = await jar.fetch(`${other.server.url}/auth/logout`, {
      method: "POST",
      headers: { Origin: other.server.url },
    });
    expect(await out.json()).toEqual({ viewer: null, next: "/" });
  } finally {
    await other.stop();
  }
});

test("new keys of the provider are accepted at the next sign-in", async () => {
  const other = await setUp();
  try {
    expect((await signIn(new CookieJar(), other.server.url, "ann")).status).toBe(303);
    await other.provider.rotateKeys();
    expect((await signIn(new CookieJar(), other.server.url, "ann")).status).toBe(303);
  } finally {
    await other.stop();
  }
});

test("a sign-in at another loopback name redirects to the address of the callback", async () => {
  const { port } = new URL(server.url);
  const response = await fetch(`http://localhost:${port}/auth/login?next=/x`, { redirect: "manual" }).catch(() => null);
  // If localhost is only ::1, nothing listens there.
  const location = response?.headers.get("location") ?? `${server.url}/auth/login?next=/x`;
  expect(location).toBe(`${server.url}/auth/login?next=/x`);
});

test("the pages and the session offer the sign-in only if there is a provider", async () => {
  const plain = await startServer();
  try {
    expect(await (await fetch(`${server.url}/sign-in`)).text()).toContain('href="/auth/login"');
    expect(await (await fetch(`${plain.url}/sign-in`)).text()).not.toContain("/auth/login");
    // The inbox reads this before it shows the sign-in button.
    expect(await (await fetch(`${server.url}/session`)).json()).toEqual({ viewer: null, signIn: "/auth/login" });
    expect(await (await fetch(`${plain.url}/session`)).json()).toEqual({ viewer: null });
    for (const path of ["/auth/login", "/auth/callback", "/auth/logout"]) {
      expect((await fetch(plain.url + path)).status).toBe(404);
    }
  } finally {
    await plain.stop();
  }
});
