/** Tests the viewer, the inbox, the summary, the statistics and the check of a configuration over GraphQL. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, reader, viewerOf } from "../support/approvals/requests.ts";
import { insert, insertRequest } from "../support/db/rows.ts";
import { type Api, codesOf, type Data, startApi } from "../support/graphql/graphql.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe("the viewer field", () => {
  it("returns the token's user with its rights, and the number of pending requests", async () => {
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

  it("lists the requests that the viewer can decide now, soonest to expire first, in pages", async () => {
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

  it("of another user is for admins only, and uses the directory's roles", async () => {
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
  it("counts the pending and made decisions of a user, for that user and for viewers who see everything", async () => {
    for (const minutes of [5, 30, 300])
      await insertRequest(api.pool, { notify_users: ["sam"], expires_at: inMinutes(minutes) });
    for (const decision of ["APPROVE", "APPROVE", "REJECT"]) {
      const approval_request_id = await insertRequest(api.pool);
      await insert(api.pool, "approval_decisions", { approval_request_id, approver: "sam", decision });
    }
    const summary = {
      userId: "sam",
      pendingCount: 3,
      urgentCount: 1,
      expiringCount: 2,
      approvedCount: 2,
      rejectedCount: 1,
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
      status,
      decision_source,
      created_at: "2031-01-10T00:00:00Z",
      timeout_ms: 2_592_000_000,
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

  it("cover every request of a half-open period, for viewers who see everything", async () => {
    const all = {
      total: 8,
      pending: 1,
      approved: 3,
      rejected: 1,
      timedOut: 1,
      escalated: 1,
      cancelled: 1,
      autoApproved: 1,
      averageDecisionTimeMs: 3_000,
      medianDecisionTimeMs: 2_000,
      p95DecisionTimeMs: 5_600,
      averageTimeoutMs: 2_592_000_000,
    };
    expect(await statistics(admin)).toEqual(all);
    expect(await statistics(reader)).toEqual(all);
  });

  it("cover requests that the viewer created for others, without averages if there are none", async () => {
    expect(await statistics("stan")).toMatchObject({ total: 1, approved: 1, averageDecisionTimeMs: 2_000 });
    expect(await statistics("nobody", {})).toEqual({
      total: 0,
      pending: 0,
      approved: 0,
      rejected: 0,
      timedOut: 0,
      escalated: 0,
      cancelled: 0,
      autoApproved: 0,
      averageDecisionTimeMs: null,
      medianDecisionTimeMs: null,
      p95DecisionTimeMs: null,
      averageTimeoutMs: null,
    });
  });
});

describe("statistics in groups", () => {
  const ask = async (who: Parameters<Api["as"]>[0], field: string, variables: object): Promise<Data> => {
    const zone = field.includes("$zone") ? ", $zone: String" : "";
    const source = `query ($from: DateTime, $to: DateTime${zone}) { answer: ${field} }`;
    const { data, errors } = await api.as(who).send(source, JSON.stringify(variables));
    expect(errors).toBeUndefined();
    return JSON.parse(JSON.stringify(data)).answer;
  };
  const figures = "statistics { total approved rejected timedOut pending medianDecisionTimeMs p95DecisionTimeMs }";
  const overTime = (who: Parameters<Api["as"]>[0], period: object, interval = "DAY") =>
    ask(
      who,
      `approvalStatisticsOverTime(from: $from, to: $to, interval: ${interval}, timeZone: $zone) { start end ${figures} }`,
      period,
    );
  const byWorkflow = (who: Parameters<Api["as"]>[0], period: object, first = 20) =>
    ask(who, `approvalStatisticsByWorkflow(from: $from, to: $to, first: ${first}) { workflowId ${figures} }`, period);
  const byApprover = (who: Parameters<Api["as"]>[0], period: object, first = 20) =>
    ask(
      who,
      `approvalStatisticsByApprover(from: $from, to: $to, first: ${first}) {
        approver total approved rejected medianDecisionTimeMs p95DecisionTimeMs }`,
      period,
    );
  /** A request of 2021 that these people decided after so many seconds. */
  async function decided(created_at: string, decision: "APPROVE" | "REJECT", more: object, by: [string, number][]) {
    const later = (seconds: number) => new Date(Date.parse(created_at) + seconds * 1_000);
    const [decided_by, seconds] = by.at(-1) as [string, number];
    const status = decision === "APPROVE" ? "APPROVED" : "REJECTED";
    const id = await insertRequest(api.pool, {
      created_at,
      status,
      decision,
      decision_source: "APPROVER",
      decided_by,
      decided_at: later(seconds),
      expires_at: later(3_600),
      approvers: decision === "APPROVE" ? by.map(([approver]) => approver) : [],
      ...more,
    });
    for (const [approver, late] of by) {
      const row = { approval_request_id: id, approver, decision, decided_at: later(late) };
      await insert(api.pool, "approval_decisions", row);
    }
  }
  const march = { from: "2021-03-26T23:00:00Z", to: "2021-03-29T22:00:00Z", zone: "Europe/Berlin" };

  beforeAll(async () => {
    // On the night of the 28th Berlin loses an hour: its day starts at 23:00 and ends at 22:00.
    await decided("2021-03-27T22:59:59Z", "APPROVE", { workflow_id: "march-a" }, [["ada", 10]]);
    await decided("2021-03-27T23:00:00Z", "APPROVE", { workflow_id: "march-a", requested_by: "gus" }, [
      ["ada", 2],
      ["ben", 4],
    ]);
    await decided("2021-03-28T21:59:59Z", "REJECT", { workflow_id: "march-b" }, [["ben", 8]]);
  });

  it("count by the days of a time zone, and include days without requests", async () => {
    const none = { total: 0, approved: 0, rejected: 0, timedOut: 0, pending: 0 };
    const times = (ms: number | null, p95 = ms) => ({ medianDecisionTimeMs: ms, p95DecisionTimeMs: p95 });
    expect(await overTime(admin, march)).toEqual([
      {
        start: "2021-03-26T23:00:00.000Z",
        end: "2021-03-27T23:00:00.000Z",
        statistics: { ...none, total: 1, approved: 1, ...times(10_000) },
      },
      {
        start: "2021-03-27T23:00:00.000Z",
        end: "2021-03-28T22:00:00.000Z",
        statistics: { ...none, total: 2, approved: 1, rejected: 1, ...times(6_000, 7_800) },
      },
      {
        start: "2021-03-28T22:00:00.000Z",
        end: "2021-03-29T22:00:00.000Z",
        statistics: { ...none, ...times(null) },
      },
    ]);
  });

  it("count by week and month as well, with whole intervals at both ends", async () => {
    const starts = async (interval: string) =>
      (await overTime(admin, { ...march, zone: null }, interval)).map((of: Data) => [of.start, of.statistics.total]);
    expect(await starts("WEEK")).toEqual([
      ["2021-03-22T00:00:00.000Z", 3],
      ["2021-03-29T00:00:00.000Z", 0],
    ]);
    expect(await starts("MONTH")).toEqual([["2021-03-01T00:00:00.000Z", 3]]);
  });

  it("have a default period, and at most 1000 intervals", async () => {
    const whole = await overTime("gus", {});
    expect([whole.length, whole[0].statistics.total]).toEqual([1_000, 0]);
    expect((await overTime("gus", {}, "MONTH"))[0]).toMatchObject({
      start: "2021-03-01T00:00:00.000Z",
      statistics: { total: 1 },
    });
    expect(await overTime("nobody", {})).toEqual([]);
  });

  it("name the workflows and the people with the highest counts", async () => {
    expect(await byWorkflow(admin, march)).toMatchObject([
      { workflowId: "march-a", statistics: { total: 2, approved: 2, rejected: 0, medianDecisionTimeMs: 7_000 } },
      { workflowId: "march-b", statistics: { total: 1, approved: 0, rejected: 1, medianDecisionTimeMs: 8_000 } },
    ]);
    expect(await byApprover(reader, march)).toEqual([
      { approver: "ada", total: 2, approved: 2, rejected: 0, medianDecisionTimeMs: 6_000, p95DecisionTimeMs: 9_600 },
      { approver: "ben", total: 2, approved: 1, rejected: 1, medianDecisionTimeMs: 6_000, p95DecisionTimeMs: 7_800 },
    ]);
    expect((await byWorkflow(admin, march, 1)).length).toBe(1);
    expect((await byApprover(admin, march, 1)).length).toBe(1);
  });

  it("cover the viewer's own requests if the viewer does not see everything", async () => {
    const totals = (groups: Data) => groups.map((of: Data) => of.statistics?.total ?? of.total);
    expect(totals(await overTime("gus", march))).toEqual([0, 1, 0]);
    expect(totals(await byWorkflow("gus", march))).toEqual([1]);
    expect(totals(await byApprover("gus", march))).toEqual([1, 1]);
    expect(await byApprover("ada", march)).toEqual([]);
  });

  it.each([
    ["Asia/Kolkata", "2021-03-26T18:30:00.000Z", [0, 2, 1]],
    ["Etc/GMT-5", "2021-03-26T19:00:00.000Z", [0, 2, 1]],
    ["Etc/GMT+5", "2021-03-27T05:00:00.000Z", [2, 1, 0]],
    ["America/New_York", "2021-03-27T04:00:00.000Z", [2, 1, 0]],
    // PostgreSQL alone would take these two for an hour and no summer time.
    ["CET", "2021-03-26T23:00:00.000Z", [1, 2, 0]],
    ["EST5EDT", "2021-03-27T04:00:00.000Z", [2, 1, 0]],
  ])("count by the days of %s as its IANA name states", async (zone, from, totals) => {
    const days = await overTime(admin, { from, to: new Date(Date.parse(from) + 2.9 * 86_400_000), zone });
    expect(days[0].start).toBe(from);
    expect(days.map((day: Data) => day.statistics.total)).toEqual(totals);
    if (zone === "CET") expect(days[1].end).toBe("2021-03-28T22:00:00.000Z");
  });

  it("count an hour that a clock shows twice, at midnight, in the day that it belongs to", async () => {
    // At 1:00 on the 7th of November 2021 Havana sets its clocks back to 0:00. The first of the two hours is the day's, too.
    await decided("2021-11-07T03:59:59Z", "APPROVE", { workflow_id: "fold" }, [["ada", 1]]);
    await decided("2021-11-07T04:00:00Z", "APPROVE", { workflow_id: "fold" }, [["ada", 1]]);
    await decided("2021-11-07T05:00:00Z", "APPROVE", { workflow_id: "fold" }, [["ada", 1]]);
    await decided("2021-11-08T05:00:00Z", "APPROVE", { workflow_id: "fold" }, [["ada", 1]]);
    const days = await overTime(admin, {
      from: "2021-11-07T03:00:00Z",
      to: "2021-11-08T06:00:00Z",
      zone: "America/Havana",
    });
    expect(days.map((day: Data) => day.statistics.total)).toEqual([1, 2, 1]);
  });

  it.each([
    ...["+05:30", "-08:00", "+05", "+0530", "05:30", "UTC+5", "UTC+05:30", "GMT-3", "Z", "PST", "IST", "ist", "JST"],
    ...["", " ", " Europe/Berlin", "Europe/Berlin ", "Europe", "Berlin", "<+05>-5", "FOO5", "posix/Europe/Berlin"],
    ...[
      "SystemV/PST8PDT",
      "localtime",
      "Europe/Berlin\u0000",
      "../etc/passwd",
      "5",
      "Europe//Berlin",
      "x".repeat(10_000),
    ],
  ])("refuse %j, which is not an IANA name of a time zone, and state what is allowed", async (timeZone) => {
    const query = "query ($timeZone: String) { approvalStatisticsOverTime(timeZone: $timeZone) { start } }";
    const result = await api.as(admin).send(query, JSON.stringify({ timeZone }));
    expect(codesOf(result)).toEqual(["BAD_USER_INPUT"]);
    const held = JSON.stringify(timeZone.length > 60 ? `${timeZone.slice(0, 59)}…` : timeZone);
    const message = `\`timeZone\` is ${held}; it may be the IANA name of a time zone, such as Europe/Berlin.`;
    expect(result.errors?.[0]?.message).toBe(message);
  });

  it("refuse an unknown time zone, and lists that are too long", async () => {
    const codes = async (field: string) => codesOf(await api.as(admin).send(`{ ${field} }`));
    expect(await codes('approvalStatisticsOverTime(timeZone: "Mars/Olympus") { start }')).toEqual(["BAD_USER_INPUT"]);
    expect(await codes('approvalStatisticsOverTime(timeZone: "\\u0000") { start }')).toEqual(["BAD_USER_INPUT"]);
    expect(await codes("approvalStatisticsByWorkflow(first: 0) { workflowId }")).toEqual(["BAD_USER_INPUT"]);
    expect(await codes("approvalStatisticsByApprover(first: 101) { approver }")).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("the check of a job's configuration", () => {
  const issues = async (config: object): Promise<Data[]> =>
    (await api.as("ann").data("ValidateJob", { config })).validateApprovalJob;

  it("finds the faults of single fields and of the policy at once", async () => {
    const config = { title: "", notifyUsers: [], timeoutMs: 0, timeoutAction: "escalate", approvalType: "conditional" };
    expect((await issues(config)).map(({ path }) => path)).toEqual([
      ...["title", "timeoutMs", "notifyUsers", "escalateToUsers", "autoApproveConditions"],
    ]);
  });

  it("finds nothing in a valid configuration, in the job's spelling or GraphQL's", async () => {
    const config = { title: "Deploy?", notifyUsers: ["bob"], timeoutMs: 2_592_000_000, createCheckpoint: true };
    for (const decisionSource of ["approver", "APPROVER", null]) {
      expect(await issues({ ...config, decisionSource })).toEqual([]);
    }
    expect(await issues({ ...config, notifyChannels: ["slack", "in_app"], timeoutAction: "reject" })).toEqual([]);
    expect(await issues({ ...config, notifyChannels: ["SLACK"], approvalType: "MANUAL" })).toEqual([]);
  });

  it("names each fault instead of refusing the operation", async () => {
    const wrong = { notifyUsers: ["bob"], timeoutAction: "explode", timeoutMs: -1, approvalType: "maybe" };
    const condition = { field: "x.__proto__", operator: "~" };
    const source = { path: "decisionSource", message: 'must be "approver", not "auto"' };
    expect(await issues({ title: "Deploy?", notifyUsers: ["bob"], decisionSource: "auto" })).toEqual([source]);
    const found = await issues({ ...wrong, notifyChannels: ["pigeon"], autoApproveConditions: [condition] });
    const paths = new Set(found.map((issue) => issue.path));
    for (const path of ["title", "timeoutAction", "timeoutMs", "approvalType", "notifyChannels.0"]) {
      expect(paths).toContain(path);
    }
    expect([...paths].filter((path) => path.startsWith("autoApproveConditions.0.")).length).toBe(3);
    for (const issue of found) expect(issue.message).toMatch(/\w/);
  });
});

describe("an unexpected error", () => {
  it("is thrown, not returned, so that the server can mask it", async () => {
    await api.pool.query("alter table approval_requests rename to elsewhere");
    const input = { requestId: randomUUID() };
    const { errors } = await api.as("bob").run("Approve", { input });
    await api.pool.query("alter table elsewhere rename to approval_requests");
    expect(errors?.[0]?.originalError).toMatchObject({ code: "42P01" });
  });
});
