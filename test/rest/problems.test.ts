import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gist, inputOf, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

const MIB = 1024 * 1024;
let server: TestServer;
let ann: RestClient;
let bob: RestClient;
let cleo: RestClient;
let stranger: RestClient;
beforeAll(async () => {
  server = await startServer();
  const client = async (name: string) => restClient(server, await tokenFor(name));
  [ann, bob, cleo, stranger] = await Promise.all([client("ann"), client("bob"), client("cleo"), client("stranger")]);
});
afterAll(() => server.stop());

/** An input with a number literal that JSON.stringify would not write. */
const withLiteral = (more: object, literal: string) => JSON.stringify(inputOf(more)).replace('"LITERAL"', literal);

test("a problem over REST describes the error for programs and for people", async () => {
  const { status, headers, body } = await ann.post("/approvals", inputOf({ title: "" }));
  expect([status, headers.get("content-type")]).toEqual([422, "application/problem+json; charset=utf-8"]);
  expect(body).toEqual({
    type: "/api/docs#VALIDATION",
    title: "Invalid input",
    status: 422,
    detail: "title: must not be empty",
    code: "VALIDATION",
    issues: [{ path: "title", message: "must not be empty" }],
  });
});

describe("VALIDATION over REST is 422 and names the field:", () => {
  test.each<[string, object, string[]]>([
    ["a rule", { requireMinApprovers: 3 }, ["requireMinApprovers"]],
    ["several rules", { title: "", timeoutMs: 0 }, ["timeoutMs", "title"]],
    ["a missing field", { title: undefined, jobId: null }, ["jobId", "title"]],
    ["a wrong type", { title: 7 }, ["title"]],
    ["a wrong type within a list", { notifyUsers: ["bob", 7, null] }, ["notifyUsers.1", "notifyUsers.2"]],
    ["a value that an enum lacks", { timeoutAction: "reject" }, ["timeoutAction"]],
    ["a list where an object belongs", { context: [] }, ["context"]],
    ["a fraction of a millisecond", { timeoutMs: 1.5 }, ["timeoutMs"]],
    ["text for a number", { timeoutMs: "60000" }, ["timeoutMs"]],
    ["an unknown field", { titel: "Deploy?" }, ["titel"]],
    [
      "a field within a field",
      { autoApproveConditions: [{ field: "a", op: "EQ" }] },
      ["autoApproveConditions.0.op", "autoApproveConditions.0.operator"],
    ],
    ["a name of JavaScript's own", JSON.parse('{"__proto__": {}, "constructor": 1}'), ["__proto__", "constructor"]],
  ])("%s", async (_what, more, paths) => {
    const given = Object.entries(inputOf()).filter(([name]) => !(name in more && Object.hasOwn(more, name)));
    const text = [...given, ...Object.entries(more)]
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    const answer = await ann.post("/approvals", `{${text.join(", ")}}`);
    const [status, code, ...found] = gist(answer);
    expect([status, code, found.sort()]).toEqual([422, "VALIDATION", paths]);
  });

  test("an unknown field of a request suggests the field that it resembles", async () => {
    const { body } = await ann.post("/approvals", JSON.stringify({ ...inputOf(), timoutMs: 1 }));
    expect(body.issues).toEqual([{ path: "timoutMs", message: "is not a known field; did you mean timeoutMs?" }]);
  });

  test.each([
    ["context", { context: { deep: [1, "LITERAL"] } }, "12345678901234567890", "context.deep.1"],
    ["timeoutMs", { timeoutMs: "LITERAL" }, "9007199254740993", "timeoutMs"],
    ["requireMinApprovers", { requireMinApprovers: "LITERAL" }, "1.0000000000000000001", "requireMinApprovers"],
    ["title", { title: "LITERAL" }, "1e400", "title"],
  ])("a number that a double cannot represent, in %s", async (_field, more, literal, path) => {
    const answer = await ann.post("/approvals", withLiteral(more, literal));
    expect(gist(answer)).toEqual([422, "VALIDATION", path]);
    expect(answer.body.detail).toContain(literal);
  });

  test.each([
    ["approvals?first=0", "first"],
    ["approvals?first=ten", "first"],
    ["approvals?first=101", "first"],
    ["approvals?first=1&first=2", "first"],
    ["approvals?after=nonsense", "after"],
    ["approvals?status=PENDING", "status"],
    ["approvals?statuses=PENDING,OPEN", "statuses.1"],
    ["approvals?createdAfter=yesterday", "createdAfter"],
    ["approvals?orderBy=title", "orderBy"],
    ["approvals?search=%00", "search"],
    ["approvals/statistics?from=2026-02-30", "from"],
    ["approvals/audit-log?after=nonsense", "after"],
    ["approvals/statistics/over-time?timeZone=%2B05:30", "timeZone"],
    ["approvals/pending?requestId=1", "requestId"],
    ["viewer?userId=bob", "userId"],
  ])("in the query string: %s", async (path, parameter) => {
    expect(gist(await ann.get(`/${path}`))).toEqual([422, "VALIDATION", parameter]);
  });

  test("in the body of a command", async () => {
    const { id } = await ann.ask();
    expect(gist(await bob.post(`/approvals/${id}/comments`))).toEqual([422, "VALIDATION", "body"]);
    expect(gist(await bob.post(`/approvals/${id}/comments`, { body: " " }))).toEqual([422, "VALIDATION", "body"]);
    const own = restClient(server, await tokenFor("orchestrator", { scope: "approvals:request" }));
    const at = `/approvals/${(await own.ask()).id}`;
    for (const expiresAt of ["2020-01-01T00:00:00Z", "soon", null]) {
      expect(gist(await own.post(`${at}/extend`, { expiresAt }))).toEqual([422, "VALIDATION", "expiresAt"]);
    }
    expect(gist(await own.post(`${at}/escalate`))).toEqual([422, "VALIDATION", "id"]);
  });

  test.each(["[]", "null", '"text"', "7", "12345678901234567890"])("a body that is not an object: %s", async (body) => {
    expect(gist(await ann.post("/approvals", body))).toEqual([422, "VALIDATION", ""]);
  });
});

test("an id in a body never decides a request other than the one in the path", async () => {
  const [one, other] = [await ann.ask(), await ann.ask()];
  for (const verb of ["approve", "reject", "comments", "cancel", "escalate"]) {
    const refused = await bob.post(`/approvals/${one.id}/${verb}`, { requestId: other.id, body: "x" });
    expect(gist(refused).slice(0, 2)).toEqual([422, "VALIDATION"]);
    expect(gist(refused)).toContain("requestId");
  }
  for (const body of [{ requestId: one.id }, { id: other.id }, { input: { requestId: other.id } }]) {
    expect((await bob.post(`/approvals/${one.id}/approve`, body)).status).toBe(422);
  }
  expect((await bob.post(`/approvals/${one.id}/approve?requestId=${other.id}`)).status).toBe(422);
  for (const { id } of [one, other]) expect((await bob.get(`/approvals/${id}`)).body).toMatchObject({ version: 1 });
  expect((await bob.post(`/approvals/${one.id}/approve`)).body).toMatchObject({ id: one.id, status: "APPROVED" });
  expect((await bob.get(`/approvals/${other.id}`)).body.status).toBe("PENDING");
});

describe("the errors of a command over REST:", () => {
  test("NOT_FOUND is 404, for a request that is unknown, has a malformed id or may not be seen by the viewer", async () => {
    const { id } = await ann.ask();
    const unknown = "00000000-0000-4000-8000-000000000000";
    for (const path of [id, unknown, "nothing", "%ff", "a%2Fb", "..%2f", "comment_1"].map((at) => `/approvals/${at}`)) {
      for (const below of ["", "/comments", "/conditions", "/audit-log", "?wait=300"]) {
        expect(gist(await stranger.get(path + below))).toEqual([404, "NOT_FOUND"]);
      }
      for (const verb of ["approve", "reject", "cancel", "escalate"]) {
        expect(gist(await stranger.post(`${path}/${verb}`))).toEqual([404, "NOT_FOUND"]);
      }
    }
  });

  test("FORBIDDEN is 403", async () => {
    const { id } = await ann.ask();
    expect(gist(await ann.post(`/approvals/${id}/approve`))).toEqual([403, "FORBIDDEN"]);
    expect(gist(await bob.post(`/approvals/${id}/cancel`))).toEqual([403, "FORBIDDEN"]);
    const conditions = [{ field: "a", operator: "EQ", value: null }];
    expect(gist(await ann.post(`/approvals/${id}/conditions`, { conditions }, "PUT"))).toEqual([403, "FORBIDDEN"]);
    expect(gist(await ann.post("/approvals", inputOf({ requestedBy: "bob" })))).toEqual([403, "FORBIDDEN"]);
    expect(gist(await ann.get("/approvals/pending?userId=bob"))).toEqual([403, "FORBIDDEN"]);
    expect(gist(await ann.get("/approvals/summary?userId=bob"))).toEqual([403, "FORBIDDEN"]);
  });

  test("CONFLICT is 409", async () => {
    const input = inputOf();
    await ann.post("/approvals", input);
    expect(gist(await ann.post("/approvals", { ...input, title: "Another" }))).toEqual([409, "CONFLICT"]);
  });

  test("ALREADY_DECIDED is 409, with the current request", async () => {
    const { id } = await ann.ask({ notifyUsers: ["bob", "cleo"] });
    const { body } = await bob.post(`/approvals/${id}/reject`, { comment: "No" });
    const late = await cleo.post(`/approvals/${id}/approve`);
    expect(gist(late)).toEqual([409, "ALREADY_DECIDED"]);
    expect(late.body.request).toEqual({ ...body, timeRemainingMs: null });
    expect(gist(await ann.post(`/approvals/${id}/cancel`))).toEqual([409, "ALREADY_DECIDED"]);
  });

  test("STALE_CONTEXT is 409", async () => {
    const { id } = await ann.ask();
    const stale = { contextDigest: "0".repeat(64) };
    expect(gist(await bob.post(`/approvals/${id}/approve`, stale))).toEqual([409, "STALE_CONTEXT"]);
    expect((await bob.get(`/approvals/${id}`)).body.version).toBe(1);
  });

  test("EXPIRED is 410", async () => {
    const { id } = await ann.ask({ timeoutMs: 1 });
    expect((await ann.get(`/approvals/${id}?wait=60`)).body.status).toBe("TIMEOUT");
    expect(gist(await bob.post(`/approvals/${id}/approve`))).toEqual([410, "EXPIRED"]);
  });
});

describe("the errors of an HTTP request over REST:", () => {
  test("a missing or invalid token is 401 with a hint", async () => {
    for (const token of [null, "nonsense", await tokenFor("ann", { expiresIn: -1 })]) {
      for (const answer of [
        await restClient(server, token).get("/approvals"),
        await restClient(server, token).post("/approvals", "{"),
        await restClient(server, token).get("/approvals/nothing?wait=5"),
      ]) {
        expect(gist(answer)).toEqual([401, "UNAUTHENTICATED"]);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
        expect(answer.headers.get("content-type")).toContain("application/problem+json");
      }
    }
  });

  test("malformed JSON is 400", async () => {
    for (const body of ["{", '{"a": }', "{'a': 1}", `${"[".repeat(100_000)}`]) {
      expect(gist(await ann.post("/approvals", body))).toEqual([400, "BAD_REQUEST"]);
    }
  });

  test("another media type is 415", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/graphql"]) {
      const init = { method: "POST", headers: { "Content-Type": type }, body: JSON.stringify(inputOf()) };
      expect(gist(await ann.get("/approvals", init))).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    }
  });

  test("another method is 405 with the supported ones", async () => {
    const { id } = await ann.ask();
    for (const [path, method, allowed] of [
      ["/approvals", "DELETE", "POST, GET, HEAD"],
      ["/approvals/statistics", "POST", "GET, HEAD"],
      [`/approvals/${id}`, "PATCH", "GET, HEAD"],
      [`/approvals/${id}/approve`, "GET", "POST"],
      [`/approvals/${id}/conditions`, "POST", "GET, HEAD, PUT"],
      ["/openapi.json", "POST", "GET, HEAD"],
      ["/viewer", "OPTIONS", "GET, HEAD"],
    ] as const) {
      const answer = await ann.get(path, { method });
      expect(gist(answer)).toEqual([405, "METHOD_NOT_ALLOWED"]);
      expect(answer.headers.get("allow")).toBe(allowed);
    }
  });

  test("an unknown address is 404", async () => {
    const { id } = await ann.ask();
    const nowhere = [
      "/",
      "/approvals/",
      `/approvals/${id}/`,
      `/approvals/${id}/erase`,
      `/approvals/${id}/approve/now`,
      "/graphql",
    ];
    for (const path of nowhere) expect(gist(await ann.get(path))).toEqual([404, "NOT_FOUND"]);
  });

  test("a body above 4 MiB is 413, announced or not, and a smaller body is read", async () => {
    const body = JSON.stringify(inputOf({ description: "x".repeat(4 * MIB) }));
    expect(gist(await ann.post("/approvals", body))).toEqual([413, "REQUEST_ENTITY_TOO_LARGE"]);
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, duplex: "half" };
    const chunked = await ann.get("/approvals", { ...init, body: new Blob([body]).stream() } as RequestInit);
    expect(gist(chunked)).toEqual([413, "REQUEST_ENTITY_TOO_LARGE"]);
    const long = JSON.stringify(inputOf({ description: "x".repeat(3 * MIB) }));
    expect(gist(await ann.post("/approvals", long))).toEqual([422, "VALIDATION", "description"]);
  });

  test("an unexpected error is 500: masked, and logged under the request's id", async () => {
    const { id } = await ann.ask();
    const { pool } = server.database;
    await pool.query("alter table approval_comments rename to hidden");
    const answer = await ann.get(`/approvals/${id}/comments`, { headers: { "X-Request-Id": "rest-500" } });
    await pool.query("alter table hidden rename to approval_comments");
    expect(gist(answer)).toEqual([500, "INTERNAL_SERVER_ERROR"]);
    expect(answer.body.detail).toBe("Unexpected error. Contact your administrator with request id rest-500.");
    expect(answer.headers.get("x-request-id")).toBe("rest-500");
    expect(JSON.stringify(answer.body)).not.toContain("approval_comments");
    const logged = server
      .log()
      .split("\n")
      .filter((line) => line.includes('"rest-500"'));
    expect(logged.join("\n")).toContain("approval_comments");
    expect((await ann.get(`/approvals/${id}/comments`)).status).toBe(200);
  });
});
