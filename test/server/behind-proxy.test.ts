/**
 * The server below a path of an address with TLS, behind a reverse proxy: nginx with the configuration of
 * docs/proxies.md if nginx is installed, and always a proxy of the tests.
 */

import tls from "node:tls";
import { createClient } from "graphql-ws";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ApprovalHandler } from "../../src/handler/approval-handler.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { type MailServer, startMailServer } from "../support/notifications/mail-server.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/server/identity-provider.ts";
import { PROXY_CERTIFICATE } from "../support/server/proxy-certificate.ts";
import {
  BASE,
  freePort,
  nginxPath,
  type ReverseProxy,
  type StartProxy,
  startNginx,
  startNodeProxy,
} from "../support/server/reverse-proxy.ts";
import { closeOf, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";
import { type Browser, launchBrowser } from "../support/web/browser.ts";

tls.setDefaultCACertificates([...tls.getCACertificates("default"), PROXY_CERTIFICATE]);

/** Longer than the server's pause between two spaces, and shorter than the usual minute. */
const SILENCE_S = 8;

let browser: Browser;
let mail: MailServer;
let provider: IdentityProvider;
beforeAll(async () => {
  [browser, mail, provider] = await Promise.all([
    launchBrowser([PROXY_CERTIFICATE]),
    startMailServer(),
    startIdentityProvider(),
  ]);
  provider.accounts.set("bob@example.org", { email: "bob@example.org", roles: ["lead"] });
});
afterAll(async () => {
  await browser.close();
  await provider.stop();
  await mail.stop();
});

const PROXIES: [string, StartProxy, boolean][] = [
  ["a proxy of our own", startNodeProxy, true],
  nginxPath === null
    ? ["nginx (skipped: there is no nginx on PATH or in /usr/sbin; .ci/run brings one)", startNginx, false]
    : ["nginx", startNginx, true],
];

for (const [name, startProxy, isInstalled] of PROXIES) {
  describe.skipIf(!isInstalled)(`behind ${name}`, () => {
    let server: TestServer;
    let proxy: ReverseProxy;
    let url: string;
    let ann: string;
    beforeAll(async () => {
      const port = await freePort();
      url = `https://127.0.0.1:${port}${BASE}`;
      server = await startServer(
        {
          PUBLIC_URL: url,
          TRUSTED_PROXIES: "127.0.0.1",
          SMTP_URL: mail.url,
          MAIL_LINKS: "anyone",
          OIDC_ISSUER: provider.issuer,
          OIDC_CLIENT_ID: provider.client.id,
          OIDC_CLIENT_SECRET: provider.client.secret,
          OIDC_LOGOUT: "true",
        },
        { signOfLifeMs: 1_000 },
      );
      provider.register(url);
      proxy = await startProxy(port, server.url, SILENCE_S);
      ann = await tokenFor("ann@example.org");
    });
    afterAll(async () => {
      await proxy.stop();
      await server.stop();
    });

    const bearer = () => ({ Authorization: `Bearer ${ann}`, "Content-Type": "application/json" });
    let asked = 0;
    async function ask(more: object = {}): Promise<Data> {
      asked += 1;
      const input = { workflowId: "release", jobId: "approval", executionId: `${asked}`, title: "Deploy?" };
      const body = JSON.stringify({ ...input, notifyUsers: ["bob@example.org"], ...more });
      const response = await fetch(`${url}/api/approvals`, { method: "POST", headers: bearer(), body });
      expect(response.status).toBe(201);
      const request = (await response.json()) as Data;
      expect(response.headers.get("location")).toBe(`${BASE}/api/approvals/${request.id}`);
      return request;
    }

    async function signInAs(page: Page, login: string): Promise<void> {
      await page.getByPlaceholder("Enter any login").fill(login);
      await page.getByPlaceholder("and password").fill("any");
      await page.getByRole("button", { name: "Sign-in" }).click();
      await page.getByRole("button", { name: "Continue" }).click();
    }

    test("people sign in, receive requests, decide, open GraphiQL and sign out in a browser", async () => {
      const context = await browser.newContext({ locale: "en-GB" });
      const complaints: string[] = [];
      const outside: string[] = [];
      const page = await context.newPage();
      context.on("console", (message) => {
        if (message.type() === "error" && page.url().startsWith(url)) complaints.push(message.text());
      });
      context.on("weberror", (error) => complaints.push(String(error.error())));
      page.on("request", (request) => outside.push(request.url()));
      page.on("websocket", (socket) => outside.push(socket.url().replace(/^ws/, "http")));

      const { id, title } = await ask({ title: "Deploy the shop?" });
      // The link of a message, before there is a session.
      await page.goto(`${url}/requests/${id}?from=mail`);
      await page.getByRole("link", { name: "Sign in" }).click();
      await signInAs(page, "bob@example.org");
      await page.getByRole("heading", { name: title }).waitFor();
      expect(page.url()).toBe(`${url}/requests/${id}?from=mail`);
      const cookies = (await context.cookies(url)).filter(({ name }) => name.includes("countersign_session"));
      expect(cookies).toMatchObject([
        { name: "__Secure-countersign_session", path: BASE, secure: true, httpOnly: true },
      ]);

      await page.getByRole("link", { name: "Inbox" }).first().click();
      await page.waitForURL(`${url}/`);
      await ask({ title: "Deploy the cellar?" });
      await page.getByRole("link", { name: "Deploy the cellar?" }).waitFor();
      await page.getByRole("link", { name: title }).click();
      await page.waitForURL(`${url}/requests/${id}`);
      await page.getByRole("heading", { name: title }).waitFor();
      await page.getByRole("button", { name: "Approve" }).first().click();
      await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
      await page
        .getByText(/approved/i)
        .first()
        .waitFor();
      const { status } = (await (await fetch(`${url}/api/approvals/${id}`, { headers: bearer() })).json()) as Data;
      expect(status).toBe("APPROVED");
      await page.goto(`${url}/history`);
      await page.getByRole("link", { name: title }).waitFor();

      await page.goto(`${url}/graphql`);
      await page.getByRole("region", { name: "Operation Editor" }).getByText("pendingApprovals").first().waitFor();
      await page.getByRole("button", { name: /^Execute query/ }).click();
      await page.locator(".graphiql-response .view-lines", { hasText: "bob@example.org" }).waitFor();

      await page.goto(`${url}/`);
      await page.getByRole("button", { name: "Signed in as bob@example.org" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.getByText("You are not signed in.").waitFor();
      expect(page.url()).toBe(`${url}/`);
      expect(complaints).toEqual([]);
      const own = outside.filter((one) => one.startsWith(new URL(url).origin));
      expect(own.filter((one) => !one.startsWith(`${url}/`))).toEqual([]);
      await context.close();
    });

    test("an email links to a page below the path, and its form decides", async () => {
      const { id } = await ask({ notifyUsers: ["cleo@example.org"], notifyChannels: ["EMAIL"] });
      const { text, html } = await mail.next("cleo@example.org");
      expect(text).toContain(`${url}/requests/${id}`);
      expect(html).not.toMatch(new RegExp(`href="(?!${url}/)`));
      const link = new RegExp(`${url}/decide\\?token=\\S+`).exec(text)?.[0] as string;
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(link);
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByText("Approved").first().waitFor();
      expect(page.url()).toBe(`${url}/decide`);
      expect(await page.getByRole("link", { name: "Open in Countersign" }).getAttribute("href")).toBe(
        `${url}/requests/${id}`,
      );
      await context.close();
    });

    test("a program waits over WebSocket and over an event stream", async () => {
      const { id } = await ask();
      const socket = createClient({
        url: `${url.replace("https", "wss")}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { Authorization: `Bearer ${ann}` },
        retryAttempts: 0,
      });
      const updates = socket.iterate<Data>({ query: UPDATES, variables: { id } });
      expect((await updates.next()).value?.data?.approvalRequestUpdated).toMatchObject({ id, status: "PENDING" });

      const stream = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { ...bearer(), Accept: "text/event-stream" },
        body: JSON.stringify({ query: UPDATES, variables: { id } }),
      });
      expect([stream.status, stream.headers.get("content-type")]).toEqual([
        200,
        expect.stringContaining("event-stream"),
      ]);
      const events = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
      const until = async (text: string) => {
        for (let all = ""; !all.includes(text); ) {
          const { value, done } = (await events?.read()) ?? { done: true };
          if (done) throw new Error(`the stream ended without ${text}`);
          all += value;
        }
      };
      await until("PENDING");

      const body = JSON.stringify({ reason: "Never mind" });
      await fetch(`${url}/api/approvals/${id}/cancel`, { method: "POST", headers: bearer(), body });
      await until("CANCELLED");
      expect((await updates.next()).value?.data?.approvalRequestUpdated).toMatchObject({ status: "CANCELLED" });
      await socket.dispose();
    });

    test("a wait over REST may last longer than the proxy's timeout", async () => {
      const { id, ...request } = await ask();
      const response = await fetch(`${url}/api/approvals/${id}?wait=${SILENCE_S + 2}`, { headers: bearer() });
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
      expect(await response.json()).toMatchObject({ id, title: request.title, status: "PENDING" });
    });

    test("a program receives the start of the response to a wait, and then the decision", async () => {
      const { id } = await ask();
      const response = await fetch(`${url}/api/approvals/${id}?wait=300`, { headers: bearer() });
      const body = JSON.stringify({ reason: "Never mind" });
      await fetch(`${url}/api/approvals/${id}/cancel`, { method: "POST", headers: bearer(), body });
      expect(await response.json()).toMatchObject({ id, status: "CANCELLED" });
    });

    test("the longest session cookie that a browser accepts fits into the proxy's buffers", async () => {
      const roles = Array.from({ length: 240 }, (_, role) => `role-${role}`);
      const token = await tokenFor("dora@example.org", { roles });
      expect(token.length).toBeGreaterThan(3_000);
      const response = await fetch(`${url}/session`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: new URL(url).origin },
        body: JSON.stringify({ token }),
      });
      expect(response.status).toBe(200);
      const cookie = (response.headers.getSetCookie()[0] as string).split(";")[0] as string;
      const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
      const { viewer } = (await (await fetch(`${url}/session`, { headers })).json()) as Data;
      expect(viewer).toMatchObject({ userId: "dora@example.org", roles });
    });

    test("the OpenAPI document names addresses below the path", async () => {
      const api = (await (await fetch(`${url}/api/openapi.json`)).json()) as Data;
      expect(api.servers).toEqual([{ url: BASE }]);
      const docs = await (await fetch(`${url}/api/docs`)).text();
      expect(docs).toContain(`href="${BASE}/api/openapi.json"`);
      const problem = (await (await fetch(`${url}/api/approvals/1`, { headers: bearer() })).json()) as Data;
      expect(problem.type).toBe(`${BASE}/api/docs#NOT_FOUND`);
      expect((await fetch(url, { redirect: "manual" })).status).toBeOneOf([308, 404]);
    });
  });
}

describe("with a path in PUBLIC_URL, the server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ PUBLIC_URL: "https://intranet.company.com/team/approvals/" });
  });
  afterAll(() => server.stop());
  const at = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: "manual", ...init });
  const html = { headers: { Accept: "text/html" } };

  test.each(["/healthz", "/readyz", "/metrics"])(
    "answers %s at the root and below the path, for probes",
    async (path) => {
      expect([(await at(path)).status, (await at(`/team/approvals${path}`)).status]).toEqual([200, 200]);
    },
  );

  test.each([
    ...["/", "/graphql", "/api/approvals", "/api/docs", "/api/openapi.json", "/session", "/sign-in", "/decide"],
    ...["/history", "/requests/1", "/icon.svg", "/team", "/team/", "/team/approvalsx/", "/team/approvalshealthz"],
    ...["//team/approvals/", "/TEAM/approvals/", "/x/team/approvals/"],
  ])("serves nothing at %s", async (path) => {
    const token = await tokenFor("ann");
    const response = await at(path, { headers: { Accept: "text/html", Authorization: `Bearer ${token}` } });
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("<script");
  });

  test.each([...["", "/", "?q=x", "/history", "/requests/1", "/sign-in", "/api/docs", "/graphql", "/icon.svg"]])(
    "serves a page or a file at the path and %j",
    async (rest) => {
      const response = await at(`/team/approvals${rest}`, html);
      expect(response.status).toBe(200);
      const text = await response.text();
      const addresses = [...text.matchAll(/(?:src|href|action)="(\/[^"]*)"/g)].map(([, address]) => address as string);
      expect(addresses.filter((address) => !address.startsWith("/team/approvals/"))).toEqual([]);
    },
  );

  test("loads every script and style of the inbox from below the path", async () => {
    const page = await (await at("/team/approvals/requests/1", html)).text();
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file as string);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (await at(file)).status]).toEqual([file, 200]);
  });

  test("accepts WebSockets below the path, and none at the root", async () => {
    const open = (path: string) => new WebSocket(`${server.url.replace("http", "ws")}${path}`, "graphql-transport-ws");
    const below = open("/team/approvals/graphql");
    below.on("open", () => below.send("{}"));
    expect((await closeOf(below)).code).toBe(4400);
    for (const path of ["/graphql", "/team/approvals/other"]) {
      const outside = open(path);
      const refused = await new Promise<Error>((resolve) => outside.once("error", resolve));
      expect(refused.message).toContain("404");
    }
  });

  test("limits the session to the path, and redirects to addresses below it", async () => {
    const signIn = async (next?: string) =>
      at("/team/approvals/session", {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: "https://intranet.company.com" },
        body: JSON.stringify({ token: await tokenFor("ann"), next }),
      });
    const response = await signIn();
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Secure-countersign_session=\S+; Path=\/team\/approvals; HttpOnly; .*; Secure$/,
    );
    expect((await response.json()) as Data).toMatchObject({ next: "/team/approvals/" });
    for (const [next, expected] of [
      ["/requests/1?tab=log", "/team/approvals/requests/1?tab=log"],
      ["/team/approvals/history", "/team/approvals/history"],
      ["/team/approvals/../../elsewhere", "/team/approvals/elsewhere"],
      ["/team/approvalsx", "/team/approvals/team/approvalsx"],
    ]) {
      expect((await (await signIn(next)).json()) as Data).toMatchObject({ next: expected });
    }
    for (const next of ["//evil.example", "https://evil.example/", "/\\evil.example"]) {
      expect((await signIn(next)).status).toBe(400);
    }
  });

  test("serves the job handler below the path", async () => {
    const token = await tokenFor("orchestrator", { scope: "approvals:request" });
    const handler = new ApprovalHandler({ url: `${server.url}/team/approvals/graphql`, token });
    const { success, output } = await handler.execute({
      jobId: "gate",
      workflowId: "release",
      executionId: "1",
      type: "approval",
      dependencies: [],
      results: {},
      config: { title: "Deploy?", notifyUsers: ["bob"], approvalType: "AUTO" },
    });
    expect([success, output?.status]).toEqual([true, "APPROVED"]);
    await handler.close();
  });

  test("names the address that people use, with the path", () => {
    expect(server).toMatchObject({ base: "/team/approvals", publicUrl: "https://intranet.company.com/team/approvals" });
  });
});

test("an event stream asks nginx not to buffer its events", async () => {
  const server = await startServer();
  try {
    const token = await tokenFor("ann");
    const id = await server.ask(token);
    const ended = new AbortController();
    const stream = await fetch(`${server.url}/graphql`, {
      method: "POST",
      signal: ended.signal,
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: "text/event-stream",
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ query: UPDATES, variables: { id } }),
    });
    expect(stream.headers.get("x-accel-buffering")).toBe("no");
    ended.abort();
  } finally {
    await server.stop();
  }
});
