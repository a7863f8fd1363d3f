/** Tests creating and reading requests over GraphQL: one request, nodes, lists, and the number of queries. */

import { createHash, randomUUID } from "node:crypto";
import canonicalize from "canonicalize";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, inputOf, orchestrator, reader, viewerOf } from "../support/approvals/requests.ts";
import { insertRequest } from "../support/db/rows.ts";
import { type Api, codesOf, type Data, startApi } from "../support/graphql/graphql.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const create = async (more: object = {}, by: Parameters<Api["as"]>[0] = "ann"): Promise<Data> =>
  (await api.as(by).data("Create", { input: inputOf(more) })).createApprovalRequest;
const idOf = async (...args: Parameters<typeof create>): Promise<string> => (await create(...args)).request.id;
const titles = ({ edges }: Data): string[] => edges.map((edge: Data) => edge.node.title);

describe("creating a request", () => {
  it("returns it with every field as it was given or by default", async () => {
    const input = inputOf({
      description: "All of it",
      context: { size: 42 },
      metadata: { a: [null] },
      notifyRoles: ["ops"],
    });
    const { __typename, created, request } = (await api.as("ann").data("Create", { input })).createApprovalRequest;
    expect([__typename, created]).toEqual(["CreateApprovalRequestPayload", true]);
    const { notifyUsers, notifyRoles, workflowId, jobId, executionId, title, description, context, metadata } = input;
    const content = { context, description, metadata, title };
    expect(request).toMatchObject({
      notifyUsers,
      notifyRoles,
      workflowId,
      jobId,
      executionId,
      ...content,
      version: 1,
      approvalType: "MANUAL",
      status: "PENDING",
      isOpen: true,
      requestedBy: "ann",
      timeoutMs: 3_600_000,
      timeoutAction: "REJECT",
      notifyChannels: ["IN_APP"],
      requireMinApprovers: 1,
      approvalsRequired: 1,
      approvers: [],
      approvalsReceived: 0,
      decisions: [],
      escalateToUsers: [],
      escalationLevel: 0,
      allowedApprovers: [],
      requireAllApprovers: false,
      canApprove: false,
      isUrgent: false,
      decidedBy: null,
      decision: null,
      decisionSource: null,
      comment: null,
      decidedAt: null,
    });
    expect(request.contextDigest).toBe(
      createHash("sha256")
        .update(canonicalize(content) as string)
        .digest("hex"),
    );
    expect(request.timeRemainingMs).toBeLessThanOrEqual(3_600_000);
    expect(Date.parse(request.expiresAt)).toBe(Date.parse(request.createdAt) + 3_600_000);
    const { approvalRequest } = await api.as("ann").data("RequestById", { id: request.id });
    expect({ ...approvalRequest, timeRemainingMs: 0 }).toEqual({ ...request, timeRemainingMs: 0 });
  });

  it("shows who created it and whether requester and creator may decide it", async () => {
    const query = "query ($id: ID!) { approvalRequest(id: $id) { requestedBy createdBy allowSelfApproval } }";
    for (const [creator, more, expected] of [
      ["ann", {}, { requestedBy: "ann", createdBy: "ann", allowSelfApproval: false }],
      [
        orchestrator,
        { requestedBy: "ceo", allowSelfApproval: true },
        { requestedBy: "ceo", createdBy: "orchestrator", allowSelfApproval: true },
      ],
    ] as const) {
      const id = await idOf(more, creator);
      const { data } = await api.as("bob").send(query, JSON.stringify({ id }));
      expect(data).toEqual({ approvalRequest: expected });
    }
  });

  it("returns the existing request for the same content, with nulls or without", async () => {
    const input = inputOf();
    const first = (await api.as("ann").data("Create", { input })).createApprovalRequest;
    const nulls = { ...input, description: null, context: null, timeoutMs: null, autoApproveConditions: null };
    const again = (await api.as("ann").data("Create", { input: nulls })).createApprovalRequest;
    expect([again.created, again.request.id, again.request.version]).toEqual([false, first.request.id, 1]);
  });

  it("answers other content for the same execution with CONFLICT", async () => {
    const input = inputOf();
    await api.as("ann").data("Create", { input });
    const { createApprovalRequest } = await api.as("ann").data("Create", { input: { ...input, title: "Other" } });
    expect(createApprovalRequest).toMatchObject({ __typename: "ConflictError", code: "CONFLICT" });
  });

  it("names every fault of an input by its path", async () => {
    const result = await create({ title: "", workflowId: "a\0b", notifyUsers: [], timeoutMs: 0 });
    expect(result).toMatchObject({ __typename: "ValidationError", code: "VALIDATION" });
    expect(result.issues.map((issue: Data) => issue.path).sort()).toEqual([
      "notifyUsers",
      "timeoutMs",
      "title",
      "workflowId",
    ]);
  });

  it("is forbidden on behalf of another user without the scope", async () => {
    expect(await create({ requestedBy: "zoe" })).toMatchObject({ __typename: "ForbiddenError", code: "FORBIDDEN" });
    expect((await create({ requestedBy: "zoe" }, orchestrator)).request.requestedBy).toBe("zoe");
  });
});

describe("one request", () => {
  it("is null if the id is unknown or malformed, or if the viewer may not see the request", async () => {
    const id = await idOf();
    for (const [viewer, asked] of [
      ["mallory", id],
      ["ann", randomUUID()],
      ["ann", "nonsense"],
      ["ann", id.toUpperCase()],
      ["ann", `${id}\0`],
    ] as const) {
      expect(await api.as(viewer).data("RequestById", { id: asked })).toEqual({ approvalRequest: null });
      expect(await api.as(viewer).data("RequestNode", { id: asked })).toEqual({ node: null });
    }
  });

  it("can be approved now by the people whom the policy names, and by nobody else", async () => {
    const id = await idOf({ notifyUsers: [], notifyRoles: ["ops"] });
    const canApprove = async (viewer: Parameters<Api["as"]>[0]) =>
      (await api.as(viewer).data("RequestById", { id })).approvalRequest.canApprove;
    expect(await canApprove(viewerOf("olga", { roles: ["ops"] }))).toBe(true);
    expect(await canApprove("ann")).toBe(false);
    expect(await canApprove(reader)).toBe(false);
  });

  it("is urgent with less than 15 minutes left, and open after its expiry until it is swept", async () => {
    const in10 = await insertRequest(api.pool, { expires_at: new Date(Date.now() + 600_000) });
    const over = await insertRequest(api.pool, { expires_at: new Date(Date.now() - 1_000) });
    const urgent = (await api.as("bob").data("RequestById", { id: in10 })).approvalRequest;
    expect([urgent.isUrgent, urgent.canApprove]).toEqual([true, true]);
    const late = (await api.as("bob").data("RequestById", { id: over })).approvalRequest;
    expect([late.isOpen, late.isUrgent, late.canApprove, late.timeRemainingMs]).toEqual([true, true, false, 0]);
  });
});

describe("nodes", () => {
  const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
    ... on ApprovalComment { author body request { title } } ... on AuditLogEntry { action request { title } } } }`;

  it("are found by the ids that the API returned, in order", async () => {
    const id = await idOf({ title: "N" });
    const input = { requestId: id, body: "why?" };
    const comment = (await api.as("bob").data("Comment", { input })).addApprovalComment.comment;
    const { edges } = (await api.as("ann").data("AuditLog", { filter: { requestId: id } })).approvalAuditLog;
    const entry = edges[1].node;
    expect(comment.id).toMatch(/^comment_[0-9a-f-]{36}$/);
    expect(entry.id).toMatch(/^event_[0-9a-f-]{36}$/);
    const ids = [entry.id, "nonsense", id, comment.id, `comment_${randomUUID()}`, id, "event_x"];
    const { data } = await api.as("ann").send(NODES, JSON.stringify({ ids }));
    expect(data?.nodes).toEqual([
      { __typename: "AuditLogEntry", id: entry.id, action: "CREATED", request: { title: "N" } },
      null,
      { __typename: "ApprovalRequest", id },
      { __typename: "ApprovalComment", id: comment.id, author: "bob", body: "why?", request: { title: "N" } },
      null,
      { __typename: "ApprovalRequest", id },
      null,
    ]);
    const hidden = await api.as("mallory").send(NODES, JSON.stringify({ ids }));
    expect(hidden.data?.nodes).toEqual(ids.map(() => null));
  });

  it("are limited to a hundred at once", async () => {
    const result = await api.as("ann").send(NODES, JSON.stringify({ ids: Array(101).fill("x") }));
    expect(codesOf(result)).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("a list of requests", () => {
  const LIST = randomUUID();
  const list = async (variables: Data = {}, viewer: Parameters<Api["as"]>[0] = "lea") =>
    (await api.as(viewer).data("Requests", { ...variables, filter: { workflowId: LIST, ...variables.filter } }))
      .approvalRequests;

  beforeAll(async () => {
    const rows = [
      {
        title: "One: 50% off",
        requested_by: "lea",
        job_id: "j1",
        expires_at: "2040-01-03Z",
        created_at: "2030-01-01Z",
      },
      {
        title: "Two",
        requested_by: "lea",
        description: "half_price",
        expires_at: "2040-01-01Z",
        created_at: "2030-01-02Z",
      },
      {
        title: "Three",
        requested_by: "max",
        notify_users: ["lea"],
        expires_at: "2040-01-02Z",
        created_at: "2030-01-02Z",
      },
      { title: "Hidden", requested_by: "max", expires_at: "2040-01-02Z", created_at: "2030-01-04Z" },
    ];
    for (const row of rows) await insertRequest(api.pool, { workflow_id: LIST, created_by: row.requested_by, ...row });
  });

  it("has the requests that the viewer may see, newest first", async () => {
    const mine = await list();
    expect(titles(mine).at(-1)).toBe("One: 50% off");
    expect(titles(mine).sort()).toEqual(["One: 50% off", "Three", "Two"]);
    expect([mine.totalCount, mine.totalCountIsCapped]).toEqual([3, false]);
    for (const all of [admin, reader]) expect((await list({}, all)).totalCount).toBe(4);
    expect((await list({}, "mallory")).edges).toEqual([]);
  });

  it.each(["CREATED_AT", "EXPIRES_AT", "UPDATED_AT"])(
    "is paged by %s in both directions without gaps or repeats",
    async (field) => {
      for (const direction of ["ASC", "DESC"]) {
        const whole = await list({ orderBy: { field, direction } });
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 3; page += 1) {
          const { edges, pageInfo }: Data = await list({ first: 1, after, orderBy: { field, direction } });
          seen.push(...edges.map((edge: Data) => edge.node.id));
          expect(pageInfo.hasPreviousPage).toBe(page > 0);
          expect(pageInfo.hasNextPage).toBe(page < 2);
          expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0].cursor, edges[0].cursor]);
          after = pageInfo.endCursor;
        }
        expect(seen).toEqual(whole.edges.map((edge: Data) => edge.node.id));
      }
      const soonest = await list({ orderBy: { field: "EXPIRES_AT", direction: "ASC" } });
      expect(titles(soonest)).toEqual(["Two", "Three", "One: 50% off"]);
    },
  );

  it.each([
    [{ search: "50%" }, ["One: 50% off"]],
    [{ search: "HALF_price" }, ["Two"]],
    [{ search: "halfXprice" }, []],
    [{ jobId: "j1" }, ["One: 50% off"]],
    [{ requestedBy: "max" }, ["Three"]],
    [{ executionId: "none" }, []],
    [{ decidedBy: "bob" }, []],
    [{ statuses: ["PENDING"], requestedBy: "lea" }, ["One: 50% off", "Two"]],
    [{ statuses: ["APPROVED", "TIMEOUT"] }, []],
    [{ statuses: [] }, []],
    [{ approver: "lea" }, ["Three"]],
    [{ createdAfter: "2030-01-02T00:00:00Z" }, ["Three", "Two"]],
    [{ createdBefore: "2030-01-02T00:00:00Z" }, ["One: 50% off"]],
    [{ expiresBefore: "2040-01-02T00:00:00Z" }, ["Two"]],
    [{ search: null, jobId: null, statuses: null, approver: null }, ["One: 50% off", "Three", "Two"]],
  ])("filters by %j", async (filter, expected) => {
    const found = await list({ filter });
    expect(titles(found).sort()).toEqual(expected);
    expect(found.totalCount).toBe(expected.length);
  });

  it("finds the requests that another user may decide by a role of the directory", async () => {
    await api.pool.query("insert into people (id, roles) values ('rolf', '{list-ops}')");
    const row = { title: "Role", workflow_id: LIST, requested_by: "lea", notify_users: [], notify_roles: ["list-ops"] };
    const id = await insertRequest(api.pool, row);
    expect(titles(await list({ filter: { approver: "rolf" } }))).toEqual(["Role"]);
    await api.pool.query("delete from approval_requests where id = $1", [id]);
  });

  it.each([0, -1, 101, 2_000_000])("refuses a page of %d", async (first) => {
    for (const operation of ["Requests", "Pending", "AuditLog"]) {
      expect(codesOf(await api.as("ann").run(operation, { first }))).toEqual(["BAD_USER_INPUT"]);
    }
  });

  it("refuses the cursor of another list", async () => {
    const { pageInfo } = await list({ first: 1 });
    const other = { orderBy: { field: "CREATED_AT", direction: "ASC" }, after: pageInfo.endCursor };
    expect(codesOf(await api.as("lea").run("Requests", other))).toEqual(["BAD_USER_INPUT"]);
    for (const operation of ["Pending", "AuditLog"]) {
      expect(codesOf(await api.as("lea").run(operation, { after: pageInfo.endCursor }))).toEqual(["BAD_USER_INPUT"]);
    }
    const forged = [
      "",
      "x",
      "bnVsbA",
      `${pageInfo.endCursor}=`,
      Buffer.from('["requests:CREATED_AT:DESC",1e300,"x"]').toString("base64url"),
      // A date that only JavaScript accepts.
      Buffer.from(`["requests:CREATED_AT:DESC",-8640000000000000,"00000000-0000-4000-8000-000000000000"]`).toString(
        "base64url",
      ),
    ];
    for (const after of forged)
      expect(codesOf(await api.as("lea").run("Requests", { after }))).toEqual(["BAD_USER_INPUT"]);
  });

  it("refuses a text that PostgreSQL cannot store, and names the field", async () => {
    const result = await api.as("lea").run("Requests", { filter: { search: "a\0b" } });
    expect(codesOf(result)).toEqual(["BAD_USER_INPUT"]);
    expect(result.errors?.[0]?.message).toContain("filter.search");
  });

  it("refuses a search text of more than 300 characters, and names the field and the length", async () => {
    const failure = async (search: string) =>
      (await api.as("lea").run("Requests", { filter: { search } })).errors?.map(({ extensions, message }) => [
        extensions.code,
        message,
      ]);
    for (const [search, characters] of [
      ["x".repeat(301), 301],
      ["🚀".repeat(301), 301],
      [" ".repeat(1_000_000), 1_000_000],
    ] as const) {
      const message = `\`filter.search\` has ${characters} characters; it may have 300.`;
      expect(await failure(search)).toEqual([["BAD_USER_INPUT", message]]);
    }
    for (const search of ["x".repeat(300), "🚀".repeat(300)]) expect(await failure(search)).toBe(undefined);
  });

  it("counts exactly up to 1000 and no further", async () => {
    const workflow_id = randomUUID();
    const fill = (n: number) =>
      api.pool.query(
        `insert into approval_requests (workflow_id, job_id, execution_id, title, requested_by, created_by, timeout_ms, expires_at)
         select $1, 'job', gen_random_uuid(), 'Deploy', 'lea', 'lea', 1000, now() + interval '1 hour' from generate_series(1, $2::int)`,
        [workflow_id, n],
      );
    const counts = async () => {
      const { totalCount, totalCountIsCapped } = await list({ first: 1, filter: { workflowId: workflow_id } });
      return [totalCount, totalCountIsCapped];
    };
    await fill(1_000);
    expect(await counts()).toEqual([1_000, false]);
    await fill(1);
    expect(await counts()).toEqual([1_000, true]);
  });
});

describe("the number of database queries", () => {
  const BODY = `edges { node { title decisions { approver } comments { body } } } pageInfo { hasNextPage }`;
  const workflowId = randomUUID();
  const cost = (source: string, variables: object = {}) =>
    api.queriesOf(async () => {
      const { errors, data } = await api.as("bob").send(source, JSON.stringify({ workflowId, ...variables }));
      expect([errors, data]).toEqual([undefined, expect.anything()]);
    });
  const listing = (selection: string) =>
    `query ($workflowId: String, $first: Int) {
      approvalRequests(first: $first, filter: { workflowId: $workflowId }) { ${selection} } }`;

  beforeAll(async () => {
    for (let n = 0; n < 50; n += 1) {
      const requestId = await idOf({ workflowId, notifyUsers: ["bob", "cleo"], requireMinApprovers: 2 });
      await api.as("bob").data("Approve", { input: { requestId } });
    }
  });

  it("is the same for 50 requests with their decisions and comments as for 2", async () => {
    const few = await cost(listing(BODY), { first: 2 });
    expect(await cost(listing(BODY), { first: 50 })).toBe(few);
    expect(few).toBe(3);
  });

  it("includes the count only when it is selected, and once", async () => {
    expect(await cost(listing("edges { node { id } } pageInfo { hasNextPage endCursor }"))).toBe(1);
    expect(await cost(listing("totalCount totalCountIsCapped"))).toBe(2);
    expect(await cost("{ viewer { userId roles scopes } }")).toBe(0);
    expect(await cost("{ viewer { pendingCount } }")).toBe(1);
  });

  it("is one for the requests of 50 entries of the audit log", async () => {
    expect(await cost("{ approvalAuditLog(first: 50) { edges { node { action request { title } } } } }")).toBe(2);
  });

  it("is one for many ids in one operation", async () => {
    const requests = Array.from({ length: 20 }, (_, n) => `r${n}: approvalRequest(id: "${randomUUID()}") { id }`);
    expect(await cost(`{ ${requests.join(" ")} }`)).toBe(1);
  });
});
