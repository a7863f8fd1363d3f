/** Tests the limits on one operation and on the number of operations, over every transport. */

import { readFileSync } from "node:fs";
import { getIntrospectionQuery, type OperationDefinitionNode, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, startServer, type TestServer, tokenFor, UPDATES } from "../support/server/server.ts";

const CONTRACT = readFileSync(new URL("../contract/operations.graphql", import.meta.url), "utf8");
const repeat = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, n) => text(n));

let server: TestServer;
let ann: string;
beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());

interface Told {
  message: string;
  extensions: Data;
}

/** The first error of an operation over WebSocket. */
async function overSocket(on: TestServer, token: string, payload: { query: string; variables?: Data }): Promise<Told> {
  const client = on.connect(token);
  try {
    for await (const { errors } of client.iterate(payload)) if (errors) return errors[0] as unknown as Told;
    throw new Error("the operation went through");
  } catch (error) {
    if (Array.isArray(error)) return error[0];
    throw error;
  } finally {
    await client.dispose();
  }
}

describe("an operation over a limit", () => {
  const log = "edges { node { auditLog(first: 100) { edges { node { id action userId } } } } }";
  test.each<[string, string, number | null, number, string, object?]>([
    ["depth", "LIMIT_DEPTH", 17, 16, `query ${"{ node(id: 1) ".repeat(16)}{ id }${"}".repeat(16)}`],
    ["aliases", "LIMIT_ALIASES", 51, 50, `{ viewer { ${repeat(51, (n) => `a${n}: userId`).join(" ")} } }`],
    ["rootFields", "LIMIT_ROOT_FIELDS", 21, 20, `{ ${repeat(21, (n) => `a${n}: __typename`).join(" ")} }`],
    ["cost", "LIMIT_COST", 50_301, 50_000, `query ($n: Int) { approvalRequests(first: $n) { ${log} } }`, { n: 100 }],
    ["tokens", "LIMIT_TOKENS", null, 5_000, `{ viewer { ${"userId ".repeat(5_000)} } }`],
  ])("is refused, and the error names the limit: %s", async (limit, variable, held, most, query, variables = {}) => {
    const extensions = { code: "LIMIT_EXCEEDED", limit, most };
    for (const Accept of ["application/json", "application/graphql-response+json", "text/event-stream"]) {
      const response = await server.post({ query, variables }, ann, { Accept });
      expect([Accept, response.status]).toEqual([Accept, 400]);
      const text = await response.text();
      const { errors } = JSON.parse(text.replace(/^[^{]*/, "").replace(/[^}]*$/, "")) as { errors: Told[] };
      expect(errors[0]).toMatchObject({ message: expect.stringContaining(`${variable} allows ${most}`), extensions });
    }
    const told = await overSocket(server, ann, { query, variables });
    expect(told).toMatchObject({ message: expect.stringContaining(variable), extensions });
    expect(told.extensions.held).toBe(held);
  });

  test("is refused over REST as well", async () => {
    const small = await startServer({ LIMIT_COST: "200", LIMIT_BODY_BYTES: "2000" });
    try {
      const get = (query: string) =>
        fetch(`${small.url}/api/approvals?${query}`, { headers: { Authorization: `Bearer ${ann}` } });
      const refused = await get("first=100");
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ code: "LIMIT_EXCEEDED", limit: "cost", most: 200, status: 400 });
      expect((await get("first=1")).status).toBe(200);
    } finally {
      await small.stop();
    }
  });

  test("is found in fragments, variables and directives", async () => {
    const code = async (query: string, variables: object = {}) => {
      const { errors } = (await (await server.post({ query, variables }, ann)).json()) as Data;
      return errors?.[0].extensions.limit ?? errors?.[0].extensions.code ?? null;
    };
    // Fragments do not count as levels of the answer.
    const nested = `fragment F on Node { ${"... on Node { ".repeat(40)} id ${"}".repeat(40)} }`;
    expect(await code(`{ node(id: 1) { ...F } } ${nested}`)).toBe(null);
    const wide = `{ ${"...F ".repeat(21)} } fragment F on Query { __typename }`;
    expect(await code(wide)).toBe("rootFields");
    const aliases = `{ viewer { ${"...F ".repeat(6)} } } fragment F on Viewer { ${repeat(9, (n) => `a${n}: userId`).join(" ")} }`;
    expect(await code(aliases)).toBe("aliases");
    // Each fragment contains the next one twice: a thousand million fields in a few lines.
    const doubling = repeat(30, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`).join(" ");
    expect(await code(`{ viewer { ...F0 } } ${doubling} fragment F30 on Viewer { userId }`)).toBe("cost");
    const circle = "{ viewer { ...F } } fragment F on Viewer { ...G } fragment G on Viewer { ...F }";
    expect(await code(circle)).toBe("GRAPHQL_VALIDATION_FAILED");

    const pages = `query ($n: Int = 100, $more: Boolean!) { approvalRequests(first: $n) {
      edges { node { id auditLog(first: $n) @include(if: $more) { edges { node { id action userId } } } } } } }`;
    expect(await code(pages, { more: false })).toBe(null);
    expect(await code(pages, { more: true })).toBe("cost");
    expect(await code(pages, { n: 10, more: true })).toBe(null);
    const ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApprovalRequest { title status } } }";
    expect(await code(ids, { ids: ["a"] })).toBe(null);
    expect(await code(ids, { ids: Array(30_000).fill("a") })).toBe("cost");
  });

  test("is not reported if the operation is only invalid", async () => {
    const query = "query ($first: Int) { approvalRequests(first: $first) { totalCount } }";
    for (const first of [-1, 0, 101, 1e9, "x"]) {
      const { errors } = (await (await server.post({ query, variables: { first } }, ann)).json()) as Data;
      expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
    }
    const named = await server.post({ query: "{ viewer { userId } }", operationName: "Other" }, ann);
    expect(await named.text()).toContain("Could not determine what operation to execute");
    expect(await overSocket(server, ann, { query: "query A { __typename } query B { __typename }" })).toMatchObject({
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  test("cannot be sent in a list: one request has one operation", async () => {
    const response = await server.post([{ query: "{ __typename }" }, { query: "{ __typename }" }], ann);
    expect(response.status).toBe(400);
    expect(((await response.json()) as Data).errors[0].message).toContain("one JSON object");
  });
});

describe("the default limits allow", () => {
  const operations = parse(CONTRACT).definitions.filter(
    (node): node is OperationDefinitionNode => node.kind === "OperationDefinition",
  );

  test.each(operations.map(({ name, operation }) => [name?.value as string, operation]))(
    "the contract's %s",
    async (operationName, operation) => {
      const variables = {
        id: "x",
        first: 100,
        config: {},
        input: { requestId: "x", reason: "r", body: "b", expiresAt: "2099-01-01T00:00:00Z", conditions: [] },
      };
      const accept = operation === "subscription" ? "text/event-stream" : "application/json";
      const stop = new AbortController();
      const response = await fetch(`${server.url}/graphql`, {
        method: "POST",
        signal: stop.signal,
        headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json", Accept: accept },
        body: JSON.stringify({ query: CONTRACT, operationName, variables }),
      });
      expect(response.status).toBe(200);
      if (operation !== "subscription") expect(await response.text()).not.toContain("LIMIT");
      stop.abort();
    },
  );

  test("the introspection of GraphiQL, with all of its options", async () => {
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { data, errors } = (await (await server.post({ query }, ann)).json()) as Data;
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(50);
  });

  test("a page of a hundred requests with all their fields, decisions and comments", async () => {
    const fragment = CONTRACT.slice(CONTRACT.indexOf("fragment Request"), CONTRACT.indexOf("query Viewer"));
    const query = `${fragment} query Everything($first: Int) { approvalRequests(first: $first) { totalCount
      edges { node { ...Request comments { id author body createdAt } auditLog(first: 5) { edges { node { id action } } } } } } }`;
    const { data, errors } = (await (await server.post({ query, variables: { first: 100 } }, ann)).json()) as Data;
    expect(errors).toBeUndefined();
    expect(data.approvalRequests.totalCount).toBe(0);
  });
});

describe("operations over a user's limit per minute", () => {
  let limited: TestServer;
  beforeAll(async () => {
    limited = await startServer({ LIMIT_OPERATIONS_PER_MINUTE: "20", LIMIT_WRITES_PER_MINUTE: "5" });
  });
  afterAll(() => limited.stop());

  const NAME = "{ viewer { userId } }";
  const spend = async (token: string, count: number) => {
    for (const _ of Array(count)) expect((await limited.post({ query: NAME }, token)).status).toBe(200);
  };

  test("are answered with 429 over GraphQL and REST, and RATE_LIMITED on a socket, and other users are not limited", async () => {
    const cat = await tokenFor("cat");
    await spend(cat, 20);
    const refused = await limited.post({ query: NAME }, cat);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    const extensions = { code: "RATE_LIMITED", limit: "operationsPerMinute", held: 21, most: 20 };
    expect(((await refused.json()) as Data).errors[0].extensions).toMatchObject(extensions);

    const rest = await fetch(`${limited.url}/api/approvals`, { headers: { Authorization: `Bearer ${cat}` } });
    expect([rest.status, rest.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(await rest.json()).toMatchObject({ code: "RATE_LIMITED", limit: "operationsPerMinute", held: 22 });

    const told = await overSocket(limited, cat, { query: UPDATES, variables: { id: "x" } });
    expect(told.extensions).toMatchObject({ ...extensions, held: 23, retryAfter: expect.any(Number) });
    expect((await limited.post({ query: NAME }, ann)).status).toBe(200);
  });

  test("are counted on a socket, invalid ones too", async () => {
    const dan = await tokenFor("dan");
    for (const _ of Array(20)) {
      const { extensions } = await overSocket(limited, dan, { query: "{ nothing }" });
      expect(extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    }
    expect((await overSocket(limited, dan, { query: NAME })).extensions.code).toBe("RATE_LIMITED");
  });

  test("include each mutation of an operation, while reading still works", async () => {
    const eve = await tokenFor("eve");
    const four = `mutation { ${repeat(4, (n) => `a${n}: cancelApprovalRequest(input: { requestId: "x" }) { __typename }`).join(" ")} }`;
    expect((await limited.post({ query: four }, eve)).status).toBe(200);
    expect((await limited.post({ query: APPROVE, variables: { id: "x" } }, eve)).status).toBe(200);
    for (const send of [
      () => limited.post({ query: APPROVE, variables: { id: "x" } }, eve),
      () =>
        fetch(`${limited.url}/api/approvals/x/approve`, {
          method: "POST",
          headers: { Authorization: `Bearer ${eve}` },
        }),
    ]) {
      const refused = await send();
      expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining("LIMIT_WRITES_PER_MINUTE")]);
    }
    expect((await limited.post({ query: NAME }, eve)).status).toBe(200);
  });

  test("do not exist if the limit is 0", async () => {
    const open = await startServer({ LIMIT_OPERATIONS_PER_MINUTE: "0", LIMIT_WRITES_PER_MINUTE: "0" });
    try {
      for (const _ of Array(30)) {
        expect((await open.post({ query: APPROVE, variables: { id: "x" } }, ann)).status).toBe(200);
      }
    } finally {
      await open.stop();
    }
  });
});
