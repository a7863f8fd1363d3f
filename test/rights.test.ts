/** The rules of `policy.ts` and the conditions of `db/queries/rights.ts` are one thing said twice: row by row they agree. */

import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditChains } from "../src/approvals/audit-chain.ts";
import * as lifecycle from "../src/approvals/lifecycle.ts";
import type { ApprovalRequest, Viewer } from "../src/approvals/model.ts";
import * as policy from "../src/approvals/policy.ts";
import { completeInput } from "../src/approvals/validation.ts";
import { listAudit } from "../src/db/queries/audit.ts";
import {
  countInbox,
  countRequests,
  inboxVersions,
  listInbox,
  listRequests,
  type RequestFilter,
} from "../src/db/queries/request-lists.ts";
import { requestsById } from "../src/db/queries/requests.ts";
import { userSummary } from "../src/db/queries/statistics.ts";
import { writeBatch } from "../src/db/queries/write.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { DEFAULTS, inputOf, viewerOf } from "./support/requests.ts";

const IDS = ["ann", "bob", "cleo", "dan", "orchestrator"] as const;
const ROLES: string[][] = [[], ["ops"], ["ops", "security"], ["sales"]];
const SCOPES: string[][] = [[], ["approvals:request"], ["approvals:read"], ["approvals:admin"]];
const VIEWERS: Viewer[] = [...IDS, "mallory"].flatMap((id) =>
  ROLES.flatMap((roles) => SCOPES.map((scopes) => viewerOf(id, { roles, scopes }))),
);

const COUNT = 400;
const names = fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 3 }));
const policies = fc.record({
  createdBy: fc.constantFrom(...IDS),
  requestedBy: fc.constantFrom(null, ...IDS),
  allowedApprovers: names,
  notifyUsers: names,
  notifyRoles: fc.subarray(["ops", "security"]),
  escalateToUsers: names,
  allowSelfApproval: fc.boolean(),
});
const states = fc.record({
  status: fc.constantFrom("PENDING", "PENDING", "PENDING", "ESCALATED", "REJECTED", "CANCELLED"),
  level: fc.constantFrom(0, 1),
  approvers: fc.uniqueArray(fc.constantFrom(...IDS), { maxLength: 2 }),
  expired: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

let database: TestDatabase;
let requests: ApprovalRequest[];
let now: Date;

beforeAll(async () => {
  database = await createTestDatabase();
  now = (await database.pool.query("select now()::timestamptz(3) as now")).rows[0].now;
  const made = fc.sample(fc.tuple(policies, states), { numRuns: COUNT, seed: 11 }).map(([given, state]) => {
    const { createdBy, ...more } = given;
    const draft = completeInput(inputOf(more), createdBy, DEFAULTS);
    const { request } = lifecycle.create(randomUUID(), draft, "digest", now);
    const final = state.status === "REJECTED" || state.status === "CANCELLED";
    const after: ApprovalRequest = {
      ...request,
      status: state.status as ApprovalRequest["status"],
      escalationLevel: state.status === "ESCALATED" ? 1 : final ? state.level : 0,
      approvers: state.approvers,
      decision: state.status === "REJECTED" ? "REJECT" : null,
      decisionSource: state.status === "REJECTED" ? "APPROVER" : state.status === "CANCELLED" ? "CANCELLATION" : null,
      decidedBy: final ? "bob" : null,
      decidedAt: final ? now : null,
      expiresAt: new Date(now.getTime() + (state.expired ? -1 : 3_600_000)),
    };
    return { request, after };
  });
  const chains = new AuditChains();
  const none = { creates: [], updates: [], decisions: [], comments: [], audit: [] };
  await writeBatch(database.pool, {
    ...none,
    creates: made.map(({ request }) => request),
    audit: made.map(({ request }) =>
      chains.append({
        approvalRequestId: request.id,
        action: "CREATED",
        userId: request.createdBy,
        userEmail: null,
        ipAddress: null,
        userAgent: null,
        oldStatus: null,
        newStatus: "PENDING",
        comment: null,
        metadata: {},
        createdAt: now,
      }),
    ),
  });
  await writeBatch(database.pool, {
    ...none,
    updates: made.map(({ after }) => after),
    decisions: made.flatMap(({ after }) =>
      after.approvers.map((approver) => ({
        approvalRequestId: after.id,
        approver,
        decision: "APPROVE" as const,
        comment: null,
        reason: null,
        decidedAt: now,
      })),
    ),
  });
  requests = await requestsById(
    database.pool,
    made.map(({ request }) => request.id),
  );
  expect(requests).toHaveLength(COUNT);
});
afterAll(() => database.drop());

const idsOf = (rows: readonly { id: string }[]) => rows.map((row) => row.id).sort();
const where = (holds: (request: ApprovalRequest) => boolean) => idsOf(requests.filter(holds));
const newest = { field: "CREATED_AT", direction: "DESC" } as const;
const list = async (viewer: Viewer, filter: RequestFilter = {}) =>
  idsOf((await listRequests(database.pool, viewer, filter, newest, null, COUNT)).items);
const auditor = viewerOf("auditor", { scopes: ["approvals:read"] });

describe("for every kind of viewer and request", () => {
  it("lists and counts hold what the viewer may read", async () => {
    for (const viewer of VIEWERS) {
      const readable = where((request) => policy.mayRead(request, viewer));
      expect(await list(viewer), JSON.stringify(viewer)).toEqual(readable);
      expect(await countRequests(database.pool, viewer, {}, COUNT)).toBe(readable.length);
    }
  });

  it("the audit log shows the rows of what the viewer may read", async () => {
    for (const viewer of VIEWERS) {
      const { items } = await listAudit(database.pool, viewer, {}, null, COUNT);
      const readable = where((request) => policy.mayRead(request, viewer));
      expect(items.map((row) => row.approvalRequestId).sort(), JSON.stringify(viewer)).toEqual(readable);
    }
  });

  it("the inbox, its count, its versions and the summary hold what the viewer can decide now", async () => {
    for (const viewer of VIEWERS) {
      const decidable = where((request) => policy.canDecideNow(request, viewer, now));
      const { items } = await listInbox(database.pool, viewer, null, COUNT);
      expect(idsOf(items), JSON.stringify(viewer)).toEqual(decidable);
      expect(items.map((request) => request.expiresAt.getTime())).toEqual(
        items.map((request) => request.expiresAt.getTime()).sort((a, b) => a - b),
      );
      expect(await countInbox(database.pool, viewer)).toBe(decidable.length);
      expect(idsOf(await inboxVersions(database.pool, viewer))).toEqual(decidable);
      expect(await userSummary(database.pool, viewer)).toMatchObject({ pendingCount: decidable.length });
    }
  });

  it("whatever can be decided may be read", () => {
    for (const viewer of VIEWERS) {
      for (const request of requests) {
        if (policy.mayDecide(request, viewer)) expect(policy.mayRead(request, viewer)).toBe(true);
      }
    }
  });

  it("the filter by approver finds what someone may decide by the policy, or has decided", async () => {
    for (const person of VIEWERS.filter((viewer) => viewer.scopes.length === 0)) {
      const filter = { approver: { id: person.userId, roles: [...person.roles] } };
      const expected = where(
        (request) => policy.mayDecide(request, person) || request.approvers.includes(person.userId),
      );
      expect(await list(auditor, filter), JSON.stringify(person)).toEqual(expected);
    }
  });

  it("get_user_pending_approvals names the open requests that name the user, and what can be decided", async () => {
    for (const { userId, roles } of VIEWERS.filter((viewer) => viewer.scopes.length === 0)) {
      const { rows } = await database.pool.query<{ id: string; can_approve: boolean }>(
        "select id, can_approve from get_user_pending_approvals($1, $2)",
        [userId, roles],
      );
      const person = viewerOf(userId, { roles });
      const can = where((request) => policy.canDecideNow(request, person, now));
      expect(idsOf(rows.filter((row) => row.can_approve)), JSON.stringify(person)).toEqual(can);
      const byPolicy = (request: ApprovalRequest) => policy.mayRead({ ...request, requestedBy: "" }, person);
      const named = where(
        (request) => ["PENDING", "ESCALATED"].includes(request.status) && request.expiresAt > now && byPolicy(request),
      );
      expect(idsOf(rows), JSON.stringify(person)).toEqual(named);
    }
  });

  it("pages behind a cursor hold everything once, in order", async () => {
    for (const viewer of [auditor, viewerOf("bob", { roles: ["ops"] })]) {
      for (const direction of ["ASC", "DESC"] as const) {
        const all = await listRequests(database.pool, viewer, {}, { field: "EXPIRES_AT", direction }, null, COUNT);
        const paged: ApprovalRequest[] = [];
        for (;;) {
          const last = paged.at(-1);
          const after = last === undefined ? null : { at: last.expiresAt, id: last.id };
          const page = await listRequests(database.pool, viewer, {}, { field: "EXPIRES_AT", direction }, after, 37);
          paged.push(...page.items);
          if (!page.hasNextPage) break;
        }
        expect(paged.map((request) => request.id)).toEqual(all.items.map((request) => request.id));
      }
    }
  });
});
