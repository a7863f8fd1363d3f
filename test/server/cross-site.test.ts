/** A page of another site cannot use the session of its visitor. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let id: string;
let Cookie: string;
beforeAll(async () => {
  server = await startServer();
  id = await server.ask(await tokenFor("ann"));
  Cookie = `countersign_session=${await tokenFor("bob")}`;
});
afterAll(() => server.stop());

const APPROVE = () => `mutation { approveRequest(input: { requestId: "${id}" }) { __typename } }`;
const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";

/** The headers of a browser that identify the origin of a request. */
const FOREIGN = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
const places: [string, Record<string, string>][] = [
  ["another site", FOREIGN],
  ["another address of the same site", { Origin: "http://other.localhost", "Sec-Fetch-Site": "same-site" }],
  ["a sandboxed frame", { Origin: "null", "Sec-Fetch-Site": "cross-site" }],
  ["a browser without such headers", {}],
];
const status = async () =>
  (await server.data(await tokenFor("bob"), `{ approvalRequest(id: "${id}") { status } }`)).approvalRequest.status;

describe.each(places)("from %s", (_place, from) => {
  const graphql = (type: string, body: string) =>
    fetch(`${server.url}/graphql`, { method: "POST", headers: { ...from, Cookie, "Content-Type": type }, body });

  test("no request can decide, whatever its media type is", async () => {
    const json = JSON.stringify({ query: APPROVE() });
    const multipart = `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${json}\r\n--x--\r\n`;
    for (const [type, body] of [
      [JSON_TYPE, json],
      ["text/plain", json],
      ["application/graphql", APPROVE()],
      [FORM, new URLSearchParams({ query: APPROVE() }).toString()],
      ["multipart/form-data; boundary=x", multipart],
    ] as const) {
      expect([type, (await graphql(type, body)).status]).toEqual([type, 403]);
    }
    for (const type of [JSON_TYPE, "text/plain", FORM]) {
      const headers = { ...from, Cookie, "Content-Type": type };
      const rest = await fetch(`${server.url}/api/approvals/${id}/approve`, { method: "POST", headers, body: "{}" });
      expect([type, rest.status]).toEqual([type, 403]);
    }
    expect(await status()).toBe("PENDING");
  });

  test("no GET can decide or read", async () => {
    for (const query of [APPROVE(), "{ viewer { userId } }"]) {
      const url = `${server.url}/graphql?query=${encodeURIComponent(query)}`;
      const response = await fetch(url, { headers: { ...from, Cookie, Accept: "*/*" } });
      expect(response.status).toBe(403);
      expect(await response.text()).not.toContain("bob");
    }
    expect((await fetch(`${server.url}/api/approvals`, { headers: { ...from, Cookie } })).status).toBe(403);
    expect(await status()).toBe("PENDING");
  });

  test("no request can sign anyone in or out", async () => {
    const body = JSON.stringify({ token: await tokenFor("eve"), replace: true });
    for (const method of ["POST", "DELETE"]) {
      const headers = { ...from, Cookie, "Content-Type": JSON_TYPE };
      const response = await fetch(`${server.url}/session`, { method, headers, ...(method === "POST" && { body }) });
      expect([method, response.status, response.headers.getSetCookie()]).toEqual([method, 403, []]);
    }
  });

  test("no answer can be read by a script", async () => {
    const response = await graphql(JSON_TYPE, "{}");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await fetch(`${server.url}/graphql`, {
      method: "OPTIONS",
      headers: { ...from, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
  });
});

test("a form on a page of this server cannot decide either, and a mutation cannot be a GET", async () => {
  const own = { Origin: server.url, Cookie };
  for (const type of ["text/plain", FORM, "multipart/form-data; boundary=x"]) {
    const body = JSON.stringify({ query: APPROVE() });
    const headers = { ...own, "Content-Type": type };
    expect((await fetch(`${server.url}/graphql`, { method: "POST", headers, body })).status).toBe(415);
    const rest = await fetch(`${server.url}/api/approvals/${id}/approve`, { method: "POST", headers, body: "{}" });
    expect(rest.status).toBe(415);
  }
  const query = encodeURIComponent(APPROVE());
  const headers = { Cookie, "Sec-Fetch-Site": "same-origin" };
  expect((await fetch(`${server.url}/graphql?query=${query}`, { headers })).status).toBe(405);
  expect(await status()).toBe("PENDING");
});
