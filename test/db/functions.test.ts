import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

const APPROVED = { status: "APPROVED", decision: "APPROVE", decision_source: "TIMEOUT", decided_at: new Date() };

let inbox: TestDatabase;
let figures: TestDatabase;

beforeAll(async () => {
  inbox = await createTestDatabase();
  figures = await createTestDatabase();
  await fillInbox();
  await fillFigures();
});
afterAll(async () => {
  await inbox.drop();
  await figures.drop();
});

async function fillInbox(): Promise<void> {
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  const requests: Record<string, unknown>[] = [
    { title: "notified", notify_users: ["bob"], expires_at: later(30) },
    { title: "sooner", notify_users: ["bob"], expires_at: later(20) },
    { title: "allowed", notify_users: [], allowed_approvers: ["bob"], expires_at: later(40) },
    { title: "only told", notify_users: ["bob"], allowed_approvers: ["carol"], expires_at: later(50) },
    { title: "by role", notify_users: [], notify_roles: ["ops"], expires_at: later(60) },
    { title: "own", notify_users: ["bob"], requested_by: "bob", expires_at: later(70) },
    {
      title: "own, allowed",
      notify_users: ["bob"],
      created_by: "bob",
      allow_self_approval: true,
      expires_at: later(80),
    },
    {
      title: "approved before",
      notify_users: ["bob"],
      approvers: ["bob"],
      approvals_required: 2,
      expires_at: later(90),
    },
    { title: "not yet escalated", notify_users: [], escalate_to_users: ["bob"], expires_at: later(95) },
    {
      title: "escalated",
      status: "ESCALATED",
      escalation_level: 1,
      escalate_to_users: ["bob"],
      expires_at: later(100),
    },
    { title: "over", notify_users: ["bob"], expires_at: later(-1) },
    { title: "final", notify_users: ["bob"], ...APPROVED, expires_at: later(60) },
    { title: "of others", notify_users: ["carol"], expires_at: later(60) },
  ];
  for (const request of requests) await insertRequest(inbox.pool, { ...request });
  await insert(inbox.pool, "people", { id: "bob", roles: ["ops"] });
}

async function fillFigures(): Promise<void> {
  const created_at = new Date("2030-06-01T00:00:00Z");
  const after = (ms: number) => new Date(created_at.getTime() + ms);
  const byPerson = { ...APPROVED, decision_source: "APPROVER", approvers: ["bob"], decided_by: "bob" };
  const requests: Record<string, unknown>[] = [
    {},
    { ...byPerson, decided_at: after(1_000) },
    { ...byPerson, decided_at: after(3_000) },
    { status: "REJECTED", decision: "REJECT", decision_source: "APPROVER", decided_at: after(8_000) },
    { ...APPROVED, decision_source: "AUTO", decided_at: after(0) },
    { status: "TIMEOUT", decision_source: "TIMEOUT", decided_at: after(60_000) },
    { status: "ESCALATED", escalation_level: 1 },
    { status: "CANCELLED", decision_source: "CANCELLATION", decided_at: after(1) },
    { created_at: new Date("2030-07-01T00:00:00Z"), requested_by: "zoe" },
  ];
  for (const request of requests) await insertRequest(figures.pool, { created_at, timeout_ms: 60_000, ...request });
}

describe("get_user_pending_approvals", () => {
  async function pending(args: string): Promise<Record<string, boolean>> {
    const { rows } = await inbox.pool.query(`select title, can_approve from get_user_pending_approvals(${args})`);
    return Object.fromEntries(rows.map(({ title, can_approve }) => [title, can_approve]));
  }

  const named = {
    sooner: true,
    notified: true,
    allowed: true,
    "only told": false,
    own: false,
    "own, allowed": true,
    "approved before": false,
    escalated: true,
  };

  it("lists the open requests that name the user, in the order of expiry, and whether the user may decide them", async () => {
    const found = await pending("'bob', '{}'");
    expect(found).toEqual(named);
    expect(Object.keys(found)).toEqual(Object.keys(named));
  });

  it("uses the given roles, or those of the directory", async () => {
    expect(await pending("'bob', '{ops}'")).toEqual({ ...named, "by role": true });
    expect(await pending("'bob'")).toEqual({ ...named, "by role": true });
    expect(await pending("'dave', '{ops}'")).toEqual({ "by role": true });
    expect(await pending("'dave'")).toEqual({});
  });
});

describe("check_approval_timeout", () => {
  it("returns whether a request has expired, and no row for an unknown one", async () => {
    const open = await insertRequest(inbox.pool);
    const over = await insertRequest(inbox.pool, { expires_at: new Date(Date.now() - 1_000) });
    const ask = async (ids: string[]) =>
      (await inbox.pool.query("select check_approval_timeout($1) as over", ids)).rows[0];
    expect(await ask([open])).toEqual({ over: false });
    expect(await ask([over])).toEqual({ over: true });
    expect(await ask(["00000000-0000-0000-0000-000000000000"])).toEqual({ over: null });
  });
});

describe("get_approval_statistics", () => {
  const statistics = async (args: string) =>
    (await figures.pool.query(`select * from get_approval_statistics(${args})`)).rows[0];

  it("counts by status and measures the decisions that people made, in milliseconds", async () => {
    expect(await statistics("")).toEqual({
      total: 9,
      pending: 2,
      approved: 3,
      rejected: 1,
      timed_out: 1,
      escalated: 1,
      cancelled: 1,
      auto_approved: 1,
      average_decision_time_ms: 4_000,
      median_decision_time_ms: 3_000,
      p95_decision_time_ms: 7_500,
      average_timeout_ms: 60_000,
    });
  });

  it("covers a half-open period, and only the given requester", async () => {
    expect(await statistics("'2030-06-01Z', '2030-07-01Z'")).toMatchObject({ total: 8 });
    expect(await statistics("'2030-07-01Z', null")).toMatchObject({ total: 1 });
    expect(await statistics("null, null, 'zoe'")).toMatchObject({ total: 1, average_decision_time_ms: null });
  });
});
