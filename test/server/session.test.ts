import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownPath } from "../../src/server/auth/session.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Signs in like the sign-in page. */
const signIn = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: server.url, ...headers },
    body: JSON.stringify(body),
  });
const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(";")[0] as string;
const ownPage = (Cookie: string) => ({ Cookie, "Sec-Fetch-Site": "same-origin" });

test("signing in stores the token in a cookie that no script and no other site can use", async () => {
  const token = await tokenFor("ann", { roles: ["lead"], expiresIn: 600 });
  const response = await signIn({ token, next: "/requests/1?tab=log#top" });
  expect(await response.json()).toMatchObject({
    viewer: { userId: "ann", roles: ["lead"] },
    next: "/requests/1?tab=log#top",
  });
  const [cookie = ""] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^countersign_session=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=(600|599|598)$/);

  const who = await fetch(`${server.url}/session`, { headers: ownPage(cookieOf(response)) });
  expect(await who.json()).toMatchObject({ viewer: { userId: "ann" } });
  const asked = await server.post({ query: "{ viewer { userId } }" }, null, {
    Cookie: cookieOf(response),
    Origin: server.url,
  });
  expect(await asked.json()).toEqual({ data: { viewer: { userId: "ann" } } });

  const out = await fetch(`${server.url}/session`, { method: "DELETE", headers: { Origin: server.url } });
  expect(out.headers.getSetCookie()[0]).toMatch(/^countersign_session=; .*Max-Age=0/);
});

test("the session of another person is replaced only after a confirmation, and one's own at once", async () => {
  const [ann, bob] = await Promise.all([tokenFor("ann"), tokenFor("bob")]);
  const Cookie = cookieOf(await signIn({ token: ann }));
  const asked = await signIn({ token: bob }, { Cookie });
  expect(asked.status).toBe(409);
  expect(await asked.json()).toMatchObject({ code: "OTHER_SESSION", current: "ann", wanted: "bob" });
  expect(asked.headers.getSetCookie()).toEqual([]);
  expect((await signIn({ token: bob, replace: true }, { Cookie })).status).toBe(200);
  expect((await signIn({ token: await tokenFor("ann", { expiresIn: 60 }) }, { Cookie })).status).toBe(200);
  const expired = `countersign_session=${await tokenFor("ann", { expiresIn: -1 })}`;
  expect((await signIn({ token: bob }, { Cookie: expired })).status).toBe(200);
});

test("sessions start and end only on pages of this server", async () => {
  const token = await tokenFor("ann");
  for (const Origin of ["https://evil.example", "null"]) {
    expect((await signIn({ token }, { Origin })).status).toBe(403);
    expect((await fetch(`${server.url}/session`, { method: "DELETE", headers: { Origin } })).status).toBe(403);
    const headers = { Cookie: `countersign_session=${token}`, Origin };
    expect((await fetch(`${server.url}/session`, { headers })).status).toBe(403);
  }
  expect((await fetch(`${server.url}/session`, { method: "DELETE" })).status).toBe(403);
});

test("an invalid token, a token that is too long and invalid JSON start no session", async () => {
  expect((await signIn({ token: "abc" })).status).toBe(401);
  expect((await signIn({ token: await tokenFor("ann", { expiresIn: -1 }) })).status).toBe(401);
  expect((await signIn({})).status).toBe(400);
  expect((await signIn({ token: await tokenFor("ann", { claims: { photo: "x".repeat(4_000) } }) })).status).toBe(400);
  expect((await signIn({ token: "x".repeat(100_000) })).status).toBe(413);
  expect((await signIn([] as object)).status).toBe(400);
});

test("the viewer is null if nobody is signed in", async () => {
  expect(await (await fetch(`${server.url}/session`)).json()).toEqual({ viewer: null });
  const stale = ownPage("countersign_session=stale");
  expect(await (await fetch(`${server.url}/session`, { headers: stale })).json()).toEqual({ viewer: null });
});

describe("the redirect after sign-in", () => {
  test.each(["/", "/requests/0190?x=1#y", "/a//b", "/graphql"])("to %s is accepted", (next) => {
    expect(ownPath(next)).toBe(next);
  });
  test.each([
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "requests/1",
    "",
    7,
  ])("to %j is refused", async (next) => {
    expect(ownPath(next)).toBe(null);
    expect((await signIn({ token: await tokenFor("ann"), next })).status).toBe(400);
  });
});

test("behind https the session cookie is Secure, and the public origin is accepted", async () => {
  const other = await startServer({ PUBLIC_URL: "https://approve.example/" });
  try {
    expect(other.publicUrl).toBe("https://approve.example");
    const response = await fetch(`${other.url}/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "https://approve.example" },
      body: JSON.stringify({ token: await tokenFor("ann") }),
    });
    // With the prefix, browsers do not accept the cookie from another host of the same site.
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-countersign_session=\S+; Path=\/; .*; Secure$/);
    const planted = `countersign_session=${await tokenFor("eve")}`;
    const asEve = { Cookie: planted, Origin: "https://approve.example" };
    expect((await other.post({ query: "{ __typename }" }, null, asEve)).status).toBe(401);
    const headers = { Cookie: cookieOf(response), Origin: "https://approve.example" };
    expect(((await (await other.post({ query: "{ __typename }" }, null, headers)).json()) as Data).data).toBeDefined();
  } finally {
    await other.stop();
  }
});

describe("on the pages of the server,", () => {
  const load = async (path: string) => {
    const response = await fetch(server.url + path, { headers: { Accept: "text/html" } });
    const policy = response.headers.get("content-security-policy") as string;
    return { response, policy, html: await response.text() };
  };
  /** Elements and styles that make a browser fetch something by themselves. */
  const fetched = (html: string) => {
    const markup = html.replaceAll(/<script\b[^>]*>[\s\S]*?<\/script>/g, "<script></script>");
    const sources = markup.matchAll(
      /<(?:link|img|iframe|script)\b[^>]*?(?:href|src)="([^"]*)"|url\(([^)]*)\)|@import\s+(\S+)/g,
    );
    return sources.map(([, element, style, imported]) => (element ?? style ?? imported ?? "").slice(0, 40)).toArray();
  };

  test("the inbox loads only from its own origin, pictures included", async () => {
    const { response, policy, html } = await load("/");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const source of fetched(html)) expect(source).toMatch(/^\/[\w-]/);
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
    expect(policy.split("; ")).toContain("img-src 'self' data:");
    expect(policy).toContain("default-src 'none'");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
  });

  test.each(["/sign-in", "/graphql"])(
    "%s is served as one file that may send nothing to another origin",
    async (path) => {
      const { response, policy, html } = await load(path);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(html).toContain("Countersign");
      for (const source of fetched(html)) expect(source).toMatch(/^["']?data:/);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).not.toMatch(/https?:|\*/);
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    },
  );

  test("GraphiQL sends the session and subscribes over WebSocket", async () => {
    const { html } = await load("/graphql");
    const options = html.slice(html.lastIndexOf("renderYogaGraphiQL"));
    expect(options).toContain('"subscriptionsProtocol":"WS"');
    expect(options).toContain('"credentials":"same-origin"');
    expect(options).toContain('"endpoint":"/graphql"');
  });

  test("GraphiQL's first query works", async () => {
    const { html } = await load("/graphql");
    const [, query] = /"defaultQuery":("(?:[^"\\]|\\.)*")/.exec(html) as RegExpExecArray;
    expect(await server.data(await tokenFor("ann"), JSON.parse(query as string))).toBeDefined();
  });

  test("a link to GraphiQL may have a query, which a program can run", async () => {
    const path = "/graphql?query={__typename}";
    // fetch always sends "cors".
    const type = await new Promise((resolve, reject) => {
      const headers = { Accept: "text/html", "Sec-Fetch-Mode": "navigate" };
      const req = get(server.url + path, { headers }, (res) => resolve(res.resume().headers["content-type"]));
      req.once("error", reject);
    });
    expect(type).toMatch(/^text\/html/);
    const run = await fetch(server.url + path, { headers: { Accept: "text/html, application/json" } });
    expect(run.status).toBe(401);
  });
});
