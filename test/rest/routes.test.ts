import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operation } from "../support/graphql/contract.ts";
import type { Data } from "../support/graphql/graphql.ts";
import { insertAttempt, insertLog, insertRun } from "../support/orchestrator/runs.ts";
import { gist, inputOf, type RestClient, restClient } from "../support/rest/rest.ts";
import { startServer, type TestServer, tokenFor } from "../support/server/server.ts";

let server: TestServer;
let tokens: Record<"ann" | "bob" | "admin", string>;
let ann: RestClient;
let bob: RestClient;
let admin: RestClient;
beforeAll(async () => {
  server = await startServer();
  tokens = {
    ann: await tokenFor("ann", { scope: "approvals:request", claims: { email: "ann@example.org" } }),
    bob: await tokenFor("bob"),
    admin: await tokenFor("admin", { scope: "approvals:admin approvals:read" }),
  };
  ann = restClient(server, tokens.ann);
  bob = restClient(server, tokens.bob);
  admin = restClient(server, tokens.admin);
});
afterAll(() => server.stop());

/** The same request by GraphQL, without the fields that depend on the time. */
async function byGraphql(token: string, id: string): Promise<Data> {
  const { approvalRequest } = await server.data(token, operation("RequestById"), { id });
  return still(approvalRequest);
}
/** Without the fields that depend on the time, and without those that the contract's operations do not select. */
const still = ({ timeRemainingMs: _, createdBy: _by, allowSelfApproval: _self, ...request }: Data) => request;

describe("POST /api/approvals", () => {
  test("creates a request and returns 201 with the request as GraphQL has it, and its address", async () => {
    const { status, headers, body } = await ann.post(
      "/approvals",
      inputOf({ context: { size: 1.5 }, metadata: { a: null } }),
    );
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/approvals/${body.id}`);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(still(body)).toEqual(await byGraphql(tokens.ann, body.id));
    expect(Object.keys(body)).toContain("timeRemainingMs");
  });

  test("shows who created a request and whether requester and creator may decide it, in a response and in a list", async () => {
    const shown = { requestedBy: "ceo", createdBy: "ann", allowSelfApproval: true };
    const { body } = await ann.post("/approvals", inputOf({ requestedBy: "ceo", allowSelfApproval: true }));
    expect(body).toMatchObject(shown);
    const { body: list } = await ann.get(`/approvals?executionId=${body.executionId}`);
    expect(list.items).toEqual([expect.objectContaining(shown)]);
    expect((await bob.get(`/approvals/${body.id}`)).body).toMatchObject(shown);
  });

  test("sent again returns 200 with the same request, also if GraphQL created it", async () => {
    const input = inputOf({ timeoutMs: 2_592_000_000, description: null });
    const [one, other] = [await ann.post("/approvals", input), await ann.post("/approvals", input)];
    expect([one.status, other.status, other.body.id]).toEqual([201, 200, one.body.id]);
    expect(other.headers.get("location")).toBe(`/api/approvals/${one.body.id}`);

    const again = inputOf();
    const made = await server.data(tokens.ann, operation("Create"), { input: again });
    const { id } = made.createApprovalRequest.request;
    expect(await ann.post("/approvals", again)).toMatchObject({ status: 200, body: { id } });
  });
});

describe("GET /api/approvals", () => {
  test("lists by filter and order, page by page", async () => {
    const asked: string[] = [];
    for (const title of ["One", "Two", "Three"]) asked.push((await ann.ask({ workflowId: "pages", title })).id);
    await bob.post(`/approvals/${asked[1]}/approve`);
    const first = await ann.get("/approvals?workflowId=pages&first=2");
    expect(first).toMatchObject({ status: 200, body: { hasNextPage: true } });
    expect(Object.keys(first.body)).toEqual(["items", "endCursor", "hasNextPage"]);
    const after = encodeURIComponent(first.body.endCursor);
    const second = await ann.get(`/approvals?workflowId=pages&first=2&after=${after}`);
    const pages = [...first.body.items, ...second.body.items];
    expect(pages.map(({ id }: Data) => id)).toEqual(asked.toReversed());
    expect(second.body).toMatchObject({ hasNextPage: false, endCursor: expect.any(String) });
    expect(still(pages[1])).toEqual(await byGraphql(tokens.ann, asked[1] as string));

    const titles = async (query: string) =>
      (await ann.get(`/approvals?workflowId=pages&${query}`)).body.items.map(({ title }: Data) => title);
    expect(await titles("orderBy=CREATED_AT&direction=ASC")).toEqual(["One", "Two", "Three"]);
    expect(await titles("direction=ASC&first=1")).toEqual(["One"]);
    expect(await titles("statuses=APPROVED")).toEqual(["Two"]);
    expect(await titles("statuses=APPROVED&statuses=PENDING&direction=ASC")).toEqual(["One", "Two", "Three"]);
    expect(await titles("statuses=REJECTED,APPROVED")).toEqual(["Two"]);
    expect(await titles("search=hre")).toEqual(["Three"]);
    expect(await titles("decidedBy=bob&requestedBy=ann&jobId=approval&approver=bob")).toEqual(["Two"]);
    expect(await titles("createdBefore=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await titles("createdAfter=2020-01-01T00:00:00Z&expiresBefore=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await titles("executionId=none")).toEqual([]);
    expect((await ann.get("/approvals?workflowId=none")).body).toEqual({
      items: [],
      endCursor: null,
      hasNextPage: false,
    });
  });
});

describe("one request over REST", () => {
  test("is read by its id, and by HEAD without a body", async () => {
    const { id } = await ann.ask();
    const { status, headers, body } = await bob.get(`/approvals/${id}`);
    expect([status, still(body), headers.get("cache-control")]).toEqual([
      200,
      await byGraphql(tokens.bob, id),
      "no-store",
    ]);
    expect(body.canApprove).toBe(true);
    const head = await bob.get(`/approvals/${id}`, { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, null]);
  });

  test("is approved, with or without a comment", async () => {
    const { id, contextDigest } = await ann.ask();
    const approved = await bob.post(`/approvals/${id}/approve`, { comment: "Fine", reason: "Tested", contextDigest });
    expect(approved).toMatchObject({
      status: 200,
      body: { id, status: "APPROVED", decidedBy: "bob", comment: "Fine", decisions: [{ reason: "Tested" }] },
    });
    expect(still(approved.body)).toEqual(await byGraphql(tokens.bob, id));
    const silent = await bob.post(`/approvals/${(await ann.ask()).id}/approve`);
    expect(silent).toMatchObject({ status: 200, body: { status: "APPROVED", comment: null } });
  });

  test("is rejected, and cancelled", async () => {
    const { id } = await ann.ask();
    const rejected = await bob.post(`/approvals/${id}/reject`, { comment: "No" });
    expect(rejected).toMatchObject({ status: 200, body: { status: "REJECTED", comment: "No" } });
    const other = await ann.ask();
    const cancelled = await ann.post(`/approvals/${other.id}/cancel`, { reason: "Not needed" });
    expect(cancelled).toMatchObject({ status: 200, body: { status: "CANCELLED", comment: "Not needed" } });
  });

  test("is escalated, and extended", async () => {
    const { id, expiresAt } = await ann.ask({ escalateToUsers: ["eve"] });
    const escalated = await ann.post(`/approvals/${id}/escalate`, { reason: "Bob is away" });
    expect(escalated).toMatchObject({ status: 200, body: { status: "ESCALATED", escalationLevel: 1 } });
    const later = new Date(Date.parse(expiresAt) + 60_000).toISOString();
    const extended = await ann.post(`/approvals/${id}/extend`, { expiresAt: later });
    expect(extended).toMatchObject({ status: 200, body: { expiresAt: later } });
  });

  test("has a conversation", async () => {
    const { id } = await ann.ask();
    const made = await bob.post(`/approvals/${id}/comments`, { body: "Which build?" });
    expect([made.status, Object.keys(made.body)]).toEqual([201, ["id", "author", "body", "createdAt"]]);
    const { status, body } = await ann.get(`/approvals/${id}/comments`);
    expect([status, body]).toEqual([200, { items: [made.body], endCursor: expect.any(String), hasNextPage: false }]);
  });

  test("has conditions, which an admin can replace", async () => {
    const { id } = await ann.ask({ context: { size: 3 } });
    const conditions = [{ field: "context.size", operator: "GT", value: 5 }];
    const kept = await admin.post(`/approvals/${id}/conditions`, { conditions }, "PUT");
    expect(kept).toMatchObject({ status: 200, body: { id, status: "PENDING" } });
    const { body } = await ann.get(`/approvals/${id}/conditions`);
    expect(body).toEqual({ items: conditions, endCursor: null, hasNextPage: false });
    const met = [{ field: "context.size", operator: "LT", value: 5 }];
    const changed = await admin.post(`/approvals/${id}/conditions`, { conditions: met }, "PUT");
    expect([changed.status, changed.body.code]).toEqual([200, undefined]);
  });

  test("has a log, page by page", async () => {
    const { id } = await ann.ask();
    await bob.post(`/approvals/${id}/comments`, { body: "Hm" });
    const first = await ann.get(`/approvals/${id}/audit-log?first=2`);
    const newest = [{ action: "NOTIFIED" }, { action: "COMMENTED", request: { id } }];
    expect(first.body).toMatchObject({ items: newest, hasNextPage: true });
    const second = await ann.get(`/approvals/${id}/audit-log?after=${first.body.endCursor}`);
    expect(second.body.items.at(-1)).toMatchObject({ action: "CREATED", userId: "ann", ipAddress: null });
    expect(second.body.hasNextPage).toBe(false);
  });
});

describe("the REST routes for statistics and personal lists:", () => {
  test("pending has the requests that the viewer can decide now, and for an admin those of another user", async () => {
    const { id } = await ann.ask({ notifyUsers: ["pia"] });
    const pia = restClient(server, await tokenFor("pia"));
    const own = await pia.get("/approvals/pending?first=5");
    expect(own).toMatchObject({ status: 200, body: { items: [{ id, canApprove: true }], hasNextPage: false } });
    const others = await admin.get("/approvals/pending?userId=pia");
    expect(others.body.items.map(({ id }: Data) => id)).toEqual([id]);
    expect((await pia.get("/approvals/summary")).body).toMatchObject({ userId: "pia", pendingCount: 1 });
    expect((await admin.get("/approvals/summary?userId=pia")).body).toMatchObject({ userId: "pia", pendingCount: 1 });
  });

  test("statistics of a period are those of GraphQL", async () => {
    const query = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00.000Z";
    const { status, body } = await admin.get(`/approvals/statistics?${query}`);
    const variables = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
    const { approvalStatistics } = await server.data(tokens.admin, operation("Statistics"), variables);
    expect([status, body]).toEqual([200, approvalStatistics]);
    expect((await admin.get("/approvals/statistics?to=2020-01-01T00:00:00Z")).body.total).toBe(0);
  });

  test("statistics in groups are lists", async () => {
    const items = async (path: string) => (await admin.get(`/approvals/statistics/${path}`)).body.items;
    const [whole, months, workflows] = await Promise.all([
      admin.get("/approvals/statistics"),
      items("over-time?interval=MONTH&timeZone=Europe/Berlin"),
      items("by-workflow?first=100"),
    ]);
    const sum = (of: Data[]) => of.reduce((total, { statistics }) => total + statistics.total, 0);
    expect([sum(months), sum(workflows)]).toEqual([whole.body.total, whole.body.total]);
    expect(await items("by-approver?to=2020-01-01T00:00:00Z")).toEqual([]);
  });

  test("the log is filtered, with its detail for those who see everything", async () => {
    const { id } = await ann.ask();
    await bob.post(`/approvals/${id}/approve`);
    const { body } = await admin.get(`/approvals/audit-log?requestId=${id}&actions=APPROVED&userId=bob`);
    expect(body.items).toMatchObject([{ action: "APPROVED", userId: "bob", ipAddress: "127.0.0.1" }]);
    expect((await ann.get(`/approvals/audit-log?requestId=${id}&actions=APPROVED`)).body.items[0].ipAddress).toBeNull();
  });

  test("the viewer is the user of the token", async () => {
    expect((await ann.get("/viewer")).body).toEqual({
      userId: "ann",
      email: "ann@example.org",
      roles: [],
      scopes: ["approvals:request"],
      pendingCount: 0,
      unreadNotificationCount: expect.any(Number),
    });
  });

  test("a job's configuration is checked: an empty list if it is valid", async () => {
    const right = await ann.post("/approvals/validate-job", { title: "Deploy?", notifyUsers: ["bob"] });
    expect([right.status, right.body.items]).toEqual([200, []]);
    const wrong = await ann.post("/approvals/validate-job", { notifyUsers: ["bob"], timeoutAction: "explode" });
    expect(wrong.body.items.map(({ path }: Data) => path)).toEqual(expect.arrayContaining(["title", "timeoutAction"]));
  });
});

test("REST accepts the session cookie only with the origin of the server", async () => {
  const Cookie = `countersign_session=${tokens.ann}`;
  const anyone = restClient(server, null);
  expect((await anyone.get("/viewer", { headers: { Cookie, "Sec-Fetch-Site": "same-origin" } })).status).toBe(200);
  const ask = (headers: Record<string, string>) =>
    anyone.get("/approvals", {
      method: "POST",
      headers: { Cookie, "Content-Type": "application/json", ...headers },
      body: JSON.stringify(inputOf()),
    });
  expect((await ask({ Origin: server.url })).status).toBe(201);
  for (const foreign of [{}, { Origin: "https://evil.example" }] as Record<string, string>[]) {
    const refused = await ask(foreign);
    expect([refused.status, refused.body.code]).toEqual([403, "FORBIDDEN"]);
  }
});

describe("GET /api/runs/ID", () => {
  test("returns attempts, waits and timeouts of the jobs, and /log returns the log of one of them", async () => {
    const { pool } = server.database;
    const run = await insertRun(pool);
    await insertAttempt(pool, run.id, "build", { number: 1, outcome: "FAILED", error: "no space left" });
    await insertLog(pool, run.id, "build", [
      ["info", "one"],
      ["warn", "two", { free: 0 }],
      ["error", "three"],
    ]);
    const { body } = await admin.get(`/runs/${run.id}`);
    expect(body.jobs[0]).toMatchObject({
      id: "build",
      waitingFor: null,
      waitingReason: null,
      dueAt: null,
      timeoutAt: null,
      logLineCount: 3,
      attemptHistory: [{ number: 1, outcome: "FAILED", process: "worker-1:4711", error: "no space left" }],
    });
    const { status, body: page } = await admin.get(`/runs/run_${run.id}/log?jobId=build&first=2`);
    expect([status, page.hasNextPage]).toEqual([200, true]);
    expect(page.items.map(({ line, level, message, fields }: Data) => [line, level, message, fields])).toEqual([
      [1, "INFO", "one", null],
      [2, "WARN", "two", { free: 0 }],
    ]);
    const { body: rest } = await admin.get(`/runs/${run.id}/log?jobId=build&after=${page.endCursor}`);
    expect(rest.items.map(({ message }: Data) => message)).toEqual(["three"]);
    expect(gist(await admin.get(`/runs/${run.id}/log`))).toEqual([422, "VALIDATION", "jobId"]);
    expect(gist(await admin.get(`/runs/${run.id}/log?jobId=nowhere`))).toEqual([404, "NOT_FOUND"]);
    expect(gist(await bob.get(`/runs/${run.id}/log?jobId=build`))).toEqual([404, "NOT_FOUND"]);
  });
});
