import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data } from "../support/graphql/graphql.ts";
import { APPROVE, startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const MIB = 1024 * 1024;
let server: TestServer;
let ann: string;
beforeAll(async () => {
  server = await startServer();
  ann = await tokenFor("ann");
});
afterAll(() => server.stop());

const codeOf = async (response: Response) => ((await response.json()) as Data).errors[0].extensions.code;

describe("the body of an HTTP request", () => {
  test.each([
    ["cut short", '{"query": "{ __typename'],
    ["empty", ""],
    ["a list", "[]"],
    ["text", '"query"'],
    ["null", "null"],
    ["with a query of another type", '{"query": 7}'],
    ["with variables of another type", '{"query": "{ __typename }", "variables": [1]}'],
  ])("is refused with 400 and a message if it is %s", async (_what, body) => {
    const response = await server.post(body, ann);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as Data;
    expect(errors[0].message).toMatch(/\w+ \w+ \w+/);
    expect(errors[0].extensions.code).toBe("BAD_REQUEST");
  });

  test("that is not UTF-8 is refused with 400", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json" },
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  test("above 4 MiB is refused with 413, announced or in chunks", async () => {
    const body = JSON.stringify({ query: "{ __typename }", variables: { x: "y".repeat(4 * MIB) } });
    const announced = await server.post(body, ann);
    expect([announced.status, await codeOf(announced)]).toEqual([413, "REQUEST_ENTITY_TOO_LARGE"]);
    const stream = new Blob([body]).stream();
    const chunked = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ann}`, "Content-Type": "application/json" },
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect([chunked.status, await codeOf(chunked)]).toEqual([413, "REQUEST_ENTITY_TOO_LARGE"]);
  });

  test("just below 4 MiB is read", async () => {
    const query = `{ __typename } #${"x".repeat(4 * MIB - 100)}`;
    expect((await server.post({ query }, ann)).status).toBe(200);
  });

  test("nested a million levels deep is answered, and the process continues", async () => {
    const deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
    const query =
      "mutation ($input: CreateApprovalRequestInput!) { createApprovalRequest(input: $input) { __typename } }";
    const input = `{"workflowId": "w", "jobId": "j", "executionId": "e", "title": "t", "context": {"a": ${deep}, "b": 1e400}}`;
    for (const variables of [`{"input": ${input}}`, deep]) {
      const response = await server.post(`{"query": ${JSON.stringify(query)}, "variables": ${variables}}`, ann);
      expect(response.status).toBeLessThan(500);
    }
    const selections = await server.post({ query: `${"{ a ".repeat(50_000)}${"}".repeat(50_000)}` }, ann);
    // The parser reaches the end of the stack or the limit of tokens, depending on how V8 has compiled it.
    expect(["GRAPHQL_PARSE_FAILED", "LIMIT_EXCEEDED"]).toContain(await codeOf(selections));
    expect((await server.post({ query: "{ __typename }" }, ann)).status).toBe(200);
  });

  test("with a number that a double cannot represent is refused, and the issues name it", async () => {
    const query = `mutation ($input: CreateApprovalRequestInput!) {
      createApprovalRequest(input: $input) { ... on ValidationError { code issues { path message } } }
    }`;
    const input = '{"workflowId": "w", "jobId": "j", "executionId": "e", "title": "t", "notifyUsers": ["bob"],';
    const body = `{"query": ${JSON.stringify(query)}, "variables": {"input": ${input} "context": {"a": 12345678901234567891}}}}`;
    const { data } = (await (await server.post(body, ann)).json()) as Data;
    expect(data.createApprovalRequest).toMatchObject({ code: "VALIDATION", issues: [{ path: "context.a" }] });
  });

  test("of another type is refused with 415", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/graphql",
      "multipart/form-data",
    ]) {
      expect((await server.post("query={__typename}", ann, { "Content-Type": type })).status).toBe(415);
    }
    expect((await server.post("x", ann, { "Content-Encoding": "gzip" })).status).toBe(415);
  });
});

describe("an operation over HTTP", () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql?${query}`, { headers: { Authorization: `Bearer ${ann}`, ...headers } });

  test("may be a query by GET, with variables", async () => {
    const response = await get(`query=query($id:ID!){node(id:$id){id}}&variables=${encodeURIComponent('{"id":"x"}')}`);
    expect(await response.json()).toEqual({ data: { node: null } });
    expect((await get("query={__typename}&variables=%7B")).status).toBe(400);
    expect((await get("")).status).toBe(400);
  });

  test("may not be a mutation by GET", async () => {
    const mutation = encodeURIComponent('mutation { cancelApprovalRequest(input: { requestId: "x" }) { __typename } }');
    expect((await get(`query=${mutation}`)).status).toBe(405);
  });

  test("that is not valid has the status of its media type, 400 by the specification and 200 as plain JSON", async () => {
    for (const query of [
      "{",
      "{ nothing }",
      "query ($first: Int!) { pendingApprovals(first: $first) { totalCount } }",
    ]) {
      const bySpec = await server.post({ query }, ann, { Accept: "application/graphql-response+json" });
      expect([bySpec.status, bySpec.headers.get("content-type")]).toEqual([
        400,
        "application/graphql-response+json; charset=utf-8",
      ]);
      const plain = await server.post({ query }, ann, { Accept: "application/json" });
      expect(plain.status).toBe(200);
      expect(((await plain.json()) as Data).data).toBeUndefined();
    }
  });

  test("reports which variable is wrong", async () => {
    const query = "query ($first: Int) { pendingApprovals(first: $first) { totalCount } }";
    const { errors } = (await (await server.post({ query, variables: { first: "x" } }, ann)).json()) as Data;
    expect(errors[0]).toMatchObject({ message: expect.stringContaining("$first") });
    expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
  });

  test("has the client's request id if it is valid, and a new one otherwise", async () => {
    const idOf = async (id: string) =>
      (await server.post({ query: "{ __typename }" }, ann, { "X-Request-Id": id })).headers.get("x-request-id");
    expect(await idOf("job-7.1")).toBe("job-7.1");
    expect(await idOf("two words")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf("x".repeat(200))).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("records the user and the address", async () => {
    const bob = await tokenFor("bob");
    const id = await server.ask(ann);
    await server.post({ query: APPROVE, variables: { id } }, bob, {
      "User-Agent": "tests/2",
      "X-Forwarded-For": "10.1.1.1",
    });
    const query = `query ($id: ID!) { approvalAuditLog(filter: { requestId: $id, actions: [APPROVED] }) {
      edges { node { userId ipAddress userAgent } } } }`;
    const { approvalAuditLog } = await server.data(await tokenFor("boss", { scope: "approvals:read" }), query, { id });
    expect(approvalAuditLog.edges).toEqual([{ node: { userId: "bob", ipAddress: "127.0.0.1", userAgent: "tests/2" } }]);
  });
});

test("an unknown path is 404 and a wrong method 405, both in JSON", async () => {
  const unknown = await fetch(`${server.url}/nothing`, { method: "POST", body: "x" });
  expect([unknown.status, ((await unknown.json()) as Data).code]).toEqual([404, "NOT_FOUND"]);
  for (const path of ["/graphql", "/session", "/", "/sign-in", "/healthz", "/readyz", "/metrics"]) {
    const wrong = await fetch(`${server.url}${path}`, { method: "PATCH", body: "x" });
    expect([path, wrong.status]).toEqual([path, 405]);
    expect(wrong.headers.get("allow")).toMatch(/GET/);
    await wrong.json();
  }
});

test("an HTTP request with an absurd target is answered", async () => {
  const status = await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const req = request({ hostname, port, path: "//evil.example/%zz?%" }, (res) => resolve(res.resume().statusCode));
    req.once("error", reject).end();
  });
  expect(status).toBe(404);
});

test("introspection is allowed only if GraphiQL is served", async () => {
  const closed = await startServer({ GRAPHIQL: "false" });
  try {
    const query = "{ __schema { queryType { name } } }";
    expect((await server.post({ query }, ann)).status).toBe(200);
    const response = await closed.post({ query }, ann);
    expect(((await response.json()) as Data).errors[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    const page = await fetch(`${closed.url}/graphql`, { headers: { Accept: "text/html" } });
    expect(page.status).toBe(401);
  } finally {
    await closed.stop();
  }
});

test("an unexpected error is masked, and logged under the request id that the client receives", async () => {
  const broken = await startServer();
  await broken.database.pool.query("alter table approval_requests rename to somewhere_else");
  const body = { query: "{ viewer { pendingCount } }" };
  const response = await broken.post(body, ann, { "X-Request-Id": "see-this-one" });
  const { errors } = (await response.json()) as Data;
  expect(errors[0]).toMatchObject({
    message: "Unexpected error. Contact your administrator with request id see-this-one.",
    extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "see-this-one" },
  });
  const line = broken
    .log()
    .split("\n")
    .find((entry) => entry.includes("see-this-one"));
  expect(JSON.parse(line as string)).toMatchObject({
    level: 50,
    err: { message: /approval_requests/, stack: expect.any(String) },
  });
  expect(broken.log()).not.toContain(ann);
  await broken.stop();
});
