/** Runs the audits of the `graphql-http` package, which test a server against the GraphQL over HTTP specification. */

import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

/** The audits that fail, with the reason. */
const NOT_MET: Record<string, string> = {};

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = await tokenFor("ann");
});
afterAll(() => server.stop());

const audits = serverAudits({
  url: () => `${server.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  },
});

it.each(audits)("GraphQL over HTTP $id: $name", async ({ id, fn }) => {
  const result = await fn();
  const told = result.status === "ok" ? "ok" : `${result.status}: ${result.reason}`;
  if (id in NOT_MET) expect(told, `it is met; take it off the list: ${NOT_MET[id]}`).not.toBe("ok");
  else expect(told).toBe("ok");
});

it.each(["POST", "GET", "WebSocket"])("an empty operation name counts as no name over %s", async (how) => {
  const operation = { query: "query Me { viewer { userId } }", operationName: "" };
  if (how === "WebSocket") {
    const client = server.connect(token);
    const answers = client.iterate<Record<string, unknown>>(operation);
    expect((await answers.next()).value).toMatchObject({ data: { viewer: { userId: "ann" } } });
    await client.dispose();
    return;
  }
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" };
  const response =
    how === "POST"
      ? await fetch(`${server.url}/graphql`, { method: how, headers, body: JSON.stringify(operation) })
      : await fetch(`${server.url}/graphql?${new URLSearchParams(operation)}`, { headers });
  expect(await response.json()).toEqual({ data: { viewer: { userId: "ann" } } });
});
