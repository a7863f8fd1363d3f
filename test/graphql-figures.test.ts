import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, codesOf, type Data, startApi } from "./support/graphql.ts";
import { admin, reader, viewerOf } from "./support/requests.ts";
import { insert, insertRequest } from "./support/rows.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe("the viewer", () => {
  it("is the token's user with its rights, and what waits for it", async () => {
    const viewer = viewerOf("vera", { roles: ["vera-ops"], scopes: ["approvals:read"] });
    await insertRequest(api.pool, { notify_users: ["vera"] });
    await insertRequest(api.pool, { notify_users: [], notify_roles: ["vera-ops"] });
    const over = { notify_users: ["vera"], expires_at: inMinutes(-1) };
    const approval_request_id = await insertRequest(api.pool, over);
    const message = { approval_request_id, kind: "REQUESTED", channel: "IN_APP", recipient: "vera" };
    await insert(api.pool, "approval_notifications", message);
    await insert(api.pool, "approval_notifications", { ...message, status: "READ" });
    await insert(api.pool, "approval_notifications", { ...message, channel: "EMAIL" });
    expect(await api.as(viewer).data("Viewer")).toEqual({
      viewer: {
        userId: "vera",
        roles: ["vera-ops"],
        scopes: ["approvals:read"],
        pendingCount: 2,
        unreadNotificationCount: 1,
      },
    });
  });
});

describe("an inbox", () => {
  const inbox = async (who: Parameters<Api["as"]>[0], variables: object = {}): Promise<Data> =>
    (await api.as(who).data("Pending", variables)).pendingApprovals;
  const ids = ({ edges }: Data) => edges.map((edge: Data) => edge.node.id);
  let late: string;
  let soon: string;

  beforeAll(async () => {
    late = await insertRequest(api.pool, { notify_users: ["ivy"], expires_at: inMinutes(60) });
    soon = await insertRequest(api.pool, { notify_users: ["ivy"], expires_at: inMinutes(5) });
    await insertRequest(api.pool, { notify_users: ["ivy"], expires_at: inMinutes(-5) });
    await insertRequest(api.pool, {
      notify_users: ["ivy"],
      approvers: ["ivy"],
      require_min_approvers: 2,
      approvals_required: 2,
    });
    await insertRequest(api.pool, { notify_users: ["ivy"], requested_by: "ivy", created_by: "ivy" });
    await insertRequest(api.pool, { notify_users: ["ivy"], allowed_approvers: ["bob"] });
  });

  it("holds what the viewer can decide now, soonest to expire first, a page at a time", async () => {
    const whole = await inbox("ivy");
    expect([ids(whole), whole.totalCount]).toEqual([[soon, late], 2]);
    expect(whole.edges.map(({ node }: Data) => [node.isUrgent, node.canApprove])).toEqual([
      [true, true],
      [false, true],
    ]);
    const first = await inbox("ivy", { first: 1 });
    expect([ids(first), first.pageInfo.hasNextPage]).toEqual([[soon], true]);
    const second = await inbox("ivy", { first: 1, after: first.pageInfo.endCursor });
    expect([ids(second), second.pageInfo.hasNextPage]).toEqual([[late], false]);
  });

  it("of another is for admins, by the directory's roles", async () => {
    await api.pool.query("insert into people (id, roles) values ('ira', '{ira-ops}')");
    const id = await insertRequest(api.pool, { notify_users: [], notify_roles: ["ira-ops"] });
    expect(ids(await inbox(admin, { userId: "ira" }))).toEqual([id]);
    expect(ids(await inbox(admin, { userId: "ivy" }))).toEqual([soon, late]);
    expect(ids(await inbox("ivy", { userId: "ivy" }))).toEqual([soon, late]);
    for (const who of ["bob", reader]) {
      expect(codesOf(await api.as(who).run("Pending", { userId: "ivy" }))).toEqual(["FORBIDDEN"]);
    }
  });
});

describe("a summary", () => {
  it("tells what one has to do and has done, to oneself and to those who see everything", async () => {
    for (const minutes of [5, 30, 300])
      await insertRequest(api.pool, { notify_users: ["sam"], expires_at: inMinutes(minutes) });
    for (const decision of ["APPROVE", "APPROVE", "REJECT"]) {
      const approval_request_id = await insertRequest(api.pool);
      await insert(api.pool, "approval_decisions", { approval_request_id, approver: "sam", decision });
    }
    const summary = {
      ...{ userId: "sam", pendingCount: 3, urgentCount: 1, expiringCount: 2, approvedCount: 2, rejectedCount: 1 },
    };
    expect(await api.as("sam").data("UserSummary")).toEqual({ userApprovalSummary: summary });
    for (const who of [admin, reader, "sam"]) {
      expect(await api.as(who).data("UserSummary", { userId: "sam" })).toEqual({ userApprovalSummary: summary });
    }
    expect(codesOf(await api.as("bob").run("UserSummary", { userId: "sam" }))).toEqual(["FORBIDDEN"]);
  });
});

describe("statistics", () => {
  const from = "2031-01-01T00:00:00Z";
  const to = "2031-02-01T00:00:00Z";
  const statistics = async (who: Parameters<Api["as"]>[0], period: object = { from, to }): Promise<Data> =>
    (await api.as(who).data("Statistics", period)).approvalStatistics;
  const final = (status: string, decision_source: string, seconds: number, more: object = {}) =>
    insertRequest(api.pool, {
      ...{ status, decision_source, created_at: "2031-01-10T00:00:00Z", timeout_ms: 2_592_000_000 },
      decided_at: new Date(Date.parse("2031-01-10T00:00:00Z") + seconds * 1_000),
      ...more,
    });

  beforeAll(async () => {
    const approved = { decision: "APPROVE", approvers: ["bob"] };
    await final("APPROVED", "APPROVER", 1, approved);
    await final("APPROVED", "APPROVER", 2, { ...approved, requested_by: "stan" });
    await final("REJECTED", "APPROVER", 6, { decision: "REJECT" });
    await final("APPROVED", "AUTO", 0, { decision: "APPROVE" });
    await final("TIMEOUT", "TIMEOUT", 100);
    await final("CANCELLED", "CANCELLATION", 100);
    await insertRequest(api.pool, { created_at: "2031-01-01T00:00:00Z", timeout_ms: 2_592_000_000 });
    await insertRequest(api.pool, {
      created_at: "2031-01-31T00:00:00Z",
      status: "ESCALATED",
      escalation_level: 1,
      timeout_ms: 2_592_000_000,
    });
    await insertRequest(api.pool, { created_at: to });
  });

  it("cover every request of a half-open period for those who see everything", async () => {
    const all = {
      ...{ total: 8, pending: 1, approved: 3, rejected: 1, timedOut: 1, escalated: 1, cancelled: 1, autoApproved: 1 },
      ...{ averageDecisionTimeMs: 3_000, medianDecisionTimeMs: 2_000, p95DecisionTimeMs: 5_600 },
      averageTimeoutMs: 2_592_000_000,
    };
    expect(await statistics(admin)).toEqual(all);
    expect(await statistics(reader)).toEqual(all);
  });

  it("cover what one asked for oneself for others, without means where there is nothing", async () => {
    expect(await statistics("stan")).toMatchObject({ total: 1, approved: 1, averageDecisionTimeMs: 2_000 });
    expect(await statistics("nobody", {})).toEqual({
      ...{ total: 0, pending: 0, approved: 0, rejected: 0, timedOut: 0, escalated: 0, cancelled: 0, autoApproved: 0 },
      ...{ averageDecisionTimeMs: null, medianDecisionTimeMs: null, p95DecisionTimeMs: null, averageTimeoutMs: null },
    });
  });
});

describe("the check of a job's configuration", () => {
  const issues = async (config: object): Promise<Data[]> =>
    (await api.as("ann").data("ValidateJob", { config })).validateApprovalJob;

  it("finds nothing in a right one, in the job's spelling or GraphQL's", async () => {
    const config = { title: "Deploy?", notifyUsers: ["bob"], timeoutMs: 2_592_000_000, createCheckpoint: true };
    expect(await issues({ ...config, notifyChannels: ["slack", "in_app"], timeoutAction: "reject" })).toEqual([]);
    expect(await issues({ ...config, notifyChannels: ["SLACK"], approvalType: "MANUAL" })).toEqual([]);
  });

  it("names each fault instead of refusing the document", async () => {
    const wrong = { notifyUsers: ["bob"], timeoutAction: "explode", timeoutMs: -1, approvalType: "maybe" };
    const condition = { field: "x.__proto__", operator: "~" };
    const found = await issues({ ...wrong, notifyChannels: ["pigeon"], autoApproveConditions: [condition] });
    const paths = new Set(found.map((issue) => issue.path));
    for (const path of ["title", "timeoutAction", "timeoutMs", "approvalType", "notifyChannels.0"]) {
      expect(paths).toContain(path);
    }
    expect([...paths].filter((path) => path.startsWith("autoApproveConditions.0.")).length).toBe(3);
    for (const issue of found) expect(issue.message).toMatch(/\w/);
  });
});

describe("an error that nobody foresaw", () => {
  it("is thrown, not answered, so that the server can mask it", async () => {
    await api.pool.query("alter table approval_requests rename to elsewhere");
    const input = { requestId: randomUUID() };
    const { errors } = await api.as("bob").run("Approve", { input });
    await api.pool.query("alter table elsewhere rename to approval_requests");
    expect(errors?.[0]?.originalError).toMatchObject({ code: "42P01" });
  });
});
