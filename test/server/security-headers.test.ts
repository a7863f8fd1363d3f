/** The headers of every response, and access to the schema in production. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { SECRET, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

let server: TestServer;
let ann: string;
beforeAll(async () => {
  server = await startServer({ PUBLIC_URL: "https://approvals.example.com" });
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());

const ALWAYS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "x-dns-prefetch-control": "off",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "strict-transport-security": "max-age=31536000",
};

describe("every response has security headers:", () => {
  const bearer = () => ({ Authorization: `Bearer ${ann}` });
  const json = { "Content-Type": "application/json" };
  const query = (text: string, variables = {}) => JSON.stringify({ query: text, variables });
  test.each<[string, string, () => RequestInit, number]>([
    ["the first page", "/", () => ({}), 200],
    ["the sign-in page", "/sign-in", () => ({}), 200],
    ["the page of a request", "/requests/1", () => ({}), 200],
    ["the page of a mail's link, without its token", "/decide", () => ({}), 400],
    ["GraphiQL", "/graphql", () => ({ headers: { Accept: "text/html" } }), 200],
    ["the documentation of REST", "/api/docs", () => ({}), 200],
    ["the OpenAPI document", "/api/openapi.json", () => ({}), 200],
    ["health", "/healthz", () => ({}), 200],
    ["metrics", "/metrics", () => ({}), 200],
    ["a session", "/session", () => ({}), 200],
    [
      "an operation",
      "/graphql",
      () => ({ method: "POST", headers: { ...bearer(), ...json }, body: query("{ __typename }") }),
      200,
    ],
    [
      "an event stream",
      "/graphql",
      () => ({
        method: "POST",
        headers: { ...bearer(), ...json, Accept: "text/event-stream" },
        body: query(UPDATES, { id: "x" }),
      }),
      200,
    ],
    ["a list over REST", "/api/approvals", () => ({ headers: bearer() }), 200],
    ["a malformed body", "/graphql", () => ({ method: "POST", headers: { ...bearer(), ...json }, body: "{" }), 400],
    ["nobody", "/graphql", () => ({ method: "POST" }), 401],
    ["an unknown address", "/nothing", () => ({}), 404],
    ["a wrong method", "/healthz", () => ({ method: "DELETE" }), 405],
  ])("%s", async (_what, path, init, status) => {
    const response = await fetch(server.url + path, init());
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(ALWAYS);
    const policy = response.headers.get("content-security-policy") as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const page = response.headers.get("content-type")?.startsWith("text/html") ?? false;
    // Only GraphiQL may run code without a hash, because its bundle creates styles and workers.
    expect(policy.includes("unsafe-inline")).toBe(path === "/graphql" && page);
    // No image of another server is loaded, because that server would learn who reads what.
    if (page) expect(policy).toMatch(/(^|; )img-src ('self' )?data:(;|$)/);
    if (!page) expect(policy).toBe("default-src 'none'; frame-ancestors 'none'");
    await response.body?.cancel();
  });

  test("over http all except those for https", async () => {
    const plain = await startServer();
    const response = await fetch(`${plain.url}/healthz`);
    expect(response.headers.get("strict-transport-security")).toBeNull();
    await plain.stop();
  });
});

describe("in production,", () => {
  const env = { NODE_ENV: "production", GRAPHIQL: "" };

  test("there are no GraphiQL, no introspection and no suggestions of names", async () => {
    expect(loadConfig({ ...env, AUTH_JWT_SECRET: SECRET }).graphiql).toBe(false);
    const production = await startServer(env);
    try {
      expect((await fetch(`${production.url}/graphql`, { headers: { Accept: "text/html" } })).status).toBe(401);
      for (const query of [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ vieewer { userId } }",
      ]) {
        const { data, errors } = (await (await production.post({ query }, ann)).json()) as Data;
        expect([data, errors[0].extensions.code]).toEqual([undefined, "GRAPHQL_VALIDATION_FAILED"]);
        expect(errors[0].message).not.toContain("Did you mean");
      }
    } finally {
      await production.stop();
    }
  });

  test("GraphiQL and introspection exist if they are configured", async () => {
    const asked = await startServer({ ...env, GRAPHIQL: "true" });
    try {
      expect((await fetch(`${asked.url}/graphql`, { headers: { Accept: "text/html" } })).status).toBe(200);
      const { data } = (await (await asked.post({ query: "{ __schema { queryType { name } } }" }, ann)).json()) as Data;
      expect(data.__schema.queryType.name).toBe("Query");
      const { errors } = (await (await asked.post({ query: "{ vieewer { userId } }" }, ann)).json()) as Data;
      expect(errors[0].message).toContain("Did you mean");
    } finally {
      await asked.stop();
    }
  });
});
