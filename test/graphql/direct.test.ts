/** Compares operations that run before Yoga with the same operations through Yoga: the responses are equal. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let token: string;
let id: string;
beforeAll(async () => {
  server = await startServer({ LIMIT_DEPTH: "8" });
  token = await tokenFor("ann");
  id = await server.ask(token, { context: { exact: 1 } });
});
afterAll(() => server.stop());

/** Only Yoga reads the parameter of this media type. */
const THROUGH_YOGA = "; charset=utf-8";

async function send(accept: string, body: unknown) {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept, "x-request-id": "same" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const headers = [...response.headers].filter(([name]) => name !== "date").sort();
  return { status: response.status, headers, text: await response.text() };
}

const QUERY = "query Read($id: ID!) { approvalRequest(id: $id) { id title context } }";
const CANCEL = `mutation ($id: ID!) { cancelRequest(input: { requestId: $id }) { __typename ... on Error { code message } } }`;
/** Deeper than the limit of this server. */
const NESTED = `{ __schema { types { fields { type { ofType { ofType { ofType { ofType { name } } } } } } } } }`;

const BODIES: [string, () => unknown][] = [
  ["a query", () => ({ query: "{ viewer { userId } }" })],
  ["a query with variables", () => ({ query: QUERY, variables: { id }, operationName: "Read", extensions: {} })],
  [
    "a query with a number that loses digits",
    () => `{"query":"{ viewer { userId } }","variables":{"n":1.00000000000000000001}}`,
  ],
  ["an empty name of an operation", () => ({ query: "{ viewer { userId } }", operationName: "" })],
  ["an unknown request", () => ({ query: QUERY, variables: { id: "0190a000-0000-7000-8000-000000000000" } })],
  ["a refused mutation", () => ({ query: CANCEL, variables: { id: "0190a000-0000-7000-8000-000000000000" } })],
  ["a missing variable", () => ({ query: QUERY })],
  ["a variable of a wrong type", () => ({ query: QUERY, variables: { id: { not: "an id" } } })],
  ["variables that are a list", () => ({ query: QUERY, variables: [id] })],
  ["variables that are null", () => ({ query: "{ viewer { userId } }", variables: null })],
  ["an unknown parameter", () => ({ query: "{ viewer { userId } }", extra: true })],
  ["a document that is a number", () => ({ query: 7 })],
  ["no document", () => ({})],
  ["a list of operations", () => [{ query: "{ viewer { userId } }" }]],
  ["a body that is not JSON", () => "{"],
  ["a document with a syntax error", () => ({ query: "{ viewer {" })],
  ["a document with an unknown field", () => ({ query: "{ viewer { shoeSize } }" })],
  ["a document that is nested too deeply", () => ({ query: NESTED })],
  ["two operations without a name", () => ({ query: "query A { viewer { userId } } query B { viewer { userId } }" })],
  ["an unknown name of an operation", () => ({ query: "query A { viewer { userId } }", operationName: "B" })],
  ["a document without an operation", () => ({ query: "fragment F on Viewer { userId }" })],
  ["a subscription", () => ({ query: `subscription { approvalRequestUpdated(id: "${id}") { id } }` })],
];
describe.each(["application/json", "application/graphql-response+json"])("a response of the type %s", (type) => {
  it.each(BODIES)("is the same without Yoga: %s", async (_what, body) => {
    const direct = await send(type, body());
    expect(direct).toEqual(await send(type + THROUGH_YOGA, body()));
    expect(direct.text).not.toContain("INTERNAL");
  });
});

it("a client that accepts anything receives application/json", async () => {
  const { headers } = await send("*/*", { query: "{ viewer { userId } }" });
  expect(headers).toContainEqual(["content-type", "application/json; charset=utf-8"]);
});
